// SPDX-License-Identifier: GPL-2.0
/*
 * Of which families and protocols managed users get sockets. By default only
 * those whose every packet is sent by the user's own socket, bound to the
 * user's VRF; Documentation/security.rst goes through all the others.
 */
#include <linux/net.h>
#include <linux/netlink.h>
#include <linux/socket.h>
#include <net/sock.h>

#include "config/config.h"
#include "config/permit.h"

/**
 * uvn_permit_default - permit what is safe
 * @families: bitmap of families, with nothing permitted
 * @protocols: of protocols, likewise
 */
void uvn_permit_default(unsigned long *families, unsigned long *protocols)
{
	static const u16 family[] = {
		AF_UNIX, AF_INET, AF_INET6, AF_NETLINK, AF_ALG,
	};
	static const u16 protocol[] = {
		IPPROTO_ICMP, IPPROTO_TCP, IPPROTO_UDP, IPPROTO_ICMPV6,
		IPPROTO_UDPLITE, IPPROTO_RAW,
	};
	int i;

	for (i = 0; i < ARRAY_SIZE(family); i++)
		__set_bit(family[i], families);
	for (i = 0; i < ARRAY_SIZE(protocol); i++)
		__set_bit(protocol[i], protocols);
}

/**
 * uvn_permit_family - do managed users get sockets of a family?
 * @cfg: the configuration
 * @family: AF_*
 */
bool uvn_permit_family(const struct uvn_config *cfg, int family)
{
	return family >= 0 && family < UVN_FAMILIES &&
	       test_bit(family, cfg->families);
}

/**
 * uvn_permit_number - do managed users get sockets of a protocol?
 * @cfg: the configuration
 * @protocol: IPPROTO_*
 */
bool uvn_permit_number(const struct uvn_config *cfg, int protocol)
{
	return protocol >= 0 && protocol < UVN_PROTOCOLS &&
	       test_bit(protocol, cfg->protocols);
}

/**
 * uvn_permit_netlink - do managed users get a netlink socket?
 * @sk: the socket
 *
 * Of all netlink protocols only NETLINK_USERSOCK carries messages from one
 * task to any other.
 */
bool uvn_permit_netlink(const struct sock *sk)
{
	return sk->sk_protocol != NETLINK_USERSOCK;
}

/**
 * uvn_permit_protocol - do managed users get such a socket?
 * @cfg: the configuration
 * @sk: the socket, of family INET or INET6
 * @type: SOCK_*
 * @protocol: as in socket(2); 0 is what the type has by default
 *
 * Raw sockets, of any protocol, count as IPPROTO_RAW: the protocol is only a
 * number in the packets that they send and a filter for those they receive.
 */
bool uvn_permit_protocol(const struct uvn_config *cfg, const struct sock *sk,
			 int type, int protocol)
{
	if (type == SOCK_RAW)
		return uvn_permit_number(cfg, IPPROTO_RAW);
	return uvn_permit_number(cfg, sk->sk_protocol) &&
	       (!protocol || uvn_permit_number(cfg, protocol));
}
