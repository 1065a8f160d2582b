/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the multicast group "events" is told.
 */
#ifndef _UVN_EVENT_H
#define _UVN_EVENT_H

#include <linux/gfp.h>
#include <linux/types.h>

struct genl_family;
struct sk_buff;
struct uvn_denial;
struct uvn_net;
struct uvn_packet;
struct uvn_user;

void uvn_event_init(const struct genl_family *family, unsigned int group);
struct sk_buff *uvn_event_new(u8 cmd, void **hdr, gfp_t gfp);
void uvn_event_send(struct uvn_net *un, struct sk_buff *msg, void *hdr, int err,
		    gfp_t gfp);
bool uvn_event_heard(struct uvn_net *un);
void uvn_event_denied(struct uvn_net *un, const struct uvn_denial *denial,
		      u32 suppressed);
void uvn_event_user(struct uvn_user *user, u8 cmd);
void uvn_event_published(struct uvn_user *user, const struct sk_buff *skb,
			 const struct uvn_packet *p, u8 family,
			 u32 suppressed);

#endif /* _UVN_EVENT_H */
