/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Functions that are intercepted, and their wrappers.
 */
#ifndef _UVN_HOOK_SET_H
#define _UVN_HOOK_SET_H

#include <linux/ftrace.h>
#include <linux/hash.h>
#include <linux/kconfig.h>
#include <linux/kernel.h>
#include <linux/rcupdate.h>
#include <linux/static_call.h>
#include <linux/types.h>

#include "socket/presence.h"

struct netlink_ext_ack;
struct sk_buff;

/**
 * struct uvn_hook_way - a way to a function that is intercepted
 * @names: functions, the first of which that this kernel has must call it, by
 *	itself or by way of those named behind it; ends with NULL
 * @sure: there is nothing to prove
 * @lacking: some kernels do not have what it leads to, and need not
 */
struct uvn_hook_way {
	const char *const *names;
	bool sure;
	bool lacking;
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

/* It is called from other files alone, so that a call it must be, unless the compiler has
 * seen all of the kernel at once: of such a kernel nothing is known.
 */
#define UVN_WAY_FROM_ELSEWHERE						\
	{ .names = (const char *const []){ "build without LTO", NULL },	\
	  .sure = !IS_ENABLED(CONFIG_LTO) }

/* It is called by a pointer to it alone, so that a call it must be. */
#define UVN_WAY_POINTER		{ .sure = true }

/* Likewise, where the kernel has it at all. */
#define UVN_WAY_POINTER_IF_ANY	{ .sure = true, .lacking = true }

#define UVN_WAYS(...)							\
	.ways = (const struct uvn_hook_way []){ __VA_ARGS__ },		\
	.n_ways = sizeof((const struct uvn_hook_way []){ __VA_ARGS__ }) / \
		  sizeof(struct uvn_hook_way)

/**
 * struct uvn_hook - a function that is intercepted
 * @symbol: its name
 * @addr: where ftrace finds it, behind any ENDBR
 * @concern: what the handler asks before it leads anybody to @wrapper; the set's own
 * @wrapper: what is called instead; NULL where the handler does all there is to do
 * @key: of the static call that enters the function
 * @tramp: its trampoline
 * @ways: to it
 * @n_ways: how many there are; without one it is not intercepted
 */
struct uvn_hook {
	const char *symbol;
	unsigned long *addr;
	unsigned int concern;
	void *wrapper;
	struct static_call_key *key;
	void *tramp;
	const struct uvn_hook_way *ways;
	unsigned int n_ways;
};

/* Places in the table by which a handler finds a function. With three times as many as
 * there are functions the first that is looked at is nearly always the one.
 */
#define UVN_HOOK_BITS	7
#define UVN_HOOK_PLACES	BIT(UVN_HOOK_BITS)

/**
 * struct uvn_hook_place - where a function is found
 * @ip: its address, or 0
 * @hook: the function
 */
struct uvn_hook_place {
	unsigned long ip;
	const struct uvn_hook *hook;
};

/**
 * struct uvn_hook_set - functions that are intercepted together
 * @hooks: the functions
 * @n: how many
 * @ops: has the handler, which leads those who call one of @hooks to its wrapper
 * @presence: who is in a wrapper that may sleep; NULL if none may
 * @optional: a function that cannot be intercepted is left out, and its @addr is 0
 * @places: the functions by their addresses, %UVN_HOOK_PLACES; does not change while @ops
 *	is registered
 */
struct uvn_hook_set {
	const struct uvn_hook *hooks;
	unsigned int n;
	struct ftrace_ops *ops;
	struct uvn_presence *presence;
	bool optional;
	struct uvn_hook_place *places;
};

/* The function that is intercepted, to be called as uvn_hook_NAME().
 *
 * The original is entered behind the place where ftrace redirects it, so that it is
 * traced once. A call of it is a static call, by the name of its trampoline: one
 * instruction with the address in it, which returns as any call does, and which
 * need not land on an ENDBR, as an indirect one would. Until the address is known
 * it refuses.
 */
#define UVN_HOOK_ORIGINAL(name, proto)					\
	static unsigned long uvn_hook_##name##_addr;			\
	static int uvn_hook_no_##name proto				\
	{								\
		return -ENXIO;						\
	}								\
	DEFINE_STATIC_CALL(uvn_hook_##name, uvn_hook_no_##name);	\
	int uvn_hook_##name proto					\
		asm(STATIC_CALL_TRAMP_STR(uvn_hook_##name))

/* And the wrapper around @result, which calls it and may sleep. @presence knows who is
 * in the wrapper.
 */
#define UVN_HOOK_IN(presence, name, proto, result)			\
	UVN_HOOK_ORIGINAL(name, proto);					\
	static int uvn_hook_on_##name proto				\
	{								\
		unsigned int now = uvn_presence_enter(&(presence));	\
		int err = (result);					\
									\
		uvn_presence_leave(&(presence), now);			\
		return err;						\
	}

/* The same, where neither @result nor the original sleeps: who is in it need not be
 * counted, see uvn_hook_set_unregister().
 */
#define UVN_HOOK_BRIEF(name, proto, result)				\
	UVN_HOOK_ORIGINAL(name, proto);					\
	static int uvn_hook_on_##name proto				\
	{								\
		int err;						\
									\
		uvn_hook_brief_begin();					\
		err = (result);						\
		uvn_hook_brief_end();					\
		return err;						\
	}

/* A function that is watched only: the handler does all there is to do. */
#define UVN_HOOK_WATCH(name)						\
	static unsigned long uvn_hook_##name##_addr

#ifdef CONFIG_PREEMPT_RT
/* A spinlock may put the task to sleep, which is a quiescent state to
 * synchronize_rcu_tasks(), but not to synchronize_rcu().
 */
static inline void uvn_hook_brief_begin(void)
	__acquires(RCU)
{
	rcu_read_lock();
}

static inline void uvn_hook_brief_end(void)
	__releases(RCU)
{
	rcu_read_unlock();
}
#else
/* Where sleeping is looked for, that it does not. */
static inline void uvn_hook_brief_begin(void)
{
	non_block_start();
}

static inline void uvn_hook_brief_end(void)
{
	non_block_end();
}
#endif

#define UVN_HOOK_BY(symbol, name, concern, ...)			\
	{ symbol, &uvn_hook_##name##_addr, concern,			\
	  uvn_hook_on_##name, &STATIC_CALL_KEY(uvn_hook_##name),	\
	  STATIC_CALL_TRAMP_ADDR(uvn_hook_##name),			\
	  UVN_WAYS(__VA_ARGS__) }

#define UVN_HOOK_OF(symbol, name, ...)					\
	UVN_HOOK_BY(symbol, name, 0, __VA_ARGS__)

#define UVN_WATCHED(symbol, name, concern, ...)			\
	{ symbol, &uvn_hook_##name##_addr, concern, NULL, NULL, NULL,	\
	  UVN_WAYS(__VA_ARGS__) }

/* PERMANENT: while it is registered, sysctl kernel.ftrace_enabled=0 is
 * refused, instead of turning it off in silence.
 */
#ifdef CONFIG_HAVE_DYNAMIC_FTRACE_WITH_ARGS
#define UVN_HOOK_FLAGS	(FTRACE_OPS_FL_IPMODIFY | FTRACE_OPS_FL_PERMANENT | \
			 FTRACE_OPS_FL_DYNAMIC)
#else
#define UVN_HOOK_FLAGS	(FTRACE_OPS_FL_IPMODIFY | FTRACE_OPS_FL_PERMANENT | \
			 FTRACE_OPS_FL_DYNAMIC | FTRACE_OPS_FL_SAVE_REGS)
#endif

static inline unsigned int uvn_hook_place(unsigned long ip)
{
	return hash_64(ip, UVN_HOOK_BITS);
}

/* For a handler of ftrace's: the function at @ip; NULL if it is none of the set's. Those
 * that have the same place by their addresses stand one behind the other, and there are
 * more places than functions.
 */
static __always_inline const struct uvn_hook *
uvn_hook_find(const struct uvn_hook_place *places, unsigned long ip)
{
	unsigned int i = uvn_hook_place(ip);

	for (; places[i].ip != ip; i = (i + 1) % UVN_HOOK_PLACES)
		if (unlikely(!places[i].ip))
			return NULL;
	return places[i].hook;
}

/* Likewise: have the wrapper called instead of the function. */
static __always_inline void uvn_hook_redirect(const struct uvn_hook *hook,
					      struct ftrace_regs *fregs)
{
	ftrace_regs_set_instruction_pointer(fregs,
					    (unsigned long)hook->wrapper);
}

/* Likewise: both, for a handler that has decided by then. */
static __always_inline void uvn_hook_redirect_at(const struct uvn_hook_place *places,
						 unsigned long ip,
						 struct ftrace_regs *fregs)
{
	const struct uvn_hook *hook = uvn_hook_find(places, ip);

	if (likely(hook))
		uvn_hook_redirect(hook, fregs);
}

int uvn_hook_set_register(const struct uvn_hook_set *set,
			  struct netlink_ext_ack *extack);
void uvn_hook_set_unregister(const struct uvn_hook_set *set);
int uvn_hook_set_put_missing(const struct uvn_hook_set *set, bool works,
			     struct sk_buff *skb, int attr);
int uvn_hook_check(const struct uvn_hook_set *set,
		   struct netlink_ext_ack *extack);

#endif /* _UVN_HOOK_SET_H */
