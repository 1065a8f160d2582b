// SPDX-License-Identifier: GPL-2.0
/*
 * Subnets: the prefixes in which every node runs uvn.
 */
#include <arpa/inet.h>
#include <linux/uvn.h>
#include <netdb.h>
#include <netlink/attr.h>

#include "cli/fail.h"
#include "cli/out.h"
#include "cli/parse.h"
#include "cli/prefix.h"
#include "cmd/cmd_subnet.h"
#include "lib/config.h"
#include "lib/decode.h"

/**
 * item_subnet - PREFIX port PORT [group ADDR] [unprivileged]
 * @val: values
 * @item: set to the subnet
 */
int item_subnet(const char *const *val, struct item *item)
{
	uint32_t port;
	int ret;

	ret = item_prefix(val, item);
	if (!ret)
		ret = parse_number(val[1], "the port", 1, UINT16_MAX, &port);
	if (ret)
		return ret;
	item->subnet.port = port;
	item->subnet.unprivileged = val[3];
	if (!val[2])
		return EXIT_OK;
	return parse_group(val[2], item->prefix.net.family, &item->subnet.group);
}

/* UDP services that users' programs speak to at these ports, and that would not hear
 * them any more: users may not send to the port of a subnet. For where there is no
 * /etc/services.
 */
static const struct {
	uint16_t port;
	const char *name;
} services[] = {
	{ 53, "domain" }, { 67, "bootps" }, { 68, "bootpc" }, { 69, "tftp" },
	{ 88, "kerberos" }, { 111, "sunrpc" }, { 123, "ntp" }, { 137, "netbios-ns" },
	{ 138, "netbios-dgm" }, { 161, "snmp" }, { 162, "snmp-trap" },
	{ 389, "ldap" }, { 443, "https" }, { 464, "kpasswd" }, { 500, "isakmp" },
	{ 514, "syslog" }, { 546, "dhcpv6-client" }, { 547, "dhcpv6-server" },
	{ 623, "asf-rmcp" }, { 853, "domain-s" }, { 1812, "radius" },
	{ 2049, "nfs" }, { 3478, "stun" }, { 4500, "ipsec-nat-t" }, { 5353, "mdns" },
};

static const char *service_at(uint16_t port)
{
	const struct servent *service = getservbyport(htons(port), "udp");
	size_t i;

	if (service)
		return service->s_name;
	for (i = 0; i < sizeof(services) / sizeof(*services); i++)
		if (services[i].port == port)
			return services[i].name;
	return NULL;
}

static void warn_subnet(const struct item *item)
{
	const char *name = service_at(item->subnet.port);

	if (name)
		warn("UDP port %u is that of the service %s: users lose it, on every host",
		     item->subnet.port, name);
}

static int put_subnet(struct nl_msg *msg, const struct item *item)
{
	int err;

	err = prefix_put(msg, item);
	if (!err && item->subnet.port)
		err = nla_put_u16(msg, UVN_A_SUBNET_PORT, item->subnet.port);
	if (!err && item->subnet.unprivileged)
		err = nla_put_flag(msg, UVN_A_SUBNET_UNPRIVILEGED);
	return err ? err : address_put(msg, UVN_A_SUBNET_GROUP, &item->subnet.group);
}

static json_t *get_unprivileged(struct nlattr *attr, struct nlattr *head, int len)
{
	(void)attr;
	return json_boolean(nla_find(head, len, UVN_A_SUBNET_UNPRIVILEGED));
}

static const struct attr_field fields[] = {
	{ "prefix", UVN_A_SUBNET_PREFIX, false, prefix_get },
	{ "port", UVN_A_SUBNET_PORT, false, attr_get_uint },
	{ "group", UVN_A_SUBNET_GROUP, false, attr_get_address },
	{ "unprivileged", 0, false, get_unprivileged },
	{}
};

static const struct out_col cols[] = {
	{ "PREFIX", "prefix", NULL },
	{ "PORT", "port", NULL },
	{ "GROUP", "group", NULL },
	{ "UNPRIVILEGED", "unprivileged", NULL },
	{}
};

const struct part subnet_part = {
	.key = "subnets",
	.words = "subnet add",
	.attr = UVN_A_CONFIG_SUBNET,
	.fields = fields,
	.optional = "group",
	.cols = cols,
	.warn = warn_subnet,
	.put = put_subnet,
	.save = prefix_save,
	.name = prefix_name,
};
