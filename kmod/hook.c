// SPDX-License-Identifier: GPL-2.0
/*
 * Interception of what tasks do with sockets, and nothing else.
 *
 * ftrace redirects functions that every socket passes when it is made, accepted,
 * bound, connected, disconnected or sent to, to wrappers. They call the original
 * and the file of uvn that decides.
 */
#include <linux/ftrace.h>
#include <linux/in.h>
#include <linux/in6.h>
#include <linux/kprobes.h>
#include <linux/mutex.h>
#include <linux/net.h>
#include <linux/netlink.h>
#include <linux/objtool.h>
#include <linux/rcupdate.h>
#include <linux/srcu.h>
#include <linux/stringify.h>
#include <net/net_namespace.h>
#include <net/sock.h>
#include <asm/linkage.h>

#include "owner.h"
#include "uvn.h"

#ifndef CONFIG_X86_64
#error "uvn calls the intercepted functions in a way that only x86-64 has"
#endif

static DEFINE_MUTEX(uvn_hook_lock);	/* uvn_hook_users, registration */
static unsigned int uvn_hook_users;
DEFINE_STATIC_SRCU(uvn_hook_srcu);	/* who is in a wrapper */

/* The function that is intercepted, to be called as uvn_hook_NAME(), and the
 * wrapper around @result, which calls it.
 *
 * The original is entered behind the place where ftrace redirects it, so that it is
 * traced once. It is reached by a return, since with indirect branch tracking an
 * indirect call must land on an ENDBR.
 */
#define UVN_HOOK(name, proto, result)					\
	static unsigned long uvn_hook_##name##_addr __used;		\
	int uvn_hook_##name proto;					\
	asm(".pushsection .text, \"ax\"\n"				\
		".globl uvn_hook_" #name "\n"				\
		".type uvn_hook_" #name ", @function\n"		\
		"uvn_hook_" #name ":\n"				\
		"	pushq uvn_hook_" #name "_addr(%rip)\n"		\
		"	addq $" __stringify(MCOUNT_INSN_SIZE) ", (%rsp)\n"\
		"	" ASM_RET					\
		".size uvn_hook_" #name ", . - uvn_hook_" #name "\n"	\
		".popsection\n");					\
	STACK_FRAME_NON_STANDARD(uvn_hook_##name);			\
	static int uvn_hook_on_##name proto				\
	{								\
		int idx = srcu_read_lock(&uvn_hook_srcu);		\
		int err = (result);					\
									\
		srcu_read_unlock(&uvn_hook_srcu, idx);			\
		return err;						\
	}

/* Who makes a kernel's socket to see whether it is intercepted, and whether it was.
 * Under uvn_hook_lock.
 */
static struct task_struct *uvn_hook_tester;
static bool uvn_hook_works;

static int uvn_hook_kernel(void)
{
	if (unlikely(READ_ONCE(uvn_hook_tester) == current))
		uvn_hook_works = true;
	return 0;
}

UVN_HOOK(create, (struct socket *sock, int family, int type, int protocol,
		  int kern),
	 uvn_hook_create(sock, family, type, protocol, kern) ?:
	 kern ? uvn_hook_kernel() :
	 uvn_sock_created(sock, family, type, protocol))

UVN_HOOK(accept, (struct socket *sock, struct socket *newsock),
	 uvn_hook_accept(sock, newsock) ?: uvn_owner_inherit(newsock, sock))

UVN_HOOK(bind, (struct socket *sock, struct sockaddr *addr, int len),
	 uvn_hook_bind(sock, addr, len) ?:
	 uvn_bound_may_bind(sock->sk, addr, len))

UVN_HOOK(listen, (struct socket *sock, int backlog),
	 uvn_hook_listen(sock, backlog) ?: uvn_bound_may_listen(sock->sk))

UVN_HOOK(setsockopt, (struct socket *sock, int level, int optname),
	 uvn_hook_setsockopt(sock, level, optname) ?:
	 uvn_bound_may_set(sock->sk, level, optname))

UVN_HOOK(disconnect, (struct sock *sk, int flags),
	 uvn_bound_disconnect(sk) ? 0 : uvn_hook_disconnect(sk, flags))

UVN_HOOK(join4, (struct sock *sk, struct ip_mreqn *imr),
	 uvn_bound_may_join(sk, &imr->imr_ifindex) ?:
	 uvn_hook_join4(sk, imr))

UVN_HOOK(join4_ssm, (struct sock *sk, struct ip_mreqn *imr, unsigned int mode),
	 uvn_bound_may_join(sk, &imr->imr_ifindex) ?:
	 uvn_hook_join4_ssm(sk, imr, mode))

UVN_HOOK(leave4, (struct sock *sk, struct ip_mreqn *imr),
	 (uvn_bound_joined(sk, &imr->imr_ifindex), uvn_hook_leave4(sk, imr)))

UVN_HOOK(source4, (int add, int omode, struct sock *sk,
		   struct ip_mreq_source *mreqs, int ifindex),
	 (uvn_bound_joined(sk, &ifindex),
	  uvn_hook_source4(add, omode, sk, mreqs, ifindex)))

UVN_HOOK(join6, (struct sock *sk, int ifindex, const struct in6_addr *addr),
	 uvn_bound_may_join(sk, &ifindex) ?:
	 uvn_hook_join6(sk, ifindex, addr))

UVN_HOOK(join6_ssm, (struct sock *sk, int ifindex, const struct in6_addr *addr,
		     unsigned int mode),
	 uvn_bound_may_join(sk, &ifindex) ?:
	 uvn_hook_join6_ssm(sk, ifindex, addr, mode))

UVN_HOOK(unix_connect, (struct sock *sk, struct sock *other,
			struct sock *newsk),
	 uvn_hook_unix_connect(sk, other, newsk) ?:
	 uvn_unix_may_reach(sk, other))

UVN_HOOK(unix_send, (struct socket *sock, struct socket *other),
	 uvn_hook_unix_send(sock, other) ?:
	 uvn_unix_may_reach(sock->sk, other->sk))

UVN_HOOK(receive, (struct sock *sk, struct sk_buff *skb),
	 uvn_answer_note(&sk, skb) ?: uvn_hook_receive(sk, skb))

/**
 * struct uvn_hook - a function that is intercepted
 * @symbol: its name
 * @addr: where ftrace finds it, behind any ENDBR
 * @wrapper: what is called instead
 */
struct uvn_hook {
	const char *symbol;
	unsigned long *addr;
	void *wrapper;
};

#define UVN_HOOK_OF(symbol, name)					\
	{ symbol, &uvn_hook_##name##_addr, uvn_hook_on_##name }

/* Those that are passed most come first. */
static const struct uvn_hook uvn_hooks[] = {
	UVN_HOOK_OF("__udp_enqueue_schedule_skb", receive),
	UVN_HOOK_OF("security_socket_post_create", create),
	UVN_HOOK_OF("security_socket_accept", accept),
	UVN_HOOK_OF("security_socket_bind", bind),
	UVN_HOOK_OF("security_socket_listen", listen),
	UVN_HOOK_OF("security_socket_setsockopt", setsockopt),
	UVN_HOOK_OF("__udp_disconnect", disconnect),
	UVN_HOOK_OF("ip_mc_join_group", join4),
	UVN_HOOK_OF("ip_mc_join_group_ssm", join4_ssm),
	UVN_HOOK_OF("ip_mc_leave_group", leave4),
	UVN_HOOK_OF("ip_mc_source", source4),
	UVN_HOOK_OF("ipv6_sock_mc_join", join6),
	UVN_HOOK_OF("ipv6_sock_mc_join_ssm", join6_ssm),
	UVN_HOOK_OF("security_unix_stream_connect", unix_connect),
	UVN_HOOK_OF("security_unix_may_send", unix_send),
};

static void notrace uvn_hook_handler(unsigned long ip, unsigned long parent_ip,
				     struct ftrace_ops *ops,
				     struct ftrace_regs *fregs)
{
	const struct sock *sk;
	unsigned long wrapper;
	int i;

	/* Passed by each datagram; users' are left alone as soon as may be. */
	if (ip == uvn_hook_receive_addr) {
		sk = (struct sock *)ftrace_regs_get_argument(fregs, 0);
		if (READ_ONCE(sk->sk_bound_dev_if))
			return;
	}
	for (i = 0; i < ARRAY_SIZE(uvn_hooks); i++) {
		if (ip != *uvn_hooks[i].addr)
			continue;
		wrapper = (unsigned long)uvn_hooks[i].wrapper;
		ftrace_regs_set_instruction_pointer(fregs, wrapper);
		return;
	}
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
static int uvn_hook_find(const struct uvn_hook *hook)
{
	struct kprobe kp = {
		.symbol_name = hook->symbol,
		.flags = KPROBE_FLAG_DISABLED,
	};
	int err;

	err = register_kprobe(&kp);
	if (err)
		return err;
	*hook->addr = (unsigned long)kp.addr;
	unregister_kprobe(&kp);
	return 0;
}

static void uvn_hook_unfilter(int n)
{
	while (n--)
		ftrace_set_filter_ip(&uvn_hook_ops, *uvn_hooks[n].addr, 1, 0);
}

static void uvn_hook_unregister(void)
{
	unregister_ftrace_function(&uvn_hook_ops);
	uvn_hook_unfilter(ARRAY_SIZE(uvn_hooks));
	/* Tasks that were redirected but are not in the SRCU section yet, then
	 * those in it, then those that have left it but not the module.
	 */
	synchronize_rcu_tasks();
	synchronize_rcu();
	synchronize_srcu(&uvn_hook_srcu);
	synchronize_rcu_tasks();
}

/* Should the place where ftrace comes from not be the one that was looked for, all
 * sockets would be let pass.
 */
static int uvn_hook_test(struct netlink_ext_ack *extack)
{
	struct socket *sock;
	int err;

	uvn_hook_works = false;
	WRITE_ONCE(uvn_hook_tester, current);
	err = sock_create_kern(&init_net, AF_INET, SOCK_DGRAM, 0, &sock);
	WRITE_ONCE(uvn_hook_tester, NULL);
	if (err)
		return err;
	sock_release(sock);
	if (uvn_hook_works)
		return 0;
	NL_SET_ERR_MSG(extack, "socket functions are not redirected");
	return -ENXIO;
}

static int uvn_hook_register(struct netlink_ext_ack *extack)
{
	int i, err;

	for (i = 0; i < ARRAY_SIZE(uvn_hooks); i++) {
		err = uvn_hook_find(&uvn_hooks[i]);
		if (!err)
			err = ftrace_set_filter_ip(&uvn_hook_ops,
						   *uvn_hooks[i].addr, 0, 0);
		if (err) {
			NL_SET_ERR_MSG_FMT(extack, "%s cannot be traced",
					   uvn_hooks[i].symbol);
			uvn_hook_unfilter(i);
			return err;
		}
	}
	err = register_ftrace_function(&uvn_hook_ops);
	if (err) {
		uvn_hook_unfilter(i);
		NL_SET_ERR_MSG(extack,
			       "socket functions cannot be redirected (a live patch has one?)");
		return err;
	}
	err = uvn_hook_test(extack);
	if (err)
		uvn_hook_unregister();
	return err;
}

/**
 * uvn_hook_get - intercept what tasks do with sockets
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
 * After the last one no task is in a wrapper any more.
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
 * uvn_hook_sync - wait for all tasks that are in a wrapper
 *
 * Context: may sleep.
 */
void uvn_hook_sync(void)
{
	synchronize_srcu(&uvn_hook_srcu);
}

/**
 * uvn_hook_name - how it is done
 */
const char *uvn_hook_name(void)
{
	return READ_ONCE(uvn_hook_users) ? "ftrace" : "off";
}
