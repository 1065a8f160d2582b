/* SPDX-License-Identifier: ((GPL-2.0 WITH Linux-syscall-note) OR BSD-3-Clause) */
/* Do not edit directly, auto-generated from: */
/*	Documentation/netlink/specs/uvn.yaml */
/* YNL-GEN kernel header */

#ifndef _LINUX_UVN_GEN_H
#define _LINUX_UVN_GEN_H

#include <net/netlink.h>
#include <net/genetlink.h>

#include <linux/uvn.h>

/* Common nested types */
extern const struct nla_policy uvn_cgnat_nl_policy[UVN_A_CGNAT_SNAT + 1];
extern const struct nla_policy uvn_direct_nl_policy[UVN_A_DIRECT_PREFIX_LEN + 1];
extern const struct nla_policy uvn_permit_nl_policy[UVN_A_PERMIT_VERDICT + 1];
extern const struct nla_policy uvn_publish_nl_policy[UVN_A_PUBLISH_PORT_LAST + 1];
extern const struct nla_policy uvn_range_nl_policy[UVN_A_RANGE_VNI_FIRST + 1];
extern const struct nla_policy uvn_settings_nl_policy[UVN_A_SETTINGS_VIEW_SOCKETS + 1];
extern const struct nla_policy uvn_subnet_nl_policy[UVN_A_SUBNET_UNPRIVILEGED + 1];
extern const struct nla_policy uvn_subuid_nl_policy[UVN_A_SUBUID_OWNER + 1];

int uvn_nl_status_get_doit(struct sk_buff *skb, struct genl_info *info);
int uvn_nl_enable_doit(struct sk_buff *skb, struct genl_info *info);
int uvn_nl_disable_doit(struct sk_buff *skb, struct genl_info *info);
int uvn_nl_config_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb);
int uvn_nl_config_add_doit(struct sk_buff *skb, struct genl_info *info);
int uvn_nl_config_del_doit(struct sk_buff *skb, struct genl_info *info);
int uvn_nl_config_replace_doit(struct sk_buff *skb, struct genl_info *info);
int uvn_nl_user_get_doit(struct sk_buff *skb, struct genl_info *info);
int uvn_nl_user_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb);
int uvn_nl_user_add_doit(struct sk_buff *skb, struct genl_info *info);
int uvn_nl_user_del_doit(struct sk_buff *skb, struct genl_info *info);
int uvn_nl_adopt_add_doit(struct sk_buff *skb, struct genl_info *info);
int uvn_nl_adopt_del_doit(struct sk_buff *skb, struct genl_info *info);
int uvn_nl_adopt_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb);

enum {
	UVN_NLGRP_EVENTS,
};

extern struct genl_family uvn_nl_family;

#endif /* _LINUX_UVN_GEN_H */
