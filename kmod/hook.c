// SPDX-License-Identifier: GPL-2.0
/*
 * Interception of socket creation, and nothing else.
 *
 * ftrace redirects security_socket_post_create(), which every socket passes
 * in the context of the task that makes it, to a wrapper that calls the
 * original and then uvn_sock_created().
 */
#include <linux/ftrace.h>
#include <linux/kprobes.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/netlink.h>
#include <linux/objtool.h>
#include <linux/rcupdate.h>
#include <linux/srcu.h>
#include <asm/linkage.h>

#include "uvn.h"

#ifndef CONFIG_X86_64
#error "uvn calls the intercepted function in a way that only x86-64 has"
#endif

#define UVN_HOOK_SYMBOL	"security_socket_post_create"

static DEFINE_MUTEX(uvn_hook_lock);	/* uvn_hook_users, registration */
static unsigned int uvn_hook_users;
DEFINE_STATIC_SRCU(uvn_hook_srcu);	/* who is in the wrapper */

/* The original. It is reached by a return, since with indirect branch
 * tracking an indirect call must land on an ENDBR, and the kernel takes that
 * away from functions that it only calls directly itself.
 */
static unsigned long uvn_hook_original __used;

asm(".pushsection .text, \"ax\"\n"
	".globl uvn_hook_call\n"
	".type uvn_hook_call, @function\n"
	"uvn_hook_call:\n"
	"	pushq uvn_hook_original(%rip)\n"
	"	" ASM_RET
	".size uvn_hook_call, . - uvn_hook_call\n"
	".popsection\n");
STACK_FRAME_NON_STANDARD(uvn_hook_call);

static int uvn_hook_post_create(struct socket *sock, int family, int type,
				int protocol, int kern)
{
	int idx = srcu_read_lock(&uvn_hook_srcu);
	int err;

	err = uvn_hook_call(sock, family, type, protocol, kern);
	if (!err)
		err = uvn_sock_created(sock, family, type, protocol);
	srcu_read_unlock(&uvn_hook_srcu, idx);
	return err;
}

/* Sockets of the kernel's own, and the wrapper's call, go straight on. */
static void notrace uvn_hook_handler(unsigned long ip, unsigned long parent_ip,
				     struct ftrace_ops *ops,
				     struct ftrace_regs *fregs)
{
	int kern = ftrace_regs_get_argument(fregs, 4);

	if (kern || within_module(parent_ip, THIS_MODULE))
		return;
	ftrace_regs_set_instruction_pointer(fregs,
					    (unsigned long)uvn_hook_post_create);
}

/* PERMANENT: while it is registered, sysctl kernel.ftrace_enabled=0 is
 * refused, instead of turning it off in silence.
 */
static struct ftrace_ops uvn_hook_ops = {
	.func = uvn_hook_handler,
	.flags = FTRACE_OPS_FL_IPMODIFY | FTRACE_OPS_FL_PERMANENT |
		 FTRACE_OPS_FL_DYNAMIC
#ifndef CONFIG_HAVE_DYNAMIC_FTRACE_WITH_ARGS
		 | FTRACE_OPS_FL_SAVE_REGS
#endif
	,
};

/* A kprobe that is never armed tells the address, behind any ENDBR. */
static int uvn_hook_find(unsigned long *addr)
{
	struct kprobe kp = {
		.symbol_name = UVN_HOOK_SYMBOL,
		.flags = KPROBE_FLAG_DISABLED,
	};
	int err;

	err = register_kprobe(&kp);
	if (err)
		return err;
	*addr = (unsigned long)kp.addr;
	unregister_kprobe(&kp);
	return 0;
}

static int uvn_hook_register(struct netlink_ext_ack *extack)
{
	int err;

	err = uvn_hook_find(&uvn_hook_original);
	if (err) {
		NL_SET_ERR_MSG(extack, UVN_HOOK_SYMBOL " was not found");
		return err;
	}
	err = ftrace_set_filter_ip(&uvn_hook_ops, uvn_hook_original, 0, 0);
	if (err) {
		NL_SET_ERR_MSG(extack, UVN_HOOK_SYMBOL " cannot be traced");
		return err;
	}
	err = register_ftrace_function(&uvn_hook_ops);
	if (err) {
		ftrace_set_filter_ip(&uvn_hook_ops, uvn_hook_original, 1, 0);
		NL_SET_ERR_MSG(extack, UVN_HOOK_SYMBOL
			       " cannot be redirected (a live patch has it?)");
	}
	return err;
}

static void uvn_hook_unregister(void)
{
	unregister_ftrace_function(&uvn_hook_ops);
	ftrace_set_filter_ip(&uvn_hook_ops, uvn_hook_original, 1, 0);
	/* Tasks that were redirected but are not in the SRCU section yet, then
	 * those in it, then those that have left it but not the module.
	 */
	synchronize_rcu_tasks();
	synchronize_srcu(&uvn_hook_srcu);
	synchronize_rcu_tasks();
}

/**
 * uvn_hook_get - intercept socket creation
 * @extack: says why not
 *
 * Context: may sleep.
 * Return: 0 or a negative errno.
 */
int uvn_hook_get(struct netlink_ext_ack *extack)
{
	int err = 0;

	mutex_lock(&uvn_hook_lock);
	if (!uvn_hook_users)
		err = uvn_hook_register(extack);
	if (!err)
		uvn_hook_users++;
	mutex_unlock(&uvn_hook_lock);
	return err;
}

/**
 * uvn_hook_put - undo one uvn_hook_get()
 *
 * After the last one no task is in the wrapper any more.
 *
 * Context: may sleep; whoever waits in uvn_sock_created() can go on.
 */
void uvn_hook_put(void)
{
	mutex_lock(&uvn_hook_lock);
	if (!--uvn_hook_users)
		uvn_hook_unregister();
	mutex_unlock(&uvn_hook_lock);
}

/**
 * uvn_hook_sync - wait for all calls of uvn_sock_created() under way
 *
 * Context: may sleep.
 */
void uvn_hook_sync(void)
{
	synchronize_srcu(&uvn_hook_srcu);
}

/**
 * uvn_hook_name - how socket creation is intercepted
 */
const char *uvn_hook_name(void)
{
	return READ_ONCE(uvn_hook_users) ? "ftrace" : "off";
}
