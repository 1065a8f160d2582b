// SPDX-License-Identifier: ((GPL-2.0 WITH Linux-syscall-note) OR BSD-3-Clause)
/* Do not edit directly, auto-generated from: */
/*	Documentation/netlink/specs/uvn.yaml */
/* YNL-GEN kernel source */

#include <net/netlink.h>
#include <net/genetlink.h>

#include "netlink-gen.h"

#include <linux/uvn.h>

/* Integer value ranges */
static struct netlink_range_validation uvn_a_settings_idle_timeout_range = {
	.max	= UVN_IDLE_TIMEOUT_MAX,
};

static struct netlink_range_validation uvn_a_settings_nat_flows_per_user_range = {
	.max	= UVN_NAT_FLOWS_MAX,
};

static struct netlink_range_validation uvn_a_range_vni_first_range = {
	.min	= 1ULL,
	.max	= UVN_VNI_MAX,
};

/* Common nested types */
const struct nla_policy uvn_cgnat_nl_policy[UVN_A_CGNAT_SNAT + 1] = {
	[UVN_A_CGNAT_PREFIX] = { .type = NLA_BINARY, .len = 16, },
	[UVN_A_CGNAT_PREFIX_LEN] = NLA_POLICY_MAX(NLA_U8, 128),
	[UVN_A_CGNAT_SNAT] = { .type = NLA_BINARY, .len = 16, },
};

const struct nla_policy uvn_direct_nl_policy[UVN_A_DIRECT_PREFIX_LEN + 1] = {
	[UVN_A_DIRECT_PREFIX] = { .type = NLA_BINARY, .len = 16, },
	[UVN_A_DIRECT_PREFIX_LEN] = NLA_POLICY_MAX(NLA_U8, 128),
};

const struct nla_policy uvn_permit_nl_policy[UVN_A_PERMIT_VERDICT + 1] = {
	[UVN_A_PERMIT_NUMBER] = NLA_POLICY_MAX(NLA_U32, 511),
	[UVN_A_PERMIT_VERDICT] = NLA_POLICY_MAX(NLA_U32, 1),
};

const struct nla_policy uvn_publish_nl_policy[UVN_A_PUBLISH_PORT_LAST + 1] = {
	[UVN_A_PUBLISH_PREFIX] = { .type = NLA_BINARY, .len = 16, },
	[UVN_A_PUBLISH_PREFIX_LEN] = NLA_POLICY_MAX(NLA_U8, 128),
	[UVN_A_PUBLISH_PROTOCOL] = { .type = NLA_U8, },
	[UVN_A_PUBLISH_PORT_FIRST] = NLA_POLICY_MIN(NLA_U16, 1),
	[UVN_A_PUBLISH_PORT_LAST] = NLA_POLICY_MIN(NLA_U16, 1),
};

const struct nla_policy uvn_range_nl_policy[UVN_A_RANGE_VNI_FIRST + 1] = {
	[UVN_A_RANGE_UID_FIRST] = NLA_POLICY_MIN(NLA_U32, 1),
	[UVN_A_RANGE_UID_LAST] = NLA_POLICY_MIN(NLA_U32, 1),
	[UVN_A_RANGE_VNI_FIRST] = NLA_POLICY_FULL_RANGE(NLA_U32, &uvn_a_range_vni_first_range),
};

const struct nla_policy uvn_settings_nl_policy[UVN_A_SETTINGS_VIEW_SOCKETS + 1] = {
	[UVN_A_SETTINGS_UNMATCHED] = NLA_POLICY_MAX(NLA_U32, 1),
	[UVN_A_SETTINGS_TABLE_BASE] = NLA_POLICY_MIN(NLA_U32, 256),
	[UVN_A_SETTINGS_AUDIT] = NLA_POLICY_MAX(NLA_U32, 1),
	[UVN_A_SETTINGS_NAT_PORT_FIRST] = NLA_POLICY_MIN(NLA_U16, 1),
	[UVN_A_SETTINGS_NAT_PORT_LAST] = NLA_POLICY_MIN(NLA_U16, 1),
	[UVN_A_SETTINGS_IDLE_TIMEOUT] = NLA_POLICY_FULL_RANGE(NLA_U32, &uvn_a_settings_idle_timeout_range),
	[UVN_A_SETTINGS_CHILD_NETNS] = NLA_POLICY_MAX(NLA_U32, 1),
	[UVN_A_SETTINGS_SUBORDINATE_FIRST] = NLA_POLICY_MIN(NLA_U32, 1),
	[UVN_A_SETTINGS_SUBORDINATE_LAST] = NLA_POLICY_MIN(NLA_U32, 1),
	[UVN_A_SETTINGS_NAT_FLOWS_PER_USER] = NLA_POLICY_FULL_RANGE(NLA_U32, &uvn_a_settings_nat_flows_per_user_range),
	[UVN_A_SETTINGS_OUTER_NETFILTER] = NLA_POLICY_MAX(NLA_U32, 1),
	[UVN_A_SETTINGS_FIREWALL_VRF] = NLA_POLICY_MAX(NLA_U32, 1),
	[UVN_A_SETTINGS_VIEW] = NLA_POLICY_MAX(NLA_U32, 1),
	[UVN_A_SETTINGS_VIEW_SOCKETS] = NLA_POLICY_MAX(NLA_U32, 1),
};

const struct nla_policy uvn_subnet_nl_policy[UVN_A_SUBNET_UNPRIVILEGED + 1] = {
	[UVN_A_SUBNET_PREFIX] = { .type = NLA_BINARY, .len = 16, },
	[UVN_A_SUBNET_PREFIX_LEN] = NLA_POLICY_MAX(NLA_U8, 128),
	[UVN_A_SUBNET_PORT] = NLA_POLICY_MIN(NLA_U16, 1),
	[UVN_A_SUBNET_GROUP] = { .type = NLA_BINARY, .len = 16, },
	[UVN_A_SUBNET_UNPRIVILEGED] = { .type = NLA_FLAG, },
};

const struct nla_policy uvn_subuid_nl_policy[UVN_A_SUBUID_OWNER + 1] = {
	[UVN_A_SUBUID_UID_FIRST] = NLA_POLICY_MIN(NLA_U32, 1),
	[UVN_A_SUBUID_UID_LAST] = NLA_POLICY_MIN(NLA_U32, 1),
	[UVN_A_SUBUID_OWNER] = { .type = NLA_U32, },
};

/* UVN_CMD_STATUS_GET - do */
static const struct nla_policy uvn_status_get_nl_policy[UVN_A_STATUS_PAD + 1] = {
};

/* UVN_CMD_ENABLE - do */
static const struct nla_policy uvn_enable_nl_policy[UVN_A_STATUS_EVICT + 1] = {
	[UVN_A_STATUS_EVICT] = { .type = NLA_FLAG, },
};

/* UVN_CMD_DISABLE - do */
static const struct nla_policy uvn_disable_nl_policy[UVN_A_STATUS_PAD + 1] = {
};

/* UVN_CMD_CONFIG_GET - do */
static const struct nla_policy uvn_config_get_nl_policy[UVN_A_STATUS_PAD + 1] = {
};

/* UVN_CMD_CONFIG_ADD - do */
static const struct nla_policy uvn_config_add_nl_policy[UVN_A_CONFIG_SUBUID + 1] = {
	[UVN_A_CONFIG_SETTINGS] = NLA_POLICY_NESTED(uvn_settings_nl_policy),
	[UVN_A_CONFIG_SUBNET] = NLA_POLICY_NESTED(uvn_subnet_nl_policy),
	[UVN_A_CONFIG_RANGE] = NLA_POLICY_NESTED(uvn_range_nl_policy),
	[UVN_A_CONFIG_FAMILY] = NLA_POLICY_NESTED(uvn_permit_nl_policy),
	[UVN_A_CONFIG_PROTOCOL] = NLA_POLICY_NESTED(uvn_permit_nl_policy),
	[UVN_A_CONFIG_CGNAT] = NLA_POLICY_NESTED(uvn_cgnat_nl_policy),
	[UVN_A_CONFIG_DIRECT] = NLA_POLICY_NESTED(uvn_direct_nl_policy),
	[UVN_A_CONFIG_PUBLISH] = NLA_POLICY_NESTED(uvn_publish_nl_policy),
	[UVN_A_CONFIG_TRANSIT] = NLA_POLICY_NESTED(uvn_direct_nl_policy),
	[UVN_A_CONFIG_SUBUID_FLUSH] = { .type = NLA_FLAG, },
	[UVN_A_CONFIG_SUBUID] = NLA_POLICY_NESTED(uvn_subuid_nl_policy),
};

/* UVN_CMD_CONFIG_DEL - do */
static const struct nla_policy uvn_config_del_nl_policy[UVN_A_CONFIG_SUBUID + 1] = {
	[UVN_A_CONFIG_SUBNET] = NLA_POLICY_NESTED(uvn_subnet_nl_policy),
	[UVN_A_CONFIG_RANGE] = NLA_POLICY_NESTED(uvn_range_nl_policy),
	[UVN_A_CONFIG_CGNAT] = NLA_POLICY_NESTED(uvn_cgnat_nl_policy),
	[UVN_A_CONFIG_DIRECT] = NLA_POLICY_NESTED(uvn_direct_nl_policy),
	[UVN_A_CONFIG_PUBLISH] = NLA_POLICY_NESTED(uvn_publish_nl_policy),
	[UVN_A_CONFIG_TRANSIT] = NLA_POLICY_NESTED(uvn_direct_nl_policy),
	[UVN_A_CONFIG_SUBUID] = NLA_POLICY_NESTED(uvn_subuid_nl_policy),
};

/* UVN_CMD_CONFIG_REPLACE - do */
static const struct nla_policy uvn_config_replace_nl_policy[UVN_A_CONFIG_SUBUID + 1] = {
	[UVN_A_CONFIG_SETTINGS] = NLA_POLICY_NESTED(uvn_settings_nl_policy),
	[UVN_A_CONFIG_SUBNET] = NLA_POLICY_NESTED(uvn_subnet_nl_policy),
	[UVN_A_CONFIG_RANGE] = NLA_POLICY_NESTED(uvn_range_nl_policy),
	[UVN_A_CONFIG_FAMILY] = NLA_POLICY_NESTED(uvn_permit_nl_policy),
	[UVN_A_CONFIG_PROTOCOL] = NLA_POLICY_NESTED(uvn_permit_nl_policy),
	[UVN_A_CONFIG_CGNAT] = NLA_POLICY_NESTED(uvn_cgnat_nl_policy),
	[UVN_A_CONFIG_DIRECT] = NLA_POLICY_NESTED(uvn_direct_nl_policy),
	[UVN_A_CONFIG_PUBLISH] = NLA_POLICY_NESTED(uvn_publish_nl_policy),
	[UVN_A_CONFIG_TRANSIT] = NLA_POLICY_NESTED(uvn_direct_nl_policy),
	[UVN_A_CONFIG_SUBUID] = NLA_POLICY_NESTED(uvn_subuid_nl_policy),
	[UVN_A_CONFIG_CHECK] = { .type = NLA_FLAG, },
};

/* UVN_CMD_USER_GET - do */
static const struct nla_policy uvn_user_get_nl_policy[UVN_A_USER_UID + 1] = {
	[UVN_A_USER_UID] = NLA_POLICY_MIN(NLA_U32, 1),
};

/* UVN_CMD_USER_ADD - do */
static const struct nla_policy uvn_user_add_nl_policy[UVN_A_USER_UID + 1] = {
	[UVN_A_USER_UID] = NLA_POLICY_MIN(NLA_U32, 1),
};

/* UVN_CMD_USER_DEL - do */
static const struct nla_policy uvn_user_del_nl_policy[UVN_A_USER_FORCE + 1] = {
	[UVN_A_USER_UID] = NLA_POLICY_MIN(NLA_U32, 1),
	[UVN_A_USER_FORCE] = { .type = NLA_FLAG, },
};

/* UVN_CMD_ADOPT_ADD - do */
static const struct nla_policy uvn_adopt_add_nl_policy[UVN_A_ADOPT_UID + 1] = {
	[UVN_A_ADOPT_PID] = NLA_POLICY_MIN(NLA_U32, 1),
	[UVN_A_ADOPT_CGROUP] = { .type = NLA_U64, },
	[UVN_A_ADOPT_UID] = NLA_POLICY_MIN(NLA_U32, 1),
};

/* UVN_CMD_ADOPT_DEL - do */
static const struct nla_policy uvn_adopt_del_nl_policy[UVN_A_ADOPT_CGROUP + 1] = {
	[UVN_A_ADOPT_PID] = NLA_POLICY_MIN(NLA_U32, 1),
	[UVN_A_ADOPT_CGROUP] = { .type = NLA_U64, },
};

/* UVN_CMD_ADOPT_GET - do */
static const struct nla_policy uvn_adopt_get_nl_policy[UVN_A_STATUS_PAD + 1] = {
};

/* Ops table for uvn */
static const struct genl_ops uvn_nl_ops[] = {
	{
		.cmd		= UVN_CMD_STATUS_GET,
		.doit		= uvn_nl_status_get_doit,
		.policy		= uvn_status_get_nl_policy,
		.maxattr	= UVN_A_STATUS_PAD,
	},
	{
		.cmd		= UVN_CMD_ENABLE,
		.doit		= uvn_nl_enable_doit,
		.policy		= uvn_enable_nl_policy,
		.maxattr	= UVN_A_STATUS_EVICT,
		.flags		= GENL_ADMIN_PERM,
	},
	{
		.cmd		= UVN_CMD_DISABLE,
		.doit		= uvn_nl_disable_doit,
		.policy		= uvn_disable_nl_policy,
		.maxattr	= UVN_A_STATUS_PAD,
		.flags		= GENL_ADMIN_PERM,
	},
	{
		.cmd		= UVN_CMD_CONFIG_GET,
		.dumpit		= uvn_nl_config_get_dumpit,
		.policy		= uvn_config_get_nl_policy,
		.maxattr	= UVN_A_STATUS_PAD,
	},
	{
		.cmd		= UVN_CMD_CONFIG_ADD,
		.doit		= uvn_nl_config_add_doit,
		.policy		= uvn_config_add_nl_policy,
		.maxattr	= UVN_A_CONFIG_SUBUID,
		.flags		= GENL_ADMIN_PERM,
	},
	{
		.cmd		= UVN_CMD_CONFIG_DEL,
		.doit		= uvn_nl_config_del_doit,
		.policy		= uvn_config_del_nl_policy,
		.maxattr	= UVN_A_CONFIG_SUBUID,
		.flags		= GENL_ADMIN_PERM,
	},
	{
		.cmd		= UVN_CMD_CONFIG_REPLACE,
		.doit		= uvn_nl_config_replace_doit,
		.policy		= uvn_config_replace_nl_policy,
		.maxattr	= UVN_A_CONFIG_SUBUID,
		.flags		= GENL_ADMIN_PERM,
	},
	{
		.cmd		= UVN_CMD_USER_GET,
		.doit		= uvn_nl_user_get_doit,
		.dumpit		= uvn_nl_user_get_dumpit,
		.policy		= uvn_user_get_nl_policy,
		.maxattr	= UVN_A_USER_UID,
	},
	{
		.cmd		= UVN_CMD_USER_ADD,
		.doit		= uvn_nl_user_add_doit,
		.policy		= uvn_user_add_nl_policy,
		.maxattr	= UVN_A_USER_UID,
		.flags		= GENL_ADMIN_PERM,
	},
	{
		.cmd		= UVN_CMD_USER_DEL,
		.doit		= uvn_nl_user_del_doit,
		.policy		= uvn_user_del_nl_policy,
		.maxattr	= UVN_A_USER_FORCE,
		.flags		= GENL_ADMIN_PERM,
	},
	{
		.cmd		= UVN_CMD_ADOPT_ADD,
		.doit		= uvn_nl_adopt_add_doit,
		.policy		= uvn_adopt_add_nl_policy,
		.maxattr	= UVN_A_ADOPT_UID,
		.flags		= GENL_ADMIN_PERM,
	},
	{
		.cmd		= UVN_CMD_ADOPT_DEL,
		.doit		= uvn_nl_adopt_del_doit,
		.policy		= uvn_adopt_del_nl_policy,
		.maxattr	= UVN_A_ADOPT_CGROUP,
		.flags		= GENL_ADMIN_PERM,
	},
	{
		.cmd		= UVN_CMD_ADOPT_GET,
		.dumpit		= uvn_nl_adopt_get_dumpit,
		.policy		= uvn_adopt_get_nl_policy,
		.maxattr	= UVN_A_STATUS_PAD,
		.flags		= GENL_ADMIN_PERM,
	},
};

static const struct genl_multicast_group uvn_nl_mcgrps[] = {
	[UVN_NLGRP_EVENTS] = { "events", GENL_MCAST_CAP_NET_ADMIN, },
};

struct genl_family uvn_nl_family __ro_after_init = {
	.name		= UVN_FAMILY_NAME,
	.version	= UVN_FAMILY_VERSION,
	.netnsok	= true,
	.parallel_ops	= true,
	.module		= THIS_MODULE,
	.ops		= uvn_nl_ops,
	.n_ops		= ARRAY_SIZE(uvn_nl_ops),
	.mcgrps		= uvn_nl_mcgrps,
	.n_mcgrps	= ARRAY_SIZE(uvn_nl_mcgrps),
};
