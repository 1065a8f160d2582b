/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What happened of late, in bits of which none is lost while it counts.
 */
#ifndef _UVN_FILTER_H
#define _UVN_FILTER_H

#include <linux/compiler.h>
#include <linux/jiffies.h>
#include <linux/spinlock.h>
#include <linux/types.h>

#define UVN_FILTER_LIFE	(120 * HZ)	/* as a UDP flow in conntrack */

/**
 * struct uvn_filter - bits that count for one to two lives from when they were last set
 * @map: the bits of now and of the life before
 * @now: which of the two is of now
 * @turned: jiffies when it was taken into use
 * @n: bits of each, a power of two
 * @turn: held by who takes the other one into use
 */
struct uvn_filter {
	unsigned long *map[2];
	u32 now;
	u32 turned;
	u32 n;
	spinlock_t turn; /* see above */
};

/* Does the next one who sets a bit have to take a lock, and to clear a map? */
static inline bool uvn_filter_is_over(const struct uvn_filter *filter)
{
	return (u32)jiffies - READ_ONCE(filter->turned) >= UVN_FILTER_LIFE;
}

bool uvn_filter_has(const struct uvn_filter *filter, u32 bit);
bool uvn_filter_set(struct uvn_filter *filter, u32 bit);
void uvn_filter_renew(struct uvn_filter *filter);
int uvn_filter_init(struct uvn_filter *filter, u32 n);
void uvn_filter_exit(struct uvn_filter *filter);

#endif /* _UVN_FILTER_H */
