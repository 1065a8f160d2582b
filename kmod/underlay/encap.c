// SPDX-License-Identifier: GPL-2.0
/*
 * What VXLAN adds to a packet, and what follows from that for a link.
 */
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/kernel.h>
#include <linux/netdevice.h>
#include <linux/udp.h>
#include <net/ip.h>

#include "underlay/encap.h"

/**
 * uvn_encap_link_name - the name of a link
 * @name: IFNAMSIZ bytes; set to the empty string if the name that @lower and
 *	@uid make is too long, and the short form is to be used
 * @lower: name of the lower device, or NULL for the short form
 * @uid: of the user
 * @vni: of the user, unique in the namespace
 * @lower_ifindex: of the lower device, unique in the namespace
 */
void uvn_encap_link_name(char *name, const char *lower, u32 uid, u32 vni,
			 int lower_ifindex)
{
	if (!lower)
		snprintf(name, IFNAMSIZ, "u%06x%x", vni, lower_ifindex);
	else if (snprintf(name, IFNAMSIZ, "%su%u", lower, uid) >= IFNAMSIZ)
		*name = '\0';
}

/**
 * uvn_encap_mtu - MTU of a link
 * @lower_mtu: MTU of its lower device in bytes
 * @ipv6: whether it has an address of IPv6
 *
 * Return: what is left for the inner packet, but no less than IPv4 needs.
 */
unsigned int uvn_encap_mtu(unsigned int lower_mtu, bool ipv6)
{
	int hlen = ipv6 ? UVN_ENCAP_HLEN6 : UVN_ENCAP_HLEN4;

	return max_t(int, lower_mtu - hlen, IPV4_MIN_MTU);
}
