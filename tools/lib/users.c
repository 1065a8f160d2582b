// SPDX-License-Identifier: GPL-2.0
/*
 * User networks, as the module tells of them.
 */
#include <errno.h>
#include <linux/uvn.h>
#include <netlink/attr.h>

#include "cli/out.h"
#include "lib/decode.h"
#include "lib/denial.h"
#include "lib/failure.h"
#include "lib/names-gen.h"
#include "lib/nl.h"
#include "lib/users.h"

static json_t *get_state(struct nlattr *attr, struct nlattr *head, int len)
{
	(void)head;
	(void)len;
	return attr_get_enum(attr, uvn_user_state_names,
			     sizeof(uvn_user_state_names) / sizeof(*uvn_user_state_names));
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

/**
 * struct one_user - what is asked about one user, and the answer
 * @uid: the UID; NULL for one's own
 * @user: the answer; NULL if there is none yet
 */
struct one_user {
	const uint32_t *uid;
	json_t *user;
};

static int fill_one(struct nl_msg *msg, void *arg)
{
	const struct one_user *one = arg;

	return one->uid ? nla_put_u32(msg, UVN_A_USER_UID, *one->uid) : 0;
}

static void one_reply(struct nlattr *head, int len, void *arg)
{
	struct one_user *one = arg;

	json_decref(one->user);
	one->user = user_decode(head, len);
}

/**
 * user_read - ask for the network of a user
 * @uid: the UID; NULL for one's own, which is that of the user who owns one's
 *	namespace or subordinate UID, and which needs no privileges
 * @user: set to the network, or to NULL if it fails
 * @why: set if it fails: ENOENT if there is none, ESRCH if one is the system,
 *	EACCES if one is nobody
 *
 * Return: true if it is there.
 */
bool user_read(const uint32_t *uid, json_t **user, struct uvn_failure *why)
{
	struct one_user one = { .uid = uid };
	struct uvn_request req = {
		.cmd = UVN_CMD_USER_GET,
		.fill = fill_one,
		.reply = one_reply,
		.arg = &one,
	};
	bool ok = uvn_run(&req, why);

	*user = one.user;
	if (ok && !*user)
		return uvn_failed(why, 0, "the module did not answer");
	return ok;
}

/**
 * users_visible - does the module tell the asker of others' networks?
 *
 * The last number is no UID, and so never has one: who may ask is told that.
 */
bool users_visible(void)
{
	const uint32_t none = UINT32_MAX;
	struct uvn_failure why;
	json_t *user;

	user_read(&none, &user, &why);
	json_decref(user);
	return why.error == ENOENT;
}

static void vrf_reply(struct nlattr *head, int len, void *arg)
{
	struct nlattr *uid = nla_find(head, len, UVN_A_USER_UID);
	struct nlattr *vrf = nla_find(head, len, UVN_A_USER_VRF_IFINDEX);

	if (uid && nla_len(uid) == 4 && vrf && nla_len(vrf) == 4)
		out_append(arg, json_pack("[II]", (json_int_t)nla_get_u32(uid),
					  (json_int_t)nla_get_u32(vrf)));
}

/**
 * users_vrfs - ask which VRF each user has
 * @vrfs: array to which pairs of a UID and an ifindex are appended
 * @why: set if it fails
 *
 * Nobody is asked for names, which takes long where there are many users.
 *
 * Return: true if they are there.
 */
bool users_vrfs(json_t *vrfs, struct uvn_failure *why)
{
	struct uvn_request req = {
		.cmd = UVN_CMD_USER_GET,
		.dump = true,
		.reply = vrf_reply,
		.again = users_clear,
		.arg = vrfs,
	};

	return uvn_run(&req, why);
}
