/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the parts of uvn_probe share; see uvn_probe.c.
 */
#ifndef _UVN_PROBE_H
#define _UVN_PROBE_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

enum { REFUSED = 1, UNREACHABLE, TIMEOUT, NO_SOCKET, WRONG, OTHER };

struct target {
	int family;
	int type;
	int protocol;
	bool only6;
	union {
		struct sockaddr sa;
		struct sockaddr_in in;
		struct sockaddr_in6 in6;
	} addr;
	socklen_t len;
};

/* uvn_probe.c */
int fail(const char *what);
int parse(struct target *t, char **arg);
int wait_for(int fd, short events);
int open_socket(struct target *t, const char *protocol, const char *address,
		const char *port);
int listen_at(const char *protocol, const char *address, const char *port);

/* uvn_probe_stream.c */
int sink(const char *port, const char *address);
int source(const char *address, const char *port, int mebibytes);
int echo(const char *port, const char *address);
int bounce(char **arg);
int cast(char **arg);
int hear(char **arg);
int say(char **arg);

#endif
