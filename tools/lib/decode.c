// SPDX-License-Identifier: GPL-2.0
/*
 * Attributes to JSON. An attribute that is absent, or not as expected, is null:
 * a module of another version must not make the tool guess, nor fail.
 */
#include <arpa/inet.h>
#include <netlink/attr.h>
#include <stdio.h>
#include <string.h>

#include "cli/out.h"
#include "cli/parse.h"
#include "lib/account.h"
#include "lib/decode.h"

/**
 * attr_decode - make an object of attributes
 * @head: first attribute
 * @len: bytes of attributes
 * @fields: the members, terminated by one without a key
 *
 * Return: the object.
 */
json_t *attr_decode(struct nlattr *head, int len, const struct attr_field *fields)
{
	const struct attr_field *f;
	json_t *obj, *val;
	struct nlattr *attr;
	int left;

	obj = json_object();
	for (f = fields; f->key; f++) {
		if (f->multi) {
			val = json_array();
			nla_for_each_attr(attr, head, len, left)
				if (nla_type(attr) == f->attr)
					out_append(val, f->get(attr, head, len));
		} else {
			attr = f->attr ? nla_find(head, len, f->attr) : NULL;
			if (f->get && (attr || !f->attr))
				val = f->get(attr, head, len);
			else
				val = json_null();
		}
		out_put(obj, f->key, val);
	}
	return obj;
}

/**
 * attr_get_uint - value of an unsigned attribute of any width
 * @attr: attribute
 * @head: not used
 * @len: not used
 */
json_t *attr_get_uint(struct nlattr *attr, struct nlattr *head, int len)
{
	(void)head;
	(void)len;
	switch (nla_len(attr)) {
	case 1:
		return json_integer(nla_get_u8(attr));
	case 2:
		return json_integer(nla_get_u16(attr));
	case 4:
		return json_integer(nla_get_u32(attr));
	case 8:
		return json_integer(nla_get_u64(attr));
	}
	return json_null();
}

/**
 * attr_get_bool - value of an unsigned attribute that says yes or no
 * @attr: attribute
 * @head: not used
 * @len: not used
 */
json_t *attr_get_bool(struct nlattr *attr, struct nlattr *head, int len)
{
	json_t *num = attr_get_uint(attr, head, len), *val;

	val = json_is_integer(num) ? json_boolean(json_integer_value(num)) :
				     json_null();
	json_decref(num);
	return val;
}

/**
 * attr_get_string - value of a string attribute
 * @attr: attribute
 * @head: not used
 * @len: not used
 */
json_t *attr_get_string(struct nlattr *attr, struct nlattr *head, int len)
{
	const char *s = nla_data(attr);

	(void)head;
	(void)len;
	if (nla_len(attr) < 1 || s[nla_len(attr) - 1])
		return json_null();
	return out_string(s);
}

static bool address(struct nlattr *attr, char *text, size_t size)
{
	int family = nla_len(attr) == 4 ? AF_INET : AF_INET6;

	return nla_len(attr) == (int)addr_size(family) &&
	       inet_ntop(family, nla_data(attr), text, size);
}

/**
 * attr_get_address - value of an address attribute
 * @attr: attribute
 * @head: not used
 * @len: not used
 */
json_t *attr_get_address(struct nlattr *attr, struct nlattr *head, int len)
{
	char text[INET6_ADDRSTRLEN];

	(void)head;
	(void)len;
	return address(attr, text, sizeof(text)) ? out_string(text) : json_null();
}

/**
 * attr_get_user - name of the user of a UID, or null
 * @attr: attribute
 * @head: not used
 * @len: not used
 */
json_t *attr_get_user(struct nlattr *attr, struct nlattr *head, int len)
{
	(void)head;
	(void)len;
	return nla_len(attr) == 4 ? user_name(nla_get_u32(attr)) : json_null();
}

/**
 * attr_get_prefix - ADDRESS/LENGTH of two attributes
 * @addr: the address, or NULL
 * @plen: the length, a u8, or NULL
 */
json_t *attr_get_prefix(struct nlattr *addr, struct nlattr *plen)
{
	char text[INET6_ADDRSTRLEN + 4];
	size_t n;

	if (!addr || !plen || nla_len(plen) != 1 ||
	    !address(addr, text, INET6_ADDRSTRLEN))
		return json_null();
	n = strlen(text);
	snprintf(text + n, sizeof(text) - n, "/%u", nla_get_u8(plen));
	return out_string(text);
}

/**
 * attr_get_enum - name of a value; the value itself if it has none
 * @attr: attribute
 * @names: names, by value
 * @n: number of names
 */
json_t *attr_get_enum(struct nlattr *attr, const char *const *names, size_t n)
{
	if (nla_len(attr) == 4 && nla_get_u32(attr) < n)
		return out_string(names[nla_get_u32(attr)]);
	return attr_get_uint(attr, NULL, 0);
}
