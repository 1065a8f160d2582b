// SPDX-License-Identifier: GPL-2.0
/*
 * What two configurations differ in.
 */
#include <stdio.h>

#include "cli/out.h"
#include "cmd/diff.h"
#include "lib/config.h"

/**
 * diff_has - is an item in a part of a configuration?
 * @arr: the part
 * @obj: the item
 */
bool diff_has(json_t *arr, json_t *obj)
{
	json_t *one;
	size_t i;

	json_array_foreach(arr, i, one)
		if (json_equal(one, obj))
			return true;
	return false;
}

/* Of the part in @a, what is not in @b. */
static json_t *less(const struct part *part, json_t *a, json_t *b)
{
	json_t *rest, *val;
	const char *key;
	size_t i;

	if (part->single) {
		rest = json_object();
		json_object_foreach(a, key, val)
			if (!json_equal(val, json_object_get(b, key)))
				out_put(rest, key, json_incref(val));
		return rest;
	}
	rest = json_array();
	json_array_foreach(a, i, val)
		if (!diff_has(b, val))
			out_append(rest, json_incref(val));
	return rest;
}

/**
 * diff_less - a configuration without what is in another
 * @a: the configuration
 * @b: the other
 *
 * Return: an object in the form of config_read(), with all of its parts.
 */
json_t *diff_less(json_t *a, json_t *b)
{
	const struct part *const *part;
	json_t *rest = json_object();

	for (part = parts; *part; part++)
		out_put(rest, (*part)->key,
			less(*part, json_object_get(a, (*part)->key),
			     json_object_get(b, (*part)->key)));
	return rest;
}

static void print_part(const struct part *part, json_t *rest, char sign)
{
	json_t *val, *one;
	const char *key;
	size_t i;

	if (part->single) {
		json_object_foreach(rest, key, val) {
			one = json_object();
			out_put(one, key, json_incref(val));
			printf("%c ", sign);
			part->save(part, one);
			json_decref(one);
		}
		return;
	}
	json_array_foreach(rest, i, val) {
		printf("%c ", sign);
		part->save(part, val);
	}
}

/**
 * diff_print - print what differs as commands, those that go behind "-" and those
 *	that come behind "+"
 * @gone: what diff_less() says of the first configuration
 * @come: likewise, of the second
 */
void diff_print(json_t *gone, json_t *come)
{
	const struct part *const *part;

	for (part = parts; *part; part++) {
		print_part(*part, json_object_get(gone, (*part)->key), '-');
		print_part(*part, json_object_get(come, (*part)->key), '+');
	}
}
