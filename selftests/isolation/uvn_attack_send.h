/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the rows that send something are made of.
 */
#ifndef _UVN_ATTACK_SEND_H
#define _UVN_ATTACK_SEND_H

#include "uvn_attack.h"

enum { HOW_PLAIN, HOW_PKTINFO, HOW_2292, HOW_DEVICE, HOW_INDEX, HOW_MC_IF,
	HOW_UC_IF, HOW_STICKY, HOW_UNSPEC, HOW_UNSPEC_DEVICE, HOW_UNSPEC_IF,
	HOW_UNSPEC_STICKY, HOW_SCOPE, HOW_SCOPE_PKTINFO, HOW_CONNECT_SCOPE,
	HOW_BIND_SCOPE, HOW_LSRR, HOW_LSRR_CMSG, HOW_SOURCE, HOW_FREEBIND,
	HOW_TRANSPARENT, HOW_UNBIND, HOW_MARK, HOW_RTHDR, HOW_FASTOPEN, HOWS };

enum { DST_TARGET, DST_ALT, DST_LOOP, DST_GROUP, DST_ALL, DST_BROADCAST,
	DST_SUBNET, DST_LL, DST_NODE, DST_OFF, DSTS };

enum { LOAD_PLAIN, LOAD_VXLAN, LOAD_FRAGMENTS, LOAD_CORK, LOAD_SEGMENT,
	LOAD_SPOOF, LOAD_ICMP, LOAD_NESTED, LOAD_PORT2, LOADS };

/* uvn_attack_load.c */
unsigned int wrap_ip(uint8_t *buf, unsigned int len, struct in_addr src,
		     struct in_addr dst, int protocol);
unsigned int wrap_udp(uint8_t *buf, unsigned int len, int sport, int dport);
int is_v6(int kind);
unsigned int vxlan_port(const struct row *row);
void fill_load(const struct row *row);

/* uvn_attack_send.c */
int is_tcp(int kind);

#endif
