/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Frames for uvn_fuzz_rx.c: uvn_fuzz_rx_frame.c makes them, and
 * uvn_fuzz_rx_judge.c says whose they are.
 */
#ifndef _UVN_FUZZ_RX_H
#define _UVN_FUZZ_RX_H

#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <linux/virtio_net.h>
#include <netinet/in.h>
#include <string.h>

#include "uvn_fuzz.h"

#define USER_A		1234
#define USER_B		9876
#define PORT		7000	/* everybody listens here */
#define PORT_SYSTEM	7001
#define PORT_ERRORS	7100	/* talks to PORT_FAR of the first neighbour */
#define PORT_FAR	7200
#define FIRST		11	/* host numbers of neighbours that are not there */
#define NEIGHBOURS	8
#define POOL		1300	/* UIDs whose networks packets make, and we remove */
#define POOL_SIZE	16

/* Whose a frame may be. */
#define TO_A		1
#define TO_B		2
#define TO_SYSTEM	4
#define PLAIN		8	/* no VXLAN: the system's, and nobody else's */

/* Numbers in payloads that are no frame's. */
#define SYNC		0x80000000u
#define POISON		0x40000000u	/* in no payload that may arrive */

#define ROOM		131072
#define PARTS		6

enum family { IPV4, IPV6 };

struct part {
	struct virtio_net_hdr vnet;
	unsigned int len;
	unsigned char *data;
};

/* One number's frames: more than one if it is fragmented. */
struct frame {
	unsigned int n;
	struct part part[PARTS];
	uint8_t owner;
	unsigned char room[ROOM];
};

struct shared {
	uint64_t sent;		/* frames begun */
	uint64_t refused;	/* by the device */
	uint64_t got[3];	/* by users A and B, and the system */
	uint64_t errors[2];	/* got as errors, likewise */
	uint64_t answers;
	uint32_t synced[2];
	uint32_t turns;		/* to remove a network: one in so many frames */
	int ready;
	int stop;
	int findings;
	uint8_t owner[];	/* by frame */
};

extern struct shared *shared;
extern const char *node;	/* the path of its network namespace */
extern uint64_t seed;
extern unsigned char mac[6];	/* of the node */

static inline uint16_t sum(const void *data, unsigned int len, uint32_t start)
{
	const unsigned char *p = data;
	uint64_t s = start;
	unsigned int i;

	for (i = 0; i + 1 < len; i += 2)
		s += p[i] << 8 | p[i + 1];
	if (len & 1)
		s += p[len - 1] << 8;
	while (s >> 16)
		s = (s & 0xffff) + (s >> 16);
	return s;
}

static inline void put16(void *at, uint16_t v)
{
	v = htons(v);
	memcpy(at, &v, 2);
}

static inline void put32(void *at, uint32_t v)
{
	v = htonl(v);
	memcpy(at, &v, 4);
}

static inline uint16_t get16(const void *at)
{
	uint16_t v;

	memcpy(&v, at, 2);
	return ntohs(v);
}

static inline uint32_t get32(const void *at)
{
	uint32_t v;

	memcpy(&v, at, 4);
	return ntohl(v);
}

static inline unsigned int addr_len(int fam)
{
	return fam == IPV4 ? 4 : 16;
}

static inline void address(unsigned char *a, int fam, const char *text)
{
	memset(a, 0, 16);
	inet_pton(fam == IPV4 ? AF_INET : AF_INET6, text, a);
}

/* A node of the subnet, by its number. */
static inline void host(unsigned char *a, int fam, unsigned int number)
{
	char text[INET6_ADDRSTRLEN];

	snprintf(text, sizeof(text), fam == IPV4 ? "192.168.80.%u" :
		 "2001:db8:80::%x", number);
	address(a, fam, text);
}

static inline uint16_t pseudo(int fam, const void *src, const void *dst,
			      uint8_t proto, unsigned int len)
{
	uint32_t s = sum(src, addr_len(fam), 0);

	s = sum(dst, addr_len(fam), s);
	return sum(NULL, 0, s + proto + len);
}

/* uvn_fuzz_rx.c */
void __attribute__((format(printf, 2, 3)))
finding(int64_t index, const char *format, ...);

/* uvn_fuzz_rx_listen.c */
void listen_all(uint8_t owner, uid_t uid);

/* uvn_fuzz_rx_frame.c */
void make_frame(struct frame *f, uint32_t index);
void make_sync(struct frame *f, uint32_t vni, uint32_t number, bool both);

/* uvn_fuzz_rx_judge.c */
uint8_t owner_of_vni(uint32_t vni);
uint8_t judge_vxlan(int fam, const unsigned char *vx, unsigned int len,
		    const unsigned char *src, const unsigned char *dst);
uint8_t judge(const unsigned char *f, unsigned int len, bool trusted);

#endif
