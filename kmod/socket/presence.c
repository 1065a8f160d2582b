// SPDX-License-Identifier: GPL-2.0
/*
 * Waiting for tasks that are in a piece of code which may sleep.
 *
 * It is SRCU without its barriers, as newer kernels have it (srcu_read_lock_fast()) and
 * those before do not. A full barrier where each task enters and leaves would cost more
 * than all that most of them come for.
 */
#include <linux/cpumask.h>
#include <linux/mutex.h>
#include <linux/percpu.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>

#include "socket/presence.h"

static bool uvn_presence_is_over(const struct uvn_presence *p, unsigned int which)
{
	unsigned long inside = 0;
	int cpu;

	for_each_possible_cpu(cpu) {
		const struct uvn_presence_count *count = per_cpu_ptr(p->cpu, cpu);

		inside += READ_ONCE(count->in[which]) - READ_ONCE(count->out[which]);
	}
	return !inside;
}

/**
 * uvn_presence_wait - wait for all tasks that are in it
 * @p: the code
 *
 * Who enters meanwhile is not waited for, and sees what the caller did before.
 *
 * Context: may sleep; not in it.
 */
void uvn_presence_wait(struct uvn_presence *p)
{
	unsigned int which;

	might_sleep();
	mutex_lock(&p->lock);
	which = p->now;
	/* Whoever is counted in the other one sees what was done before. */
	smp_store_release(&p->now, !which);
	/* Whoever has still read @which is counted behind this, and nobody else comes,
	 * so that only @out grows from here on. Of the other one nobody is left from the
	 * last time.
	 */
	synchronize_rcu();
	while (!uvn_presence_is_over(p, which))
		schedule_timeout_idle(1);
	/* Every CPU has had a full barrier since: what a task did before it left has been
	 * done, although it left without one.
	 */
	synchronize_rcu();
	mutex_unlock(&p->lock);
}
