/* SPDX-License-Identifier: GPL-2.0 */
#ifndef UVNADM_VERIFY_ATTEMPT_H
#define UVNADM_VERIFY_ATTEMPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include "cli/prefix.h"
#include "verify/task.h"

enum attempt_how { HOW_PLAIN, HOW_PKTINFO, HOW_SCOPE, HOW_DEVICE, HOW_UNSPEC,
	HOW_UNSPEC_DEVICE, HOW_SOCKET, HOW_CONNECT, HOW_GIVEN };

/**
 * struct attempt - one try to reach somebody
 * @check: row that it belongs to
 * @from: whose socket sends
 * @to: whose listener it is meant for
 * @node: 0 for this node, 1 for the peer
 * @arrives: it is to arrive
 * @how: how the socket is treated before, or what is said when sending
 * @family: of the socket
 * @type: of the socket
 * @protocol: of the socket
 * @ifindex: device that is named; 0 for none
 * @addr: where to
 * @addr_len: its length
 * @vxlan: the id goes in VXLAN made by hand
 * @vni: whose
 * @source: source address of what is in it
 * @port: destination port of what is in it
 * @err: errno, 0 if nothing was refused
 */
struct attempt {
	size_t check;
	enum party from;
	enum party to;
	unsigned int node;
	bool arrives;
	enum attempt_how how;
	int family;
	int type;
	int protocol;
	unsigned int ifindex;
	struct sockaddr_storage addr;
	socklen_t addr_len;
	bool vxlan;
	uint32_t vni;
	struct address source;
	uint16_t port;
	int err;
};

/**
 * struct attempts - all tries of a run
 * @attempt: array of them; its index is the number of an attempt
 * @n: number of them
 * @room: number that the array has room for
 * @run: what tells this run from others
 * @uids: the two
 */
struct attempts {
	struct attempt *attempt;
	size_t n;
	size_t room;
	const char *run;
	const uint32_t *uids;
};

struct attempt *attempts_add(struct attempts *attempts);
bool attempts_make(struct attempts *attempts,
		   bool (*wanted)(const struct attempts *attempts, size_t i, void *arg),
		   void *arg);

#endif /* UVNADM_VERIFY_ATTEMPT_H */
