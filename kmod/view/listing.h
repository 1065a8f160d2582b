/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Files and directories that list devices and routes.
 */
#ifndef _UVN_LISTING_H
#define _UVN_LISTING_H

#include <linux/fs.h>
#include <linux/types.h>

struct seq_file;

/**
 * struct uvn_listing - a directory that is being read
 * @ctx: what is read into instead
 * @to: what is to be read into
 */
struct uvn_listing {
	struct dir_context ctx;
	struct dir_context *to;
};

bool uvn_listing_is(const struct file *file);
struct dir_context *uvn_listing_begin(struct uvn_listing *listing,
				      struct dir_context *to);
void uvn_listing_end(struct uvn_listing *listing);
bool uvn_listing_hides_route6(struct seq_file *seq);
bool uvn_listing_hides_trie(struct seq_file *seq);

#endif /* _UVN_LISTING_H */
