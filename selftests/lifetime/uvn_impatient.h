/* SPDX-License-Identifier: GPL-2.0 */
/* Sockets of programs that go on whatever becomes of the network. */
#ifndef _UVN_IMPATIENT_H
#define _UVN_IMPATIENT_H

#include <sys/socket.h>
#include <sys/time.h>

#ifndef SO_BINDTOIFINDEX
#define SO_BINDTOIFINDEX 62
#endif

/* Nothing that is done with a socket takes long. Returns the ifindex that it is bound to,
 * or 0.
 */
static inline int impatient(int fd)
{
	struct timeval limit = { .tv_usec = 200000 };
	int one = 1, ifindex = 0;
	socklen_t len = sizeof(ifindex);

	getsockopt(fd, SOL_SOCKET, SO_BINDTOIFINDEX, &ifindex, &len);
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
	return ifindex;
}

#endif /* _UVN_IMPATIENT_H */
