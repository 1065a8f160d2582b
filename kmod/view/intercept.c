// SPDX-License-Identifier: GPL-2.0
/*
 * Interception of what tells tasks of devices and routes, and by which sock_diag(7) tells
 * them of anything; and nothing else.
 *
 * ftrace redirects functions that dump, answer, announce or list them to wrappers, which
 * call the original and leave out what users do not see. Each of them may be missing:
 * then users see more, and are isolated all the same.
 */
#include <linux/cred.h>
#include <linux/ftrace.h>
#include <linux/fs.h>
#include <linux/if.h>
#include <linux/if_link.h>
#include <linux/igmp.h>
#include <linux/inetdevice.h>
#include <linux/mutex.h>
#include <linux/netdevice.h>
#include <linux/netlink.h>
#include <linux/nsproxy.h>
#include <linux/printk.h>
#include <linux/seq_file.h>
#include <linux/seq_file_net.h>
#include <linux/skbuff.h>
#include <linux/sockios.h>
#include <linux/sockptr.h>
#include <linux/uidgid.h>
#include <net/if_inet6.h>
#include <net/net_namespace.h>
#include <net/netlink.h>
#include <net/sock.h>

#include "socket/hook-set.h"
#include "socket/presence.h"
#include "view/bound.h"
#include "view/intercept-sockets.h"
#include "view/intercept.h"
#include "view/listing.h"
#include "view/message.h"
#include "view/sockdiag.h"
#include "view/sockets.h"
#include "view/view.h"

static DEFINE_MUTEX(uvn_intercept_lock);	/* the two behind it, registration */
static unsigned int uvn_intercept_users;
static bool uvn_intercept_works;
UVN_PRESENCE_DEFINE(uvn_intercept_presence);	/* who is in a wrapper that may sleep */

#define UVN_INTERCEPT(name, proto, result)				\
	UVN_HOOK_IN(uvn_intercept_presence, name, proto, result)

/* A dump is called again and again, for one datagram each time. One without a message
 * would be the end to programs, and so would be nothing to the kernel.
 */
static bool uvn_intercept_dumps_on(struct sk_buff *skb, unsigned int from,
				   int err)
{
	return uvn_view_is_users(sock_net(skb->sk)) &&
	       uvn_message_thin(skb, from, uvn_message_is_hidden) &&
	       (err > 0 || err == -EMSGSIZE);
}

#define UVN_INTERCEPT_DUMP(name)					\
	UVN_INTERCEPT(name, (struct sk_buff *skb,			\
			     struct netlink_callback *cb),		\
		      ({						\
			unsigned int from = skb->len;			\
			int err;					\
									\
			do {						\
				err = uvn_hook_##name(skb, cb);		\
			} while (uvn_intercept_dumps_on(skb, from, err)); \
			err;						\
		      }))

UVN_INTERCEPT_DUMP(dump_link)
UVN_INTERCEPT_DUMP(dump_link6)
UVN_INTERCEPT_DUMP(dump_stats)
UVN_INTERCEPT_DUMP(dump_addr4)
UVN_INTERCEPT_DUMP(dump_addr6)
UVN_INTERCEPT_DUMP(dump_multicast4)
UVN_INTERCEPT_DUMP(dump_multicast6)
UVN_INTERCEPT_DUMP(dump_anycast6)
UVN_INTERCEPT_DUMP(dump_route4)
UVN_INTERCEPT_DUMP(dump_route6)
UVN_INTERCEPT_DUMP(dump_neigh)
UVN_INTERCEPT_DUMP(dump_neightbl)
UVN_INTERCEPT_DUMP(dump_rule)
UVN_INTERCEPT_DUMP(dump_netconf4)
UVN_INTERCEPT_DUMP(dump_netconf6)
UVN_INTERCEPT_DUMP(dump_qdisc)

/* What a socket is about to get, as its user sees it; NULL is as if it had got it. An
 * event comes from where it is about, but for sockets that listen to many namespaces, and
 * only the system may do that.
 */
static struct sk_buff *uvn_intercept_queued(struct sock *sk, struct sk_buff *skb)
{
	if (sk->sk_protocol == NETLINK_SOCK_DIAG) {
		if (NETLINK_CB(skb).dst_group)
			return uvn_sockdiag_tells(sk, skb);
		uvn_sockdiag_dumps(sk, skb);
		return skb;
	}
	if (!uvn_view_is_users_socket(sk) ||
	    !uvn_message_are_hidden(sock_net(sk), skb))
		return skb;
	consume_skb(skb);
	return NULL;
}

UVN_INTERCEPT(event, (struct sock *sk, struct sk_buff *skb),
	      ({
		skb = uvn_intercept_queued(sk, skb);
		skb ? uvn_hook_event(sk, skb) : 0;
	      }))

/* Can what sock_diag dumps be judged? */
static bool uvn_intercept_judges(void)
{
	return uvn_hook_event_addr && uvn_intercept_sockets_mark();
}

/* Of a device or a socket that is not there, rtnetlink and sock_diag say as much. What
 * else comes here asks for sockets where nobody could judge what it gets.
 */
static int uvn_intercept_errno(const struct sock *ssk, struct sk_buff *skb)
{
	const struct net *net = sock_net(ssk);

	if (ssk == net->rtnl)
		return uvn_view_is_users(net) &&
		       uvn_message_are_hidden(net, skb) ? -ENODEV : 0;
	if (ssk == net->diag_nlsk)
		return uvn_sockdiag_answers(ssk, skb) ? 0 : -ENOENT;
	return -EOPNOTSUPP;
}

static int uvn_intercept_refuse(const struct sock *ssk, struct sk_buff *skb)
{
	int err = uvn_intercept_errno(ssk, skb);

	if (err)
		kfree_skb(skb);
	return err;
}

/* By rtnetlink or sock_diag, but for what is to be refused: see the handler. */
UVN_INTERCEPT(answer, (struct sock *ssk, struct sk_buff *skb, u32 portid,
		       int nonblock),
	      uvn_intercept_refuse(ssk, skb) ?:
	      uvn_hook_answer(ssk, skb, portid, nonblock))

/* What the handler lets come here is refused: the originals wait for the task's memory,
 * and are better not called from here.
 */
UVN_HOOK_BRIEF(ioctl, (struct net *net, unsigned int cmd, struct ifreq *ifr),
	       -ENODEV)
UVN_HOOK_BRIEF(ioctl4, (struct net *net, unsigned int cmd, struct ifreq *ifr),
	       -ENODEV)
UVN_HOOK_BRIEF(ifconf, (struct net_device *dev, char __user *buf, int len,
			int size), 0)

/* BPF programs are the system's, and ask for their own memory. */
UVN_INTERCEPT(bound, (struct sock *sk, int level, int optname, sockptr_t optval,
		      sockptr_t optlen),
	      optval.is_kernel ?
	      uvn_hook_bound(sk, level, optname, optval, optlen) :
	      uvn_bound_tell(sk, optname, optval, optlen))

/* As the ioctls: files leave a line out. */
UVN_HOOK_BRIEF(show_dev, (struct seq_file *seq, void *v), SEQ_SKIP)
UVN_HOOK_BRIEF(show_dev_mcast, (struct seq_file *seq, void *v), SEQ_SKIP)
UVN_HOOK_BRIEF(show_igmp, (struct seq_file *seq, void *v), SEQ_SKIP)
UVN_HOOK_BRIEF(show_igmp6, (struct seq_file *seq, void *v), SEQ_SKIP)
UVN_HOOK_BRIEF(show_addr6, (struct seq_file *seq, void *v), SEQ_SKIP)
UVN_HOOK_BRIEF(show_trie, (struct seq_file *seq, void *v), SEQ_SKIP)

/* This one goes on only if it is called. */
UVN_INTERCEPT(show_route6, (struct seq_file *seq, void *v),
	      (uvn_hook_show_route6(seq, v), SEQ_SKIP))

#define UVN_INTERCEPT_READ(name)					\
	UVN_INTERCEPT(name, (struct file *file, struct dir_context *ctx), \
		      ({						\
			struct uvn_listing as_users;			\
			int err;					\
									\
			err = uvn_hook_##name(file,			\
				uvn_listing_begin(&as_users, ctx));	\
			uvn_listing_end(&as_users);			\
			err;						\
		      }))

UVN_INTERCEPT_READ(read_sys)
UVN_INTERCEPT_READ(read_proc)

/* Most are called by pointers to them. */
static const struct uvn_hook uvn_intercept_hooks[] = {
	UVN_HOOK_OF("__netlink_sendskb", event,
		    UVN_WAY("netlink_broadcast_filtered", "netlink_broadcast"),
		    UVN_WAY("__netlink_dump_start", "netlink_dump"),
		    UVN_WAY("netlink_recvmsg", "netlink_dump")),
	UVN_HOOK_OF("netlink_unicast", answer,
		    UVN_WAY("rtnl_getlink", "rtnl_unicast"),
		    UVN_WAY("rtnl_unicast"), UVN_WAY("netlink_sendmsg")),
	UVN_HOOK_OF("rtnl_dump_ifinfo", dump_link, UVN_WAY_POINTER),
	UVN_HOOK_OF("inet6_dump_ifinfo", dump_link6, UVN_WAY_POINTER),
	UVN_HOOK_OF("rtnl_stats_dump", dump_stats, UVN_WAY_POINTER),
	UVN_HOOK_OF("inet_dump_ifaddr", dump_addr4, UVN_WAY_POINTER),
	UVN_HOOK_OF("inet6_dump_ifaddr", dump_addr6, UVN_WAY_POINTER),
	UVN_HOOK_OF("inet_dump_ifmcaddr", dump_multicast4,
		    UVN_WAY_POINTER_IF_ANY),
	UVN_HOOK_OF("inet6_dump_ifmcaddr", dump_multicast6, UVN_WAY_POINTER),
	UVN_HOOK_OF("inet6_dump_ifacaddr", dump_anycast6, UVN_WAY_POINTER),
	UVN_HOOK_OF("inet_dump_fib", dump_route4, UVN_WAY_POINTER),
	UVN_HOOK_OF("inet6_dump_fib", dump_route6, UVN_WAY_POINTER),
	UVN_HOOK_OF("neigh_dump_info", dump_neigh, UVN_WAY_POINTER),
	UVN_HOOK_OF("neightbl_dump_info", dump_neightbl, UVN_WAY_POINTER),
	UVN_HOOK_OF("fib_nl_dumprule", dump_rule, UVN_WAY_POINTER),
	UVN_HOOK_OF("inet_netconf_dump_devconf", dump_netconf4,
		    UVN_WAY_POINTER),
	UVN_HOOK_OF("inet6_netconf_dump_devconf", dump_netconf6,
		    UVN_WAY_POINTER),
	UVN_HOOK_OF("tc_dump_qdisc", dump_qdisc, UVN_WAY_POINTER),
	UVN_HOOK_OF("dev_ioctl", ioctl, UVN_WAY("sock_ioctl", "sock_do_ioctl")),
	UVN_HOOK_OF("devinet_ioctl", ioctl4, UVN_WAY("inet_ioctl")),
	UVN_HOOK_OF("inet_gifconf", ifconf, UVN_WAY("dev_ifconf")),
	UVN_HOOK_OF("sk_getsockopt", bound,
		    UVN_WAY("__sys_getsockopt", "do_sock_getsockopt", "sock_getsockopt"),
		    UVN_WAY("do_sock_getsockopt", "__sys_getsockopt", "sock_getsockopt")),
	UVN_HOOK_OF("dev_seq_show", show_dev, UVN_WAY_POINTER),
	UVN_HOOK_OF("dev_mc_seq_show", show_dev_mcast, UVN_WAY_POINTER),
	UVN_HOOK_OF("igmp_mc_seq_show", show_igmp, UVN_WAY_POINTER),
	UVN_HOOK_OF("igmp6_mc_seq_show", show_igmp6, UVN_WAY_POINTER),
	UVN_HOOK_OF("if6_seq_show", show_addr6, UVN_WAY_POINTER),
	UVN_HOOK_OF("ipv6_route_seq_show", show_route6, UVN_WAY_POINTER),
	UVN_HOOK_OF("fib_trie_seq_show", show_trie, UVN_WAY_POINTER),
	UVN_HOOK_OF("kernfs_fop_readdir", read_sys, UVN_WAY_POINTER),
	UVN_HOOK_OF("proc_readdir", read_proc, UVN_WAY_POINTER),
};

/* Is a line about a device that users do not see? */
static bool uvn_intercept_line(const struct net_device *dev)
{
	return uvn_view_hides(dev) && uvn_view_is_users(dev_net(dev));
}

/* Is a file read by one from whom lines are hidden? */
static bool uvn_intercept_lines(struct seq_file *seq)
{
	return uvn_view_is_users(seq_file_net(seq));
}

/* The ioctls that name a device by its number are one. */
static bool uvn_intercept_is_named(struct net *net, unsigned int cmd,
				   const struct ifreq *ifr)
{
	return cmd == SIOCGIFNAME ?
	       uvn_view_hides_index(net, ifr->ifr_ifindex) :
	       uvn_view_hides_name(net, ifr->ifr_name, sizeof(ifr->ifr_name) - 1);
}

/* Events, whoever has caused them, and what sock_diag dumps to users. */
static bool uvn_intercept_wants_queued(const struct sock *sk, struct sk_buff *skb)
{
	if (sk->sk_protocol == NETLINK_ROUTE)
		return NETLINK_CB(skb).dst_group;
	return sk->sk_protocol == NETLINK_SOCK_DIAG && !NETLINK_CB(skb).portid &&
	       (NETLINK_CB(skb).dst_group ||
		!uid_eq(current_uid(), GLOBAL_ROOT_UID));
}

/* Answers, and what must not be asked; a question that may be lasts as long as it takes
 * to load a module of the kernel's, and is better not asked from here.
 */
static bool uvn_intercept_wants_unicast(const struct sock *ssk)
{
	const struct net *net = sock_net(ssk);

	return ssk == net->rtnl || ssk == net->diag_nlsk ||
	       (ssk->sk_protocol == NETLINK_SOCK_DIAG && !uvn_intercept_judges() &&
		uvn_sockets_are_own(net));
}

/* Of what a function was called for, is anything to be left out? What is of no concern
 * does not get to a wrapper.
 */
static bool uvn_intercept_wants(unsigned long ip, struct ftrace_regs *fregs)
{
	unsigned long first = ftrace_regs_get_argument(fregs, 0);
	void *second = (void *)ftrace_regs_get_argument(fregs, 1);

	if (ip == uvn_hook_event_addr)
		return uvn_intercept_wants_queued((struct sock *)first, second);
	/* The system sees all. */
	if (uid_eq(current_uid(), GLOBAL_ROOT_UID))
		return false;
	if (ip == uvn_hook_bound_addr)
		return uvn_bound_is_hidden((struct sock *)first, (unsigned long)second,
					   ftrace_regs_get_argument(fregs, 2));
	if (ip == uvn_hook_answer_addr)
		return uvn_intercept_wants_unicast((struct sock *)first);
	if (ip == uvn_hook_ioctl_addr || ip == uvn_hook_ioctl4_addr) {
		struct net *net = (struct net *)first;
		struct ifreq *ifr = (void *)ftrace_regs_get_argument(fregs, 2);

		return uvn_view_is_users(net) &&
		       uvn_intercept_is_named(net, (unsigned long)second, ifr);
	}
	if (ip == uvn_hook_ifconf_addr)
		return uvn_intercept_line((struct net_device *)first);
	if (ip == uvn_hook_read_sys_addr || ip == uvn_hook_read_proc_addr)
		return uvn_listing_is((struct file *)first) &&
		       uvn_view_is_users(current->nsproxy->net_ns);
	/* The head of a list. */
	if (second == SEQ_START_TOKEN)
		return false;
	if (ip == uvn_hook_show_dev_addr || ip == uvn_hook_show_dev_mcast_addr)
		return uvn_intercept_line(second);
	if (ip == uvn_hook_show_igmp_addr)
		return uvn_intercept_line(((struct ip_mc_list *)second)->interface->dev);
	if (ip == uvn_hook_show_igmp6_addr)
		return uvn_intercept_line(((struct ifmcaddr6 *)second)->idev->dev);
	if (ip == uvn_hook_show_addr6_addr)
		return uvn_intercept_line(((struct inet6_ifaddr *)second)->idev->dev);
	if (ip == uvn_hook_show_route6_addr)
		return uvn_intercept_lines((struct seq_file *)first) &&
		       uvn_listing_hides_route6((struct seq_file *)first);
	if (ip == uvn_hook_show_trie_addr)
		return uvn_intercept_lines((struct seq_file *)first) &&
		       uvn_listing_hides_trie((struct seq_file *)first);
	return true;
}

static struct uvn_hook_place uvn_intercept_places[UVN_HOOK_PLACES];

static void notrace uvn_intercept_handler(unsigned long ip,
					  unsigned long parent_ip,
					  struct ftrace_ops *ops,
					  struct ftrace_regs *fregs)
{
	if (uvn_intercept_wants(ip, fregs))
		uvn_hook_redirect_at(uvn_intercept_places, ip, fregs);
}

static struct ftrace_ops uvn_intercept_ops = {
	.func = uvn_intercept_handler,
	.flags = UVN_HOOK_FLAGS,
};

static const struct uvn_hook_set uvn_intercept_set = {
	.hooks = uvn_intercept_hooks,
	.n = ARRAY_SIZE(uvn_intercept_hooks),
	.ops = &uvn_intercept_ops,
	.presence = &uvn_intercept_presence,
	.optional = true,
	.places = uvn_intercept_places,
};

/**
 * uvn_intercept_get - intercept what tells tasks of devices and routes
 *
 * Where that fails users see all, which the kernel's log and uvn_intercept_put_missing()
 * tell.
 *
 * Context: may sleep.
 */
void uvn_intercept_get(void)
{
	struct netlink_ext_ack why = {};

	mutex_lock(&uvn_intercept_lock);
	if (!uvn_intercept_users++) {
		uvn_intercept_works =
			!uvn_hook_set_register(&uvn_intercept_set, &why);
		if (!uvn_intercept_works)
			pr_warn("uvn: users see all devices: %s\n",
				why._msg ?: "no memory");
	}
	mutex_unlock(&uvn_intercept_lock);
}

/**
 * uvn_intercept_put - undo one uvn_intercept_get()
 *
 * After the last one no task is in a wrapper any more.
 *
 * Context: may sleep.
 */
void uvn_intercept_put(void)
{
	mutex_lock(&uvn_intercept_lock);
	if (!--uvn_intercept_users && uvn_intercept_works) {
		uvn_hook_set_unregister(&uvn_intercept_set);
		uvn_intercept_works = false;
	}
	mutex_unlock(&uvn_intercept_lock);
}

/**
 * uvn_intercept_put_missing - tell by which functions users still see all
 * @skb: message
 * @attr: attribute that gets the name of one; there are as many as names
 *
 * Context: may sleep.
 * Return: 0 or -EMSGSIZE.
 */
int uvn_intercept_put_missing(struct sk_buff *skb, int attr)
{
	int err = 0;

	mutex_lock(&uvn_intercept_lock);
	if (uvn_intercept_users)
		err = uvn_hook_set_put_missing(&uvn_intercept_set,
					       uvn_intercept_works, skb, attr);
	mutex_unlock(&uvn_intercept_lock);
	return err ?: uvn_intercept_sockets_put_missing(skb, attr);
}
