// SPDX-License-Identifier: GPL-2.0
/*
 * VXLAN made by hand, around a datagram with an id: what a user would send who
 * wants it to come out in somebody else's network.
 */
#include <net/ethernet.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <netinet/ip6.h>
#include <netinet/udp.h>
#include <string.h>
#include <sys/socket.h>

#include "cli/prefix.h"
#include "verify/attempt.h"
#include "verify/listener.h"
#include "verify/vxlan.h"

/* The source port of what is in it: discard's, which nobody answers. */
#define INNER_PORT	9

#define VXLAN_HLEN	8
#define VXLAN_VNI_FLAG	8

static uint32_t sum(const void *data, size_t len, uint32_t n)
{
	const uint8_t *p = data;
	size_t i;

	for (i = 0; i < len; i++)
		n += i % 2 ? p[i] : p[i] << 8;
	return n;
}

static uint16_t fold(uint32_t n)
{
	while (n >> 16)
		n = (n & 0xffff) + (n >> 16);
	return htons(~n);
}

static size_t put_ip(uint8_t *buf, const struct address *src, const void *dst,
		     size_t len)
{
	struct iphdr ip = {
		.version = 4,
		.ihl = sizeof(ip) / 4,
		.ttl = IPDEFTTL,
		.protocol = IPPROTO_UDP,
		.tot_len = htons(sizeof(ip) + len),
	};

	memcpy(&ip.saddr, src->bytes, sizeof(ip.saddr));
	memcpy(&ip.daddr, dst, sizeof(ip.daddr));
	ip.check = fold(sum(&ip, sizeof(ip), 0));
	memcpy(buf, &ip, sizeof(ip));
	return sizeof(ip);
}

static size_t put_ip6(uint8_t *buf, const struct address *src, const void *dst,
		      size_t len)
{
	struct ip6_hdr ip6 = {
		.ip6_flow = htonl(6 << 28),
		.ip6_plen = htons(len),
		.ip6_nxt = IPPROTO_UDP,
		.ip6_hlim = IPDEFTTL,
	};

	memcpy(&ip6.ip6_src, src->bytes, sizeof(ip6.ip6_src));
	memcpy(&ip6.ip6_dst, dst, sizeof(ip6.ip6_dst));
	memcpy(buf, &ip6, sizeof(ip6));
	return sizeof(ip6);
}

/* As the kernel's own are: 02:00 and, of IPv4, the address. */
static size_t put_ether(uint8_t *buf, const struct address *src, const void *dst)
{
	struct ether_header eth = { .ether_dhost = { 2 }, .ether_shost = { 2 } };
	bool v4 = src->family == AF_INET;

	if (v4) {
		memcpy(eth.ether_dhost + 2, dst, 4);
		memcpy(eth.ether_shost + 2, src->bytes, 4);
	}
	eth.ether_type = htons(v4 ? ETHERTYPE_IP : ETHERTYPE_IPV6);
	memcpy(buf, &eth, sizeof(eth));
	return sizeof(eth);
}

/**
 * vxlan_packet - make VXLAN with an id in it
 * @buf: set to it
 * @room: bytes of it
 * @attempt: says of what network, from and to where
 * @id: id
 *
 * Return: its length; 0 if there is no room.
 */
size_t vxlan_packet(uint8_t *buf, size_t room, const struct attempt *attempt,
		    const struct attempt_id *id)
{
	const struct address *src = &attempt->source;
	uint8_t head[VXLAN_HLEN] = { VXLAN_VNI_FLAG };
	size_t len = sizeof(struct udphdr) + sizeof(*id), n = 0;
	struct udphdr udp = {
		.uh_sport = htons(INNER_PORT),
		.uh_dport = htons(attempt->port),
		.uh_ulen = htons(len),
	};
	const void *dst;
	uint32_t all;

	if (room < sizeof(head) + sizeof(struct ether_header) +
		   sizeof(struct ip6_hdr) + len)
		return 0;
	dst = src->family == AF_INET ?
	      (void *)&((struct sockaddr_in *)&attempt->addr)->sin_addr :
	      (void *)&((struct sockaddr_in6 *)&attempt->addr)->sin6_addr;
	head[4] = attempt->vni >> 16;
	head[5] = attempt->vni >> 8;
	head[6] = attempt->vni;
	memcpy(buf, head, sizeof(head));
	n = sizeof(head);
	n += put_ether(buf + n, src, dst);
	if (src->family == AF_INET) {
		n += put_ip(buf + n, src, dst, len);
	} else {
		n += put_ip6(buf + n, src, dst, len);
		/* IPv6 has the sum of a datagram for granted. */
		all = sum(src->bytes, 16, sum(dst, 16, IPPROTO_UDP + len));
		all = sum(id, sizeof(*id), sum(&udp, sizeof(udp), all));
		udp.uh_sum = fold(all);
	}
	memcpy(buf + n, &udp, sizeof(udp));
	memcpy(buf + n + sizeof(udp), id, sizeof(*id));
	return n + len;
}
