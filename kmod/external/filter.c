// SPDX-License-Identifier: GPL-2.0
/*
 * What happened of late: a bit for each thing, by a hash. Nothing is kept of what it
 * was, so that there may be any number, and none is forgotten before its time. Two that
 * share a bit are taken for each other, so it is of use where that does no harm.
 */
#include <linux/bitmap.h>
#include <linux/mm.h>

#include "external/filter.h"

/**
 * uvn_filter_has - is a bit set?
 * @filter: the filter
 * @bit: the bit
 *
 * Context: any.
 */
bool uvn_filter_has(const struct uvn_filter *filter, u32 bit)
{
	return test_bit(bit, filter->map[0]) || test_bit(bit, filter->map[1]);
}

/**
 * uvn_filter_renew - forget bits that count no more
 * @filter: the filter
 *
 * What was of now becomes what was before, whose bits are all older than a life.
 *
 * Context: any, but hard interrupts.
 */
void uvn_filter_renew(struct uvn_filter *filter)
{
	u32 other;

	if (likely(!uvn_filter_is_over(filter)) || !spin_trylock(&filter->turn))
		return;
	if (uvn_filter_is_over(filter)) {
		other = !filter->now;
		bitmap_zero(filter->map[other], filter->n);
		WRITE_ONCE(filter->turned, jiffies);
		/* Who sets a bit in it finds it empty. */
		smp_store_release(&filter->now, other);
	}
	spin_unlock(&filter->turn);
}

/**
 * uvn_filter_set - set a bit
 * @filter: the filter
 * @bit: the bit
 *
 * Who looks for something else next, and whose other side looks for the bit, need no
 * barrier between the two.
 *
 * Context: any, but hard interrupts.
 * Return: true if it was not set in the life of now.
 */
bool uvn_filter_set(struct uvn_filter *filter, u32 bit)
{
	u32 now;

	uvn_filter_renew(filter);
	/* Pairs with uvn_filter_renew(). */
	now = smp_load_acquire(&filter->now);
	if (likely(test_bit(bit, filter->map[now]))) {
		/* Who set it had the barrier. */
		smp_rmb();
		return false;
	}
	/* A full barrier. */
	return !test_and_set_bit(bit, filter->map[now]);
}

/**
 * uvn_filter_init - have no bit set
 * @filter: the filter
 * @n: how many bits there are, a power of two
 *
 * Context: may sleep.
 * Return: 0 or -ENOMEM; uvn_filter_exit() may follow either.
 */
int uvn_filter_init(struct uvn_filter *filter, u32 n)
{
	unsigned int i;

	spin_lock_init(&filter->turn);
	filter->n = n;
	filter->turned = jiffies;
	for (i = 0; i < ARRAY_SIZE(filter->map); i++) {
		filter->map[i] = kvcalloc(BITS_TO_LONGS(n), sizeof(long), GFP_KERNEL);
		if (!filter->map[i])
			return -ENOMEM;
	}
	return 0;
}

/**
 * uvn_filter_exit - undo uvn_filter_init()
 * @filter: the filter, zeroed before it was made
 *
 * Context: may sleep.
 */
void uvn_filter_exit(struct uvn_filter *filter)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(filter->map); i++)
		kvfree(filter->map[i]);
}
