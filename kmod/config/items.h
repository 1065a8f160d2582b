/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Arrays of what a configuration holds.
 */
#ifndef _UVN_ITEMS_H
#define _UVN_ITEMS_H

#include <linux/types.h>

struct netlink_ext_ack;
struct uvn_prefix;

void *uvn_items_copy(const void *items, unsigned int n, size_t size,
		     unsigned int at);
int uvn_items_place(const void *items, unsigned int n, size_t size,
		    const struct uvn_prefix *new, const char *what,
		    struct netlink_ext_ack *extack);
int uvn_items_take(void *items, unsigned int *n, size_t size,
		   const struct uvn_prefix *prefix, const char *what,
		   struct netlink_ext_ack *extack);
int uvn_items_insert(void *items, unsigned int *n, size_t size,
		     unsigned int at, const void *new);

#endif /* _UVN_ITEMS_H */
