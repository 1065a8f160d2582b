// SPDX-License-Identifier: GPL-2.0
/*
 * Interception of what tasks do with sockets, and of who registers hooks of netfilter;
 * and nothing else.
 *
 * ftrace comes by a handler here where a socket is made, accepted, bound, connected,
 * disconnected or sent to. It asks the file of uvn that decides whether there is anything
 * to decide at all. Mostly there is not, or it can be done there and then, and the
 * function goes on as if nobody had been there. Else the handler has a wrapper called in
 * its place, which calls the original and that file once more.
 */
#include <linux/ftrace.h>
#include <linux/in.h>
#include <linux/in6.h>
#include <linux/minmax.h>
#include <linux/mutex.h>
#include <linux/net.h>
#include <linux/netfilter.h>
#include <linux/netlink.h>
#include <linux/sockptr.h>
#include <net/ip.h>
#include <net/ipv6.h>
#include <net/net_namespace.h>
#include <net/request_sock.h>
#include <net/sock.h>
#include <net/transp_v6.h>

#include "external/udp-claim.h"
#include "overlay/nf-place.h"
#include "socket/bind.h"
#include "socket/device.h"
#include "socket/group.h"
#include "socket/group6.h"
#include "socket/hook-concern.h"
#include "socket/hook-set.h"
#include "socket/hook.h"
#include "socket/named.h"
#include "socket/owner.h"
#include "socket/presence.h"
#include "socket/receive.h"
#include "socket/sock.h"
#include "socket/sockname.h"
#include "socket/udp-reply.h"
#include "socket/unix.h"

static DEFINE_MUTEX(uvn_hook_lock);	/* uvn_hook_users, registration */
static unsigned int uvn_hook_users;
UVN_PRESENCE_DEFINE(uvn_hook_presence);	/* who is in a wrapper that may sleep */

#define UVN_HOOK(name, proto, result)					\
	UVN_HOOK_IN(uvn_hook_presence, name, proto, result)

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

UVN_HOOK_WATCH(accept);
UVN_HOOK_WATCH(graft);

UVN_HOOK(bind, (struct socket *sock, struct sockaddr *addr, int len),
	 uvn_hook_bind(sock, addr, len) ?:
	 (uvn_device_in_scope(sock->sk, addr, len),
	  uvn_bind_may_bind(sock->sk, addr, len)))

UVN_HOOK(connect, (struct socket *sock, struct sockaddr *addr, int len),
	 uvn_hook_connect(sock, addr, len) ?:
	 (uvn_device_in_scope(sock->sk, addr, len),
	  uvn_bind_may_connect(sock->sk, addr, len)))

UVN_HOOK(port4, (struct sock *sk, unsigned short port),
	 uvn_bind_may_autobind(sk) ?: uvn_hook_port4(sk, port) ?:
	 (uvn_udp_claim_has_port(sk), 0))

UVN_HOOK(port6, (struct sock *sk, unsigned short port),
	 uvn_bind_may_autobind(sk) ?: uvn_hook_port6(sk, port) ?:
	 (uvn_udp_claim_has_port(sk), 0))

UVN_HOOK(ping_port, (struct sock *sk, unsigned short port),
	 uvn_bind_may_autobind(sk) ?: uvn_hook_ping_port(sk, port))

UVN_HOOK_WATCH(raw_hash);

UVN_HOOK(listen, (struct socket *sock, int backlog),
	 uvn_hook_listen(sock, backlog) ?: uvn_bind_may_listen(sock->sk))

UVN_HOOK(option4, (struct sock *sk, int level, int optname, sockptr_t optval,
		   unsigned int optlen),
	 ({
		struct in6_pktinfo value;
		struct ip_mreqn by;
		int cast, named;
		int oerr = uvn_bind_casts_by(sk, level, optname, &optval, &optlen,
					     &by, &cast) ?:
			   uvn_device_in_option(sk, level, optname, &optval, optlen,
						&value, &named) ?:
			   uvn_hook_option4(sk, level, optname, optval, optlen);

		if (!oerr) {
			uvn_bind_casts(sk, cast);
			uvn_device_keep(sk, level, optname, named);
		}
		oerr;
	 }))

UVN_HOOK(option6, (struct sock *sk, int level, int optname, sockptr_t optval,
		   unsigned int optlen),
	 ({
		struct in6_pktinfo value;
		int named;
		int oerr = uvn_device_in_option(sk, level, optname, &optval, optlen,
						&value, &named) ?:
			   uvn_hook_option6(sk, level, optname, optval, optlen);

		if (!oerr)
			uvn_device_keep(sk, level, optname, named);
		oerr;
	 }))

/* Binds an option a socket to a device? 1 if it has; 0 if it is the kernel's to set. */
static int uvn_hook_binds(struct sock *sk, int level, int optname, sockptr_t optval,
			  unsigned int optlen)
{
	int device = uvn_device_to_bind(sk, level, optname, optval, optlen);

	if (device)
		return uvn_named_bind(sk, device) ?: 1;
	return uvn_bind_may_set(sk, level, optname);
}

UVN_HOOK(option, (struct socket *sock, int level, int optname, sockptr_t optval,
		  unsigned int optlen),
	 ({
		int done = uvn_hook_binds(sock->sk, level, optname, optval, optlen);

		done ? min(done, 0) : uvn_hook_option(sock, level, optname, optval, optlen);
	 }))

/* Newer kernels' sockets of UDP see to options of SOL_SOCKET by themselves. */
UVN_HOOK(option_udp, (struct sock *sk, int level, int optname, sockptr_t optval,
		      unsigned int optlen, int (*push)(struct sock *sk)),
	 ({
		int done = uvn_hook_binds(sk, level, optname, optval, optlen);

		done ? min(done, 0) :
		uvn_hook_option_udp(sk, level, optname, optval, optlen, push);
	 }))

/* What is sent with a message, of IPv4 and of IPv6. */
UVN_HOOK(cmsg4, (struct sock *sk, struct msghdr *msg, struct ipcm_cookie *ipc,
		 bool allow_ipv6),
	 ({
		int cerr = uvn_hook_cmsg4(sk, msg, ipc, allow_ipv6);

		if (!cerr)
			ipc->oif = uvn_device_of_message(sk, msg, ipc->oif);
		cerr;
	 }))

UVN_HOOK(cmsg6, (struct net *net, struct sock *sk, struct msghdr *msg,
		 struct flowi6 *fl6, struct ipcm6_cookie *ipc6),
	 (uvn_device_in_messages(sk, msg),
	  uvn_hook_cmsg6(net, sk, msg, fl6, ipc6)))

/* getsockname(), but not getpeername(), of which the kernel's last argument tells. */
UVN_HOOK(name4, (struct socket *sock, struct sockaddr *addr, int peer),
	 ({
		int len = uvn_hook_name4(sock, addr, peer);

		if (len > 0 && !peer)
			uvn_sockname_tell(sock->sk, addr);
		len;
	 }))

UVN_HOOK(name6, (struct socket *sock, struct sockaddr *addr, int peer),
	 ({
		int len = uvn_hook_name6(sock, addr, peer);

		if (len > 0 && !peer)
			uvn_sockname_tell(sock->sk, addr);
		len;
	 }))

UVN_HOOK(disconnect, (struct sock *sk, int flags),
	 uvn_bind_disconnect(sk) ? 0 : uvn_hook_disconnect(sk, flags))

/* May a socket join a group? @by and @is_named are for uvn_group_joined(). */
static int uvn_hook_joins(struct sock *sk, struct ip_mreqn *imr, u32 *by, bool *is_named)
{
	__be32 addr = imr->imr_address.s_addr;
	int named = imr->imr_ifindex;
	int err = uvn_bind_may_join(sk, &imr->imr_ifindex, addr);

	*is_named = named || addr;
	*by = err ? 0 : uvn_group_names(sk, imr, named);
	return err;
}

UVN_HOOK(join4, (struct sock *sk, struct ip_mreqn *imr),
	 ({
		bool is_named;
		u32 by;

		uvn_hook_joins(sk, imr, &by, &is_named) ?:
		uvn_group_joined(sk, imr, by, is_named, uvn_hook_join4(sk, imr));
	 }))

UVN_HOOK(join4_ssm, (struct sock *sk, struct ip_mreqn *imr, unsigned int mode),
	 ({
		bool is_named;
		u32 by;

		uvn_hook_joins(sk, imr, &by, &is_named) ?:
		uvn_group_joined(sk, imr, by, is_named,
				 uvn_hook_join4_ssm(sk, imr, mode));
	 }))

UVN_HOOK(leave4, (struct sock *sk, struct ip_mreqn *imr),
	 ({
		int named = imr->imr_ifindex, more;

		uvn_bind_joined(sk, &imr->imr_ifindex);
		more = uvn_group_leaves(sk, imr, named);
		more ? min(more, 0) : uvn_hook_leave4(sk, imr);
	 }))

UVN_HOOK(source4, (int add, int omode, struct sock *sk,
		   struct ip_mreq_source *mreqs, int ifindex),
	 (uvn_bind_joined(sk, &ifindex),
	  uvn_hook_source4(add, omode, sk, mreqs, ifindex)))

UVN_HOOK(join6, (struct sock *sk, int ifindex, const struct in6_addr *addr),
	 ({
		int named = ifindex;

		uvn_bind_may_join(sk, &ifindex, 0) ?:
		uvn_group6_joined(sk, ifindex, addr, named,
				  uvn_hook_join6(sk, ifindex, addr));
	 }))

UVN_HOOK(leave6, (struct sock *sk, int ifindex, const struct in6_addr *addr),
	 ({
		int named = ifindex, more;

		ifindex = uvn_device_named(sk, ifindex);
		more = uvn_group6_leaves(sk, ifindex, addr, named);
		more ? min(more, 0) : uvn_hook_leave6(sk, ifindex, addr);
	 }))

UVN_HOOK(source6, (int add, int omode, struct sock *sk,
		   struct group_source_req *pgsr),
	 (pgsr->gsr_interface = uvn_device_named(sk, pgsr->gsr_interface),
	  uvn_hook_source6(add, omode, sk, pgsr)))

UVN_HOOK(join6_ssm, (struct sock *sk, int ifindex, const struct in6_addr *addr,
		     unsigned int mode),
	 ({
		int named = ifindex;

		uvn_bind_may_join(sk, &ifindex, 0) ?:
		uvn_group6_joined(sk, ifindex, addr, named,
				  uvn_hook_join6_ssm(sk, ifindex, addr, mode));
	 }))

UVN_HOOK_BRIEF(unix_connect, (struct sock *sk, struct sock *other,
			      struct sock *newsk),
	       uvn_hook_unix_connect(sk, other, newsk) ?:
	       uvn_unix_may_reach(sk, other))

UVN_HOOK_BRIEF(unix_send, (struct socket *sock, struct socket *other),
	       uvn_hook_unix_send(sock, other) ?:
	       uvn_unix_may_reach(sock->sk, other->sk))

/* What raw sockets and those of ping receive. */
UVN_HOOK_BRIEF(queue, SOCK_QUEUE_PARAMS,
	       unlikely(uvn_receive_may(sk, skb) ?: uvn_named_hears(sk, skb)) ?
	       SOCK_QUEUE_REFUSED :
	       (uvn_device_tell(sk, skb), uvn_hook_queue SOCK_QUEUE_ARGS))

/* Errors about what they have sent. */
UVN_HOOK_BRIEF(queue_error, (struct sock *sk, struct sk_buff *skb),
	       uvn_receive_may(sk, skb) ?: uvn_hook_queue_error(sk, skb))

UVN_HOOK_BRIEF(connection, (const struct sock *sk, struct sk_buff *skb,
			    struct request_sock *req),
	       uvn_hook_connection(sk, skb, req) ?:
	       uvn_receive_connection(sk, skb, req))

UVN_HOOK_BRIEF(receive, (struct sock *sk, struct sk_buff *skb),
	       uvn_receive_may(sk, skb) ?: uvn_named_hears(sk, skb) ?:
	       uvn_udp_reply_note(&sk, skb) ?:
	       (uvn_device_tell(sk, skb), uvn_hook_receive(sk, skb)))

/* Whoever has a hook of netfilter has uvn's beside it. */
UVN_HOOK(nf_add, (struct net *net, const struct nf_hook_ops *ops),
	 uvn_nf_place_expect(net, ops, 1) ?:
	 uvn_nf_place_done(net, ops, 1, uvn_hook_nf_add(net, ops)))

UVN_HOOK(nf_add_all, (struct net *net, const struct nf_hook_ops *ops, unsigned int n),
	 uvn_nf_place_expect(net, ops, n) ?:
	 uvn_nf_place_done(net, ops, n, uvn_hook_nf_add_all(net, ops, n)))

UVN_HOOK(nf_del, (struct net *net, const struct nf_hook_ops *ops),
	 (uvn_hook_nf_del(net, ops), uvn_nf_place_left(net, ops, 1), 0))

UVN_HOOK(nf_del_all, (struct net *net, const struct nf_hook_ops *ops, unsigned int n),
	 (uvn_hook_nf_del_all(net, ops, n), uvn_nf_place_left(net, ops, n), 0))

/* Those that are passed most come first. Each has the ways by which programs come to
 * it: what they call by name, and what protocols have pointers to.
 */
static const struct uvn_hook uvn_hooks[] = {
	UVN_HOOK_BY("__udp_enqueue_schedule_skb", receive, UVN_CONCERN_DATAGRAM,
		    UVN_WAY("udp_queue_rcv_one_skb", "udp_queue_rcv_skb",
			    "__udp_queue_rcv_skb"),
		    UVN_WAY_BY(CONFIG_IPV6, "udpv6_queue_rcv_one_skb",
			       "udpv6_queue_rcv_skb", "__udpv6_queue_rcv_skb")),
	/* By whoever asks for a connection, and whoever brings a SYN cookie back. */
	UVN_HOOK_BY("security_inet_conn_request", connection, UVN_CONCERN_CONNECTION,
		    UVN_WAY("tcp_v4_route_req"),
		    UVN_WAY_BY(CONFIG_IPV6, "tcp_v6_route_req"),
		    UVN_WAY("cookie_v4_check", "cookie_tcp_reqsk_init",
			    "cookie_tcp_check"),
		    UVN_WAY_BY(CONFIG_IPV6, "cookie_v6_check",
			       "cookie_tcp_reqsk_init", "cookie_tcp_check")),
	/* sock_create_lite() makes sockets of the kernel's own alone. */
	UVN_HOOK_BY("security_socket_post_create", create, UVN_CONCERN_CREATE,
		    UVN_WAY("__sock_create")),
	UVN_WATCHED("security_socket_accept", accept, UVN_CONCERN_ACCEPT,
		    UVN_WAY("__sys_accept4", "__sys_accept4_file", "do_accept"),
		    UVN_WAY("do_accept")),
	UVN_WATCHED("security_sock_graft", graft, UVN_CONCERN_GRAFT,
		    UVN_WAY("inet_accept", "__inet_accept")),
	UVN_HOOK_BY("security_socket_connect", connect, UVN_CONCERN_SOCKET,
		    UVN_WAY("__sys_connect", "__sys_connect_file"),
		    UVN_WAY("__sys_connect_file", "__sys_connect")),
	UVN_HOOK_BY("security_socket_bind", bind, UVN_CONCERN_SOCKET,
		    UVN_WAY("__sys_bind", "__sys_bind_socket"),
		    UVN_WAY("__sys_bind_socket", "__sys_bind")),
	/* All by struct proto; ping_bind() comes behind security_socket_bind(). */
	UVN_HOOK_BY("udp_v4_get_port", port4, UVN_CONCERN_ALWAYS, UVN_WAY_POINTER),
	UVN_HOOK_BY("udp_v6_get_port", port6, UVN_CONCERN_ALWAYS, UVN_WAY_POINTER),
	UVN_HOOK_BY("ping_get_port", ping_port, UVN_CONCERN_SOCK, UVN_WAY_POINTER),
	UVN_WATCHED("raw_hash_sk", raw_hash, UVN_CONCERN_RAW_HASH,
		    UVN_WAY_POINTER),
	UVN_HOOK_BY("sock_queue_rcv_skb_reason", queue, UVN_CONCERN_QUEUE,
		    UVN_WAY("raw_rcv", "raw_rcv_skb"),
		    UVN_WAY_BY(CONFIG_IPV6, "rawv6_rcv", "rawv6_rcv_skb"),
		    UVN_WAY("ping_queue_rcv_skb", "__ping_queue_rcv_skb")),
	UVN_HOOK_BY("sock_queue_err_skb", queue_error, UVN_CONCERN_QUEUE_ERROR,
		    UVN_WAY("ip_icmp_error"),
		    UVN_WAY_BY(CONFIG_IPV6, "ipv6_icmp_error")),
	UVN_HOOK_BY("security_socket_listen", listen, UVN_CONCERN_SOCKET,
		    UVN_WAY("__sys_listen", "__sys_listen_socket"),
		    UVN_WAY("__sys_listen_socket", "__sys_listen")),
	UVN_HOOK_BY("sock_setsockopt", option, UVN_CONCERN_OPTION,
		    UVN_WAY("__sys_setsockopt", "do_sock_setsockopt"),
		    UVN_WAY("do_sock_setsockopt", "__sys_setsockopt")),
	UVN_HOOK_BY("udp_lib_setsockopt", option_udp, UVN_CONCERN_OPTION_UDP,
		    UVN_WAY("udp_setsockopt"),
		    UVN_WAY_BY(CONFIG_IPV6, "udpv6_setsockopt")),
	UVN_HOOK_BY("ipv6_setsockopt", option6, UVN_CONCERN_OPTION_IP,
		    UVN_WAY_BY(CONFIG_IPV6, "udpv6_setsockopt"),
		    UVN_WAY_POINTER),
	UVN_HOOK_BY("ip_cmsg_send", cmsg4, UVN_CONCERN_SOCK,
		    UVN_WAY("udp_sendmsg"),
		    UVN_WAY("raw_sendmsg"), UVN_WAY("ping_v4_sendmsg")),
	UVN_HOOK_BY("ip6_datagram_send_ctl", cmsg6, UVN_CONCERN_SOCK_SECOND,
		    UVN_WAY_BY(CONFIG_IPV6, "udpv6_sendmsg"),
		    UVN_WAY_BY(CONFIG_IPV6, "rawv6_sendmsg"),
		    UVN_WAY_BY(CONFIG_IPV6, "ping_v6_sendmsg")),
	UVN_HOOK_BY("ip_setsockopt", option4, UVN_CONCERN_OPTION_IP,
		    UVN_WAY("udp_setsockopt"),
		    UVN_WAY("raw_setsockopt"), UVN_WAY_POINTER),
	UVN_HOOK_BY("inet_getname", name4, UVN_CONCERN_NAME, UVN_WAY_POINTER),
	UVN_HOOK_BY("inet6_getname", name6, UVN_CONCERN_NAME, UVN_WAY_POINTER),
	/* Raw sockets, those of ping and others have a pointer to it. */
	UVN_HOOK_BY("__udp_disconnect", disconnect, UVN_CONCERN_SOCK,
		    UVN_WAY("udp_disconnect"), UVN_WAY_POINTER),
	UVN_HOOK_BY("ip_mc_join_group", join4, UVN_CONCERN_ALWAYS,
		    UVN_WAY("do_ip_setsockopt"),
		    UVN_WAY("ip_mcast_join_leave", "do_ip_setsockopt"),
		    UVN_WAY("compat_ip_mcast_join_leave", "do_ip_setsockopt")),
	UVN_HOOK_BY("ip_mc_join_group_ssm", join4_ssm, UVN_CONCERN_ALWAYS,
		    UVN_WAY("do_ip_setsockopt"),
		    UVN_WAY("do_mcast_group_source", "do_ip_setsockopt")),
	UVN_HOOK_BY("ip_mc_leave_group", leave4, UVN_CONCERN_ALWAYS,
		    UVN_WAY("do_ip_setsockopt"),
		    UVN_WAY("ip_mcast_join_leave", "do_ip_setsockopt"),
		    UVN_WAY("compat_ip_mcast_join_leave", "do_ip_setsockopt")),
	UVN_HOOK_BY("ip_mc_source", source4, UVN_CONCERN_ALWAYS,
		    UVN_WAY("do_ip_setsockopt"),
		    UVN_WAY("do_mcast_group_source", "do_ip_setsockopt")),
	UVN_HOOK_BY("ipv6_sock_mc_join", join6, UVN_CONCERN_ALWAYS,
		    UVN_WAY("do_ipv6_setsockopt"),
		    UVN_WAY("ipv6_mcast_join_leave", "do_ipv6_setsockopt"),
		    UVN_WAY("compat_ipv6_mcast_join_leave",
			    "do_ipv6_setsockopt")),
	UVN_HOOK_BY("ipv6_sock_mc_join_ssm", join6_ssm, UVN_CONCERN_ALWAYS,
		    UVN_WAY("do_ipv6_mcast_group_source",
			    "do_ipv6_setsockopt")),
	UVN_HOOK_BY("ipv6_sock_mc_drop", leave6, UVN_CONCERN_ALWAYS,
		    UVN_WAY("do_ipv6_setsockopt"),
		    UVN_WAY("ipv6_mcast_join_leave", "do_ipv6_setsockopt"),
		    UVN_WAY("compat_ipv6_mcast_join_leave",
			    "do_ipv6_setsockopt")),
	UVN_HOOK_BY("ip6_mc_source", source6, UVN_CONCERN_ALWAYS,
		    UVN_WAY("do_ipv6_mcast_group_source",
			    "do_ipv6_setsockopt")),
	UVN_HOOK_BY("security_unix_stream_connect", unix_connect, UVN_CONCERN_UNIX_CONNECT,
		    UVN_WAY_BY(CONFIG_UNIX, "unix_stream_connect")),
	UVN_HOOK_BY("security_unix_may_send", unix_send, UVN_CONCERN_UNIX_SEND,
		    UVN_WAY_BY(CONFIG_UNIX, "unix_dgram_connect"),
		    UVN_WAY_BY(CONFIG_UNIX, "unix_dgram_sendmsg")),
	/* Who has several may come to the function for one, or to a copy of it. */
	UVN_HOOK_BY("nf_register_net_hook", nf_add, UVN_CONCERN_ALWAYS,
		    UVN_WAY_FROM_ELSEWHERE),
	UVN_HOOK_BY("nf_register_net_hooks", nf_add_all, UVN_CONCERN_ALWAYS,
		    UVN_WAY_FROM_ELSEWHERE),
	UVN_HOOK_BY("nf_unregister_net_hook", nf_del, UVN_CONCERN_ALWAYS,
		    UVN_WAY_FROM_ELSEWHERE),
	UVN_HOOK_BY("nf_unregister_net_hooks", nf_del_all, UVN_CONCERN_ALWAYS,
		    UVN_WAY_FROM_ELSEWHERE),
};

static struct uvn_hook_place uvn_hook_places[UVN_HOOK_PLACES];

static void notrace uvn_hook_handler(unsigned long ip, unsigned long parent_ip,
				     struct ftrace_ops *ops,
				     struct ftrace_regs *fregs)
{
	const struct uvn_hook *hook = uvn_hook_find(uvn_hook_places, ip);

	/* Calls of functions that are only watched end here. */
	if (likely(hook) &&
	    unlikely(uvn_hook_concern_wants(hook->concern, fregs) ||
		     (READ_ONCE(uvn_hook_tester) == current && hook->wrapper)))
		uvn_hook_redirect(hook, fregs);
}

static struct ftrace_ops uvn_hook_ops = {
	.func = uvn_hook_handler,
	.flags = UVN_HOOK_FLAGS,
};

static const struct uvn_hook_set uvn_hook_set = {
	.hooks = uvn_hooks,
	.n = ARRAY_SIZE(uvn_hooks),
	.ops = &uvn_hook_ops,
	.presence = &uvn_hook_presence,
	.places = uvn_hook_places,
};

/* One of them is made, to see it pass. */
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
	int err = uvn_hook_set_register(&uvn_hook_set, extack);

	if (err)
		return err;
	err = uvn_hook_test(extack);
	if (err)
		uvn_hook_set_unregister(&uvn_hook_set);
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
		uvn_hook_set_unregister(&uvn_hook_set);
	mutex_unlock(&uvn_hook_lock);
}

/**
 * uvn_hook_sync - wait for all tasks that are in a wrapper, or in the handler
 *
 * Context: may sleep.
 */
void uvn_hook_sync(void)
{
	uvn_presence_wait(&uvn_hook_presence);
}

/**
 * uvn_hook_name - how it is done
 */
const char *uvn_hook_name(void)
{
	return READ_ONCE(uvn_hook_users) ? "ftrace" : "off";
}
