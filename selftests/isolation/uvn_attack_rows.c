// SPDX-License-Identifier: GPL-2.0
/*
 * The rows that send something, and what they are called.
 */
#include <stdio.h>

#include "uvn_attack_send.h"

static const char * const kind_names[] = {
	"udp4", "udp6", "map6", "lite4", "ping4", "ping6", "tcp4", "tcp6",
	"maptcp6", "raw4", "hdr4", "raw6",
};

static const char * const how_names[] = {
	"plain", "pktinfo", "2292pktinfo", "bindtodevice", "bindtoifindex",
	"multicast-if", "unicast-if", "sticky-pktinfo", "unspec",
	"unspec+bindtodevice", "unspec+if+rebind", "unspec+sticky+rebind",
	"scope", "scope+pktinfo", "connect-scope", "bind-scope", "lsrr",
	"lsrr-cmsg", "pktinfo-source", "freebind", "transparent", "unbind", "mark",
	"rthdr", "fastopen",
};

static const char * const dev_names[] = {
	"none", "vrf", "lower", "lo", "ownvrf",
};

static const char * const dst_names[] = {
	"node", "alt", "loopback", "group", "all", "broadcast", "subnet",
	"linklocal", "nodelocal", "off",
};

static const char * const load_names[] = {
	"", "/vxlan", "/vxlan-fragments", "/vxlan-cork", "/vxlan-segment",
	"/vxlan-spoof", "/vxlan-icmp", "/vxlan-nested", "/vxlan-port2",
};

struct spec {
	int kind;
	unsigned int hows, devs, dsts, loads;
	int core;
};

#define B(n) (1U << (n))
#define FOREIGN (B(DEV_VRF) | B(DEV_LOWER))
#define NODE (B(DST_TARGET) | B(DST_LOOP))
#define MANY (B(DST_GROUP) | B(DST_ALL) | B(DST_BROADCAST) | B(DST_SUBNET))
#define MANY6 (B(DST_LL) | B(DST_GROUP) | B(DST_ALL) | B(DST_NODE))
#define UNSPECS (B(HOW_UNSPEC_DEVICE) | B(HOW_UNSPEC_IF))
#define SCOPES (B(HOW_SCOPE) | B(HOW_SCOPE_PKTINFO) | B(HOW_CONNECT_SCOPE))
#define NONE B(DEV_NONE)
#define PLAIN B(LOAD_PLAIN)
#define VXLANS (B(LOADS) - 1 - PLAIN)

static const struct spec specs[] = {
	/* of every way to come by a socket, and with a capability */
	{ KIND_UDP4, B(HOW_PKTINFO) | B(HOW_DEVICE) | B(HOW_UNSPEC_DEVICE),
	  FOREIGN, B(DST_TARGET), PLAIN, 1 },
	{ KIND_UDP4, B(HOW_PLAIN) | B(HOW_UNSPEC), NONE, B(DST_TARGET), PLAIN, 1 },
	{ KIND_UDP4, B(HOW_UNBIND), NONE, B(DST_TARGET),
	  PLAIN | B(LOAD_VXLAN), 1 },
	{ KIND_UDP6, B(HOW_SCOPE), FOREIGN, B(DST_LL) | B(DST_ALL), PLAIN, 1 },
	{ KIND_UDP6, B(HOW_PLAIN) | B(HOW_UNSPEC), NONE, B(DST_TARGET),
	  PLAIN | B(LOAD_VXLAN), 1 },
	{ KIND_UDP6, B(HOW_PKTINFO) | B(HOW_UNSPEC_DEVICE), FOREIGN,
	  B(DST_TARGET), PLAIN, 1 },
	{ KIND_TCP6, B(HOW_PLAIN), NONE, B(DST_TARGET), PLAIN, 1 },
	{ KIND_MAP6, B(HOW_PKTINFO), FOREIGN, B(DST_TARGET), PLAIN, 1 },
	{ KIND_TCP4, B(HOW_PLAIN), NONE, B(DST_TARGET), PLAIN, 1 },
	{ KIND_TCP4, B(HOW_DEVICE), FOREIGN, B(DST_TARGET), PLAIN, 1 },
	{ KIND_MAPTCP, B(HOW_BIND_SCOPE), FOREIGN, B(DST_TARGET), PLAIN, 1 },
	{ KIND_PING4, B(HOW_PKTINFO), FOREIGN, B(DST_TARGET), PLAIN, 1 },
	{ KIND_UDP4, B(HOW_PKTINFO), B(DEV_LOWER), B(DST_TARGET),
	  B(LOAD_VXLAN), 1 },
	{ KIND_UDP4, B(HOW_PLAIN) | B(HOW_UNSPEC), NONE, B(DST_TARGET),
	  B(LOAD_VXLAN), 1 },
	{ KIND_RAW4, B(HOW_PLAIN), NONE, B(DST_TARGET), PLAIN, 1 },
	{ KIND_RAW4, B(HOW_PKTINFO) | B(HOW_DEVICE), FOREIGN, B(DST_TARGET),
	  PLAIN | B(LOAD_VXLAN), 1 },
	{ KIND_HDR4, B(HOW_PKTINFO) | B(HOW_DEVICE) | B(HOW_UNSPEC_DEVICE),
	  FOREIGN, B(DST_TARGET), PLAIN | B(LOAD_VXLAN), 1 },
	{ KIND_RAW6, B(HOW_DEVICE) | B(HOW_PKTINFO), FOREIGN, B(DST_LOOP),
	  PLAIN, 1 },
	/* UDP over IPv4 */
	{ KIND_UDP4, B(HOW_PKTINFO) | UNSPECS, FOREIGN, B(DST_LOOP) | MANY,
	  PLAIN, 0 },
	{ KIND_UDP4, B(HOW_UNSPEC_IF), FOREIGN, B(DST_TARGET), PLAIN, 0 },
	{ KIND_UDP4, B(HOW_PKTINFO), B(DEV_LO), NODE, PLAIN, 0 },
	{ KIND_UDP4, B(HOW_PKTINFO), FOREIGN, B(DST_OFF), PLAIN, 0 },
	{ KIND_UDP4, B(HOW_INDEX) | B(HOW_UC_IF), FOREIGN, B(DST_TARGET),
	  PLAIN, 0 },
	{ KIND_UDP4, B(HOW_MC_IF), FOREIGN, MANY, PLAIN, 0 },
	{ KIND_UDP4, B(HOW_PLAIN) | B(HOW_UNSPEC), NONE, B(DST_LOOP) | MANY |
	  B(DST_OFF), PLAIN, 0 },
	{ KIND_UDP4, B(HOW_LSRR) | B(HOW_LSRR_CMSG) | B(HOW_SOURCE) |
	  B(HOW_FREEBIND) | B(HOW_TRANSPARENT) | B(HOW_MARK), NONE,
	  B(DST_TARGET), PLAIN, 0 },
	{ KIND_LITE, B(HOW_PKTINFO) | B(HOW_UNSPEC_DEVICE), FOREIGN, NODE,
	  PLAIN, 0 },
	{ KIND_MAP6, B(HOW_PKTINFO) | B(HOW_BIND_SCOPE) | UNSPECS, FOREIGN,
	  NODE | B(DST_GROUP) | B(DST_ALL), PLAIN, 0 },
	/* UDP over IPv6 */
	{ KIND_UDP6, SCOPES | B(HOW_PKTINFO) | B(HOW_2292), FOREIGN,
	  MANY6 | B(DST_LOOP), PLAIN, 0 },
	{ KIND_UDP6, B(HOW_UNSPEC_DEVICE) | B(HOW_UNSPEC_IF) |
	  B(HOW_UNSPEC_STICKY) | B(HOW_BIND_SCOPE), FOREIGN,
	  MANY6 | B(DST_LOOP), PLAIN, 0 },
	{ KIND_UDP6, B(HOW_MC_IF) | B(HOW_UC_IF) | B(HOW_STICKY), FOREIGN,
	  B(DST_GROUP) | B(DST_LOOP), PLAIN, 0 },
	{ KIND_UDP6, B(HOW_RTHDR) | B(HOW_PLAIN) | B(HOW_UNSPEC), NONE,
	  B(DST_LOOP) | B(DST_ALL), PLAIN, 0 },
	{ KIND_UDP6, SCOPES | B(HOW_2292) | B(HOW_UNSPEC_IF) | B(HOW_UC_IF) |
	  B(HOW_STICKY) | B(HOW_UNSPEC_STICKY) | B(HOW_BIND_SCOPE), FOREIGN,
	  B(DST_TARGET), PLAIN, 0 },
	{ KIND_UDP6, B(HOW_SOURCE) | B(HOW_FREEBIND) | B(HOW_TRANSPARENT) |
	  B(HOW_MARK) | B(HOW_RTHDR), NONE, B(DST_TARGET) | B(DST_LOOP), PLAIN,
	  0 },
	/* ping */
	{ KIND_PING4, B(HOW_PKTINFO) | B(HOW_UNSPEC_DEVICE), FOREIGN,
	  B(DST_LOOP) | B(DST_ALL), PLAIN, 0 },
	{ KIND_PING6, SCOPES | B(HOW_PKTINFO) | B(HOW_UNSPEC_DEVICE), FOREIGN,
	  B(DST_LL) | B(DST_LOOP) | B(DST_ALL) | B(DST_TARGET), PLAIN, 0 },
	/* TCP */
	{ KIND_TCP4, B(HOW_PLAIN), NONE, B(DST_LOOP), PLAIN, 0 },
	{ KIND_TCP4, B(HOW_FASTOPEN), NONE, NODE, PLAIN, 0 },
	{ KIND_TCP4, B(HOW_LSRR), NONE, B(DST_TARGET), PLAIN, 0 },
	{ KIND_TCP4, B(HOW_UC_IF), FOREIGN, B(DST_TARGET), PLAIN, 0 },
	{ KIND_TCP6, B(HOW_CONNECT_SCOPE) | B(HOW_BIND_SCOPE) | B(HOW_STICKY),
	  FOREIGN, B(DST_LL) | B(DST_LOOP) | B(DST_TARGET), PLAIN, 0 },
	{ KIND_TCP6, B(HOW_FREEBIND), NONE, NODE, PLAIN, 0 },
	{ KIND_MAPTCP, B(HOW_BIND_SCOPE), FOREIGN, B(DST_LOOP), PLAIN, 0 },
	/* VXLAN by hand: own network, loopback, lower device, other subnets */
	{ KIND_UDP4, B(HOW_PLAIN) | B(HOW_UNSPEC), NONE,
	  B(DST_LOOP) | B(DST_ALT) | B(DST_ALL) | B(DST_SUBNET) | B(DST_OFF),
	  B(LOAD_VXLAN), 0 },
	{ KIND_UDP4, B(HOW_PLAIN), NONE, B(DST_TARGET) | B(DST_ALT),
	  VXLANS - B(LOAD_VXLAN), 0 },
	{ KIND_UDP4, B(HOW_PKTINFO), B(DEV_LOWER), B(DST_TARGET),
	  VXLANS - B(LOAD_VXLAN), 0 },
	{ KIND_UDP4, B(HOW_PKTINFO), B(DEV_VRF) | B(DEV_LO),
	  NODE, B(LOAD_VXLAN) | B(LOAD_NESTED), 0 },
	{ KIND_UDP4, B(HOW_UNSPEC_DEVICE) | B(HOW_UNSPEC_IF), B(DEV_LOWER),
	  B(DST_TARGET), B(LOAD_VXLAN) | B(LOAD_FRAGMENTS), 0 },
	{ KIND_MAP6, B(HOW_PKTINFO) | B(HOW_BIND_SCOPE), B(DEV_LOWER),
	  B(DST_TARGET), B(LOAD_VXLAN) | B(LOAD_FRAGMENTS), 0 },
	{ KIND_LITE, B(HOW_PKTINFO), B(DEV_LOWER), B(DST_TARGET),
	  B(LOAD_VXLAN), 0 },
	{ KIND_UDP6, B(HOW_PLAIN) | B(HOW_UNSPEC), NONE,
	  B(DST_LOOP) | B(DST_ALT) | B(DST_ALL) | B(DST_LL), B(LOAD_VXLAN), 0 },
	{ KIND_UDP6, B(HOW_PLAIN), NONE, B(DST_TARGET),
	  VXLANS - B(LOAD_ICMP), 0 },
	{ KIND_UDP6, B(HOW_PKTINFO), B(DEV_LOWER), B(DST_TARGET) | B(DST_LL),
	  VXLANS - B(LOAD_ICMP), 0 },
	{ KIND_UDP6, B(HOW_PKTINFO), B(DEV_VRF) | B(DEV_LO),
	  NODE, B(LOAD_VXLAN) | B(LOAD_NESTED), 0 },
};

static void send_row_new(const struct spec *s, int how, int dev, int dst,
			 int load)
{
	struct row row = {
		.fn = send_row, .core = s->core,
		.kind = s->kind, .how = how, .dev = dev, .dst = dst,
		.load = load, .quick = !is_tcp(s->kind),
	};

	/* Another node's loopback and broadcasts are of no use. */
	if (dst == DST_LOOP && attack.here != attack.target)
		return;
	snprintf(row.name, sizeof(row.name), "%s/%s%s%s/%s%s",
		 kind_names[s->kind], how_names[how], dev ? "=" : "",
		 dev ? dev_names[dev] : "", dst_names[dst], load_names[load]);
	if (!row_find(row.name))
		*row_new() = row;
}

void send_rows(void)
{
	const unsigned int all = HOWS * DEVS * DSTS * LOADS;
	const struct spec *s = specs;
	unsigned int i;

	for (; s < specs + sizeof(specs) / sizeof(*specs); s++) {
		for (i = 0; i < all; i++) {
			unsigned int load = i % LOADS;
			unsigned int dst = i / LOADS % DSTS;
			unsigned int dev = i / LOADS / DSTS % DEVS;
			unsigned int how = i / LOADS / DSTS / DEVS;

			if (s->hows & B(how) && s->devs & B(dev) &&
			    s->dsts & B(dst) && s->loads & B(load))
				send_row_new(s, how, dev, dst, load);
		}
	}
}
