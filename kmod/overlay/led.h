/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Where the site's own rules lead users' packets.
 */
#ifndef _UVN_LED_H
#define _UVN_LED_H

#include <linux/limits.h>
#include <linux/netfilter.h>
#include <linux/types.h>

struct net_device;
struct sk_buff;
struct uvn_user;

/* Of the hooks: behind everybody's but those that judge, and that take a flow for one. */
#define UVN_LED_PRIORITY	(INT_MAX - 2)

bool uvn_led_out(struct uvn_user *user, struct sk_buff *skb, u8 family,
		 struct net_device *in);
unsigned int uvn_led_before(void *priv, struct sk_buff *skb,
			    const struct nf_hook_state *state);
unsigned int uvn_led_behind(void *priv, struct sk_buff *skb,
			    const struct nf_hook_state *state);
unsigned int uvn_led_in(void *priv, struct sk_buff *skb,
			const struct nf_hook_state *state);
unsigned int uvn_led_post(void *priv, struct sk_buff *skb,
			  const struct nf_hook_state *state);

#endif /* _UVN_LED_H */
