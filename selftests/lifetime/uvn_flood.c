// SPDX-License-Identifier: GPL-2.0
/*
 * VXLAN that nobody asked for.
 *
 *	uvn_flood DEVICE MAC DESTINATION PREFIX PORT COUNT VNI-FIRST VNI-LAST [FIXED]
 *		sends COUNT packets by DEVICE to the node with the MAC and the
 *		address DESTINATION, from random hosts of PREFIX/21, or from
 *		FIXED alone, with random VNIs of the range; inside is a UDP
 *		datagram between the same addresses
 *
 * Always the same ones: the generator is seeded with COUNT.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <netinet/ip.h>
#include <netinet/udp.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define BATCH	64

struct frame {
	struct ethhdr eth;
	struct iphdr ip;
	struct udphdr udp;
	uint32_t vxlan[2];
	struct ethhdr inner_eth;
	struct iphdr inner_ip;
	struct udphdr inner_udp;
	char data[8];
} __attribute__((packed));

static uint64_t state;

/* xorshift64 */
static uint32_t rnd(void)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state >> 32;
}

static uint16_t checksum(const void *data, unsigned int len)
{
	const uint8_t *p = data;
	uint32_t sum = 0;

	for (; len > 1; len -= 2, p += 2)
		sum += p[0] << 8 | p[1];
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return htons(~sum & 0xffff);
}

static void fill_ip(void *at, uint32_t saddr, uint32_t daddr, unsigned int len)
{
	struct iphdr *ip = at;

	memset(ip, 0, sizeof(*ip));
	ip->version = 4;
	ip->ihl = 5;
	ip->ttl = 64;
	ip->protocol = IPPROTO_UDP;
	ip->tot_len = htons(len);
	ip->saddr = saddr;
	ip->daddr = daddr;
	ip->check = checksum(ip, sizeof(*ip));
}

static void fill(struct frame *f, const uint8_t *mac, uint32_t saddr,
		 uint32_t daddr, uint16_t port, uint32_t vni)
{
	static const uint8_t from[ETH_ALEN] = { 2, 0, 0, 0, 0, 99 };

	memset(f, 0, sizeof(*f));
	memcpy(f->eth.h_dest, mac, ETH_ALEN);
	memcpy(f->eth.h_source, from, ETH_ALEN);
	f->eth.h_proto = htons(ETH_P_IP);
	fill_ip(&f->ip, saddr, daddr, sizeof(*f) - offsetof(struct frame, ip));
	f->udp.source = htons(40000 + (vni & 0xff));
	f->udp.dest = htons(port);
	f->udp.len = htons(sizeof(*f) - offsetof(struct frame, udp));
	f->vxlan[0] = htonl(0x08000000);
	f->vxlan[1] = htonl(vni << 8);
	memcpy(f->inner_eth.h_dest, from, ETH_ALEN);
	memcpy(f->inner_eth.h_source, from, ETH_ALEN);
	f->inner_eth.h_proto = htons(ETH_P_IP);
	fill_ip(&f->inner_ip, saddr, daddr, sizeof(*f) - offsetof(struct frame, inner_ip));
	f->inner_udp.source = htons(9);
	f->inner_udp.dest = htons(9);
	f->inner_udp.len = htons(sizeof(f->inner_udp) + sizeof(f->data));
}

int main(int argc, char **argv)
{
	static struct frame frames[BATCH];
	static struct mmsghdr msgs[BATCH];
	struct sockaddr_ll sll = { .sll_family = AF_PACKET, .sll_halen = ETH_ALEN };
	uint32_t daddr, prefix, first, last, fixed = 0;
	struct iovec iov[BATCH];
	unsigned int m[ETH_ALEN];
	uint8_t mac[ETH_ALEN];
	long left, sent = 0;
	uint16_t port;
	int fd, i, n;

	if (argc != 9 && argc != 10) {
		fprintf(stderr, "see the comment at the top of uvn_flood.c\n");
		return 2;
	}
	sscanf(argv[2], "%x:%x:%x:%x:%x:%x", m, m + 1, m + 2, m + 3, m + 4, m + 5);
	for (i = 0; i < ETH_ALEN; i++)
		mac[i] = m[i];
	daddr = inet_addr(argv[3]);
	prefix = ntohl(inet_addr(argv[4]));
	port = atoi(argv[5]);
	left = atol(argv[6]);
	first = strtoul(argv[7], NULL, 0);
	last = strtoul(argv[8], NULL, 0);
	if (argc == 10)
		fixed = inet_addr(argv[9]);
	state = left * 2654435761UL + 1;

	fd = socket(AF_PACKET, SOCK_RAW, 0);
	sll.sll_ifindex = if_nametoindex(argv[1]);
	if (fd < 0 || !sll.sll_ifindex) {
		perror(argv[1]);
		return 1;
	}
	while (left > 0) {
		n = left < BATCH ? left : BATCH;
		for (i = 0; i < n; i++) {
			uint32_t saddr = fixed ? fixed :
				htonl(prefix + 100 + rnd() % 1900);

			fill(&frames[i], mac, saddr, daddr, port,
			     first + rnd() % (last - first + 1));
			iov[i] = (struct iovec){ &frames[i], sizeof(frames[i]) };
			msgs[i].msg_hdr = (struct msghdr){
				.msg_name = &sll, .msg_namelen = sizeof(sll),
				.msg_iov = &iov[i], .msg_iovlen = 1,
			};
		}
		i = sendmmsg(fd, msgs, n, 0);
		if (i < 0 && errno != ENOBUFS) {
			perror("send");
			return 1;
		}
		sent += i > 0 ? i : 0;
		left -= n;
	}
	printf("%ld\n", sent);
	return 0;
}
