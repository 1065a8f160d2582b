// SPDX-License-Identifier: GPL-2.0
/*
 * Settings: set KEY VALUE.
 */
#include <linux/uvn.h>
#include <netlink/attr.h>
#include <stdio.h>
#include <string.h>

#include "cli/fail.h"
#include "cli/out.h"
#include "cli/parse.h"
#include "cmd/cmd_set.h"
#include "lib/config.h"
#include "lib/decode.h"
#include "lib/names-gen.h"

/* In a file and on the command line; in JSON it is a boolean. */
static const char *const switch_names[] = { "off", "on" };

/**
 * verdict - value of "deny" or "allow"
 * @word: one of them
 */
uint32_t verdict(const char *word)
{
	return !strcmp(word, uvn_verdict_names[UVN_VERDICT_ALLOW]) ?
	       UVN_VERDICT_ALLOW : UVN_VERDICT_DENY;
}

/**
 * attr_get_verdict - name of a verdict
 * @attr: attribute
 * @head: not used
 * @len: not used
 */
json_t *attr_get_verdict(struct nlattr *attr, struct nlattr *head, int len)
{
	(void)head;
	(void)len;
	return attr_get_enum(attr, uvn_verdict_names,
			     sizeof(uvn_verdict_names) / sizeof(*uvn_verdict_names));
}

/**
 * item_unmatched - set unmatched deny|allow
 * @val: values; the syntax lets no other words pass
 * @item: set to the setting
 */
int item_unmatched(const char *const *val, struct item *item)
{
	item->setting.attr = UVN_A_SETTINGS_UNMATCHED;
	item->setting.value = verdict(val[0]);
	return EXIT_OK;
}

/**
 * item_audit - set audit on|off
 * @val: values; the syntax lets no other words pass
 * @item: set to the setting
 */
int item_audit(const char *const *val, struct item *item)
{
	item->setting.attr = UVN_A_SETTINGS_AUDIT;
	item->setting.value = !strcmp(val[0], switch_names[1]);
	return EXIT_OK;
}

/**
 * item_outer_netfilter - set outer-netfilter on|off
 * @val: values; the syntax lets no other words pass
 * @item: set to the setting
 */
int item_outer_netfilter(const char *const *val, struct item *item)
{
	item->setting.attr = UVN_A_SETTINGS_OUTER_NETFILTER;
	item->setting.value = !strcmp(val[0], switch_names[1]);
	return EXIT_OK;
}

/**
 * item_firewall_vrf - set firewall-vrf on|off
 * @val: values; the syntax lets no other words pass
 * @item: set to the setting
 */
int item_firewall_vrf(const char *const *val, struct item *item)
{
	item->setting.attr = UVN_A_SETTINGS_FIREWALL_VRF;
	item->setting.value = !strcmp(val[0], switch_names[1]);
	return EXIT_OK;
}

/**
 * item_table_base - set table-base N
 * @val: values
 * @item: set to the setting
 *
 * Tables 253 to 255 are the system's, and base + VNI has to fit 32 bits.
 */
int item_table_base(const char *const *val, struct item *item)
{
	item->setting.attr = UVN_A_SETTINGS_TABLE_BASE;
	return parse_number(val[0], "table-base", 256, UINT32_MAX - UVN_VNI_MAX,
			    &item->setting.value);
}

/**
 * item_nat_ports - set nat-ports FIRST-LAST
 * @val: values
 * @item: set to the setting
 */
int item_nat_ports(const char *const *val, struct item *item)
{
	item->setting.attr = UVN_A_SETTINGS_NAT_PORT_FIRST;
	return parse_ports(val[0], &item->setting.value, &item->setting.last);
}

/**
 * item_subordinate - set subordinate FIRST-LAST
 * @val: values
 * @item: set to the setting
 */
int item_subordinate(const char *const *val, struct item *item)
{
	item->setting.attr = UVN_A_SETTINGS_SUBORDINATE_FIRST;
	return parse_uids(val[0], &item->setting.value, &item->setting.last);
}

/**
 * item_idle_timeout - set idle-timeout SECONDS
 * @val: values
 * @item: set to the setting
 */
int item_idle_timeout(const char *const *val, struct item *item)
{
	item->setting.attr = UVN_A_SETTINGS_IDLE_TIMEOUT;
	return parse_number(val[0], "idle-timeout", 0, UVN_IDLE_TIMEOUT_MAX,
			    &item->setting.value);
}

/**
 * item_child_netns - set child-netns deny|allow
 * @val: values; the syntax lets no other words pass
 * @item: set to the setting
 */
int item_child_netns(const char *const *val, struct item *item)
{
	item->setting.attr = UVN_A_SETTINGS_CHILD_NETNS;
	item->setting.value = verdict(val[0]);
	return EXIT_OK;
}

/**
 * item_view - set view full|users
 * @val: values; the syntax lets no other words pass
 * @item: set to the setting
 */
int item_view(const char *const *val, struct item *item)
{
	item->setting.attr = UVN_A_SETTINGS_VIEW;
	item->setting.value = !strcmp(val[0], uvn_view_names[UVN_VIEW_USERS]) ?
			      UVN_VIEW_USERS : UVN_VIEW_FULL;
	return EXIT_OK;
}

/**
 * item_view_sockets - set view-sockets all|own
 * @val: values; the syntax lets no other words pass
 * @item: set to the setting
 */
int item_view_sockets(const char *const *val, struct item *item)
{
	item->setting.attr = UVN_A_SETTINGS_VIEW_SOCKETS;
	item->setting.value =
		!strcmp(val[0], uvn_view_sockets_names[UVN_VIEW_SOCKETS_OWN]) ?
		UVN_VIEW_SOCKETS_OWN : UVN_VIEW_SOCKETS_ALL;
	return EXIT_OK;
}

/**
 * item_nat_flows - set nat-flows-per-user N
 * @val: values
 * @item: set to the setting
 */
int item_nat_flows(const char *const *val, struct item *item)
{
	item->setting.attr = UVN_A_SETTINGS_NAT_FLOWS_PER_USER;
	return parse_number(val[0], "nat-flows-per-user", 0, UVN_NAT_FLOWS_MAX,
			    &item->setting.value);
}

static int put_setting(struct nl_msg *msg, const struct item *item)
{
	int err;

	if (item->setting.attr != UVN_A_SETTINGS_NAT_PORT_FIRST) {
		err = nla_put_u32(msg, item->setting.attr, item->setting.value);
		if (!err && item->setting.attr == UVN_A_SETTINGS_SUBORDINATE_FIRST)
			err = nla_put_u32(msg, UVN_A_SETTINGS_SUBORDINATE_LAST,
					  item->setting.last);
		return err;
	}
	err = nla_put_u16(msg, UVN_A_SETTINGS_NAT_PORT_FIRST, item->setting.value);
	return err ? err : nla_put_u16(msg, UVN_A_SETTINGS_NAT_PORT_LAST,
				       item->setting.last);
}

static json_t *first_to_last(uint32_t first, uint32_t last)
{
	char text[32];

	snprintf(text, sizeof(text), "%u-%u", first, last);
	return out_string(text);
}

static json_t *get_nat_ports(struct nlattr *attr, struct nlattr *head, int len)
{
	struct nlattr *last = nla_find(head, len, UVN_A_SETTINGS_NAT_PORT_LAST);

	if (!last || nla_len(attr) != 2 || nla_len(last) != 2)
		return json_null();
	return first_to_last(nla_get_u16(attr), nla_get_u16(last));
}

static json_t *get_subordinate(struct nlattr *attr, struct nlattr *head, int len)
{
	struct nlattr *last = nla_find(head, len, UVN_A_SETTINGS_SUBORDINATE_LAST);

	if (!last || nla_len(attr) != 4 || nla_len(last) != 4)
		return json_null();
	return first_to_last(nla_get_u32(attr), nla_get_u32(last));
}

static json_t *get_view(struct nlattr *attr, struct nlattr *head, int len)
{
	(void)head;
	(void)len;
	return attr_get_enum(attr, uvn_view_names,
			     sizeof(uvn_view_names) / sizeof(*uvn_view_names));
}

static json_t *get_view_sockets(struct nlattr *attr, struct nlattr *head, int len)
{
	(void)head;
	(void)len;
	return attr_get_enum(attr, uvn_view_sockets_names,
			     sizeof(uvn_view_sockets_names) /
			     sizeof(*uvn_view_sockets_names));
}

static void save_settings(const struct part *part, json_t *settings)
{
	const char *key, *s;
	json_t *val;

	json_object_foreach(settings, key, val) {
		printf("%s ", part->words);
		for (s = key; *s; s++)
			putchar(*s == '_' ? '-' : *s);
		if (json_is_boolean(val))
			printf(" %s", switch_names[json_is_true(val)]);
		else
			out_word(val);
		putchar('\n');
	}
}

/* In the order of save; keys are the words of the commands with "_" for "-". */
static const struct attr_field fields[] = {
	{ "unmatched", UVN_A_SETTINGS_UNMATCHED, false, attr_get_verdict },
	{ "table_base", UVN_A_SETTINGS_TABLE_BASE, false, attr_get_uint },
	{ "audit", UVN_A_SETTINGS_AUDIT, false, attr_get_bool },
	{ "nat_ports", UVN_A_SETTINGS_NAT_PORT_FIRST, false, get_nat_ports },
	{ "idle_timeout", UVN_A_SETTINGS_IDLE_TIMEOUT, false, attr_get_uint },
	{ "child_netns", UVN_A_SETTINGS_CHILD_NETNS, false, attr_get_verdict },
	{ "subordinate", UVN_A_SETTINGS_SUBORDINATE_FIRST, false, get_subordinate },
	{ "nat_flows_per_user", UVN_A_SETTINGS_NAT_FLOWS_PER_USER, false,
	  attr_get_uint },
	{ "outer_netfilter", UVN_A_SETTINGS_OUTER_NETFILTER, false, attr_get_bool },
	{ "firewall_vrf", UVN_A_SETTINGS_FIREWALL_VRF, false, attr_get_bool },
	{ "view", UVN_A_SETTINGS_VIEW, false, get_view },
	{ "view_sockets", UVN_A_SETTINGS_VIEW_SOCKETS, false, get_view_sockets },
	{}
};

/**
 * settings_default - settings that nobody has set
 *
 * Return: an object like that of the kernel's.
 */
json_t *settings_default(void)
{
	json_t *settings = json_object();

	out_put(settings, "unmatched", out_string(uvn_verdict_names[UVN_VERDICT_DENY]));
	out_put(settings, "table_base", json_integer(UVN_DEFAULT_TABLE_BASE));
	out_put(settings, "audit", json_false());
	out_put(settings, "nat_ports",
		first_to_last(UVN_DEFAULT_NAT_PORT_FIRST, UVN_DEFAULT_NAT_PORT_LAST));
	out_put(settings, "idle_timeout", json_integer(UVN_DEFAULT_IDLE_TIMEOUT));
	out_put(settings, "child_netns",
		out_string(uvn_verdict_names[UVN_VERDICT_ALLOW]));
	out_put(settings, "subordinate",
		first_to_last(UVN_DEFAULT_SUBORDINATE_FIRST,
			      UVN_DEFAULT_SUBORDINATE_LAST));
	out_put(settings, "nat_flows_per_user", json_integer(UVN_DEFAULT_NAT_FLOWS));
	out_put(settings, "outer_netfilter", json_false());
	out_put(settings, "firewall_vrf", json_false());
	out_put(settings, "view", out_string(uvn_view_names[UVN_VIEW_USERS]));
	out_put(settings, "view_sockets",
		out_string(uvn_view_sockets_names[UVN_VIEW_SOCKETS_ALL]));
	return settings;
}

const struct part settings_part = {
	.key = "settings",
	.words = "set",
	.attr = UVN_A_CONFIG_SETTINGS,
	.single = true,
	.fields = fields,
	.put = put_setting,
	.save = save_settings,
};
