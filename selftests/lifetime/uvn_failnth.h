/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the parts of uvn_failnth share; see uvn_failnth.c.
 */
#ifndef _UVN_FAILNTH_H
#define _UVN_FAILNTH_H

#include "../lib/uvn_genl.h"

struct count {
	int n;
	unsigned int hash;
};

/* The configuration with the adoptions, and what enable changes of the node. */
struct state {
	struct count config;
	struct count status;
	struct count node;
};

extern struct message m;	/* the one that is made or sent */
extern struct genl_family_id family;
extern int genl_fd, route_fd;

/* uvn_failnth.c */
void begin(int cmd, int flags);

/* uvn_failnth_state.c */
int routes(int family_, uint32_t table);
struct state state(void);
int state_same(const struct state *a, const struct state *b);

#endif
