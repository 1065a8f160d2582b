// SPDX-License-Identifier: GPL-2.0
/*
 * VXLAN made by hand, for the suites.
 *
 *	uvn_vxlan [OPTION...] VNI SOURCE DESTINATION PORT TEXT
 *		a datagram with TEXT from SOURCE to PORT of DESTINATION, in the
 *		network VNI: inner and outer addresses are the same
 *
 * By a UDP socket:
 *	-t ADDRESS:PORT or [ADDRESS]:PORT	where it goes, DESTINATION:801 or 803
 *	-f ADDRESS	what the socket is bound to, and so the outer source
 *	-s BYTES	so much text, which begins with TEXT
 *	-c		with a checksum
 * By a packet socket:
 *	-d DEVICE -m MAC	leaves by the device, for that address
 *	-q N		with so many tags of VLAN 0
 * Exit status: 0; 1 with the error in words.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <netinet/ip6.h>
#include <netinet/udp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#ifndef UDP_NO_CHECK6_TX
#define UDP_NO_CHECK6_TX 101
#endif

static uint8_t buf[16384];
static unsigned int len;	/* of what is at the end of buf */

static void *push(const void *data, unsigned int n)
{
	len += n;
	if (len > sizeof(buf))
		errx(1, "too large");
	return memcpy(buf + sizeof(buf) - len, data, n);
}

static uint32_t sum(const void *data, unsigned int n)
{
	const uint8_t *p = data;
	uint32_t s = 0;
	unsigned int i;

	for (i = 0; i < n; i++)
		s += i & 1 ? p[i] : p[i] << 8;
	return s;
}

static uint16_t fold(uint32_t s)
{
	while (s >> 16)
		s = (s & 0xffff) + (s >> 16);
	return htons(~s);
}

/* IP and UDP before what is there. */
static void wrap(bool six, const uint8_t *src, const uint8_t *dst, unsigned int port)
{
	struct udphdr udp = {
		.source = htons(40000), .dest = htons(port), .len = htons(len + 8),
	};
	struct ip6_hdr ip6 = { .ip6_flow = htonl(6 << 28), .ip6_hlim = 64, .ip6_nxt = 17 };
	struct iphdr ip = { .version = 4, .ihl = 5, .ttl = 64, .protocol = 17 };
	struct udphdr *u = push(&udp, sizeof(udp));

	if (six) {
		u->check = fold(sum(u, len) + sum(src, 16) + sum(dst, 16) + 17 + len);
		ip6.ip6_plen = htons(len);
		memcpy(&ip6.ip6_src, src, 16);
		memcpy(&ip6.ip6_dst, dst, 16);
		push(&ip6, sizeof(ip6));
	} else {
		ip.tot_len = htons(len + sizeof(ip));
		memcpy(&ip.saddr, src, 4);
		memcpy(&ip.daddr, dst, 4);
		ip.check = fold(sum(&ip, sizeof(ip)));
		push(&ip, sizeof(ip));
	}
}

static void ether(const uint8_t *dst, uint16_t proto)
{
	struct ether_header eth = { .ether_shost = { 2, 1 }, .ether_type = htons(proto) };

	memcpy(eth.ether_dhost, dst, 6);
	push(&eth, sizeof(eth));
}

static void read_address(const char *word, bool *six, uint8_t *addr)
{
	*six = strchr(word, ':');
	if (inet_pton(*six ? AF_INET6 : AF_INET, word, addr) != 1)
		errx(1, "%s is no address", word);
}

static socklen_t place(struct sockaddr_storage *ss, bool six, const uint8_t *addr,
		       unsigned int port)
{
	struct sockaddr_in6 *sin6 = (void *)ss;
	struct sockaddr_in *sin = (void *)ss;

	memset(ss, 0, sizeof(*ss));
	if (six) {
		sin6->sin6_family = AF_INET6;
		sin6->sin6_port = htons(port);
		memcpy(&sin6->sin6_addr, addr, 16);
		return sizeof(*sin6);
	}
	sin->sin_family = AF_INET;
	sin->sin_port = htons(port);
	memcpy(&sin->sin_addr, addr, 4);
	return sizeof(*sin);
}

static void by_udp(bool six, const uint8_t *to, unsigned int port, const char *from,
		   bool check)
{
	int fd = socket(six ? AF_INET6 : AF_INET, SOCK_DGRAM, 0), one = 1, never = 0;
	struct sockaddr_storage ss;
	uint8_t addr[16];
	socklen_t n;
	bool other;

	if (fd < 0)
		err(1, "socket");
	if (from) {
		read_address(from, &other, addr);
		n = place(&ss, other, addr, 0);
		if (bind(fd, (struct sockaddr *)&ss, n))
			err(1, "bind");
	}
	/* Without a checksum it need not be looked at, and it may be in fragments. */
	if (!check &&
	    (six ? setsockopt(fd, IPPROTO_UDP, UDP_NO_CHECK6_TX, &one, sizeof(one)) :
		   setsockopt(fd, SOL_SOCKET, SO_NO_CHECK, &one, sizeof(one))))
		err(1, "no checksum");
	if (!six && setsockopt(fd, IPPROTO_IP, IP_MTU_DISCOVER, &never, sizeof(never)))
		err(1, "IP_MTU_DISCOVER");
	n = place(&ss, six, to, port);
	if (sendto(fd, buf + sizeof(buf) - len, len, 0, (struct sockaddr *)&ss, n) < 0)
		err(1, "send");
}

static void by_frame(const char *dev, const uint8_t *mac, bool six, unsigned int tags)
{
	static const uint16_t tag[2];
	struct sockaddr_ll ll = {
		.sll_family = AF_PACKET, .sll_ifindex = if_nametoindex(dev), .sll_halen = 6,
	};
	uint16_t proto = six ? ETHERTYPE_IPV6 : ETHERTYPE_IP;
	int fd = socket(AF_PACKET, SOCK_RAW, 0);
	uint16_t type;

	if (fd < 0)
		err(1, "packet socket");
	for (; tags; tags--) {
		type = htons(proto);
		push(&type, sizeof(type));
		push(&tag[0], sizeof(tag[0]));
		proto = ETHERTYPE_VLAN;
	}
	ether(mac, proto);
	if (sendto(fd, buf + sizeof(buf) - len, len, 0, (struct sockaddr *)&ll, sizeof(ll)) < 0)
		err(1, "send by %s", dev);
}

int main(int argc, char **argv)
{
	const char *to = NULL, *from = NULL, *dev = NULL, *mac = NULL;
	unsigned int size = 0, tags = 0, port, n;
	uint8_t src[16], dst[16], target[16], hw[6] = {}, inner[6] = { 2 };
	bool six, same, other, check = false;
	char *text, *colon;
	uint32_t vx[2];
	int c;

	while ((c = getopt(argc, argv, "t:f:s:cd:m:q:")) != -1) {
		switch (c) {
		case 't':
			to = optarg;
			break;
		case 'f':
			from = optarg;
			break;
		case 's':
			size = atoi(optarg);
			break;
		case 'c':
			check = true;
			break;
		case 'd':
			dev = optarg;
			break;
		case 'm':
			mac = optarg;
			break;
		case 'q':
			tags = atoi(optarg);
			break;
		default:
			return 1;
		}
	}
	if (argc - optind != 5)
		errx(1, "usage: uvn_vxlan [OPTION...] VNI SOURCE DESTINATION PORT TEXT");
	argv += optind;
	read_address(argv[1], &six, src);
	read_address(argv[2], &same, dst);
	memcpy(target, dst, sizeof(target));
	other = six;
	port = six ? 803 : 801;
	if (to) {
		colon = strrchr(to, ':');
		port = colon ? atoi(colon + 1) : 0;
		text = strndup(to + (*to == '['), colon ? colon - to - 2 * (*to == '[') : 0);
		read_address(text, &other, target);
	}
	if (same != six)
		errx(1, "addresses of two families");

	n = strlen(argv[4]);
	text = calloc(1, size > n ? size : n + 1);
	memcpy(text, argv[4], n);
	push(text, size > n ? size : n);
	wrap(six, src, dst, atoi(argv[3]));
	ether(inner, six ? ETHERTYPE_IPV6 : ETHERTYPE_IP);
	vx[0] = htonl(1 << 27);
	vx[1] = htonl(atoi(argv[0]) << 8);
	push(vx, sizeof(vx));
	if (!dev) {
		by_udp(other, target, port, from, check);
		return 0;
	}
	if (!mac || sscanf(mac, "%hhx:%hhx:%hhx:%hhx:%hhx:%hhx", &hw[0], &hw[1], &hw[2],
			   &hw[3], &hw[4], &hw[5]) != 6)
		errx(1, "no MAC address");
	wrap(six, src, dst, port);
	by_frame(dev, hw, six, tags);
	return 0;
}
