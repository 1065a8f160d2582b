/* SPDX-License-Identifier: GPL-2.0 */
#ifndef UVNADM_VERIFY_ATTEMPT_H
#define UVNADM_VERIFY_ATTEMPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include "cli/prefix.h"
#include "verify/task.h"

enum shot_how { HOW_PLAIN, HOW_PKTINFO, HOW_SCOPE, HOW_DEVICE, HOW_UNSPEC,
	HOW_UNSPEC_DEVICE, HOW_SOCKET, HOW_CONNECT };

/**
 * struct shot - one try to reach somebody
 * @check: row that it belongs to
 * @from: whose socket sends
 * @to: whose ear it is meant for
 * @site: 0 for this node, 1 for the peer
 * @arrives: it is to arrive
 * @how: how the socket is treated before, or what is said when sending
 * @family: of the socket
 * @type: of the socket
 * @protocol: of the socket
 * @ifindex: device that is named; 0 for none
 * @addr: where to
 * @addr_len: its length
 * @vxlan: the token goes in VXLAN made by hand
 * @vni: whose
 * @source: source address of what is in it
 * @port: destination port of what is in it
 * @err: errno, 0 if nothing was refused
 */
struct shot {
	size_t check;
	enum party from;
	enum party to;
	unsigned int site;
	bool arrives;
	enum shot_how how;
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
 * struct shots - all tries of a run
 * @shot: array of them; its index is the number of a shot
 * @n: number of them
 * @room: number that the array has room for
 * @run: what tells this run from others
 * @uids: the two
 */
struct shots {
	struct shot *shot;
	size_t n;
	size_t room;
	const char *run;
	const uint32_t *uids;
};

struct shot *shots_add(struct shots *shots);
bool shots_fire(struct shots *shots, bool (*wanted)(const struct shots *shots,
						    size_t i, void *arg),
		void *arg);

#endif /* UVNADM_VERIFY_ATTEMPT_H */
