// SPDX-License-Identifier: GPL-2.0
/*
 * What was denied, and what was dropped on reception, by reason.
 */
#include <assert.h>
#include <linux/uvn.h>
#include <netlink/attr.h>
#include <stdio.h>

#include "cli/out.h"
#include "lib/decode.h"
#include "lib/denial.h"
#include "lib/names-gen.h"

/**
 * denial_operation - name of what a program did, or its number
 * @attr: attribute
 * @head: not used
 * @len: not used
 */
json_t *denial_operation(struct nlattr *attr, struct nlattr *head, int len)
{
	(void)head;
	(void)len;
	return attr_get_enum(attr, uvn_operation_names, UVN_OPERATION_MAX + 1);
}

/**
 * denial_reason - name of a reason, or its number
 * @attr: attribute
 * @head: not used
 * @len: not used
 */
json_t *denial_reason(struct nlattr *attr, struct nlattr *head, int len)
{
	(void)head;
	(void)len;
	return attr_get_enum(attr, uvn_reason_names, UVN_REASON_MAX + 1);
}

/* The nests "denial" and "drop" are alike, but for the enum of the reason. */
static_assert((int)UVN_A_DENIAL_REASON == (int)UVN_A_DROP_REASON &&
	      (int)UVN_A_DENIAL_COUNT == (int)UVN_A_DROP_COUNT, "the nests differ");

static void put_count(json_t *counts, struct nlattr *head, int len,
		      const char *const *names, uint32_t max)
{
	struct nlattr *attr = nla_find(head, len, UVN_A_DENIAL_REASON);
	struct nlattr *count = nla_find(head, len, UVN_A_DENIAL_COUNT);
	char number[16];
	uint32_t reason;

	if (!attr || !count || nla_len(attr) != 4)
		return;
	reason = nla_get_u32(attr);
	snprintf(number, sizeof(number), "%u", reason);
	out_put(counts, reason <= max ? names[reason] : number,
		attr_get_uint(count, NULL, 0));
}

/* An object of the nests of this type; its keys are reasons. */
static json_t *get_counts(struct nlattr *head, int len, int type,
			  const char *const *names, uint32_t max)
{
	json_t *counts = json_object();
	struct nlattr *attr;
	int left;

	nla_for_each_attr(attr, head, len, left)
		if (nla_type(attr) == type)
			put_count(counts, nla_data(attr), nla_len(attr), names, max);
	return counts;
}

/**
 * denial_counts - count of denials for each reason
 * @head: first attribute
 * @len: bytes of attributes
 * @type: type of those that are denials
 *
 * Return: an object, empty if nothing was denied; its keys are reasons.
 */
json_t *denial_counts(struct nlattr *head, int len, int type)
{
	return get_counts(head, len, type, uvn_reason_names, UVN_REASON_MAX);
}

/**
 * denial_drops - count of dropped packets for each reason
 * @head: first attribute
 * @len: bytes of attributes
 * @type: type of those that are drops
 *
 * Return: an object, empty if nothing was dropped; its keys are reasons.
 */
json_t *denial_drops(struct nlattr *head, int len, int type)
{
	return get_counts(head, len, type, uvn_drop_names, UVN_DROP_MAX);
}
