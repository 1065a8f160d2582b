// SPDX-License-Identifier: GPL-2.0
/*
 * Refusals: each is counted, and reported if there are not too many.
 */
#include <linux/ratelimit.h>
#include <linux/xarray.h>

#include "core/denial.h"
#include "core/event.h"
#include "core/netns.h"
#include "core/user.h"
#include "core/trace.h"

/**
 * uvn_denial_report - count and report a refusal
 * @un: namespace
 * @denial: what, whose and why
 *
 * Context: may sleep unless @denial says otherwise.
 */
void uvn_denial_report(struct uvn_net *un, const struct uvn_denial *denial)
{
	struct uvn_user *user;
	bool report;

	rcu_read_lock();
	user = xa_load(&un->users, denial->uid);
	if (denial->family >= 0) {
		atomic64_inc(&un->denial.count[denial->reason]);
		if (user)
			atomic64_inc(&user->denial.count[denial->reason]);
	}
	report = __ratelimit(user ? &user->denial.events : &un->denial.events);
	rcu_read_unlock();
	trace_uvn_denied(denial);
	if (!report) {
		atomic_inc(&un->denial.suppressed);
		return;
	}
	uvn_event_denied(un, denial, atomic_xchg(&un->denial.suppressed, 0));
}
