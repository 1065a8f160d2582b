// SPDX-License-Identifier: GPL-2.0
/*
 * What rows send: packets made by hand, and VXLAN around them.
 */
#define _GNU_SOURCE
#include <linux/if_ether.h>
#include <netinet/icmp6.h>
#include <netinet/ip.h>
#include <netinet/ip6.h>
#include <netinet/ip_icmp.h>
#include <netinet/udp.h>
#include <string.h>

#include "uvn_attack_send.h"

static uint16_t sum16(const void *data, unsigned int len, uint32_t sum)
{
	const uint8_t *p = data;

	for (; len > 1; len -= 2, p += 2)
		sum += p[0] << 8 | p[1];
	if (len)
		sum += p[0] << 8;
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return htons(~sum);
}

/* In the buffer, puts headers before what is there already. */
unsigned int wrap_ip(uint8_t *buf, unsigned int len, struct in_addr src,
		     struct in_addr dst, int protocol)
{
	struct iphdr *ip = (struct iphdr *)buf;

	memmove(buf + sizeof(*ip), buf, len);
	memset(ip, 0, sizeof(*ip));
	ip->version = 4;
	ip->ihl = 5;
	ip->ttl = 64;
	ip->protocol = protocol;
	ip->tot_len = htons(len + sizeof(*ip));
	ip->saddr = src.s_addr;
	ip->daddr = dst.s_addr;
	ip->check = sum16(ip, sizeof(*ip), 0);
	return len + sizeof(*ip);
}

static unsigned int wrap_ip6(uint8_t *buf, unsigned int len,
			     struct in6_addr src, struct in6_addr dst,
			     int protocol)
{
	struct ip6_hdr *ip6 = (struct ip6_hdr *)buf;

	memmove(buf + sizeof(*ip6), buf, len);
	memset(ip6, 0, sizeof(*ip6));
	ip6->ip6_vfc = 0x60;
	ip6->ip6_plen = htons(len);
	ip6->ip6_nxt = protocol;
	ip6->ip6_hlim = 64;
	ip6->ip6_src = src;
	ip6->ip6_dst = dst;
	return len + sizeof(*ip6);
}

unsigned int wrap_udp(uint8_t *buf, unsigned int len, int sport,
		      int dport)
{
	struct udphdr *udp = (struct udphdr *)buf;

	memmove(buf + sizeof(*udp), buf, len);
	udp->source = htons(sport);
	udp->dest = htons(dport);
	udp->len = htons(len + sizeof(*udp));
	udp->check = 0;
	return len + sizeof(*udp);
}

static unsigned int wrap_vxlan(uint8_t *buf, unsigned int len, unsigned int vni,
			       struct in_addr src, struct in_addr dst)
{
	uint8_t head[8 + ETH_HLEN] = { 8 };

	head[4] = vni >> 16;
	head[5] = vni >> 8;
	head[6] = vni;
	head[8] = 2;
	memcpy(head + 10, &dst, 4);
	head[14] = 2;
	memcpy(head + 16, &src, 4);
	head[20] = 8;
	if (*buf >> 4 == 6)
		memcpy(head + 20, "\x86\xdd", 2);
	memmove(buf + sizeof(head), buf, len);
	memcpy(buf, head, sizeof(head));
	return len + sizeof(head);
}

/* Of a datagram of IPv6, which has to have one. */
static void sum_udp6(uint8_t *packet, unsigned int len)
{
	struct udphdr *udp = (struct udphdr *)(packet + 40);
	uint32_t sum = IPPROTO_UDP + len - 40;
	unsigned int i;

	for (i = 8; i < 40; i += 2)
		sum += packet[i] << 8 | packet[i + 1];
	udp->check = sum16(udp, len - 40, sum);
}

static unsigned int wrap_icmp(uint8_t *buf, unsigned int len)
{
	struct icmphdr *icmp = (struct icmphdr *)buf;

	memmove(buf + sizeof(*icmp), buf, len);
	memset(icmp, 0, sizeof(*icmp));
	icmp->type = ICMP_DEST_UNREACH;
	icmp->code = ICMP_PORT_UNREACH;
	icmp->checksum = sum16(icmp, len + sizeof(*icmp), 0);
	return len + sizeof(*icmp);
}

int is_v6(int kind)
{
	return kind == KIND_UDP6 || kind == KIND_PING6 || kind == KIND_TCP6 ||
	       kind == KIND_RAW6;
}

unsigned int vxlan_port(const struct row *row)
{
	int alt = (row->dst == DST_ALT) != (row->load == LOAD_PORT2);

	return 801 + alt + 2 * is_v6(row->kind);
}

/* The same over IPv6. */
static void fill_load6(const struct row *row)
{
	struct in6_addr src = node_addr6(attack.here, row->dst == DST_ALT);
	struct in6_addr dst = node_addr6(attack.target, row->dst == DST_ALT);
	struct in_addr none = { 0 };
	uint8_t *buf = (uint8_t *)payload;
	unsigned int len = payload_len;

	if (row->dst == DST_LOOP)
		src = in6addr_loopback;
	if (row->load == LOAD_SPOOF)
		src = node_addr6(99, row->dst == DST_ALT);
	if (row->load == LOAD_FRAGMENTS) {
		memset(buf + len, 'x', 12000 - len);
		len = 12000;
	}
	len = wrap_udp(buf, len, 7, PORT_UDP6);
	len = wrap_ip6(buf, len, src, dst, IPPROTO_UDP);
	sum_udp6(buf, len);
	len = wrap_vxlan(buf, len, attack.vni, none, none);
	if (row->load == LOAD_NESTED) {
		len = wrap_udp(buf, len, 7, vxlan_port(row));
		len = wrap_ip6(buf, len, src, dst, IPPROTO_UDP);
		sum_udp6(buf, len);
		len = wrap_vxlan(buf, len, attack.uid, none, none);
	}
	payload_len = len;
}

/* VXLAN of the victim's network around a datagram to the victim. */
void fill_load(const struct row *row)
{
	struct in_addr src = node_addr(attack.here, row->dst == DST_ALT);
	struct in_addr dst = node_addr(attack.target, row->dst == DST_ALT);
	uint8_t *buf = (uint8_t *)payload;
	unsigned int len = payload_len;

	if (row->load == LOAD_PLAIN)
		return;
	if (is_v6(row->kind)) {
		fill_load6(row);
		return;
	}
	if (row->dst == DST_LOOP)
		src.s_addr = htonl(INADDR_LOOPBACK);
	if (row->load == LOAD_SPOOF)
		src = node_addr(99, row->dst == DST_ALT);
	if (row->load == LOAD_FRAGMENTS) {
		memset(buf + len, 'x', 12000 - len);
		len = 12000;
	}
	if (row->load == LOAD_ICMP) {
		/* A forged answer to what the victim sent to node 3. */
		len = wrap_udp(buf, len, PORT_FLOW, PORT_OTHER);
		len = wrap_ip(buf, len, dst, node_addr(3, 0), IPPROTO_UDP);
		len = wrap_icmp(buf, len);
		len = wrap_ip(buf, len, src, dst, IPPROTO_ICMP);
	} else {
		len = wrap_udp(buf, len, 7, PORT_UDP4);
		len = wrap_ip(buf, len, src, dst, IPPROTO_UDP);
	}
	len = wrap_vxlan(buf, len, attack.vni, src, dst);
	if (row->load == LOAD_NESTED) {
		len = wrap_udp(buf, len, 7, vxlan_port(row));
		len = wrap_ip(buf, len, src, dst, IPPROTO_UDP);
		len = wrap_vxlan(buf, len, attack.uid, src, dst);
	}
	payload_len = len;
}
