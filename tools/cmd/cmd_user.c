// SPDX-License-Identifier: GPL-2.0
/*
 * User networks.
 */
#include <linux/uvn.h>
#include <netlink/attr.h>
#include <stdio.h>

#include "cli/command.h"
#include "cli/fail.h"
#include "cli/out.h"
#include "cli/parse.h"
#include "cmd/cmd_user.h"
#include "lib/diag.h"
#include "lib/failure.h"
#include "lib/nl.h"
#include "lib/users.h"

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
		{ "LOWERS", "links", "lower" },
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
 * struct one_user - what is asked for about one user
 * @uid: the UID
 * @force: although the network is in use
 */
struct one_user {
	uint32_t uid;
	bool force;
};

static int fill_user(struct nl_msg *msg, void *arg)
{
	struct one_user *one = arg;
	int err = nla_put_u32(msg, UVN_A_USER_UID, one->uid);

	return err || !one->force ? err : nla_put_flag(msg, UVN_A_USER_FORCE);
}

static int user_get(const uint32_t *uid, json_t **user)
{
	struct uvn_failure why;

	return user_read(uid, user, &why) ? EXIT_OK : fail_why(&why);
}

/**
 * cmd_user_show - user show [UID]
 * @cmd: not used
 * @val: values
 */
int cmd_user_show(const struct command *cmd, const char *const *val)
{
	json_t *user = NULL;
	uint32_t uid;
	int ret;

	(void)cmd;
	ret = val[0] ? parse_uid(val[0], &uid) : EXIT_OK;
	if (!ret)
		ret = user_get(val[0] ? &uid : NULL, &user);
	if (!ret)
		ret = out_object(user);
	json_decref(user);
	return ret;
}

/**
 * struct members - the sockets of a network, and their end
 * @vrf: ifindex of its VRF
 * @seen: how many there were
 */
struct members {
	uint32_t vrf;
	size_t seen;
};

static void destroy_member(const struct diag_sock *sk, void *arg)
{
	struct members *members = arg;

	if (!sk->msg.id.idiag_if || sk->msg.id.idiag_if != members->vrf)
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
	json_t *user = NULL;
	int tries, ret;

	ret = user_get(&uid, &user);
	members.vrf = json_integer_value(json_object_get(user, "vrf_ifindex"));
	json_decref(user);
	for (tries = 0; !ret && tries < DIAG_TRIES; tries++) {
		members.seen = 0;
		if (!diag_dump(destroy_member, &members, &why))
			ret = fail_why(&why);
		if (!members.seen || members.seen >= before)
			break;
		before = members.seen;
	}
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
