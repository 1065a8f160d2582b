// SPDX-License-Identifier: GPL-2.0
/*
 * Frames: a good packet of a user, and what may be wrong with it at every
 * layer. All that is random comes from the seed and the frame's number.
 */
#define _GNU_SOURCE
#include "uvn_fuzz_rx_plan.h"

#include <netinet/ip_icmp.h>

#define GSO_UDP_L4	5	/* newer headers: VIRTIO_NET_HDR_GSO_UDP_L4 */

uint64_t seed;
unsigned char mac[6];

uint64_t r;

/* The checksum in @at of the transport's @len bytes. */
static void put_sum(unsigned char *l4, unsigned int len, unsigned int at,
		    int fam, const void *src, const void *dst, uint8_t proto,
		    int how)
{
	uint16_t s;

	if (at + 2 > len)
		return;
	put16(l4 + at, 0);
	if (how == 2)
		return;
	s = ~sum(l4, len, proto == IPPROTO_ICMP ? 0 :
		 pseudo(fam, src, dst, proto, len));
	if (!s)
		s = 0xffff;
	put16(l4 + at, how == 1 ? s ^ 0x5555 : s);
}

static unsigned int put_payload(unsigned char *at, const struct plan *p,
				unsigned int size)
{
	unsigned char word[4];
	unsigned int i;

	put32(word, p->index | (p->poison ? POISON : 0));
	for (i = 0; i < size; i++)
		at[i] = word[i % 4];
	return size;
}

/* An IPv4 or IPv6 header in front of @len bytes; returns its length. */
static unsigned int put_ip(unsigned char *at, int fam, unsigned int version,
			   const void *src, const void *dst, uint8_t tos,
			   uint8_t ttl, uint8_t proto, unsigned int options,
			   unsigned int frag, uint32_t id, int bad_sum, int len)
{
	static const uint8_t option[] = { 0, 1, 7, 68, 131, 137, 148, 0x86 };
	unsigned int i, hlen;

	if (fam == IPV6) {
		put32(at, version << 28 | tos << 20 | (id & 0xfffff));
		put16(at + 4, len);
		at[6] = proto;
		at[7] = ttl;
		memcpy(at + 8, src, 16);
		memcpy(at + 24, dst, 16);
		return 40;
	}
	hlen = 20 + 4 * options;
	at[0] = version << 4 | (5 + options);
	at[1] = tos;
	put16(at + 2, hlen + len);
	put16(at + 4, id);
	put16(at + 6, frag);
	at[8] = ttl;
	at[9] = proto;
	put16(at + 10, 0);
	memcpy(at + 12, src, 4);
	memcpy(at + 16, dst, 4);
	for (i = 20; i < hlen; i += 4) {
		at[i] = option[rnd(&r, ARRAY_SIZE(option))];
		at[i + 1] = one_in(&r, 4) ? rnd(&r, 40) : hlen - i;
		at[i + 2] = 4;
		at[i + 3] = 0;
	}
	put16(at + 10, ~sum(at, hlen, 0) ^ (bad_sum ? 0x1111 : 0));
	return hlen;
}

/* Transport header and payload; returns its length. */
static unsigned int put_l4(unsigned char *at, const struct plan *p)
{
	unsigned int len = 8, sum_at = 6;

	memset(at, 0, 60);
	switch (p->l4) {
	case IPPROTO_UDP:
		put16(at, p->index);
		put16(at + 2, p->dport);
		len += put_payload(at + 8, p, p->size);
		put16(at + 4, len + p->u_len);
		break;
	case IPPROTO_TCP:
		put16(at, p->index);
		put16(at + 2, p->dport);
		put32(at + 4, rnd64(&r));
		put32(at + 8, rnd64(&r));
		at[12] = one_in(&r, 8) ? rnd(&r, 256) : 0x50;
		at[13] = one_in(&r, 3) ? rnd(&r, 256) : 0x02;
		put16(at + 14, 65535);
		len = 20;
		if (one_in(&r, 4)) {
			unsigned int i;

			for (i = 0; i < 20; i++)
				at[20 + i] = rnd(&r, 9);
			at[12] = 0xa0;
			len = 40;
		}
		len += put_payload(at + len, p, p->size);
		sum_at = 16;
		break;
	case IPPROTO_ICMP:
	case IPPROTO_ICMPV6:
		at[0] = p->icmp_type;
		at[1] = one_in(&r, 4) ? rnd(&r, 17) : 0;
		put16(at + 4, PORT);
		put16(at + 6, p->index);
		len += put_payload(at + 8, p, p->size);
		sum_at = 2;
		break;
	default:
		len = put_payload(at, p, p->size);
		sum_at = len;
	}
	put_sum(at, len, sum_at, p->fam, p->isrc, p->idst, p->l4, p->l4_sum);
	return len;
}

/* What an error quotes: a packet of the socket that talks to PORT_FAR. */
static unsigned int put_quoted(unsigned char *at, const struct plan *p)
{
	unsigned char far[16];
	unsigned int hlen;

	host(far, p->fam, FIRST);
	hlen = put_ip(at, p->fam, p->fam == IPV4 ? 4 : 6, p->idst, far, 0, 64,
		      IPPROTO_UDP, 0, 0, 1, 0, 8 + p->size);
	put16(at + hlen, PORT_ERRORS);
	put16(at + hlen + 2, PORT_FAR);
	put16(at + hlen + 4, 8 + p->size);
	put16(at + hlen + 6, 0);
	put_payload(at + hlen + 8, p, p->size);
	return hlen + 8 + p->size;
}

static unsigned int put_error(unsigned char *at, const struct plan *p)
{
	unsigned int len;

	memset(at, 0, 8);
	at[0] = p->icmp_type;
	at[1] = rnd(&r, 5);
	len = 8 + put_quoted(at + 8, p);
	put_sum(at, len, 2, p->fam, p->isrc, p->idst,
		p->fam == IPV4 ? IPPROTO_ICMP : IPPROTO_ICMPV6, p->l4_sum);
	return len;
}

/* Extension headers; *next becomes the first one's. */
static unsigned int put_ext(unsigned char *at, const struct plan *p,
			    uint8_t *next)
{
	unsigned int i, len = 0;

	for (i = 0; i < p->n_ext; i++) {
		unsigned char *e = at + len;

		memset(e, 0, 24);
		e[0] = i + 1 < p->n_ext ? p->ext[i + 1] : *next;
		switch (p->ext[i]) {
		case IPPROTO_FRAGMENT:
			put16(e + 2, one_in(&r, 2) ? 0 : rnd(&r, 65536));
			put32(e + 4, rnd(&r, 4));
			len += 8;
			break;
		case IPPROTO_ROUTING:
			e[1] = 2;
			e[2] = rnd(&r, 5);
			e[3] = rnd(&r, 3);
			host(e + 8, IPV6, FIRST);
			len += 24;
			break;
		default: /* hop by hop, destination, none, authentication */
			e[2] = one_in(&r, 2) ? 1 : rnd(&r, 256);
			e[3] = 4;
			len += 8;
		}
	}
	if (p->n_ext)
		*next = p->ext[0];
	return len;
}

static unsigned int put_inner(unsigned char *at, struct plan *p)
{
	unsigned int hlen = p->fam == IPV4 ? 20 + 4 * p->i_options : 40;
	unsigned int frag = 0, off, len;
	unsigned char l4[ROOM / 4];
	uint8_t next = p->l4;

	if (p->fam == IPV6)
		hlen += put_ext(at + hlen, p, &next);
	if (p->l4 && p->icmp_type && p->icmp_type != ICMP_ECHO &&
	    p->icmp_type != 128 && p->icmp_type != 129 && p->l4 != IPPROTO_UDP &&
	    p->l4 != IPPROTO_TCP)
		len = put_error(l4, p);
	else
		len = put_l4(l4, p);
	if (p->i_frag) { /* one half of it; the other may be another's */
		off = p->half ? 32 : 0;
		len = p->half ? 40 : 32;
		frag = off / 8 | (p->half ? 0 : 0x2000);
		if (p->fam == IPV6) {
			unsigned char *e = at + hlen;

			e[0] = next;
			e[1] = 0;
			put16(e + 2, off | (p->half ? 0 : 1));
			put32(e + 4, p->index / 16 % 4);
			next = IPPROTO_FRAGMENT;
			hlen += 8;
		}
		memmove(l4, l4 + off, len);
	}
	memcpy(at + hlen, l4, len);
	put_ip(at, p->fam, p->i_version, p->isrc, p->idst, p->itos, p->ittl,
	       next, p->fam == IPV4 ? p->i_options : 0, frag,
	       p->i_frag ? p->index / 16 % 4 : p->index, p->i_sum == 1,
	       (p->fam == IPV4 ? len : hlen - 40 + len) + p->i_len);
	return hlen + len;
}

static unsigned int put_vxlan(unsigned char *at, struct plan *p)
{
	put32(at, p->vx_flags);
	put32(at + 4, p->vni << 8 | p->vx_low);
	memcpy(at + 8, mac, 6);
	memcpy(at + 14, "\2\0\0\0\0\1", 6);
	put16(at + 20, p->in_type);
	return 22 + put_inner(at + 22, p);
}

static unsigned int put_ether(unsigned char *at, int fam)
{
	memcpy(at, mac, 6);
	memcpy(at + 6, "\2\0\0\0\0\13", 6);
	put16(at + 12, fam == IPV4 ? ETH_P_IP : ETH_P_IPV6);
	return ETH_HLEN;
}

/* Outer IP and UDP around what is already behind them. */
static unsigned int wrap(unsigned char *at, const struct plan *p,
			 unsigned int hlen, unsigned int len)
{
	unsigned char *udp = at + hlen;

	put16(udp, 0xc000 | (p->index & 0x3fff));
	put16(udp + 2, p->oport);
	put16(udp + 4, 8 + len + p->u_len);
	put_sum(udp, 8 + len, 6, p->fam, p->osrc, p->odst, IPPROTO_UDP,
		p->u_sum);
	put_ip(at, p->fam, p->o_version, p->osrc, p->odst, p->otos, p->ottl,
	       IPPROTO_UDP, p->fam == IPV4 ? p->o_options : 0, 0, p->index,
	       p->o_sum, 8 + len + p->o_len);
	return hlen + 8 + len;
}

/* Cut a datagram into fragments of the outer IP, in some order. */
static void fragment(struct frame *f, const struct plan *p, unsigned int hlen)
{
	unsigned int eth = ETH_HLEN, n = 2 + rnd(&r, PARTS - 2), i, off, len;
	const unsigned char *whole = f->part[0].data;
	unsigned char *at = f->room + ROOM / 2;
	unsigned int size = f->part[0].len - eth - hlen;
	unsigned int step = (size / n + 8) & ~7u;
	int twist = rnd(&r, 6);
	struct part swap;

	f->n = 0;
	for (i = 0; i < n && i * step < size; i++) {
		off = i * step;
		if (twist == 1 && i) /* they overlap */
			off -= 8;
		len = size - off < step ? size - off : step;
		f->part[f->n].data = at;
		put_ether(at, p->fam);
		if (p->fam == IPV4) {
			put_ip(at + eth, IPV4, 4, p->osrc, p->odst, p->otos, 64,
			       IPPROTO_UDP, 0, off / 8 |
			       (off + len < size ? 0x2000 : 0), p->index, 0, len);
		} else {
			unsigned char *e = at + eth + 40;

			put_ip(at + eth, IPV6, 6, p->osrc, p->odst, p->otos, 64,
			       IPPROTO_FRAGMENT, 0, 0, 0, 0, 8 + len);
			e[0] = IPPROTO_UDP;
			e[1] = 0;
			put16(e + 2, off | (off + len < size));
			put32(e + 4, p->index);
		}
		memcpy(at + eth + hlen + (p->fam == IPV6 ? 8 : 0),
		       whole + eth + hlen + off, len);
		f->part[f->n].len = eth + hlen + (p->fam == IPV6 ? 8 : 0) + len;
		at += f->part[f->n++].len;
	}
	if (twist == 2 && f->n > 1) /* one never comes */
		f->n--;
	if (twist == 3) { /* the last one first */
		swap = f->part[0];
		f->part[0] = f->part[f->n - 1];
		f->part[f->n - 1] = swap;
	}
	if (twist == 4 && f->n < PARTS) { /* one twice */
		f->part[f->n] = f->part[rnd(&r, f->n)];
		f->n++;
	}
}

static void make_error(struct frame *f, struct plan *p)
{
	unsigned int hlen = p->fam == IPV4 ? 20 : 40, eth, len, in;
	unsigned char *at = f->room, *icmp, far[16];
	unsigned char q_src[16];

	eth = put_ether(at, p->fam);
	icmp = at + eth + hlen;
	memset(icmp, 0, 8);
	icmp[0] = p->fam == IPV4 ? 3 : 1;
	icmp[1] = rnd(&r, 5);
	host(far, p->fam, FIRST);
	host(q_src, p->fam, 1);
	if (one_in(&r, 6))
		any_address(q_src, p->fam);
	p->size %= 300;
	in = put_quoted(icmp + 8 + hlen + 8 + 22, p);
	put32(icmp + 8 + hlen + 8, p->vx_flags);
	put32(icmp + 8 + hlen + 12, p->vni << 8 | p->vx_low);
	memcpy(icmp + 8 + hlen + 16, "\2\0\0\0\0\13\2\0\0\0\0\1", 12);
	put16(icmp + 8 + hlen + 28, p->in_type);
	len = 8 + 22 + in;
	put16(icmp + 8 + hlen, 0xc000);
	put16(icmp + 8 + hlen + 2, p->oport);
	put16(icmp + 8 + hlen + 4, len);
	put16(icmp + 8 + hlen + 6, 0);
	len += put_ip(icmp + 8, p->fam, p->o_version, q_src, far, 0, 64,
		      IPPROTO_UDP, 0, 0, 1, 0, len);
	len += 8;
	if (one_in(&r, 4))
		len = 8 + rnd(&r, len - 8);
	put_sum(icmp, len, 2, p->fam, p->osrc, p->odst,
		p->fam == IPV4 ? IPPROTO_ICMP : IPPROTO_ICMPV6, p->o_sum);
	len += put_ip(at + eth, p->fam, p->fam == IPV4 ? 4 : 6, p->osrc, p->odst,
		      0, 64, p->fam == IPV4 ? IPPROTO_ICMP : IPPROTO_ICMPV6, 0,
		      0, p->index, 0, len);
	f->part[0].len = eth + len;
}

/* Not VXLAN: the system's own. */
static void make_plain(struct frame *f, struct plan *p)
{
	unsigned int eth = put_ether(f->room, p->fam);

	p->i_frag = false;
	f->part[0].len = eth + put_inner(f->room + eth, p);
}

static void offload(struct virtio_net_hdr *v, const struct plan *p,
		    unsigned char *udp, unsigned int hlen, unsigned int len,
		    unsigned int unit)
{
	put16(udp + 6, pseudo(p->fam, p->osrc, p->odst, IPPROTO_UDP, 8 + len));
	v->flags = VIRTIO_NET_HDR_F_NEEDS_CSUM;
	v->gso_type = GSO_UDP_L4;
	v->hdr_len = ETH_HLEN + hlen + 8;
	v->gso_size = unit;
	v->csum_start = ETH_HLEN + hlen;
	v->csum_offset = 6;
}

/* Several datagrams of which one header speaks; all but the first are not what
 * a node would send.
 */
static void make_gso(struct frame *f, struct plan *p, unsigned int hlen)
{
	static const uint8_t types[] = {
		VIRTIO_NET_HDR_GSO_TCPV4, VIRTIO_NET_HDR_GSO_TCPV6, 0x81, 0x85,
		2, 255,
	};
	unsigned int eth = put_ether(f->room, p->fam), n, len, unit;
	unsigned char *udp = f->room + eth + hlen;
	struct virtio_net_hdr *v = &f->part[0].vnet;
	struct plan other = *p;

	p->l4_sum = 0;
	p->i_frag = false;
	p->i_len = 0; /* the raw listeners would see the next one's bytes */
	p->size %= 1200;
	unit = put_vxlan(udp + 8, p);
	other = *p;
	other.poison = true;
	for (n = 1, len = unit; n < 2 + rnd(&r, 20); n++) {
		other.vni = any_vni();
		if (one_in(&r, 2))
			host(other.isrc, p->fam, 3); /* no outer one */
		else
			other.vx_flags = 0;
		len += put_vxlan(udp + 8 + len, &other);
	}
	p->u_sum = 0;
	p->u_len = 0;
	f->part[0].len = eth + wrap(f->room + eth, p, hlen, len);
	offload(v, p, udp, hlen, len, unit);
	if (one_in(&r, 4))
		v->gso_type = VIRTIO_NET_HDR_GSO_UDP;
	if (one_in(&r, 8))
		v->gso_size = rnd(&r, 65536);
	if (one_in(&r, 4)) { /* of another protocol */
		v->gso_type = types[rnd(&r, ARRAY_SIZE(types))];
		v->csum_offset = one_in(&r, 2) ? 16 : 6;
	}
	if (one_in(&r, 8))
		v->csum_start = rnd(&r, 128);
}

static void flip(struct frame *f, unsigned int limit)
{
	unsigned int i, at;

	for (i = 1 + rnd(&r, 3); i; i--) {
		at = 12 + rnd(&r, limit - 12);
		f->room[at] = rnd(&r, 256);
	}
}

static void vlan(struct frame *f)
{
	unsigned char *at = f->room;

	memmove(at + 16, at + 12, f->part[0].len - 12);
	put16(at + 12, one_in(&r, 3) ? ETH_P_8021AD : ETH_P_8021Q);
	put16(at + 14, one_in(&r, 2) ? rnd(&r, 65536) : 0);
	f->part[0].len += 4;
}

void make_frame(struct frame *f, uint32_t index)
{
	unsigned int hlen, len, eth, limit, n, kind;
	struct plan p;

	r = rnd_start(seed, index, 7);
	plan_good(&p, index);
	for (n = one_in(&r, 3) ? 0 : 1 + rnd(&r, 2); n; n--)
		spoil(&p);
	memset(f->part, 0, sizeof(f->part));
	f->n = 1;
	f->part[0].data = f->room;
	hlen = p.fam == IPV4 ? 20 + 4 * p.o_options : 40;
	kind = rnd(&r, 100);
	if (kind < 4) {
		make_plain(f, &p);
		f->owner = TO_SYSTEM | PLAIN;
		return;
	}
	if (kind < 9) {
		make_error(f, &p);
		f->owner = judge(f->room, f->part[0].len, false);
		return;
	}
	if (kind < 12) {
		make_gso(f, &p, hlen);
		f->owner = judge_vxlan(p.fam, f->room + ETH_HLEN + hlen + 8,
				       f->part[0].len - ETH_HLEN - hlen - 8,
				       p.osrc, p.odst);
		return;
	}
	eth = put_ether(f->room, p.fam);
	len = put_vxlan(f->room + eth + hlen + 8, &p);
	/* where no payload is yet, nor the port that tells whose it is */
	limit = eth + hlen + 8 + 22 + (p.fam == IPV4 ? 20 : 40);
	f->part[0].len = eth + wrap(f->room + eth, &p, hlen, len);
	if (kind < 18 && !p.o_options) {
		p.o_version = p.fam == IPV4 ? 4 : 6;
		if (p.u_sum == 1)
			p.u_sum = 2;
		p.o_len = 0;
		p.o_sum = 0;
		wrap(f->room + eth, &p, hlen, len);
		f->owner = judge(f->room, f->part[0].len, false);
		fragment(f, &p, hlen);
		return;
	}
	if (kind < 26) {
		flip(f, limit);
	} else if (kind < 32) { /* cut off, and it says so, or not */
		f->part[0].len = ETH_HLEN +
				 rnd(&r, f->part[0].len - ETH_HLEN + 1);
	} else if (kind < 38) {
		len = rnd(&r, len + 1);
		f->part[0].len = eth + wrap(f->room + eth, &p, hlen, len);
	} else if (kind < 41) {
		vlan(f);
	} else if (kind < 44) {
		memcpy(f->room, one_in(&r, 2) ? "\xff\xff\xff\xff\xff\xff" :
						"\2\1\1\1\1\1", 6);
	} else if (kind < 48 && p.u_sum == 0) { /* as the stack hands it down */
		f->part[0].vnet.flags = VIRTIO_NET_HDR_F_NEEDS_CSUM;
		f->part[0].vnet.csum_start = eth + hlen;
		f->part[0].vnet.csum_offset = 6;
		put16(f->room + eth + hlen + 6,
		      pseudo(p.fam, p.osrc, p.odst, IPPROTO_UDP, 8 + len));
		f->owner = judge(f->room, f->part[0].len, true);
		return;
	}
	f->owner = judge(f->room, f->part[0].len, false);
}

/* Good packets to a listener of each user, in one frame if @both: as a device
 * hands up what it has put together.
 */
void make_sync(struct frame *f, uint32_t vni, uint32_t number, bool both)
{
	unsigned char *udp = f->room + ETH_HLEN + 20;
	unsigned int unit, len;
	struct plan p;

	r = rnd_start(seed, number, 9);
	do {
		plan_good(&p, SYNC | number);
	} while (p.fam != IPV4 || p.l4 != IPPROTO_UDP || p.i_frag ||
		 p.dport != PORT);
	p.vni = vni;
	p.size = 8;
	memset(f->part, 0, sizeof(f->part));
	f->n = 1;
	f->part[0].data = f->room;
	put_ether(f->room, IPV4);
	len = put_vxlan(udp + 8, &p);
	unit = len;
	if (both) {
		p.vni = vni == USER_A ? USER_B : USER_A;
		len += put_vxlan(udp + 8 + len, &p);
	}
	f->part[0].len = ETH_HLEN + wrap(f->room + ETH_HLEN, &p, 20, len);
	if (both)
		offload(&f->part[0].vnet, &p, udp, 20, len, unit);
}
