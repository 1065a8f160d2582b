/* SPDX-License-Identifier: GPL-2.0 */
/* A port's sockets have been on lists by address, one list a bucket of its own,
 * since 6.8. Who looks for a connection names no table of them any more.
 */
#ifndef _UVN_COMPAT_NET_INET_HASHTABLES_H
#define _UVN_COMPAT_NET_INET_HASHTABLES_H

#include <linux/version.h>
#include_next <net/inet_hashtables.h>

#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 8, 0)
#define inet_bind_bucket_for_each_sk(sk, tb)				\
	sk_for_each_bound(sk, &(tb)->owners)
#else
#define inet_bind_bucket_for_each_sk(sk, tb)				\
	for (const struct inet_bind2_bucket *tb2 =			\
		hlist_entry_safe((tb)->bhash2.first,			\
				 struct inet_bind2_bucket, bhash_node);	\
	     tb2;							\
	     tb2 = hlist_entry_safe(tb2->bhash_node.next,		\
				    struct inet_bind2_bucket, bhash_node)) \
		sk_for_each_bound(sk, &tb2->owners)
#endif

#ifdef UVN_HAVE_LOOKUP_HASHINFO
#define uvn_inet_lookup_established(net, saddr, sport, daddr, hnum, dif)	\
	__inet_lookup_established(net, (net)->ipv4.tcp_death_row.hashinfo,	\
				  saddr, sport, daddr, hnum, dif, 0)
#define uvn_inet6_lookup_established(net, saddr, sport, daddr, hnum, dif)	\
	__inet6_lookup_established(net, (net)->ipv4.tcp_death_row.hashinfo,	\
				   saddr, sport, daddr, hnum, dif, 0)
#else
#define uvn_inet_lookup_established(net, saddr, sport, daddr, hnum, dif)	\
	__inet_lookup_established(net, saddr, sport, daddr, hnum, dif, 0)
#define uvn_inet6_lookup_established(net, saddr, sport, daddr, hnum, dif)	\
	__inet6_lookup_established(net, saddr, sport, daddr, hnum, dif, 0)
#endif

#endif
