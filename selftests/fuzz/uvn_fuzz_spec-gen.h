/* SPDX-License-Identifier: GPL-2.0 */
/* Do not edit directly, auto-generated from: */
/*	Documentation/netlink/specs/uvn.yaml */
/* scripts/fuzz-spec.py */

static const struct spec_attr spec_settings_attrs[] = {
	{ "unmatched", UVN_A_SETTINGS_UNMATCHED,
	  SPEC_U32, 0u, 1u, NULL },
	{ "table-base", UVN_A_SETTINGS_TABLE_BASE,
	  SPEC_U32, 256u, 4294967295u, NULL },
	{ "audit", UVN_A_SETTINGS_AUDIT,
	  SPEC_U32, 0u, 1u, NULL },
	{ "nat-port-first", UVN_A_SETTINGS_NAT_PORT_FIRST,
	  SPEC_U16, 1u, 65535u, NULL },
	{ "nat-port-last", UVN_A_SETTINGS_NAT_PORT_LAST,
	  SPEC_U16, 1u, 65535u, NULL },
	{ "idle-timeout", UVN_A_SETTINGS_IDLE_TIMEOUT,
	  SPEC_U32, 0u, 31536000u, NULL },
	{ "child-netns", UVN_A_SETTINGS_CHILD_NETNS,
	  SPEC_U32, 0u, 1u, NULL },
	{ "subordinate-first", UVN_A_SETTINGS_SUBORDINATE_FIRST,
	  SPEC_U32, 1u, 4294967295u, NULL },
	{ "subordinate-last", UVN_A_SETTINGS_SUBORDINATE_LAST,
	  SPEC_U32, 1u, 4294967295u, NULL },
	{ "nat-flows-per-user", UVN_A_SETTINGS_NAT_FLOWS_PER_USER,
	  SPEC_U32, 0u, 16777216u, NULL },
	{ "outer-netfilter", UVN_A_SETTINGS_OUTER_NETFILTER,
	  SPEC_U32, 0u, 1u, NULL },
	{ "firewall-vrf", UVN_A_SETTINGS_FIREWALL_VRF,
	  SPEC_U32, 0u, 1u, NULL },
	{ "view", UVN_A_SETTINGS_VIEW,
	  SPEC_U32, 0u, 1u, NULL },
	{ "view-sockets", UVN_A_SETTINGS_VIEW_SOCKETS,
	  SPEC_U32, 0u, 1u, NULL },
};

static const struct spec_set spec_settings = {
	"settings", ARRAY_SIZE(spec_settings_attrs), spec_settings_attrs,
};

static const struct spec_attr spec_permit_attrs[] = {
	{ "number", UVN_A_PERMIT_NUMBER,
	  SPEC_U32, 0u, 511u, NULL },
	{ "verdict", UVN_A_PERMIT_VERDICT,
	  SPEC_U32, 0u, 1u, NULL },
};

static const struct spec_set spec_permit = {
	"permit", ARRAY_SIZE(spec_permit_attrs), spec_permit_attrs,
};

static const struct spec_attr spec_subnet_attrs[] = {
	{ "prefix", UVN_A_SUBNET_PREFIX,
	  SPEC_BINARY, 0u, 16u, NULL },
	{ "prefix-len", UVN_A_SUBNET_PREFIX_LEN,
	  SPEC_U8, 0u, 128u, NULL },
	{ "port", UVN_A_SUBNET_PORT,
	  SPEC_U16, 1u, 65535u, NULL },
	{ "group", UVN_A_SUBNET_GROUP,
	  SPEC_BINARY, 0u, 16u, NULL },
	{ "unprivileged", UVN_A_SUBNET_UNPRIVILEGED,
	  SPEC_FLAG, 0u, 0u, NULL },
};

static const struct spec_set spec_subnet = {
	"subnet", ARRAY_SIZE(spec_subnet_attrs), spec_subnet_attrs,
};

static const struct spec_attr spec_range_attrs[] = {
	{ "uid-first", UVN_A_RANGE_UID_FIRST,
	  SPEC_U32, 1u, 4294967295u, NULL },
	{ "uid-last", UVN_A_RANGE_UID_LAST,
	  SPEC_U32, 1u, 4294967295u, NULL },
	{ "vni-first", UVN_A_RANGE_VNI_FIRST,
	  SPEC_U32, 1u, 16777215u, NULL },
};

static const struct spec_set spec_range = {
	"range", ARRAY_SIZE(spec_range_attrs), spec_range_attrs,
};

static const struct spec_attr spec_cgnat_attrs[] = {
	{ "prefix", UVN_A_CGNAT_PREFIX,
	  SPEC_BINARY, 0u, 16u, NULL },
	{ "prefix-len", UVN_A_CGNAT_PREFIX_LEN,
	  SPEC_U8, 0u, 128u, NULL },
	{ "snat", UVN_A_CGNAT_SNAT,
	  SPEC_BINARY, 0u, 16u, NULL },
};

static const struct spec_set spec_cgnat = {
	"cgnat", ARRAY_SIZE(spec_cgnat_attrs), spec_cgnat_attrs,
};

static const struct spec_attr spec_direct_attrs[] = {
	{ "prefix", UVN_A_DIRECT_PREFIX,
	  SPEC_BINARY, 0u, 16u, NULL },
	{ "prefix-len", UVN_A_DIRECT_PREFIX_LEN,
	  SPEC_U8, 0u, 128u, NULL },
};

static const struct spec_set spec_direct = {
	"direct", ARRAY_SIZE(spec_direct_attrs), spec_direct_attrs,
};

static const struct spec_attr spec_publish_attrs[] = {
	{ "prefix", UVN_A_PUBLISH_PREFIX,
	  SPEC_BINARY, 0u, 16u, NULL },
	{ "prefix-len", UVN_A_PUBLISH_PREFIX_LEN,
	  SPEC_U8, 0u, 128u, NULL },
	{ "protocol", UVN_A_PUBLISH_PROTOCOL,
	  SPEC_U8, 0u, 255u, NULL },
	{ "port-first", UVN_A_PUBLISH_PORT_FIRST,
	  SPEC_U16, 1u, 65535u, NULL },
	{ "port-last", UVN_A_PUBLISH_PORT_LAST,
	  SPEC_U16, 1u, 65535u, NULL },
};

static const struct spec_set spec_publish = {
	"publish", ARRAY_SIZE(spec_publish_attrs), spec_publish_attrs,
};

static const struct spec_attr spec_subuid_attrs[] = {
	{ "uid-first", UVN_A_SUBUID_UID_FIRST,
	  SPEC_U32, 1u, 4294967295u, NULL },
	{ "uid-last", UVN_A_SUBUID_UID_LAST,
	  SPEC_U32, 1u, 4294967295u, NULL },
	{ "owner", UVN_A_SUBUID_OWNER,
	  SPEC_U32, 0u, 4294967295u, NULL },
};

static const struct spec_set spec_subuid = {
	"subuid", ARRAY_SIZE(spec_subuid_attrs), spec_subuid_attrs,
};

static const struct spec_attr spec_config_attrs[] = {
	{ "settings", UVN_A_CONFIG_SETTINGS,
	  SPEC_NEST, 0u, 0u, &spec_settings },
	{ "subnet", UVN_A_CONFIG_SUBNET,
	  SPEC_NEST, 0u, 0u, &spec_subnet },
	{ "range", UVN_A_CONFIG_RANGE,
	  SPEC_NEST, 0u, 0u, &spec_range },
	{ "family", UVN_A_CONFIG_FAMILY,
	  SPEC_NEST, 0u, 0u, &spec_permit },
	{ "protocol", UVN_A_CONFIG_PROTOCOL,
	  SPEC_NEST, 0u, 0u, &spec_permit },
	{ "cgnat", UVN_A_CONFIG_CGNAT,
	  SPEC_NEST, 0u, 0u, &spec_cgnat },
	{ "direct", UVN_A_CONFIG_DIRECT,
	  SPEC_NEST, 0u, 0u, &spec_direct },
	{ "publish", UVN_A_CONFIG_PUBLISH,
	  SPEC_NEST, 0u, 0u, &spec_publish },
	{ "check", UVN_A_CONFIG_CHECK,
	  SPEC_FLAG, 0u, 0u, NULL },
	{ "transit", UVN_A_CONFIG_TRANSIT,
	  SPEC_NEST, 0u, 0u, &spec_direct },
	{ "subuid-flush", UVN_A_CONFIG_SUBUID_FLUSH,
	  SPEC_FLAG, 0u, 0u, NULL },
	{ "subuid", UVN_A_CONFIG_SUBUID,
	  SPEC_NEST, 0u, 0u, &spec_subuid },
};

static const struct spec_set spec_config = {
	"config", ARRAY_SIZE(spec_config_attrs), spec_config_attrs,
};

static const struct spec_attr spec_denial_attrs[] = {
	{ "pad", UVN_A_DENIAL_PAD,
	  SPEC_PAD, 0u, 0u, NULL },
	{ "reason", UVN_A_DENIAL_REASON,
	  SPEC_U32, 0u, 4294967295u, NULL },
	{ "count", UVN_A_DENIAL_COUNT,
	  SPEC_U64, 0u, 18446744073709551615u, NULL },
};

static const struct spec_set spec_denial = {
	"denial", ARRAY_SIZE(spec_denial_attrs), spec_denial_attrs,
};

static const struct spec_attr spec_drop_attrs[] = {
	{ "pad", UVN_A_DROP_PAD,
	  SPEC_PAD, 0u, 0u, NULL },
	{ "reason", UVN_A_DROP_REASON,
	  SPEC_U32, 0u, 4294967295u, NULL },
	{ "count", UVN_A_DROP_COUNT,
	  SPEC_U64, 0u, 18446744073709551615u, NULL },
};

static const struct spec_set spec_drop = {
	"drop", ARRAY_SIZE(spec_drop_attrs), spec_drop_attrs,
};

static const struct spec_attr spec_status_attrs[] = {
	{ "pad", UVN_A_STATUS_PAD,
	  SPEC_PAD, 0u, 0u, NULL },
	{ "enabled", UVN_A_STATUS_ENABLED,
	  SPEC_U8, 0u, 255u, NULL },
	{ "version", UVN_A_STATUS_VERSION,
	  SPEC_STRING, 0u, 0u, NULL },
	{ "hook", UVN_A_STATUS_HOOK,
	  SPEC_STRING, 0u, 0u, NULL },
	{ "users", UVN_A_STATUS_USERS,
	  SPEC_U32, 0u, 4294967295u, NULL },
	{ "subnets", UVN_A_STATUS_SUBNETS,
	  SPEC_U32, 0u, 4294967295u, NULL },
	{ "ranges", UVN_A_STATUS_RANGES,
	  SPEC_U32, 0u, 4294967295u, NULL },
	{ "denied", UVN_A_STATUS_DENIED,
	  SPEC_U64, 0u, 18446744073709551615u, NULL },
	{ "rx-dropped", UVN_A_STATUS_RX_DROPPED,
	  SPEC_U64, 0u, 18446744073709551615u, NULL },
	{ "audit", UVN_A_STATUS_AUDIT,
	  SPEC_U32, 0u, 4294967295u, NULL },
	{ "denial", UVN_A_STATUS_DENIAL,
	  SPEC_NEST, 0u, 0u, &spec_denial },
	{ "evict", UVN_A_STATUS_EVICT,
	  SPEC_FLAG, 0u, 0u, NULL },
	{ "nat-flows", UVN_A_STATUS_NAT_FLOWS,
	  SPEC_U32, 0u, 4294967295u, NULL },
	{ "published-flows", UVN_A_STATUS_PUBLISHED_FLOWS,
	  SPEC_U32, 0u, 4294967295u, NULL },
	{ "drop", UVN_A_STATUS_DROP,
	  SPEC_NEST, 0u, 0u, &spec_drop },
	{ "view-missing", UVN_A_STATUS_VIEW_MISSING,
	  SPEC_STRING, 0u, 0u, NULL },
};

static const struct spec_set spec_status = {
	"status", ARRAY_SIZE(spec_status_attrs), spec_status_attrs,
};

static const struct spec_attr spec_address_attrs[] = {
	{ "address", UVN_A_ADDRESS_ADDRESS,
	  SPEC_BINARY, 0u, 16u, NULL },
	{ "prefix-len", UVN_A_ADDRESS_PREFIX_LEN,
	  SPEC_U8, 0u, 255u, NULL },
};

static const struct spec_set spec_address = {
	"address", ARRAY_SIZE(spec_address_attrs), spec_address_attrs,
};

static const struct spec_attr spec_link_attrs[] = {
	{ "ifindex", UVN_A_LINK_IFINDEX,
	  SPEC_U32, 0u, 4294967295u, NULL },
	{ "name", UVN_A_LINK_NAME,
	  SPEC_STRING, 0u, 0u, NULL },
	{ "lower-ifindex", UVN_A_LINK_LOWER_IFINDEX,
	  SPEC_U32, 0u, 4294967295u, NULL },
	{ "lower", UVN_A_LINK_LOWER,
	  SPEC_STRING, 0u, 0u, NULL },
	{ "mtu", UVN_A_LINK_MTU,
	  SPEC_U32, 0u, 4294967295u, NULL },
	{ "address", UVN_A_LINK_ADDRESS,
	  SPEC_NEST, 0u, 0u, &spec_address },
};

static const struct spec_set spec_link = {
	"link", ARRAY_SIZE(spec_link_attrs), spec_link_attrs,
};

static const struct spec_attr spec_traffic_attrs[] = {
	{ "pad", UVN_A_TRAFFIC_PAD,
	  SPEC_PAD, 0u, 0u, NULL },
	{ "tx-packets", UVN_A_TRAFFIC_TX_PACKETS,
	  SPEC_U64, 0u, 18446744073709551615u, NULL },
	{ "tx-bytes", UVN_A_TRAFFIC_TX_BYTES,
	  SPEC_U64, 0u, 18446744073709551615u, NULL },
	{ "rx-packets", UVN_A_TRAFFIC_RX_PACKETS,
	  SPEC_U64, 0u, 18446744073709551615u, NULL },
	{ "rx-bytes", UVN_A_TRAFFIC_RX_BYTES,
	  SPEC_U64, 0u, 18446744073709551615u, NULL },
};

static const struct spec_set spec_traffic = {
	"traffic", ARRAY_SIZE(spec_traffic_attrs), spec_traffic_attrs,
};

static const struct spec_attr spec_user_attrs[] = {
	{ "pad", UVN_A_USER_PAD,
	  SPEC_PAD, 0u, 0u, NULL },
	{ "uid", UVN_A_USER_UID,
	  SPEC_U32, 1u, 4294967295u, NULL },
	{ "vni", UVN_A_USER_VNI,
	  SPEC_U32, 0u, 4294967295u, NULL },
	{ "vrf", UVN_A_USER_VRF,
	  SPEC_STRING, 0u, 0u, NULL },
	{ "vrf-ifindex", UVN_A_USER_VRF_IFINDEX,
	  SPEC_U32, 0u, 4294967295u, NULL },
	{ "table", UVN_A_USER_TABLE,
	  SPEC_U32, 0u, 4294967295u, NULL },
	{ "state", UVN_A_USER_STATE,
	  SPEC_U32, 0u, 4294967295u, NULL },
	{ "link", UVN_A_USER_LINK,
	  SPEC_NEST, 0u, 0u, &spec_link },
	{ "sockets-created", UVN_A_USER_SOCKETS_CREATED,
	  SPEC_U64, 0u, 18446744073709551615u, NULL },
	{ "denied", UVN_A_USER_DENIED,
	  SPEC_U64, 0u, 18446744073709551615u, NULL },
	{ "denial", UVN_A_USER_DENIAL,
	  SPEC_NEST, 0u, 0u, &spec_denial },
	{ "cgnat", UVN_A_USER_CGNAT,
	  SPEC_BINARY, 0u, 16u, NULL },
	{ "force", UVN_A_USER_FORCE,
	  SPEC_FLAG, 0u, 0u, NULL },
	{ "published", UVN_A_USER_PUBLISHED,
	  SPEC_U64, 0u, 18446744073709551615u, NULL },
	{ "localhost", UVN_A_USER_LOCALHOST,
	  SPEC_NEST, 0u, 0u, &spec_traffic },
	{ "on-subnet", UVN_A_USER_ON_SUBNET,
	  SPEC_NEST, 0u, 0u, &spec_traffic },
	{ "off-subnet", UVN_A_USER_OFF_SUBNET,
	  SPEC_NEST, 0u, 0u, &spec_traffic },
	{ "nat-flows", UVN_A_USER_NAT_FLOWS,
	  SPEC_U32, 0u, 4294967295u, NULL },
	{ "published-flows", UVN_A_USER_PUBLISHED_FLOWS,
	  SPEC_U32, 0u, 4294967295u, NULL },
};

static const struct spec_set spec_user = {
	"user", ARRAY_SIZE(spec_user_attrs), spec_user_attrs,
};

static const struct spec_attr spec_adopt_attrs[] = {
	{ "pad", UVN_A_ADOPT_PAD,
	  SPEC_PAD, 0u, 0u, NULL },
	{ "pid", UVN_A_ADOPT_PID,
	  SPEC_U32, 1u, 4294967295u, NULL },
	{ "cgroup", UVN_A_ADOPT_CGROUP,
	  SPEC_U64, 0u, 18446744073709551615u, NULL },
	{ "uid", UVN_A_ADOPT_UID,
	  SPEC_U32, 1u, 4294967295u, NULL },
};

static const struct spec_set spec_adopt = {
	"adopt", ARRAY_SIZE(spec_adopt_attrs), spec_adopt_attrs,
};

static const struct spec_attr spec_denied_attrs[] = {
	{ "uid", UVN_A_DENIED_UID,
	  SPEC_U32, 0u, 4294967295u, NULL },
	{ "pid", UVN_A_DENIED_PID,
	  SPEC_U32, 0u, 4294967295u, NULL },
	{ "comm", UVN_A_DENIED_COMM,
	  SPEC_STRING, 0u, 0u, NULL },
	{ "reason", UVN_A_DENIED_REASON,
	  SPEC_U32, 0u, 4294967295u, NULL },
	{ "error", UVN_A_DENIED_ERROR,
	  SPEC_U32, 0u, 4294967295u, NULL },
	{ "detail", UVN_A_DENIED_DETAIL,
	  SPEC_STRING, 0u, 0u, NULL },
	{ "family", UVN_A_DENIED_FAMILY,
	  SPEC_U32, 0u, 4294967295u, NULL },
	{ "type", UVN_A_DENIED_TYPE,
	  SPEC_U32, 0u, 4294967295u, NULL },
	{ "protocol", UVN_A_DENIED_PROTOCOL,
	  SPEC_U32, 0u, 4294967295u, NULL },
	{ "suppressed", UVN_A_DENIED_SUPPRESSED,
	  SPEC_U32, 0u, 4294967295u, NULL },
	{ "source", UVN_A_DENIED_SOURCE,
	  SPEC_BINARY, 0u, 16u, NULL },
	{ "destination", UVN_A_DENIED_DESTINATION,
	  SPEC_BINARY, 0u, 16u, NULL },
	{ "device", UVN_A_DENIED_DEVICE,
	  SPEC_STRING, 0u, 0u, NULL },
	{ "audit", UVN_A_DENIED_AUDIT,
	  SPEC_FLAG, 0u, 0u, NULL },
	{ "operation", UVN_A_DENIED_OPERATION,
	  SPEC_U32, 0u, 4294967295u, NULL },
};

static const struct spec_set spec_denied = {
	"denied", ARRAY_SIZE(spec_denied_attrs), spec_denied_attrs,
};

static const struct spec_attr spec_published_attrs[] = {
	{ "uid", UVN_A_PUBLISHED_UID,
	  SPEC_U32, 0u, 4294967295u, NULL },
	{ "protocol", UVN_A_PUBLISHED_PROTOCOL,
	  SPEC_U32, 0u, 4294967295u, NULL },
	{ "source", UVN_A_PUBLISHED_SOURCE,
	  SPEC_BINARY, 0u, 16u, NULL },
	{ "source-port", UVN_A_PUBLISHED_SOURCE_PORT,
	  SPEC_U16, 0u, 65535u, NULL },
	{ "destination", UVN_A_PUBLISHED_DESTINATION,
	  SPEC_BINARY, 0u, 16u, NULL },
	{ "port", UVN_A_PUBLISHED_PORT,
	  SPEC_U16, 0u, 65535u, NULL },
	{ "suppressed", UVN_A_PUBLISHED_SUPPRESSED,
	  SPEC_U32, 0u, 4294967295u, NULL },
};

static const struct spec_set spec_published = {
	"published", ARRAY_SIZE(spec_published_attrs), spec_published_attrs,
};

static const struct spec_op spec_ops[] = {
	{ "status-get", UVN_CMD_STATUS_GET,
	  SPEC_DO, &spec_status,
	  0, {
	  } },
	{ "enable", UVN_CMD_ENABLE,
	  SPEC_DO | SPEC_ADMIN, &spec_status,
	  1, {
		UVN_A_STATUS_EVICT,
	  } },
	{ "disable", UVN_CMD_DISABLE,
	  SPEC_DO | SPEC_ADMIN, &spec_status,
	  0, {
	  } },
	{ "config-get", UVN_CMD_CONFIG_GET,
	  SPEC_DUMP, &spec_config,
	  0, {
	  } },
	{ "config-add", UVN_CMD_CONFIG_ADD,
	  SPEC_DO | SPEC_ADMIN, &spec_config,
	  11, {
		UVN_A_CONFIG_SETTINGS,
		UVN_A_CONFIG_SUBNET,
		UVN_A_CONFIG_RANGE,
		UVN_A_CONFIG_FAMILY,
		UVN_A_CONFIG_PROTOCOL,
		UVN_A_CONFIG_CGNAT,
		UVN_A_CONFIG_DIRECT,
		UVN_A_CONFIG_PUBLISH,
		UVN_A_CONFIG_TRANSIT,
		UVN_A_CONFIG_SUBUID_FLUSH,
		UVN_A_CONFIG_SUBUID,
	  } },
	{ "config-del", UVN_CMD_CONFIG_DEL,
	  SPEC_DO | SPEC_ADMIN, &spec_config,
	  7, {
		UVN_A_CONFIG_SUBNET,
		UVN_A_CONFIG_RANGE,
		UVN_A_CONFIG_CGNAT,
		UVN_A_CONFIG_DIRECT,
		UVN_A_CONFIG_PUBLISH,
		UVN_A_CONFIG_TRANSIT,
		UVN_A_CONFIG_SUBUID,
	  } },
	{ "config-replace", UVN_CMD_CONFIG_REPLACE,
	  SPEC_DO | SPEC_ADMIN, &spec_config,
	  11, {
		UVN_A_CONFIG_SETTINGS,
		UVN_A_CONFIG_SUBNET,
		UVN_A_CONFIG_RANGE,
		UVN_A_CONFIG_FAMILY,
		UVN_A_CONFIG_PROTOCOL,
		UVN_A_CONFIG_CGNAT,
		UVN_A_CONFIG_DIRECT,
		UVN_A_CONFIG_PUBLISH,
		UVN_A_CONFIG_TRANSIT,
		UVN_A_CONFIG_SUBUID,
		UVN_A_CONFIG_CHECK,
	  } },
	{ "user-get", UVN_CMD_USER_GET,
	  SPEC_DO | SPEC_DUMP, &spec_user,
	  1, {
		UVN_A_USER_UID,
	  } },
	{ "user-add", UVN_CMD_USER_ADD,
	  SPEC_DO | SPEC_ADMIN, &spec_user,
	  1, {
		UVN_A_USER_UID,
	  } },
	{ "user-del", UVN_CMD_USER_DEL,
	  SPEC_DO | SPEC_ADMIN, &spec_user,
	  2, {
		UVN_A_USER_UID,
		UVN_A_USER_FORCE,
	  } },
	{ "adopt-add", UVN_CMD_ADOPT_ADD,
	  SPEC_DO | SPEC_ADMIN, &spec_adopt,
	  3, {
		UVN_A_ADOPT_PID,
		UVN_A_ADOPT_CGROUP,
		UVN_A_ADOPT_UID,
	  } },
	{ "adopt-del", UVN_CMD_ADOPT_DEL,
	  SPEC_DO | SPEC_ADMIN, &spec_adopt,
	  2, {
		UVN_A_ADOPT_PID,
		UVN_A_ADOPT_CGROUP,
	  } },
	{ "adopt-get", UVN_CMD_ADOPT_GET,
	  SPEC_DUMP | SPEC_ADMIN, &spec_adopt,
	  0, {
	  } },
};
