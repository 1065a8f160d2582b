/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the parts of uvn_flows share; see uvn_flows.c.
 */
#ifndef _UVN_FLOWS_H
#define _UVN_FLOWS_H

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#ifndef IPPROTO_UDPLITE
#define IPPROTO_UDPLITE 136
#endif

enum { REFUSED = 1, UNREACHABLE, TIMEOUT, NO_SOCKET, WRONG, OTHER };

#define LINE 128

union address {
	struct sockaddr sa;
	struct sockaddr_in in;
	struct sockaddr_in6 in6;
};

struct flow {
	int fd;
	int icmp;	/* the type of a request, or 0 */
	int loose;
	union address to;
	socklen_t len;
};

extern int timeout_ms;

/* uvn_flows.c */
int fail(const char *what);
long now_ms(void);
socklen_t parse(union address *a, const char *address, const char *port);
int show(char *buf, size_t size, const union address *a);
void many_files(void);
int flow_open(struct flow *f, const char *protocol, const char *source,
	      int source_port, const char *address, const char *port);
int flow_send(struct flow *f, const char *text);
int same(const union address *a, const union address *b);
int flow_exchange(struct flow *f, const char *word, char *buf, size_t size);

/* uvn_flows_echo.c */
uint8_t pattern(uint32_t i);
int echo(const char *port);

/* uvn_flows_outside.c */
int scan(char **arg);
int forge(char **arg);
int punch(char **arg);

#endif
