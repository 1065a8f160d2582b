// SPDX-License-Identifier: GPL-2.0
/*
 * Sockets that users do not get, as their packets would not meet the guard.
 */
#include <linux/can.h>
#include <linux/netlink.h>
#include <netinet/in.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "verify/attempt.h"
#include "verify/expect.h"
#include "verify/refused.h"
#include "verify/task.h"
#include "verify/trial.h"

/**
 * struct refused - sockets that users do not get
 * @name: what they are
 * @family: AF_*
 * @type: SOCK_*
 * @protocol: number
 * @module: not tried unless it is loaded; NULL if it is built in
 * @part: part of the configuration that may allow them; NULL if none does
 */
struct refused {
	const char *name;
	int family;
	int type;
	int protocol;
	const char *module;
	const char *part;
};

static const struct refused refused[] = {
	{ "MPTCP sockets", AF_INET, SOCK_STREAM, IPPROTO_MPTCP, NULL, "protocols" },
	{ "netlink between users", AF_NETLINK, SOCK_RAW, NETLINK_USERSOCK, NULL, NULL },
	{ "packet sockets", AF_PACKET, SOCK_DGRAM, 0, NULL, "families" },
	{ "SCTP sockets", AF_INET, SOCK_STREAM, IPPROTO_SCTP, "sctp", "protocols" },
	{ "vsock sockets", AF_VSOCK, SOCK_STREAM, 0, "vsock", "families" },
	{ "TIPC sockets", AF_TIPC, SOCK_RDM, 0, "tipc", "families" },
	{ "RDS sockets", AF_RDS, SOCK_SEQPACKET, 0, "rds", "families" },
	{ "SMC sockets", AF_SMC, SOCK_STREAM, 0, "smc", "families" },
	{ "RxRPC sockets", AF_RXRPC, SOCK_DGRAM, PF_INET, "rxrpc", "families" },
	{ "QIPCRTR sockets", AF_QIPCRTR, SOCK_DGRAM, 0, "qrtr", "families" },
	{ "CAN sockets", AF_CAN, SOCK_RAW, CAN_RAW, "can_raw", "families" },
	{}
};

static bool is_loaded(const char *module)
{
	char path[64];

	snprintf(path, sizeof(path), "/sys/module/%s", module);
	return !access(path, F_OK);
}

static void expand_refused(struct trial *t, const struct refused *r)
{
	int number = r->family == AF_INET ? r->protocol : r->family;
	struct trial_check *check = trial_add_check(t, r->name, false);
	enum party role;

	check->by_errno = true;
	if (r->part && config_says(t->config, r->part, number, "allow"))
		check->missing = "the configuration allows them";
	for (role = 0; !check->missing && role < ROLES; role++)
		*attempts_add(&t->attempts) = (struct attempt){
			.check = t->n_checks - 1,
			.from = role,
			.to = role,
			.arrives = role == SYSTEM,
			.how = HOW_SOCKET,
			.family = r->family,
			.type = r->type,
			.protocol = r->protocol,
		};
}

/**
 * refused_expand - have it tried whether users get such sockets
 * @trial: trial
 *
 * To ask for a socket may load a module, which would stay: not for this.
 */
void refused_expand(struct trial *trial)
{
	const struct refused *r;
	bool all = true;

	for (r = refused; r->name; r++) {
		if (!r->module || is_loaded(r->module))
			expand_refused(trial, r);
		else
			all = false;
	}
	if (!all)
		trial_add_check(trial, "sockets of more families", false)->missing =
			"the kernel's modules for them are not loaded";
}
