// SPDX-License-Identifier: GPL-2.0
/*
 * Families and protocols of which managed users get sockets.
 */
#include <ctype.h>
#include <linux/uvn.h>
#include <stdio.h>
#include <string.h>

#include "uvnadm.h"

/**
 * struct name - what a family or protocol is called
 * @number: AF_* or IPPROTO_*
 * @name: the word; NULL ends a list
 */
struct name {
	uint32_t number;
	const char *name;
};

/* AF_* in lower case, "-" for "_". Numbers, as only the kernel's own header has
 * all of them.
 */
static const struct name families[] = {
	{ 1, "unix" }, { 2, "inet" }, { 3, "ax25" }, { 4, "ipx" },
	{ 5, "appletalk" }, { 6, "netrom" }, { 7, "bridge" }, { 8, "atmpvc" },
	{ 9, "x25" }, { 10, "inet6" }, { 11, "rose" }, { 12, "decnet" },
	{ 13, "netbeui" }, { 14, "security" }, { 15, "key" }, { 16, "netlink" },
	{ 17, "packet" }, { 18, "ash" }, { 19, "econet" }, { 20, "atmsvc" },
	{ 21, "rds" }, { 22, "sna" }, { 23, "irda" }, { 24, "pppox" },
	{ 25, "wanpipe" }, { 26, "llc" }, { 27, "ib" }, { 28, "mpls" },
	{ 29, "can" }, { 30, "tipc" }, { 31, "bluetooth" }, { 32, "iucv" },
	{ 33, "rxrpc" }, { 34, "isdn" }, { 35, "phonet" }, { 36, "ieee802154" },
	{ 37, "caif" }, { 38, "alg" }, { 39, "nfc" }, { 40, "vsock" },
	{ 41, "kcm" }, { 42, "qipcrtr" }, { 43, "smc" }, { 44, "xdp" },
	{ 45, "mctp" },
	{}
};

/* IPPROTO_* likewise, as far as Linux has sockets of them. Raw sockets are one,
 * whatever protocol they name.
 */
static const struct name protocols[] = {
	{ 1, "icmp" }, { 6, "tcp" }, { 17, "udp" }, { 33, "dccp" },
	{ 58, "icmpv6" }, { 115, "l2tp" }, { 132, "sctp" }, { 136, "udplite" },
	{ 255, "raw" }, { 256, "smc" }, { 262, "mptcp" },
	{}
};

/* Those that users get by default. */
static const char *const permitted[] = {
	"unix", "inet", "inet6", "netlink", "alg",
	"icmp", "tcp", "udp", "icmpv6", "udplite", "raw",
};

static int put_permit(struct nl_msg *msg, const struct item *item)
{
	int err;

	err = nla_put_u32(msg, UVN_A_PERMIT_NUMBER, item->permit.number);
	return err ? err : nla_put_u32(msg, UVN_A_PERMIT_VERDICT, item->permit.verdict);
}

static json_t *name_of(struct nlattr *attr, const struct name *n)
{
	if (nla_len(attr) != 4)
		return json_null();
	while (n->name && n->number != nla_get_u32(attr))
		n++;
	return n->name ? out_string(n->name) : json_null();
}

static json_t *get_family(struct nlattr *attr, struct nlattr *head, int len)
{
	(void)head;
	(void)len;
	return name_of(attr, families);
}

static json_t *get_protocol(struct nlattr *attr, struct nlattr *head, int len)
{
	(void)head;
	(void)len;
	return name_of(attr, protocols);
}

static json_t *name_or_number(json_t *name, struct nlattr *attr)
{
	if (!json_is_null(name))
		return name;
	json_decref(name);
	return attr_get_uint(attr, NULL, 0);
}

/**
 * permit_family - name of an address family, or its number
 * @attr: attribute
 * @head: not used
 * @len: not used
 */
json_t *permit_family(struct nlattr *attr, struct nlattr *head, int len)
{
	return name_or_number(get_family(attr, head, len), attr);
}

/**
 * permit_protocol - name of an internet protocol, or its number
 * @attr: attribute
 * @head: not used
 * @len: not used
 */
json_t *permit_protocol(struct nlattr *attr, struct nlattr *head, int len)
{
	return name_or_number(get_protocol(attr, head, len), attr);
}

static void save_permit(const struct part *part, json_t *permit)
{
	json_t *name = json_object_get(permit, "name");

	fputs(part->words, stdout);
	save_value(json_is_string(name) ? name : json_object_get(permit, "number"));
	save_value(json_object_get(permit, "verdict"));
	putchar('\n');
}

static const struct attr_field family_fields[] = {
	{ "name", UVN_A_PERMIT_NUMBER, false, get_family },
	{ "number", UVN_A_PERMIT_NUMBER, false, attr_get_uint },
	{ "verdict", UVN_A_PERMIT_VERDICT, false, attr_get_verdict },
	{}
};

static const struct attr_field protocol_fields[] = {
	{ "name", UVN_A_PERMIT_NUMBER, false, get_protocol },
	{ "number", UVN_A_PERMIT_NUMBER, false, attr_get_uint },
	{ "verdict", UVN_A_PERMIT_VERDICT, false, attr_get_verdict },
	{}
};

const struct part family_part = {
	.key = "families",
	.words = "set family",
	.attr = UVN_A_CONFIG_FAMILY,
	.fields = family_fields,
	.optional = "name",
	.put = put_permit,
	.save = save_permit,
};

const struct part protocol_part = {
	.key = "protocols",
	.words = "set protocol",
	.attr = UVN_A_CONFIG_PROTOCOL,
	.fields = protocol_fields,
	.optional = "name",
	.put = put_permit,
	.save = save_permit,
};

/**
 * permit_default - UVN_VERDICT_* of a family or protocol that nobody has set
 * @item: the family or protocol
 */
uint32_t permit_default(const struct item *item)
{
	const struct name *n = item->part == &family_part ? families : protocols;
	size_t i;

	while (n->name && n->number != item->permit.number)
		n++;
	for (i = 0; n->name && i < sizeof(permitted) / sizeof(*permitted); i++)
		if (!strcmp(n->name, permitted[i]))
			return UVN_VERDICT_ALLOW;
	return UVN_VERDICT_DENY;
}

static int item_permit(const char *const *val, struct item *item,
		       const struct name *n, const char *what, const char *prefix,
		       uint32_t max)
{
	item->permit.verdict = verdict(val[1]);
	if (isdigit((unsigned char)*val[0]))
		return parse_number(val[0], what, 0, max, &item->permit.number);

	while (n->name && strcmp(n->name, val[0]))
		n++;
	if (!n->name)
		return misuse("\"%s\": expected %s: its name in lower case, without %s, or its number",
			      val[0], what, prefix);
	item->permit.number = n->number;
	return EXIT_OK;
}

/**
 * item_family - set family NAME allow|deny
 * @val: values
 * @item: set to the family
 */
int item_family(const char *const *val, struct item *item)
{
	return item_permit(val, item, families, "an address family", "AF_",
			   UVN_FAMILIES - 1);
}

/**
 * item_protocol - set protocol NAME allow|deny
 * @val: values
 * @item: set to the protocol
 */
int item_protocol(const char *const *val, struct item *item)
{
	return item_permit(val, item, protocols, "an internet protocol",
			   "IPPROTO_", UVN_PROTOCOLS - 1);
}

static void print_names(const struct name *n)
{
	for (; n->name; n++)
		puts(n->name);
}

/**
 * hint_family - print the names of all families
 * @cmd: not used
 */
void hint_family(const struct command *cmd)
{
	(void)cmd;
	print_names(families);
}

/**
 * hint_protocol - print the names of all protocols
 * @cmd: not used
 */
void hint_protocol(const struct command *cmd)
{
	(void)cmd;
	print_names(protocols);
}
