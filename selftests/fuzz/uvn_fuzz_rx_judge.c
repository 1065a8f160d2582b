// SPDX-License-Identifier: GPL-2.0
/*
 * Whose a frame may be, by its bytes alone: written from what the wire
 * promises (Documentation/security.rst), not from the module.
 */
#define _GNU_SOURCE
#include "uvn_fuzz_rx.h"

uint8_t owner_of_vni(uint32_t vni)
{
	if (vni == USER_A)
		return TO_A | TO_SYSTEM;
	if (vni == USER_B)
		return TO_B | TO_SYSTEM;
	if ((vni >= 1000 && vni <= 59999) || (vni >= 65536 && vni <= 75535) ||
	    vni == 16777215 || (vni >= 500000 && vni <= 501000))
		return TO_SYSTEM;
	return 0;
}

static bool may_be_source(int fam, const unsigned char *a)
{
	static const unsigned char net6[8] = { 0x20, 1, 0xd, 0xb8, 0, 0x80 };
	static const unsigned char zero[8];
	unsigned char own[16];

	host(own, fam, 1);
	if (!memcmp(a, own, addr_len(fam)))
		return false;
	if (fam == IPV4)
		return a[0] == 192 && a[1] == 168 && (a[2] & 0xf8) == 80 &&
		       (a[2] != 80 || a[3] != 0) && (a[2] != 87 || a[3] != 255);
	return !memcmp(a, net6, 8) && memcmp(a + 8, zero, 8);
}

/* A VXLAN header and behind, from @src to @dst. */
uint8_t judge_vxlan(int fam, const unsigned char *vx, unsigned int len,
		    const unsigned char *src, const unsigned char *dst)
{
	const unsigned char *in = vx + 22;
	unsigned char own[16];

	host(own, fam, 1);
	if (len < 22 + (fam == IPV4 ? 20u : 40u) || get32(vx) != 0x08000000 ||
	    vx[7] || get16(vx + 20) != (fam == IPV4 ? ETH_P_IP : ETH_P_IPV6) ||
	    !may_be_source(fam, src) || memcmp(dst, own, addr_len(fam)))
		return 0;
	if (fam == IPV4 && (in[0] != 0x45 || memcmp(in + 12, src, 4) ||
			    memcmp(in + 16, dst, 4)))
		return 0;
	if (fam == IPV6 && (in[0] >> 4 != 6 || in[6] == IPPROTO_ROUTING ||
			    memcmp(in + 8, src, 16) || memcmp(in + 24, dst, 16)))
		return 0;
	return owner_of_vni(get32(vx + 4) >> 8);
}

/* An error about a VXLAN packet of the node's own. */
static uint8_t judge_error(int fam, const unsigned char *quoted,
			   unsigned int len)
{
	unsigned int hlen = fam == IPV4 ? 20 : 40, at = fam == IPV4 ? 12 : 8;
	const unsigned char *in = quoted + hlen + 8 + 22;
	unsigned char own[16];

	host(own, fam, 1);
	if (len < 2 * hlen + 8 + 22 ||
	    get16(quoted + hlen + 2) != (fam == IPV4 ? 801 : 803) ||
	    memcmp(quoted + at, own, addr_len(fam)) ||
	    memcmp(quoted + at, in + at, 2 * addr_len(fam)))
		return 0;
	return owner_of_vni(get32(quoted + hlen + 12) >> 8) & (TO_A | TO_B);
}

/* A frame, from its Ethernet header; @trusted: its checksums are said to be
 * good.
 */
uint8_t judge(const unsigned char *f, unsigned int len, bool trusted)
{
	unsigned int off = ETH_HLEN, hlen, total, n;
	const unsigned char *ip, *l4, *src, *dst;
	uint16_t type = get16(f + 12);
	uint8_t proto;
	int fam;

	if (type == ETH_P_8021Q || type == ETH_P_8021AD) {
		if (len < 18 || (get16(f + 14) & 0xfff))
			return 0;
		type = get16(f + 16);
		off = 18;
	}
	ip = f + off;
	len -= off;
	if (type == ETH_P_IP) {
		fam = IPV4;
		hlen = len >= 20 ? 4 * (ip[0] & 15) : 0;
		if (hlen < 20 || hlen > len || ip[0] >> 4 != 4)
			return 0;
		total = get16(ip + 2);
		if (total > len || total < hlen ||
		    (!trusted && sum(ip, hlen, 0) != 0xffff))
			return 0;
		if (get16(ip + 6) & 0x3fff) /* those have their own way */
			return 0;
		src = ip + 12;
		dst = ip + 16;
		proto = ip[9];
	} else if (type == ETH_P_IPV6) {
		fam = IPV6;
		hlen = 40;
		if (len < hlen || ip[0] >> 4 != 6)
			return 0;
		total = hlen + get16(ip + 4);
		if (total > len)
			return 0;
		src = ip + 8;
		dst = ip + 24;
		proto = ip[6];
	} else {
		return 0;
	}
	l4 = ip + hlen;
	len = total - hlen;
	if (proto == IPPROTO_UDP && len >= 8) {
		n = get16(l4 + 4);
		if (n > len || n < 8)
			return 0;
		if (!trusted && (l4[6] || l4[7]) &&
		    sum(l4, n, pseudo(fam, src, dst, proto, n)) != 0xffff)
			return 0;
		if (get16(l4 + 2) == (fam == IPV4 ? 801 : 803))
			return judge_vxlan(fam, l4 + 8, n - 8, src, dst);
	}
	if (proto == (fam == IPV4 ? IPPROTO_ICMP : IPPROTO_ICMPV6) && len >= 8 &&
	    l4[0] == (fam == IPV4 ? 3 : 1))
		return judge_error(fam, l4 + 8, len - 8) | TO_SYSTEM | PLAIN;
	return TO_SYSTEM | PLAIN;
}
