// SPDX-License-Identifier: GPL-2.0
/*
 * What a network namespace has, for all who ask: its state, its configuration, its
 * worker and its netfilter hooks.
 */
#include <linux/completion.h>
#include <linux/kthread.h>
#include <linux/netfilter.h>
#include <linux/sched.h>
#include <net/net_namespace.h>
#include <net/netns/generic.h>

#include "config/config.h"
#include "core/netns.h"

unsigned int uvn_netns_id __read_mostly;

/**
 * uvn_netns - the state of a namespace
 * @net: the namespace
 */
struct uvn_net *uvn_netns(const struct net *net)
{
	return net_generic(net, uvn_netns_id);
}

struct uvn_netns_job {
	struct kthread_work work;
	int (*fn)(void *arg);
	void *arg;
	int err;
	struct completion done;
};

static void uvn_netns_job(struct kthread_work *work)
{
	struct uvn_netns_job *job = container_of(work, struct uvn_netns_job, work);

	job->err = job->fn(job->arg);
	complete(&job->done);
}

/**
 * uvn_netns_run - call a function on the worker and wait for it
 * @un: namespace, with its worker
 * @fn: the function
 * @arg: passed to it
 *
 * What has been queued comes before it. The wait is idle: for thousands of networks
 * that takes longer than a task may be stuck.
 *
 * Context: may sleep; not under RTNL.
 * Return: what @fn returned.
 */
int uvn_netns_run(struct uvn_net *un, int (*fn)(void *arg), void *arg)
{
	struct uvn_netns_job job = {
		.fn = fn,
		.arg = arg,
		.done = COMPLETION_INITIALIZER_ONSTACK(job.done),
	};

	kthread_init_work(&job.work, uvn_netns_job);
	kthread_queue_work(un->worker, &job.work);
	wait_for_completion_state(&job.done, TASK_IDLE);
	return job.err;
}

/**
 * uvn_netns_hook - register netfilter hooks of a namespace
 * @un: namespace, which the hooks are given
 * @hooks: kept by it; set to @ops
 * @ops: what they are
 * @n: how many
 *
 * Context: may sleep.
 * Return: 0 or a negative errno.
 */
int uvn_netns_hook(struct uvn_net *un, struct nf_hook_ops *hooks,
		   const struct nf_hook_ops *ops, unsigned int n)
{
	unsigned int i;

	for (i = 0; i < n; i++) {
		hooks[i] = ops[i];
		hooks[i].priv = un;
	}
	return nf_register_net_hooks(un->net, hooks, n);
}

/**
 * uvn_netns_config - the configuration, for whoever may change it
 * @un: namespace; its lock is held
 */
struct uvn_config *uvn_netns_config(struct uvn_net *un)
{
	return rcu_dereference_protected(un->config,
					 lockdep_is_held(&un->lock));
}
