// SPDX-License-Identifier: GPL-2.0
/*
 * What a frame shall be: a good packet of a user, and what may be wrong with it.
 */
#define _GNU_SOURCE
#include "uvn_fuzz_rx_plan.h"

#include <netinet/ip_icmp.h>

uint32_t any_vni(void)
{
	static const uint32_t others[] = {
		0, 1, 999, 60000, 65535, 75536, 499999, 501001, 16777214,
		16777215, /* has a range of its own */
		8388608,
	};

	switch (rnd(&r, 8)) {
	case 0:
		return POOL + rnd(&r, POOL_SIZE);
	case 1:
		return others[rnd(&r, ARRAY_SIZE(others))];
	default:
		return rnd(&r, 2) ? USER_A : USER_B;
	}
}

void any_address(unsigned char *a, int fam)
{
	static const char *const v4[] = {
		"0.0.0.0", "255.255.255.255", "192.168.87.255", "192.168.80.0",
		"192.168.80.1", "127.0.0.1", "224.0.0.1", "239.1.2.3",
		"10.1.2.3", "192.168.40.1", "192.168.40.11", "100.64.4.210",
		"192.168.80.2", "192.168.88.11",
	};
	static const char *const v6[] = {
		"::", "::1", "ff02::1", "ff05::2", "2001:db8:80::",
		"2001:db8:80::1", "2001:db8:40::1", "fe80::1",
		"::ffff:192.168.80.1", "2001:db8:81::1", "2001:db8:80::2",
	};

	address(a, fam, fam == IPV4 ? v4[rnd(&r, ARRAY_SIZE(v4))] :
				      v6[rnd(&r, ARRAY_SIZE(v6))]);
}

/* A good packet of a user. */
void plan_good(struct plan *p, uint32_t index)
{
	static const uint16_t sizes[] = { 0, 1, 3, 4, 18, 64, 512, 1400 };

	memset(p, 0, sizeof(*p));
	p->index = index;
	p->fam = one_in(&r, 3) ? IPV6 : IPV4;
	p->vni = any_vni();
	p->vx_flags = 0x08000000;
	p->in_type = p->fam == IPV4 ? ETH_P_IP : ETH_P_IPV6;
	host(p->osrc, p->fam, FIRST + rnd(&r, NEIGHBOURS));
	host(p->odst, p->fam, 1);
	memcpy(p->isrc, p->osrc, 16);
	memcpy(p->idst, p->odst, 16);
	p->oport = p->fam == IPV4 ? 801 : 803;
	p->ottl = 64;
	p->ittl = 64;
	p->o_version = p->fam == IPV4 ? 4 : 6;
	p->i_version = p->o_version;
	p->u_sum = one_in(&r, 2) ? 2 : 0;
	p->dport = one_in(&r, 4) ? PORT_SYSTEM : PORT;
	p->size = one_in(&r, 4) ? rnd(&r, 1500) :
		  sizes[rnd(&r, ARRAY_SIZE(sizes))];
	if (one_in(&r, 200))
		p->size = 1500 + rnd(&r, 7300);
	switch (rnd(&r, 8)) {
	case 0:
		p->l4 = IPPROTO_TCP;
		break;
	case 1: /* ping: an answer, or a question */
		p->l4 = p->fam == IPV4 ? IPPROTO_ICMP : IPPROTO_ICMPV6;
		if (p->fam == IPV4)
			p->icmp_type = one_in(&r, 3) ? ICMP_ECHO : ICMP_ECHOREPLY;
		else
			p->icmp_type = one_in(&r, 3) ? 128 : 129;
		break;
	case 2: /* an error */
		p->l4 = p->fam == IPV4 ? IPPROTO_ICMP : IPPROTO_ICMPV6;
		p->icmp_type = p->fam == IPV4 ? 3 : 1 + 2 * rnd(&r, 2);
		p->size %= 400;
		host(p->osrc, p->fam, FIRST);
		host(p->isrc, p->fam, FIRST);
		break;
	case 3: /* one half of a datagram */
		p->l4 = IPPROTO_UDP;
		p->l4_sum = 2;
		p->i_frag = true;
		p->half = rnd(&r, 2);
		p->size = 64;
		break;
	default:
		p->l4 = IPPROTO_UDP;
		p->l4_sum = p->fam == IPV4 && one_in(&r, 4) ? 2 : 0;
	}
}

/* And what may be wrong with it. */
void spoil(struct plan *p)
{
	static const uint16_t types[] = {
		ETH_P_ARP, ETH_P_IP, ETH_P_IPV6, ETH_P_8021Q, ETH_P_8021AD,
		ETH_P_MPLS_UC, ETH_P_PPP_SES, 0x88f7, 0x0003, ETH_P_LOOPBACK,
	};
	static const uint16_t ports[] = { 801, 802, 803, 804, 4789, 0, 53 };
	static const uint8_t exts[] = {
		IPPROTO_HOPOPTS, IPPROTO_DSTOPTS, IPPROTO_ROUTING,
		IPPROTO_FRAGMENT, IPPROTO_AH, IPPROTO_NONE, 135, 139,
	};
	unsigned int i;

	switch (rnd(&r, 26)) {
	case 0:
		p->vx_flags = rnd64(&r);
		break;
	case 1:
		p->vx_flags ^= UINT32_C(1) << rnd(&r, 32);
		break;
	case 2:
		p->vx_low = rnd(&r, 256);
		break;
	case 3:
		p->in_type = types[rnd(&r, ARRAY_SIZE(types))];
		break;
	case 4:
		any_address(p->isrc, p->fam);
		break;
	case 5:
		any_address(p->osrc, p->fam);
		break;
	case 6:
		any_address(p->osrc, p->fam);
		memcpy(p->isrc, p->osrc, 16);
		break;
	case 7:
		any_address(p->idst, p->fam);
		break;
	case 8:
		any_address(p->odst, p->fam);
		break;
	case 9:
		any_address(p->odst, p->fam);
		memcpy(p->idst, p->odst, 16);
		break;
	case 10:
		p->oport = ports[rnd(&r, ARRAY_SIZE(ports))];
		break;
	case 11:
		p->o_options = rnd(&r, 11);
		break;
	case 12:
	case 13:
		p->i_options = rnd(&r, 11);
		break;
	case 14:
		p->i_version = rnd(&r, 16);
		break;
	case 15:
		p->o_version = rnd(&r, 16);
		break;
	case 16:
		p->o_len = (int)rnd(&r, 128) - 64;
		break;
	case 17:
		p->i_len = (int)rnd(&r, 128) - 64;
		break;
	case 18:
		p->u_len = (int)rnd(&r, 128) - 64;
		break;
	case 19:
		p->o_sum = 1;
		break;
	case 20:
		p->i_sum = 1;
		break;
	case 21:
		p->u_sum = 1;
		break;
	case 22:
		p->l4_sum = 1;
		break;
	case 23:
		p->ittl = rnd(&r, 2);
		break;
	case 24:
		p->otos = rnd(&r, 256);
		p->itos = rnd(&r, 256);
		break;
	default:
		p->n_ext = 1 + rnd(&r, 4);
		for (i = 0; i < p->n_ext; i++)
			p->ext[i] = exts[rnd(&r, ARRAY_SIZE(exts))];
		if (one_in(&r, 4))
			p->l4 = rnd(&r, 256);
	}
}
