/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Interception of what tells tasks of devices and routes.
 */
#ifndef _UVN_INTERCEPT_H
#define _UVN_INTERCEPT_H

#include <linux/types.h>

struct sk_buff;

void uvn_intercept_get(void);
void uvn_intercept_put(void);
int uvn_intercept_put_missing(struct sk_buff *skb, int attr);

#endif /* _UVN_INTERCEPT_H */
