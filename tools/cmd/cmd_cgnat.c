// SPDX-License-Identifier: GPL-2.0
/*
 * CGNAT pools: the source addresses of what leaves the subnets, of this host
 * only.
 */
#include <arpa/inet.h>
#include <ifaddrs.h>
#include <linux/uvn.h>
#include <netinet/in.h>
#include <string.h>

#include "cli/fail.h"
#include "cli/out.h"
#include "cli/parse.h"
#include "cli/prefix.h"
#include "cmd/cmd_cgnat.h"
#include "lib/config.h"
#include "lib/decode.h"

/**
 * item_cgnat - PREFIX [snat ADDR]
 * @val: values
 * @item: set to the pool
 */
int item_cgnat(const char *const *val, struct item *item)
{
	int ret;

	ret = item_prefix(val, item);
	if (ret || !val[1])
		return ret;
	return parse_address(val[1], "snat", item->prefix.net.family,
			     &item->cgnat.snat);
}

/* Is it an address of this network namespace? */
static bool is_here(const struct address *addr)
{
	struct ifaddrs *all, *one;
	bool here = false;

	if (getifaddrs(&all))
		return true;
	for (one = all; one && !here; one = one->ifa_next) {
		const void *its = NULL;

		if (!one->ifa_addr || one->ifa_addr->sa_family != addr->family)
			continue;
		if (addr->family == AF_INET)
			its = &((struct sockaddr_in *)one->ifa_addr)->sin_addr;
		else
			its = &((struct sockaddr_in6 *)one->ifa_addr)->sin6_addr;
		here = !memcmp(its, addr->bytes, addr_size(addr->family));
	}
	freeifaddrs(all);
	return here;
}

static void warn_cgnat(const struct item *item)
{
	const struct address *snat = &item->cgnat.snat;
	char text[INET6_ADDRSTRLEN];

	if (!snat->family || is_here(snat))
		return;
	inet_ntop(snat->family, snat->bytes, text, sizeof(text));
	warn("snat %s is no address of this node: answers reach it only if a router sends them here",
	     text);
}

static int put_cgnat(struct nl_msg *msg, const struct item *item)
{
	int err;

	err = prefix_put(msg, item);
	return err ? err : address_put(msg, UVN_A_CGNAT_SNAT, &item->cgnat.snat);
}

static const struct attr_field fields[] = {
	{ "prefix", UVN_A_CGNAT_PREFIX, false, prefix_get },
	{ "snat", UVN_A_CGNAT_SNAT, false, attr_get_address },
	{}
};

static const struct out_col cols[] = {
	{ "PREFIX", "prefix", NULL },
	{ "SNAT", "snat", NULL },
	{}
};

const struct part cgnat_part = {
	.key = "cgnat",
	.words = "cgnat add",
	.attr = UVN_A_CONFIG_CGNAT,
	.fields = fields,
	.optional = "snat",
	.cols = cols,
	.warn = warn_cgnat,
	.put = put_cgnat,
	.save = prefix_save,
	.name = prefix_name,
};
