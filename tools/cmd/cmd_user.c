// SPDX-License-Identifier: GPL-2.0
/*
 * User networks.
 */
#include <linux/uvn.h>
#include <stdio.h>

#include "uvnadm.h"

static json_t *get_state(struct nlattr *attr, struct nlattr *head, int len)
{
	static const char *const names[] = {
		[UVN_USER_STATE_CREATING] = "creating",
		[UVN_USER_STATE_READY] = "ready",
		[UVN_USER_STATE_DYING] = "dying",
	};

	(void)head;
	(void)len;
	return attr_get_enum(attr, names, sizeof(names) / sizeof(*names));
}

static json_t *get_denied_by(struct nlattr *attr, struct nlattr *head, int len)
{
	(void)attr;
	return denial_counts(head, len, UVN_A_USER_DENIAL);
}

static json_t *get_link_address(struct nlattr *attr, struct nlattr *head, int len)
{
	head = nla_data(attr);
	len = nla_len(attr);
	return attr_get_prefix(nla_find(head, len, UVN_A_ADDRESS_ADDRESS),
			     nla_find(head, len, UVN_A_ADDRESS_PREFIX_LEN));
}

static json_t *get_link(struct nlattr *attr, struct nlattr *head, int len)
{
	static const struct attr_field fields[] = {
		{ "dev", UVN_A_LINK_NAME, false, attr_get_string },
		{ "ifindex", UVN_A_LINK_IFINDEX, false, attr_get_uint },
		{ "lower", UVN_A_LINK_LOWER, false, attr_get_string },
		{ "addresses", UVN_A_LINK_ADDRESS, true, get_link_address },
		{ "mtu", UVN_A_LINK_MTU, false, attr_get_uint },
		{}
	};

	(void)head;
	(void)len;
	return attr_decode(nla_data(attr), nla_len(attr), fields);
}

static json_t *get_localhost(struct nlattr *attr, struct nlattr *head, int len)
{
	static const struct attr_field fields[] = {
		{ "packets", UVN_A_TRAFFIC_TX_PACKETS, false, attr_get_uint },
		{ "bytes", UVN_A_TRAFFIC_TX_BYTES, false, attr_get_uint },
		{}
	};

	(void)head;
	(void)len;
	return attr_decode(nla_data(attr), nla_len(attr), fields);
}

static json_t *get_traffic(struct nlattr *attr, struct nlattr *head, int len)
{
	static const struct attr_field fields[] = {
		{ "tx_packets", UVN_A_TRAFFIC_TX_PACKETS, false, attr_get_uint },
		{ "tx_bytes", UVN_A_TRAFFIC_TX_BYTES, false, attr_get_uint },
		{ "rx_packets", UVN_A_TRAFFIC_RX_PACKETS, false, attr_get_uint },
		{ "rx_bytes", UVN_A_TRAFFIC_RX_BYTES, false, attr_get_uint },
		{}
	};

	(void)head;
	(void)len;
	return attr_decode(nla_data(attr), nla_len(attr), fields);
}

/**
 * user_decode - a user network
 * @head: first attribute
 * @len: bytes of attributes
 */
json_t *user_decode(struct nlattr *head, int len)
{
	static const struct attr_field fields[] = {
		{ "uid", UVN_A_USER_UID, false, attr_get_uint },
		{ "user", UVN_A_USER_UID, false, attr_get_user },
		{ "vni", UVN_A_USER_VNI, false, attr_get_uint },
		{ "vrf", UVN_A_USER_VRF, false, attr_get_string },
		{ "vrf_ifindex", UVN_A_USER_VRF_IFINDEX, false, attr_get_uint },
		{ "table", UVN_A_USER_TABLE, false, attr_get_uint },
		{ "cgnat", UVN_A_USER_CGNAT, true, attr_get_address },
		{ "state", UVN_A_USER_STATE, false, get_state },
		{ "links", UVN_A_USER_LINK, true, get_link },
		{ "sockets_created", UVN_A_USER_SOCKETS_CREATED, false, attr_get_uint },
		{ "published", UVN_A_USER_PUBLISHED, false, attr_get_uint },
		{ "denied", UVN_A_USER_DENIED, false, attr_get_uint },
		{ "denied_by", 0, false, get_denied_by },
		{ "localhost", UVN_A_USER_LOCALHOST, false, get_localhost },
		{ "on_subnet", UVN_A_USER_ON_SUBNET, false, get_traffic },
		{ "off_subnet", UVN_A_USER_OFF_SUBNET, false, get_traffic },
		{ "nat_flows", UVN_A_USER_NAT_FLOWS, false, attr_get_uint },
		{ "published_flows", UVN_A_USER_PUBLISHED_FLOWS, false, attr_get_uint },
		{}
	};

	return attr_decode(head, len, fields);
}

static void user_reply(struct nlattr *head, int len, void *arg)
{
	out_append(arg, user_decode(head, len));
}

static void users_clear(void *arg)
{
	json_array_clear(arg);
}

/**
 * users_read - ask for all user networks
 * @users: array to which they are appended
 * @why: set if it fails
 *
 * Return: true if they are there.
 */
bool users_read(json_t *users, struct uvn_failure *why)
{
	struct uvn_request req = {
		.cmd = UVN_CMD_USER_GET,
		.dump = true,
		.reply = user_reply,
		.again = users_clear,
		.arg = users,
	};

	return uvn_run(&req, why);
}

static int users_get(json_t *users)
{
	struct uvn_failure why;

	return users_read(users, &why) ? EXIT_OK : fail_why(&why);
}

/**
 * cmd_user_list - user list
 * @cmd: not used
 * @val: not used
 */
int cmd_user_list(const struct command *cmd, const char *const *val)
{
	static const struct out_col cols[] = {
		{ "UID", "uid", NULL },
		{ "USER", "user", NULL },
		{ "VNI", "vni", NULL },
		{ "VRF", "vrf", NULL },
		{ "TABLE", "table", NULL },
		{ "STATE", "state", NULL },
		{ "SOCKETS", "sockets_created", NULL },
		{ "DENIED", "denied", NULL },
		{ "LINKS", "links", "dev" },
		{}
	};
	json_t *users = json_array();
	int ret;

	(void)cmd;
	(void)val;
	ret = users_get(users);
	if (!ret)
		ret = out_table(users, cols);
	json_decref(users);
	return ret;
}

/**
 * struct one_user - what is asked about one user, and the answer
 * @uid: the UID
 * @force: although the network is in use
 * @users: replies
 */
struct one_user {
	uint32_t uid;
	bool force;
	json_t *users;
};

static int fill_user(struct nl_msg *msg, void *arg)
{
	struct one_user *one = arg;
	int err = nla_put_u32(msg, UVN_A_USER_UID, one->uid);

	return err || !one->force ? err : nla_put_flag(msg, UVN_A_USER_FORCE);
}

static void one_reply(struct nlattr *head, int len, void *arg)
{
	struct one_user *one = arg;

	user_reply(head, len, one->users);
}

/* The network of a user, to be given up. */
static int user_get(uint32_t uid, json_t **user)
{
	struct one_user one = { .uid = uid, .users = json_array() };
	struct uvn_request req = {
		.cmd = UVN_CMD_USER_GET,
		.fill = fill_user,
		.reply = one_reply,
		.arg = &one,
	};
	int ret;

	ret = uvn_do(&req);
	*user = json_incref(json_array_get(one.users, 0));
	json_decref(one.users);
	if (!ret && !*user)
		ret = fail("the module did not answer");
	return ret;
}

/**
 * cmd_user_show - user show UID
 * @cmd: not used
 * @val: values
 */
int cmd_user_show(const struct command *cmd, const char *const *val)
{
	json_t *user = NULL;
	uint32_t uid;
	int ret;

	(void)cmd;
	ret = parse_uid(val[0], &uid);
	if (!ret)
		ret = user_get(uid, &user);
	if (!ret)
		ret = out_object(user);
	json_decref(user);
	return ret;
}

/**
 * struct members - the sockets of a network, and their end
 * @user: the network
 * @seen: how many there were
 */
struct members {
	json_t *user;
	size_t seen;
};

static bool is_member(json_t *user, json_int_t ifindex)
{
	json_t *link;
	size_t i;

	if (json_integer_value(json_object_get(user, "vrf_ifindex")) == ifindex)
		return true;
	json_array_foreach(json_object_get(user, "links"), i, link)
		if (json_integer_value(json_object_get(link, "ifindex")) == ifindex)
			return true;
	return false;
}

static void destroy_member(const struct diag_sock *sk, void *arg)
{
	struct members *members = arg;

	if (!sk->msg.id.idiag_if || !is_member(members->user, sk->msg.id.idiag_if))
		return;
	members->seen++;
	diag_destroy(sk);
}

/*
 * Again, as a listening socket accepts until it is destroyed itself. What is
 * left is cut off as the network goes.
 */
static int destroy_members(uint32_t uid)
{
	struct members members = {};
	struct uvn_failure why;
	size_t before = SIZE_MAX;
	int tries, ret;

	ret = user_get(uid, &members.user);
	for (tries = 0; !ret && tries < DIAG_TRIES; tries++) {
		members.seen = 0;
		if (!diag_dump(destroy_member, &members, &why))
			ret = fail_why(&why);
		if (!members.seen || members.seen >= before)
			break;
		before = members.seen;
	}
	json_decref(members.user);
	return ret;
}

/**
 * user_remove - remove a network
 * @uid: its UID
 * @force: although it is in use
 * @why: set if it fails
 *
 * Return: true if it is gone.
 */
bool user_remove(uint32_t uid, bool force, struct uvn_failure *why)
{
	struct one_user one = { .uid = uid, .force = force };
	struct uvn_request req = {
		.cmd = UVN_CMD_USER_DEL,
		.fill = fill_user,
		.arg = &one,
	};

	return uvn_run(&req, why);
}

/**
 * cmd_user - user add UID, user del UID [--force]
 * @cmd: command
 * @val: values
 */
int cmd_user(const struct command *cmd, const char *const *val)
{
	struct one_user one = { .force = val[1] };
	struct uvn_request req = {
		.cmd = cmd->nlcmd,
		.fill = fill_user,
		.arg = &one,
	};
	int ret;

	ret = parse_uid(val[0], &one.uid);
	if (!ret && one.force)
		ret = destroy_members(one.uid);
	if (!ret)
		ret = uvn_do(&req);
	return ret ? ret : out_done();
}

/**
 * hint_user - print the UIDs of all user networks, and their users' names
 * @cmd: not used
 */
void hint_user(const struct command *cmd)
{
	json_t *users = json_array(), *user;
	const char *name;
	size_t i;

	(void)cmd;
	if (!users_get(users)) {
		json_array_foreach(users, i, user) {
			name = json_string_value(json_object_get(user, "user"));
			printf("%" JSON_INTEGER_FORMAT "\n%s%s",
			       json_integer_value(json_object_get(user, "uid")),
			       name ?: "", name ? "\n" : "");
		}
	}
	json_decref(users);
}
