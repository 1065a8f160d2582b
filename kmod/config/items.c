// SPDX-License-Identifier: GPL-2.0
/*
 * Arrays of what a configuration holds. None is changed where a reader may be: an
 * item that is added makes a new array, and one is taken out of a private copy.
 */
#include <linux/netlink.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "config/items.h"
#include "config/prefix.h"

/**
 * uvn_items_copy - copy items, with room for one more
 * @items: the items
 * @n: how many there are
 * @size: of each, in bytes
 * @at: where the room is
 *
 * Context: may sleep.
 * Return: the copy, or NULL without memory.
 */
void *uvn_items_copy(const void *items, unsigned int n, size_t size,
		     unsigned int at)
{
	char *copy = kvmalloc_array(n + 1, size, GFP_KERNEL);

	if (!copy)
		return NULL;
	if (n) {
		memcpy(copy, items, at * size);
		memcpy(copy + (at + 1) * size,
		       (const char *)items + at * size, (n - at) * size);
	}
	return copy;
}

/**
 * uvn_items_place - where among others an item with a prefix goes
 * @items: the others, each with its prefix first
 * @n: how many there are
 * @size: of each, in bytes
 * @new: the prefix
 * @what: the items are
 * @extack: says why not
 *
 * Return: the place, or -EEXIST if the prefix overlaps another.
 */
int uvn_items_place(const void *items, unsigned int n, size_t size,
		    const struct uvn_prefix *new, const char *what,
		    struct netlink_ext_ack *extack)
{
	char text[UVN_PREFIX_TEXT];
	unsigned int i, at = 0;

	for (i = 0; i < n; i++) {
		const struct uvn_prefix *p = items + i * size;

		if (uvn_prefix_same(p, new)) {
			NL_SET_ERR_MSG_FMT(extack, "%s exists already", what);
			return -EEXIST;
		}
		if (uvn_prefix_overlap(p, new)) {
			NL_SET_ERR_MSG_FMT(extack, "overlaps %s %s", what,
					   uvn_prefix_print(text, p));
			return -EEXIST;
		}
		if (uvn_prefix_before(p, new))
			at = i + 1;
	}
	return at;
}

/**
 * uvn_items_insert - put an item among others
 * @items: pointer to the array, which is replaced
 * @n: how many there are; becomes one more
 * @size: of each, in bytes
 * @at: where it goes
 * @new: the item
 *
 * Context: may sleep.
 * Return: 0 or -ENOMEM.
 */
int uvn_items_insert(void *items, unsigned int *n, size_t size,
		     unsigned int at, const void *new)
{
	void **array = items;
	char *copy = uvn_items_copy(*array, *n, size, at);

	if (!copy)
		return -ENOMEM;
	memcpy(copy + at * size, new, size);
	kvfree(*array);
	*array = copy;
	++*n;
	return 0;
}

/**
 * uvn_items_take - take the item with a prefix out of others
 * @items: they, each with its prefix first
 * @n: how many there are; becomes one less
 * @size: of each, in bytes
 * @prefix: the prefix
 * @what: the items are
 * @extack: says why not
 *
 * Return: 0 or -ENOENT.
 */
int uvn_items_take(void *items, unsigned int *n, size_t size,
		   const struct uvn_prefix *prefix, const char *what,
		   struct netlink_ext_ack *extack)
{
	unsigned int i;

	for (i = 0; i < *n; i++) {
		void *item = items + i * size;

		if (!uvn_prefix_same(item, prefix))
			continue;
		--*n;
		memmove(item, item + size, (*n - i) * size);
		return 0;
	}
	NL_SET_ERR_MSG_FMT(extack, "no such %s", what);
	return -ENOENT;
}
