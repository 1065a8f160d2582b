/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What VXLAN adds to a packet.
 */
#ifndef _UVN_ENCAP_H
#define _UVN_ENCAP_H

#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/types.h>
#include <linux/udp.h>

struct iphdr;
struct ipv6hdr;
struct udphdr;

#define UVN_VXLAN_FLAGS		cpu_to_be32(BIT(27))

/**
 * struct uvn_vxlan - VXLAN header and inner Ethernet header (RFC 7348)
 * @flags: %UVN_VXLAN_FLAGS, the I flag
 * @vni: VNI in the upper 24 bits
 * @dst: inner destination MAC
 * @src: inner source MAC
 * @proto: inner EtherType
 */
struct uvn_vxlan {
	__be32 flags;
	__be32 vni;
	u8 dst[6];
	u8 src[6];
	__be16 proto;
} __packed;

/* The kind of the devices that do it, by which rtnetlink knows them. */
#define UVN_ENCAP_KIND	"uvn"

/* What is put before an inner packet. */
#define UVN_ENCAP_HLEN4	(sizeof(struct iphdr) + sizeof(struct udphdr) + \
			 sizeof(struct uvn_vxlan))

#define UVN_ENCAP_HLEN6	(sizeof(struct ipv6hdr) + sizeof(struct udphdr) + \
			 sizeof(struct uvn_vxlan))

void uvn_encap_link_name(char *name, const char *lower, u32 uid, u32 vni,
			 int lower_ifindex);
unsigned int uvn_encap_mtu(unsigned int lower_mtu, bool ipv6);

#endif /* _UVN_ENCAP_H */
