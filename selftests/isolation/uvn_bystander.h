/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the rows of uvn_bystander share: sockets of two nodes, and what becomes of
 * what is sent.
 */
#ifndef UVN_BYSTANDER_H
#define UVN_BYSTANDER_H

#include <arpa/inet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <sys/socket.h>

#define PORT	7777	/* where own and peer listen */

union addr {
	struct sockaddr sa;
	struct sockaddr_in in;
	struct sockaddr_in6 in6;
};

/* How a socket is told where to send from. */
enum kind {
	NOTHING, BIND, DEVICE, CAST_ADDRESS, CAST_INDEX, UNICAST_INDEX, INFO_INDEX,
	INFO_ADDRESS,
};

struct way {
	const char *name;
	enum kind kind;
	const char *arg;
};

/* A row's line: its name, and then word by word what came of it. */
void row(const char *format, ...) __attribute__((format(printf, 1, 2)));
void say(const char *format, ...) __attribute__((format(printf, 1, 2)));
void say_error(const char *what, int err);
void say_addr(const union addr *a);
void row_end(void);

/* Text to address: own-ll%DEV and peer-ll%DEV are the nodes' link-local ones. */
socklen_t parse(union addr *a, const char *text, int port);
int family_of(const char *text);

/* Sockets, that do not block; of the node itself or of its peer. */
int own(int family, int type, int protocol);
int peer(int family, int type, int protocol);
void on_peer(bool yes);
int listener(int fd, const char *address, int port);
int apply(int fd, int family, const struct way *way);
int send_by(int fd, int family, const struct way *way, const union addr *to,
	    socklen_t len);

/* What has been heard on a socket, and what has left the node. */
void say_heard(int fd, const char *who);
void say_left(void);
void settle(void);
void share_init(const char *peer_ns);

/* uvn_bystander_in.c */
void joins(void);
void receives(void);
void servers(void);
void raws(void);
void packets(void);

#endif
