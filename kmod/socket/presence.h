/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Tasks that are in a piece of code which may sleep.
 *
 * Who enters and leaves adds to a number of the CPU's own, and has no barrier and no line
 * that other CPUs write to. Who waits for them pays for that, by grace periods.
 */
#ifndef _UVN_PRESENCE_H
#define _UVN_PRESENCE_H

#include <linux/compiler.h>
#include <linux/mutex.h>
#include <linux/percpu.h>
#include <linux/preempt.h>
#include <linux/types.h>
#include <asm/barrier.h>

/**
 * struct uvn_presence_count - who has entered and left on a CPU, which need not be the
 *	same for both
 * @in: how many have entered
 * @out: how many have left
 *
 * There are two of each, so that one can come to an end while others enter.
 */
struct uvn_presence_count {
	unsigned long in[2];
	unsigned long out[2];
};

/**
 * struct uvn_presence - tasks that are in a piece of code
 * @cpu: who has entered and left
 * @now: in which of the two who enters is counted; @lock
 * @lock: held by who waits
 */
struct uvn_presence {
	struct uvn_presence_count __percpu *cpu;
	unsigned int now;
	struct mutex lock; /* see above */
};

#define UVN_PRESENCE_DEFINE(name)					\
	static DEFINE_PER_CPU(struct uvn_presence_count, name##_cpu);	\
	static struct uvn_presence name = {				\
		.cpu = &name##_cpu,					\
		.lock = __MUTEX_INITIALIZER(name.lock),			\
	}

/**
 * uvn_presence_enter - enter
 * @p: the code
 *
 * Context: any.
 * Return: what uvn_presence_leave() wants.
 */
static inline unsigned int uvn_presence_enter(struct uvn_presence *p)
{
	unsigned int now;

	/* A grace period waits for whoever has looked and is not counted yet. */
	preempt_disable();
	/* Pairs with uvn_presence_wait(). */
	now = smp_load_acquire(&p->now);
	this_cpu_inc(p->cpu->in[now]);
	preempt_enable();
	return now;
}

/**
 * uvn_presence_leave - leave
 * @p: the code
 * @now: what uvn_presence_enter() gave
 *
 * Context: any.
 */
static inline void uvn_presence_leave(struct uvn_presence *p, unsigned int now)
{
	/* The compiler must not move anything behind it; for the CPU see
	 * uvn_presence_wait().
	 */
	barrier();
	this_cpu_inc(p->cpu->out[now]);
}

void uvn_presence_wait(struct uvn_presence *p);

#endif /* _UVN_PRESENCE_H */
