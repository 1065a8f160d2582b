// SPDX-License-Identifier: GPL-2.0
/*
 * Pre-enable sockets: sockets of managed users that are not in their network, as
 * they were made before uvn was enabled. People read of them as strays.
 */
#include <linux/uvn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/out.h"
#include "lib/config.h"
#include "lib/diag.h"
#include "lib/failure.h"
#include "lib/held.h"
#include "lib/pre-enable.h"
#include "lib/subuid.h"
#include "lib/users.h"

/**
 * struct search - a search for pre-enable sockets
 * @ranges: which UIDs are managed
 * @subuids: whose others are
 * @socks: what was found
 */
struct search {
	json_t *ranges;
	struct subuids subuids;
	struct pre_enable *socks;
};

static json_int_t number(json_t *obj, const char *key)
{
	return json_integer_value(json_object_get(obj, key));
}

static bool is_managed(json_t *ranges, uint32_t uid)
{
	json_t *range;
	size_t i;

	json_array_foreach(ranges, i, range)
		if (uid >= number(range, "uid_first") && uid <= number(range, "uid_last"))
			return true;
	return false;
}

/* To whom a UID belongs. */
static uint32_t owner_of(const struct search *search, uint32_t uid)
{
	const struct subuid *s = NULL;

	if (!is_managed(search->ranges, uid))
		s = subuids_find(&search->subuids, uid, uid);
	return s && s->owner != SUBUID_NOBODY ? s->owner : uid;
}

static bool is_wanted(uint32_t uid, void *arg)
{
	struct search *search = arg;

	return is_managed(search->ranges, owner_of(search, uid));
}

static void collect(const struct diag_sock *sk, void *arg)
{
	struct search *search = arg;
	struct pre_enable *s = search->socks;

	/* The module has cut it off, or it is of somebody who is not managed. */
	if (sk->msg.id.idiag_if == UVN_NOWHERE ||
	    !is_managed(search->ranges, owner_of(search, sk->msg.idiag_uid)))
		return;
	if (s->n == s->room) {
		s->room = s->room ? s->room * 2 : 64;
		s->sk = reallocarray(s->sk, s->room, sizeof(*s->sk));
		if (!s->sk)
			die_oom();
	}
	s->sk[s->n++] = *sk;
}

/* Those that the kernel has listed are not counted twice, nor those that several
 * processes have.
 */
static void collect_held(const struct diag_sock *sk, int fd, void *arg)
{
	struct search *search = arg;

	(void)fd;
	if (!pre_enable_have(search->socks, sk))
		collect(sk, arg);
}

/**
 * struct bond - that sockets of a user may be bound to a device, in words
 * @key: UID and ifindex
 */
struct bond {
	char key[32];
};

static struct bond bond(json_int_t uid, json_int_t ifindex)
{
	struct bond b;

	snprintf(b.key, sizeof(b.key), "%u %u", (uint32_t)uid, (uint32_t)ifindex);
	return b;
}

/* The set of all bonds that there are: of users to their VRFs. */
static json_t *bonds_of(json_t *vrfs)
{
	json_t *bonds = json_object(), *pair;
	size_t i;

	json_array_foreach(vrfs, i, pair)
		out_put(bonds, bond(json_integer_value(json_array_get(pair, 0)),
				    json_integer_value(json_array_get(pair, 1))).key,
			json_true());
	return bonds;
}

static void keep_old(const struct search *search, json_t *bonds)
{
	struct pre_enable *s = search->socks;
	size_t i, n = 0;
	uint32_t uid;

	for (i = 0; i < s->n; i++) {
		const struct inet_diag_msg *msg = &s->sk[i].msg;

		uid = owner_of(search, msg->idiag_uid);
		if (!msg->id.idiag_if ||
		    !json_object_get(bonds, bond(uid, msg->id.idiag_if).key))
			s->sk[n++] = s->sk[i];
	}
	s->n = n;
}

/**
 * pre_enable_find - find all pre-enable sockets of this network namespace
 * @socks: set to them, to be freed, unless it fails
 * @why: set if it fails
 *
 * Return: true if it could be told.
 */
bool pre_enable_find(struct pre_enable *socks, struct uvn_failure *why)
{
	json_t *config, *vrfs, *bonds;
	struct search search;
	bool ok;

	memset(socks, 0, sizeof(*socks));
	if (!config_read(&config, why))
		return false;

	/*
	 * The sockets before the VRFs: the network of a socket that is listed
	 * is there by then, however new it is.
	 */
	vrfs = json_array();
	search.ranges = json_object_get(config, "ranges");
	subuids_of(config, &search.subuids);
	search.socks = socks;
	ok = diag_dump(collect, &search, why) &&
	     held_dump(is_wanted, collect_held, &search, why) &&
	     users_vrfs(vrfs, why);
	if (ok) {
		bonds = bonds_of(vrfs);
		keep_old(&search, bonds);
		json_decref(bonds);
	} else {
		pre_enable_free(socks);
	}
	subuids_free(&search.subuids);
	json_decref(vrfs);
	json_decref(config);
	return ok;
}

/**
 * pre_enable_have - is a socket among them?
 * @socks: pre-enable sockets
 * @sk: socket
 */
bool pre_enable_have(const struct pre_enable *socks, const struct diag_sock *sk)
{
	size_t i;

	for (i = 0; i < socks->n; i++)
		if (!memcmp(socks->sk[i].msg.id.idiag_cookie, sk->msg.id.idiag_cookie,
			    sizeof(sk->msg.id.idiag_cookie)))
			return true;
	return false;
}

/**
 * struct cut - pre-enable sockets that are cut off
 * @socks: those
 */
struct cut {
	const struct pre_enable *socks;
};

static bool is_theirs(uint32_t uid, void *arg)
{
	const struct pre_enable *socks = ((struct cut *)arg)->socks;
	size_t i;

	for (i = 0; i < socks->n; i++)
		if (socks->sk[i].msg.idiag_uid == uid)
			return true;
	return false;
}

static void cut(const struct diag_sock *sk, int fd, void *arg)
{
	if (pre_enable_have(((struct cut *)arg)->socks, sk))
		held_cut(sk, fd);
}

/**
 * pre_enable_cut - cut off those that processes have open
 * @socks: pre-enable sockets
 * @why: set if it fails
 *
 * Return: true if all processes could be looked at.
 */
bool pre_enable_cut(const struct pre_enable *socks, struct uvn_failure *why)
{
	struct cut c = { socks };

	return held_dump(is_theirs, cut, &c, why);
}

/**
 * pre_enable_free - forget them
 * @socks: pre-enable sockets
 */
void pre_enable_free(struct pre_enable *socks)
{
	free(socks->sk);
	memset(socks, 0, sizeof(*socks));
}
