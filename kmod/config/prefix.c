// SPDX-License-Identifier: GPL-2.0
/*
 * Prefixes of both families.
 */
#include <linux/inetdevice.h>
#include <linux/netlink.h>
#include <linux/string.h>

#include "config/prefix.h"

static bool uvn_prefix_has_host_bits(const struct uvn_prefix *p)
{
	union nf_inet_addr addr = p->addr;

	if (p->family == AF_INET)
		return p->addr.ip & ~inet_make_mask(p->len);
	ipv6_addr_prefix(&addr.in6, &p->addr.in6, p->len);
	return !ipv6_addr_equal(&addr.in6, &p->addr.in6);
}

static bool uvn_prefix_is_unicast(const struct uvn_prefix *p)
{
	__be32 ip = p->addr.ip;

	if (p->family == AF_INET)
		return !ipv4_is_zeronet(ip) && !ipv4_is_loopback(ip) &&
		       !ipv4_is_multicast(ip) && !ipv4_is_lbcast(ip);
	return !ipv6_addr_any(&p->addr.in6) &&
	       !ipv6_addr_v4mapped(&p->addr.in6) &&
	       !(ipv6_addr_type(&p->addr.in6) &
		 (IPV6_ADDR_LOOPBACK | IPV6_ADDR_MULTICAST |
		  IPV6_ADDR_LINKLOCAL));
}

/**
 * uvn_prefix_check - is this a prefix of unicast addresses?
 * @p: as it came from outside
 * @extack: says why not
 *
 * Return: 0 or -EINVAL.
 */
int uvn_prefix_check(const struct uvn_prefix *p,
		     struct netlink_ext_ack *extack)
{
	u8 max = p->family == AF_INET ? 32 : 128;

	if (!p->len || p->len > max) {
		NL_SET_ERR_MSG_FMT(extack, "prefix length is not 1 to %u", max);
		return -EINVAL;
	}
	if (uvn_prefix_has_host_bits(p)) {
		NL_SET_ERR_MSG(extack, "prefix has host bits set");
		return -EINVAL;
	}
	if (!uvn_prefix_is_unicast(p)) {
		NL_SET_ERR_MSG(extack, "prefix is not one of unicast addresses");
		return -EINVAL;
	}
	return 0;
}

/**
 * uvn_prefix_same - are two prefixes the same?
 * @a: one
 * @b: the other
 */
bool uvn_prefix_same(const struct uvn_prefix *a, const struct uvn_prefix *b)
{
	return a->len == b->len && uvn_prefix_overlap(a, b);
}

/**
 * uvn_prefix_covers - is a prefix part of another, or the same?
 * @a: the other
 * @b: the one
 */
bool uvn_prefix_covers(const struct uvn_prefix *a, const struct uvn_prefix *b)
{
	return a->len <= b->len && uvn_prefix_overlap(a, b);
}

/**
 * uvn_prefix_overlap - have two prefixes an address in common?
 * @a: one
 * @b: the other
 */
bool uvn_prefix_overlap(const struct uvn_prefix *a, const struct uvn_prefix *b)
{
	if (a->family != b->family)
		return false;
	return a->len < b->len ? uvn_prefix_has(a, &b->addr) :
				 uvn_prefix_has(b, &a->addr);
}

/**
 * uvn_prefix_before - the order in which prefixes are listed
 * @a: one
 * @b: the other
 *
 * Return: whether @a comes first.
 */
bool uvn_prefix_before(const struct uvn_prefix *a, const struct uvn_prefix *b)
{
	if (a->family != b->family)
		return a->family == AF_INET;
	return memcmp(&a->addr, &b->addr, a->family == AF_INET ?
		      sizeof(a->addr.ip) : sizeof(a->addr.in6)) < 0;
}

/**
 * uvn_prefix_print - write a prefix
 * @text: UVN_PREFIX_TEXT bytes
 * @p: the prefix
 *
 * Return: @text.
 */
const char *uvn_prefix_print(char *text, const struct uvn_prefix *p)
{
	if (p->family == AF_INET)
		snprintf(text, UVN_PREFIX_TEXT, "%pI4/%u", &p->addr.ip, p->len);
	else
		snprintf(text, UVN_PREFIX_TEXT, "%pI6c/%u", &p->addr.in6,
			 p->len);
	return text;
}
