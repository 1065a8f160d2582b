// SPDX-License-Identifier: GPL-2.0
/*
 * Settings: set KEY VALUE.
 */
#include <linux/uvn.h>
#include <stdio.h>
#include <string.h>

#include "uvnadm.h"

static const char *const verdict_names[] = {
	[UVN_VERDICT_DENY] = "deny",
	[UVN_VERDICT_ALLOW] = "allow",
};

static const char *const switch_names[] = { "off", "on" };

/**
 * verdict - value of "deny" or "allow"
 * @word: one of them
 */
uint32_t verdict(const char *word)
{
	return !strcmp(word, verdict_names[UVN_VERDICT_ALLOW]) ? UVN_VERDICT_ALLOW :
								UVN_VERDICT_DENY;
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
	return attr_get_enum(attr, verdict_names,
			     sizeof(verdict_names) / sizeof(*verdict_names));
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

static int put_setting(struct nl_msg *msg, const struct item *item)
{
	return nla_put_u32(msg, item->setting.attr, item->setting.value);
}

static json_t *get_switch(struct nlattr *attr, struct nlattr *head, int len)
{
	(void)head;
	(void)len;
	return attr_get_enum(attr, switch_names,
			     sizeof(switch_names) / sizeof(*switch_names));
}

static void save_settings(const struct part *part, json_t *settings)
{
	const char *key, *s;
	json_t *val;

	json_object_foreach(settings, key, val) {
		printf("%s ", part->words);
		for (s = key; *s; s++)
			putchar(*s == '_' ? '-' : *s);
		save_value(val);
		putchar('\n');
	}
}

/* In the order of save; keys are the words of the commands with "_" for "-". */
static const struct attr_field fields[] = {
	{ "unmatched", UVN_A_SETTINGS_UNMATCHED, false, attr_get_verdict },
	{ "table_base", UVN_A_SETTINGS_TABLE_BASE, false, attr_get_uint },
	{ "audit", UVN_A_SETTINGS_AUDIT, false, get_switch },
	{}
};

const struct part settings_part = {
	.key = "settings",
	.words = "set",
	.attr = UVN_A_CONFIG_SETTINGS,
	.single = true,
	.fields = fields,
	.put = put_setting,
	.save = save_settings,
};
