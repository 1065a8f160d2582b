// SPDX-License-Identifier: GPL-2.0
/*
 * Published ports: what an administrator lets hosts outside connect to. Which user has
 * a port is in external/port-claim.c.
 */
#include <linux/in.h>
#include <linux/netlink.h>
#include <linux/string.h>

#include "config/config.h"
#include "config/items.h"
#include "config/publish.h"

static bool uvn_publish_covers(const struct uvn_publish *p, u8 protocol,
			       u16 port)
{
	return p->protocol == protocol && p->first <= port && port <= p->last;
}

/**
 * uvn_publish_is_port - is a port published, to whomever?
 * @cfg: the configuration
 * @protocol: IPPROTO_*
 * @port: the port
 */
bool uvn_publish_is_port(const struct uvn_config *cfg, u8 protocol, u16 port)
{
	unsigned int i;

	for (i = 0; i < cfg->n_publishes; i++)
		if (uvn_publish_covers(&cfg->publishes[i], protocol, port))
			return true;
	return false;
}

/**
 * uvn_publish_is_open - is a port published to a host?
 * @cfg: the configuration
 * @protocol: IPPROTO_TCP or IPPROTO_UDP
 * @port: the port
 * @family: of the host's address
 * @addr: the address; of IPv4 no more than four bytes are read
 */
bool uvn_publish_is_open(const struct uvn_config *cfg, u8 protocol,
			 __be16 port, u8 family,
			 const union nf_inet_addr *addr)
{
	unsigned int i;

	for (i = 0; i < cfg->n_publishes; i++) {
		const struct uvn_publish *p = &cfg->publishes[i];

		if (uvn_publish_covers(p, protocol, ntohs(port)) &&
		    p->from.family == family && uvn_prefix_has(&p->from, addr))
			return true;
	}
	return false;
}

/**
 * uvn_publish_add - publish ports
 * @cfg: private copy
 * @new: which, and to whom
 * @extack: says why not
 *
 * Context: may sleep.
 * Return: 0; -EINVAL, -EEXIST or -ENOMEM, and @cfg is of no more use.
 */
int uvn_publish_add(struct uvn_config *cfg, const struct uvn_publish *new,
		    struct netlink_ext_ack *extack)
{
	unsigned int i, at = 0;
	int err;

	err = uvn_prefix_check(&new->from, extack);
	if (err)
		return err;
	if (new->protocol != IPPROTO_TCP && new->protocol != IPPROTO_UDP) {
		NL_SET_ERR_MSG(extack, "protocol is neither TCP nor UDP");
		return -EINVAL;
	}
	if (!new->first || new->first > new->last) {
		NL_SET_ERR_MSG(extack, "first port is above the last");
		return -EINVAL;
	}
	for (i = 0; i < cfg->n_publishes; i++) {
		const struct uvn_publish *p = &cfg->publishes[i];

		if (uvn_publish_same(p, new)) {
			NL_SET_ERR_MSG(extack, "ports are published already");
			return -EEXIST;
		}
		if (p->protocol < new->protocol ||
		    (p->protocol == new->protocol && p->first <= new->first))
			at = i + 1;
	}
	return uvn_items_insert(&cfg->publishes, &cfg->n_publishes,
				sizeof(*new), at, new);
}

/**
 * uvn_publish_del - publish ports no longer
 * @cfg: private copy
 * @old: which, and to whom
 * @extack: says why not
 *
 * Return: 0 or -ENOENT.
 */
int uvn_publish_del(struct uvn_config *cfg, const struct uvn_publish *old,
		    struct netlink_ext_ack *extack)
{
	unsigned int i;

	for (i = 0; i < cfg->n_publishes; i++) {
		struct uvn_publish *p = &cfg->publishes[i];

		if (!uvn_publish_same(p, old))
			continue;
		cfg->n_publishes--;
		memmove(p, p + 1, (cfg->n_publishes - i) * sizeof(*p));
		return 0;
	}
	NL_SET_ERR_MSG(extack, "no such published ports");
	return -ENOENT;
}

/**
 * uvn_publish_check - do published ports go with the rest of a configuration?
 * @cfg: the configuration
 * @extack: says why not
 *
 * Return: 0 or -EINVAL.
 */
int uvn_publish_check(const struct uvn_config *cfg,
		      struct netlink_ext_ack *extack)
{
	unsigned int i, k;

	for (i = 0; i < cfg->n_publishes; i++) {
		const struct uvn_publish *p = &cfg->publishes[i];

		if (p->first <= cfg->nat_last && cfg->nat_first <= p->last) {
			NL_SET_ERR_MSG_FMT(extack,
					   "published ports %u-%u overlap nat-ports %u-%u",
					   p->first, p->last, cfg->nat_first,
					   cfg->nat_last);
			return -EINVAL;
		}
		for (k = 0; k < cfg->n_subnets; k++) {
			u16 port = ntohs(cfg->subnets[k].port);

			if (!uvn_publish_covers(p, IPPROTO_UDP, port))
				continue;
			NL_SET_ERR_MSG_FMT(extack,
					   "published UDP ports %u-%u hold port %u of a subnet",
					   p->first, p->last, port);
			return -EINVAL;
		}
	}
	return 0;
}
