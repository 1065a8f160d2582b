// SPDX-License-Identifier: GPL-2.0
/*
 * Families and protocols of which managed users get sockets.
 */
#include <ctype.h>
#include <linux/uvn.h>
#include <netlink/attr.h>
#include <stdio.h>
#include <string.h>

#include "cli/command.h"
#include "cli/fail.h"
#include "cli/out.h"
#include "cli/parse.h"
#include "cmd/cmd_permit.h"
#include "cmd/cmd_set.h"
#include "lib/config.h"
#include "lib/decode.h"
#include "lib/names.h"

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

static json_t *get_name(struct nlattr *attr, const struct name *n)
{
	const char *name = nla_len(attr) == 4 ? name_of(n, nla_get_u32(attr)) : NULL;

	return name ? out_string(name) : json_null();
}

static json_t *get_family(struct nlattr *attr, struct nlattr *head, int len)
{
	(void)head;
	(void)len;
	return get_name(attr, family_names);
}

static json_t *get_protocol(struct nlattr *attr, struct nlattr *head, int len)
{
	(void)head;
	(void)len;
	return get_name(attr, protocol_names);
}

static void save_permit(const struct part *part, json_t *permit)
{
	json_t *name = json_object_get(permit, "name");

	fputs(part->words, stdout);
	out_word(json_is_string(name) ? name : json_object_get(permit, "number"));
	out_word(json_object_get(permit, "verdict"));
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
	const char *name = name_of(item->part == &family_part ? family_names :
				   protocol_names, item->permit.number);
	size_t i;

	for (i = 0; name && i < sizeof(permitted) / sizeof(*permitted); i++)
		if (!strcmp(name, permitted[i]))
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

	n = name_find(n, val[0]);
	if (!n)
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
	return item_permit(val, item, family_names, "an address family", "AF_",
			   UVN_FAMILIES - 1);
}

/**
 * item_protocol - set protocol NAME allow|deny
 * @val: values
 * @item: set to the protocol
 */
int item_protocol(const char *const *val, struct item *item)
{
	return item_permit(val, item, protocol_names, "an internet protocol",
			   "IPPROTO_", UVN_PROTOCOLS - 1);
}

/**
 * hint_family - print the names of all families
 * @cmd: not used
 */
void hint_family(const struct command *cmd)
{
	(void)cmd;
	names_print(family_names);
}

/**
 * hint_protocol - print the names of all protocols
 * @cmd: not used
 */
void hint_protocol(const struct command *cmd)
{
	(void)cmd;
	names_print(protocol_names);
}
