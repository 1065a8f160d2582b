/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Functions that are intercepted.
 */
#ifndef _UVN_HOOK_H
#define _UVN_HOOK_H

#include <linux/kconfig.h>
#include <linux/types.h>

struct netlink_ext_ack;
struct static_call_key;

/**
 * struct uvn_hook_way - a way to a function that is intercepted
 * @names: functions, the first of which that this kernel has must call it, by
 *	itself or by way of those named behind it; ends with NULL
 * @sure: there is nothing to prove
 */
struct uvn_hook_way {
	const char *const *names;
	bool sure;
};

/* A compiler that copies a function into its caller leaves nothing there to redirect.
 * So every way by which programs come to it is named, from without to within, and
 * enable proves each.
 */
#define UVN_WAY(...)							\
	{ .names = (const char *const []){ __VA_ARGS__, NULL } }

/* A way through what may be a module: a call of another module's function is one. */
#define UVN_WAY_BY(config, ...)						\
	{ .names = (const char *const []){ __VA_ARGS__, NULL },		\
	  .sure = IS_MODULE(config) }

/* It is called by a pointer to it alone, so that a call it must be. */
#define UVN_WAY_POINTER		{ .sure = true }

#define UVN_WAYS(...)							\
	.ways = (const struct uvn_hook_way []){ __VA_ARGS__ },		\
	.n_ways = sizeof((const struct uvn_hook_way []){ __VA_ARGS__ }) / \
		  sizeof(struct uvn_hook_way)

/**
 * struct uvn_hook - a function that is intercepted
 * @symbol: its name
 * @addr: where ftrace finds it, behind any ENDBR
 * @wrapper: what is called instead
 * @key: of the static call that enters the function
 * @tramp: its trampoline
 * @ways: to it
 * @n_ways: how many there are; without one it is not intercepted
 */
struct uvn_hook {
	const char *symbol;
	unsigned long *addr;
	void *wrapper;
	struct static_call_key *key;
	void *tramp;
	const struct uvn_hook_way *ways;
	unsigned int n_ways;
};

int uvn_hook_get(struct netlink_ext_ack *extack);
void uvn_hook_put(void);
void uvn_hook_sync(void);
const char *uvn_hook_name(void);
int uvn_hook_check(const struct uvn_hook *hooks, unsigned int n,
		   struct netlink_ext_ack *extack);

#endif /* _UVN_HOOK_H */
