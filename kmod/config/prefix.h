/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Prefixes of both families, and addresses.
 */
#ifndef _UVN_PREFIX_H
#define _UVN_PREFIX_H

#include <linux/inetdevice.h>
#include <linux/netfilter.h>
#include <linux/socket.h>
#include <linux/types.h>
#include <net/ipv6.h>

struct in6_addr;
struct netlink_ext_ack;

/* Addresses of IPv4 compare as the four bytes that they are. */
static inline bool uvn_addr_same(u8 family, const union nf_inet_addr *a,
				 const union nf_inet_addr *b)
{
	return family == AF_INET ? a->ip == b->ip :
				   ipv6_addr_equal(&a->in6, &b->in6);
}

/* Is there none? */
static inline bool uvn_addr_is_none(const union nf_inet_addr *addr)
{
	return nf_inet_addr_cmp(addr, &(union nf_inet_addr){});
}

/* "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff/128" */
#define UVN_PREFIX_TEXT	48

/**
 * struct uvn_prefix - addresses that begin with the same bits
 * @addr: network address
 * @family: AF_INET or AF_INET6
 * @len: prefix length, 0 to 32 or 128
 */
struct uvn_prefix {
	union nf_inet_addr addr;
	u8 family;
	u8 len;
};

static inline bool uvn_prefix_has4(const struct uvn_prefix *p, __be32 addr)
{
	return !((p->addr.ip ^ addr) & inet_make_mask(p->len));
}

static inline bool uvn_prefix_has6(const struct uvn_prefix *p,
				   const struct in6_addr *addr)
{
	return ipv6_prefix_equal(&p->addr.in6, addr, p->len);
}

static inline bool uvn_prefix_has(const struct uvn_prefix *p,
				  const union nf_inet_addr *addr)
{
	return p->family == AF_INET ? uvn_prefix_has4(p, addr->ip) :
				      uvn_prefix_has6(p, &addr->in6);
}

int uvn_prefix_check(const struct uvn_prefix *p,
		     struct netlink_ext_ack *extack);
bool uvn_prefix_same(const struct uvn_prefix *a, const struct uvn_prefix *b);
bool uvn_prefix_covers(const struct uvn_prefix *a, const struct uvn_prefix *b);
bool uvn_prefix_overlap(const struct uvn_prefix *a, const struct uvn_prefix *b);
bool uvn_prefix_before(const struct uvn_prefix *a, const struct uvn_prefix *b);
const char *uvn_prefix_print(char *text, const struct uvn_prefix *p);

#endif /* _UVN_PREFIX_H */
