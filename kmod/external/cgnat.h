/* SPDX-License-Identifier: GPL-2.0 */
/*
 * CGNAT addresses of user networks.
 */
#ifndef _UVN_CGNAT_H
#define _UVN_CGNAT_H

#include <linux/compiler.h>
#include <linux/netfilter.h>
#include <linux/types.h>

struct netlink_ext_ack;
struct uvn_config;
struct uvn_net;
struct uvn_user;

/**
 * struct uvn_user_cgnat - a user's CGNAT addresses
 * @addr: source off the subnets (IPv4, IPv6), or 0; only the worker writes it
 * @applied: of these, what the VRF has; only the worker uses it
 * @translated: there have been flows
 */
struct uvn_user_cgnat {
	union nf_inet_addr addr[2];
	union nf_inet_addr applied[2];
	bool translated;
};

/* A flow of the user's is translated. Others look at what is beside that. */
static inline void uvn_cgnat_note(struct uvn_user_cgnat *cgnat)
{
	if (!READ_ONCE(cgnat->translated))
		WRITE_ONCE(cgnat->translated, true);
}

int uvn_cgnat_assign(struct uvn_user *user);
void uvn_cgnat_release(struct uvn_user *user);
struct uvn_user *uvn_cgnat_owner(struct uvn_net *un, u8 family,
				 const union nf_inet_addr *addr);
int uvn_cgnat_check(struct uvn_net *un, const struct uvn_config *cfg,
		    struct netlink_ext_ack *extack);

#endif /* _UVN_CGNAT_H */
