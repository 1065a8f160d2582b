// SPDX-License-Identifier: GPL-2.0
/*
 * Directories that have an entry for each device, and files that list routes of all
 * tables.
 */
#include <linux/dcache.h>
#include <linux/fs.h>
#include <linux/magic.h>
#include <linux/nsproxy.h>
#include <linux/sched.h>
#include <linux/seq_file.h>
#include <linux/seq_file_net.h>
#include <linux/string.h>
#include <linux/uaccess.h>
#include <net/ip6_fib.h>
#include <net/ip_fib.h>

#include "view/listing.h"
#include "view/view.h"

/**
 * uvn_listing_is - has a directory an entry for each device?
 * @file: the directory, of sysfs or of /proc
 *
 * These are /sys/class/net and /sys/devices/virtual/net, and others of that name, in
 * which there are no such entries; and /proc/net/dev_snmp6.
 *
 * Context: any.
 */
bool uvn_listing_is(const struct file *file)
{
	const struct dentry *dentry = file->f_path.dentry;
	const char *name = dentry->d_sb->s_magic == SYSFS_MAGIC ? "net" :
			   dentry->d_sb->s_magic == PROC_SUPER_MAGIC ?
			   "dev_snmp6" : NULL;

	/* Neither is ever renamed. */
	return name && dentry->d_name.len == strlen(name) &&
	       !memcmp(dentry->d_name.name, name, strlen(name));
}

static bool uvn_listing_emit(struct dir_context *ctx, const char *name, int len,
			     loff_t offset, u64 ino, unsigned int type)
{
	struct uvn_listing *listing = container_of(ctx, struct uvn_listing, ctx);

	if (uvn_view_hides_name(current->nsproxy->net_ns, name, len))
		return true;
	listing->to->pos = ctx->pos;
	return listing->to->actor(listing->to, name, len, offset, ino, type);
}

/**
 * uvn_listing_begin - begin to read a directory as users see it
 * @listing: set up
 * @to: what it is to be read into
 *
 * Context: may sleep.
 * Return: what to read it into instead.
 */
struct dir_context *uvn_listing_begin(struct uvn_listing *listing,
				      struct dir_context *to)
{
	listing->ctx = *to;
	listing->ctx.actor = uvn_listing_emit;
	listing->to = to;
	return &listing->ctx;
}

/**
 * uvn_listing_end - that is all for now
 * @listing: what was begun
 *
 * Context: may sleep.
 */
void uvn_listing_end(struct uvn_listing *listing)
{
	listing->to->pos = listing->ctx.pos;
}

/**
 * uvn_listing_hides_route6 - is a line of /proc/net/ipv6_route hidden from users?
 * @seq: the file
 *
 * In which table it is stands in its walker, behind the namespace. The route does not
 * always say: one that stands for none is the same in all tables, and in the file for
 * each of them. Should the walker be elsewhere on another kernel, nothing is hidden.
 *
 * Context: RCU read side.
 */
bool uvn_listing_hides_route6(struct seq_file *seq)
{
	const struct seq_net_private *where = seq->private;
	const struct fib6_walker *walker = (const void *)(where + 1);
	const struct fib6_table *table;
	const struct fib6_node *root;
	u32 id;

	if (copy_from_kernel_nofault(&root, &walker->root, sizeof(root)))
		return false;
	table = container_of(root, struct fib6_table, tb6_root);
	return !copy_from_kernel_nofault(&id, &table->tb6_id, sizeof(id)) &&
	       uvn_view_hides_table(seq_file_net(seq), id);
}

/**
 * uvn_listing_hides_trie - are lines of /proc/net/fib_trie hidden from users?
 * @seq: the file
 *
 * Which table they are of stands behind the namespace. Should it be elsewhere on
 * another kernel, nothing is hidden.
 *
 * Context: RCU read side.
 */
bool uvn_listing_hides_trie(struct seq_file *seq)
{
	const struct seq_net_private *where = seq->private;
	const struct fib_table *table;
	u32 id;

	return !copy_from_kernel_nofault(&table, where + 1, sizeof(table)) &&
	       !copy_from_kernel_nofault(&id, &table->tb_id, sizeof(id)) &&
	       uvn_view_hides_table(seq_file_net(seq), id);
}
