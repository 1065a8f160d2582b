/* SPDX-License-Identifier: ((GPL-2.0 WITH Linux-syscall-note) OR BSD-3-Clause) */
/* Do not edit directly, auto-generated from: */
/*	Documentation/netlink/specs/uvn.yaml */
/* YNL-GEN uapi header */

#ifndef _UAPI_LINUX_UVN_H
#define _UAPI_LINUX_UVN_H

#define UVN_FAMILY_NAME		"uvn"
#define UVN_FAMILY_VERSION	1

#define UVN_VNI_MAX			16777215
#define UVN_NOWHERE			2147483647
#define UVN_IDLE_TIMEOUT_MAX		31536000
#define UVN_NAT_FLOWS_MAX		16777216
#define UVN_DEFAULT_TABLE_BASE		16777216
#define UVN_DEFAULT_NAT_PORT_FIRST	61000
#define UVN_DEFAULT_NAT_PORT_LAST	65535
#define UVN_DEFAULT_IDLE_TIMEOUT	600
#define UVN_DEFAULT_NAT_FLOWS		8192
#define UVN_DEFAULT_SUBORDINATE_FIRST	100000
#define UVN_DEFAULT_SUBORDINATE_LAST	1879048191
#define UVN_SYSTEM_UID_LAST		999
#define UVN_DYNAMIC_UID_FIRST		61184
#define UVN_DYNAMIC_UID_LAST		65519
#define UVN_NOBODY_UID			65534

/**
 * enum uvn_verdict - What becomes of a socket.
 */
enum uvn_verdict {
	UVN_VERDICT_DENY,
	UVN_VERDICT_ALLOW,
};

/**
 * enum uvn_view - Which devices and routes managed users see.
 * @UVN_VIEW_FULL: All that there are.
 * @UVN_VIEW_USERS: Those that there would be without uvn.
 */
enum uvn_view {
	UVN_VIEW_FULL,
	UVN_VIEW_USERS,
};

/**
 * enum uvn_view_sockets - Whose sockets managed users see where sockets are
 *   listed.
 * @UVN_VIEW_SOCKETS_ALL: Everybody's.
 * @UVN_VIEW_SOCKETS_OWN: Their own and the system's.
 */
enum uvn_view_sockets {
	UVN_VIEW_SOCKETS_ALL,
	UVN_VIEW_SOCKETS_OWN,
};

#define UVN_FAMILIES	64
#define UVN_PROTOCOLS	512

/**
 * enum uvn_user_state - State of a user network.
 * @UVN_USER_STATE_CREATING: Being made; sockets of the user wait for it.
 * @UVN_USER_STATE_READY: Complete; sockets are bound to its VRF.
 * @UVN_USER_STATE_DYING: Being removed.
 */
enum uvn_user_state {
	UVN_USER_STATE_CREATING,
	UVN_USER_STATE_READY,
	UVN_USER_STATE_DYING,
};

/**
 * enum uvn_reason - Why a socket or a packet was refused or a user network not
 *   made.
 * @UVN_REASON_NONE: Nothing was refused.
 * @UVN_REASON_UNMATCHED: The UID is in no range and unmatched is deny.
 * @UVN_REASON_NAME_IN_USE: A device that is not ours bears a name that the
 *   network needs.
 * @UVN_REASON_TABLE_IN_USE: The routing table of the network holds routes that
 *   are not ours.
 * @UVN_REASON_NO_MEMORY: An allocation failed.
 * @UVN_REASON_RTNETLINK: The kernel refused to make a part of the network.
 * @UVN_REASON_DISABLED: uvn was disabled while the socket waited for its
 *   network.
 * @UVN_REASON_INTERRUPTED: The task was killed while it waited for its
 *   network.
 * @UVN_REASON_FAMILY: Users get no sockets of this address family.
 * @UVN_REASON_PROTOCOL: Users get no sockets of this protocol.
 * @UVN_REASON_NETWORK: A socket, or a packet of it, would have left its
 *   network.
 * @UVN_REASON_VXLAN_PORT: A program sent to the UDP port of a subnet's VXLAN.
 * @UVN_REASON_OPTIONS: A packet had IP options, a routing header, or was a
 *   fragment.
 * @UVN_REASON_UNIX: An abstract Unix socket is another user's.
 * @UVN_REASON_ANSWER: A question to a UDP service whose answer could not be
 *   told from others, or an answer that cannot reach who asked.
 * @UVN_REASON_CGNAT_EXHAUSTED: No address is left in the CGNAT pools of a
 *   family.
 * @UVN_REASON_TRANSLATION: A packet to outside the subnets that is not to be
 *   translated.
 * @UVN_REASON_STRAY: A packet of a user network, for a socket that is older
 *   than enable and not that user's.
 * @UVN_REASON_FORWARDED: A packet that this node passed on would have spoken
 *   in its name.
 * @UVN_REASON_CHILD_NETNS: A user's task made a socket in a namespace without
 *   uvn.
 * @UVN_REASON_SUBORDINATE: The UID is a subordinate one, and nobody's who gets
 *   sockets.
 * @UVN_REASON_FLOWS: A flow off the subnets, or to a published port, of a user
 *   who has as many as one may have.
 * @UVN_REASON_PORTS: A flow off the subnets to a destination for which the
 *   user gets no other port.
 */
enum uvn_reason {
	UVN_REASON_NONE,
	UVN_REASON_UNMATCHED,
	UVN_REASON_NAME_IN_USE,
	UVN_REASON_TABLE_IN_USE,
	UVN_REASON_NO_MEMORY,
	UVN_REASON_RTNETLINK,
	UVN_REASON_DISABLED,
	UVN_REASON_INTERRUPTED,
	UVN_REASON_FAMILY,
	UVN_REASON_PROTOCOL,
	UVN_REASON_NETWORK,
	UVN_REASON_VXLAN_PORT,
	UVN_REASON_OPTIONS,
	UVN_REASON_UNIX,
	UVN_REASON_ANSWER,
	UVN_REASON_CGNAT_EXHAUSTED,
	UVN_REASON_TRANSLATION,
	UVN_REASON_STRAY,
	UVN_REASON_FORWARDED,
	UVN_REASON_CHILD_NETNS,
	UVN_REASON_SUBORDINATE,
	UVN_REASON_FLOWS,
	UVN_REASON_PORTS,

	/* private: */
	__UVN_REASON_MAX,
	UVN_REASON_MAX = (__UVN_REASON_MAX - 1)
};

/**
 * enum uvn_drop - Why a packet that came to a port of ours, or to a pool, was
 *   dropped.
 * @UVN_DROP_NONE: Nothing was dropped.
 * @UVN_DROP_HEADER: It is cut short, or its VXLAN or inner IP header is none
 *   of ours.
 * @UVN_DROP_DEVICE: It came by a device that has no address in a subnet with
 *   this port.
 * @UVN_DROP_SOURCE: It does not come from another node of the subnet, or its
 *   inner source is not its outer one.
 * @UVN_DROP_DESTINATION: Its inner destination is not where its outer header
 *   leads.
 * @UVN_DROP_NO_LINK: There is no network with its VNI here, and it may not
 *   wait for one.
 * @UVN_DROP_LINK_STATE: The user's VRF is down.
 * @UVN_DROP_ECN: It was marked as congested outside, and cannot be marked
 *   inside.
 * @UVN_DROP_MEMORY: An allocation failed.
 * @UVN_DROP_OPTIONS: Its inner header has IP options, or is followed by a
 *   routing header.
 * @UVN_DROP_FRAGMENT: It is an IPv6 fragment with which nothing could be put
 *   together.
 * @UVN_DROP_CGNAT: It is from or to an address of a pool, or an answer that
 *   cannot be led back to its user.
 * @UVN_DROP_PENDING: It waited for a network that was not made.
 * @UVN_DROP_IPSEC: IPsec's policies for what comes in do not let it in as it
 *   came.
 */
enum uvn_drop {
	UVN_DROP_NONE,
	UVN_DROP_HEADER,
	UVN_DROP_DEVICE,
	UVN_DROP_SOURCE,
	UVN_DROP_DESTINATION,
	UVN_DROP_NO_LINK,
	UVN_DROP_LINK_STATE,
	UVN_DROP_ECN,
	UVN_DROP_MEMORY,
	UVN_DROP_OPTIONS,
	UVN_DROP_FRAGMENT,
	UVN_DROP_CGNAT,
	UVN_DROP_PENDING,
	UVN_DROP_IPSEC,

	/* private: */
	__UVN_DROP_MAX,
	UVN_DROP_MAX = (__UVN_DROP_MAX - 1)
};

/**
 * enum uvn_operation - What a program did when it was refused, or what
 *   happened to its socket.
 * @UVN_OPERATION_NONE: Nothing; it is about a network, and no program's doing.
 * @UVN_OPERATION_SOCKET: It made a socket.
 * @UVN_OPERATION_CONNECT: It began a connection.
 * @UVN_OPERATION_SEND: It sent something, or its connection did.
 * @UVN_OPERATION_BIND: It bound a socket to an address.
 * @UVN_OPERATION_LISTEN: It listened for connections.
 * @UVN_OPERATION_JOIN: It joined a multicast group.
 * @UVN_OPERATION_BIND_DEVICE: It bound a socket to a device (SO_BINDTODEVICE,
 *   SO_BINDTOIFINDEX).
 * @UVN_OPERATION_DISCONNECT: It took the peer from a datagram socket.
 * @UVN_OPERATION_RECEIVE: Nothing; something came for its socket.
 * @UVN_OPERATION_FORWARD: Nothing; a packet passed through the node.
 */
enum uvn_operation {
	UVN_OPERATION_NONE,
	UVN_OPERATION_SOCKET,
	UVN_OPERATION_CONNECT,
	UVN_OPERATION_SEND,
	UVN_OPERATION_BIND,
	UVN_OPERATION_LISTEN,
	UVN_OPERATION_JOIN,
	UVN_OPERATION_BIND_DEVICE,
	UVN_OPERATION_DISCONNECT,
	UVN_OPERATION_RECEIVE,
	UVN_OPERATION_FORWARD,

	/* private: */
	__UVN_OPERATION_MAX,
	UVN_OPERATION_MAX = (__UVN_OPERATION_MAX - 1)
};

enum {
	UVN_A_SETTINGS_UNMATCHED = 1,
	UVN_A_SETTINGS_TABLE_BASE,
	UVN_A_SETTINGS_AUDIT,
	UVN_A_SETTINGS_NAT_PORT_FIRST,
	UVN_A_SETTINGS_NAT_PORT_LAST,
	UVN_A_SETTINGS_IDLE_TIMEOUT,
	UVN_A_SETTINGS_CHILD_NETNS,
	UVN_A_SETTINGS_SUBORDINATE_FIRST,
	UVN_A_SETTINGS_SUBORDINATE_LAST,
	UVN_A_SETTINGS_NAT_FLOWS_PER_USER,
	UVN_A_SETTINGS_OUTER_NETFILTER,
	UVN_A_SETTINGS_FIREWALL_VRF,
	UVN_A_SETTINGS_VIEW,
	UVN_A_SETTINGS_VIEW_SOCKETS,

	__UVN_A_SETTINGS_MAX,
	UVN_A_SETTINGS_MAX = (__UVN_A_SETTINGS_MAX - 1)
};

enum {
	UVN_A_PERMIT_NUMBER = 1,
	UVN_A_PERMIT_VERDICT,

	__UVN_A_PERMIT_MAX,
	UVN_A_PERMIT_MAX = (__UVN_A_PERMIT_MAX - 1)
};

enum {
	UVN_A_SUBNET_PREFIX = 1,
	UVN_A_SUBNET_PREFIX_LEN,
	UVN_A_SUBNET_PORT,
	UVN_A_SUBNET_GROUP,
	UVN_A_SUBNET_UNPRIVILEGED,

	__UVN_A_SUBNET_MAX,
	UVN_A_SUBNET_MAX = (__UVN_A_SUBNET_MAX - 1)
};

enum {
	UVN_A_RANGE_UID_FIRST = 1,
	UVN_A_RANGE_UID_LAST,
	UVN_A_RANGE_VNI_FIRST,

	__UVN_A_RANGE_MAX,
	UVN_A_RANGE_MAX = (__UVN_A_RANGE_MAX - 1)
};

enum {
	UVN_A_CGNAT_PREFIX = 1,
	UVN_A_CGNAT_PREFIX_LEN,
	UVN_A_CGNAT_SNAT,

	__UVN_A_CGNAT_MAX,
	UVN_A_CGNAT_MAX = (__UVN_A_CGNAT_MAX - 1)
};

enum {
	UVN_A_DIRECT_PREFIX = 1,
	UVN_A_DIRECT_PREFIX_LEN,

	__UVN_A_DIRECT_MAX,
	UVN_A_DIRECT_MAX = (__UVN_A_DIRECT_MAX - 1)
};

enum {
	UVN_A_PUBLISH_PREFIX = 1,
	UVN_A_PUBLISH_PREFIX_LEN,
	UVN_A_PUBLISH_PROTOCOL,
	UVN_A_PUBLISH_PORT_FIRST,
	UVN_A_PUBLISH_PORT_LAST,

	__UVN_A_PUBLISH_MAX,
	UVN_A_PUBLISH_MAX = (__UVN_A_PUBLISH_MAX - 1)
};

enum {
	UVN_A_SUBUID_UID_FIRST = 1,
	UVN_A_SUBUID_UID_LAST,
	UVN_A_SUBUID_OWNER,

	__UVN_A_SUBUID_MAX,
	UVN_A_SUBUID_MAX = (__UVN_A_SUBUID_MAX - 1)
};

enum {
	UVN_A_CONFIG_SETTINGS = 1,
	UVN_A_CONFIG_SUBNET,
	UVN_A_CONFIG_RANGE,
	UVN_A_CONFIG_FAMILY,
	UVN_A_CONFIG_PROTOCOL,
	UVN_A_CONFIG_CGNAT,
	UVN_A_CONFIG_DIRECT,
	UVN_A_CONFIG_PUBLISH,
	UVN_A_CONFIG_CHECK,
	UVN_A_CONFIG_TRANSIT,
	UVN_A_CONFIG_SUBUID_FLUSH,
	UVN_A_CONFIG_SUBUID,

	__UVN_A_CONFIG_MAX,
	UVN_A_CONFIG_MAX = (__UVN_A_CONFIG_MAX - 1)
};

enum {
	UVN_A_DENIAL_PAD = 1,
	UVN_A_DENIAL_REASON,
	UVN_A_DENIAL_COUNT,

	__UVN_A_DENIAL_MAX,
	UVN_A_DENIAL_MAX = (__UVN_A_DENIAL_MAX - 1)
};

enum {
	UVN_A_DROP_PAD = 1,
	UVN_A_DROP_REASON,
	UVN_A_DROP_COUNT,

	__UVN_A_DROP_MAX,
	UVN_A_DROP_MAX = (__UVN_A_DROP_MAX - 1)
};

enum {
	UVN_A_STATUS_PAD = 1,
	UVN_A_STATUS_ENABLED,
	UVN_A_STATUS_VERSION,
	UVN_A_STATUS_HOOK,
	UVN_A_STATUS_USERS,
	UVN_A_STATUS_SUBNETS,
	UVN_A_STATUS_RANGES,
	UVN_A_STATUS_DENIED,
	UVN_A_STATUS_RX_DROPPED,
	UVN_A_STATUS_AUDIT,
	UVN_A_STATUS_DENIAL,
	UVN_A_STATUS_EVICT,
	UVN_A_STATUS_NAT_FLOWS,
	UVN_A_STATUS_PUBLISHED_FLOWS,
	UVN_A_STATUS_DROP,
	UVN_A_STATUS_VIEW_MISSING,

	__UVN_A_STATUS_MAX,
	UVN_A_STATUS_MAX = (__UVN_A_STATUS_MAX - 1)
};

enum {
	UVN_A_ADDRESS_ADDRESS = 1,
	UVN_A_ADDRESS_PREFIX_LEN,

	__UVN_A_ADDRESS_MAX,
	UVN_A_ADDRESS_MAX = (__UVN_A_ADDRESS_MAX - 1)
};

enum {
	UVN_A_LINK_IFINDEX = 1,
	UVN_A_LINK_NAME,
	UVN_A_LINK_LOWER_IFINDEX,
	UVN_A_LINK_LOWER,
	UVN_A_LINK_MTU,
	UVN_A_LINK_ADDRESS,

	__UVN_A_LINK_MAX,
	UVN_A_LINK_MAX = (__UVN_A_LINK_MAX - 1)
};

enum {
	UVN_A_TRAFFIC_PAD = 1,
	UVN_A_TRAFFIC_TX_PACKETS,
	UVN_A_TRAFFIC_TX_BYTES,
	UVN_A_TRAFFIC_RX_PACKETS,
	UVN_A_TRAFFIC_RX_BYTES,

	__UVN_A_TRAFFIC_MAX,
	UVN_A_TRAFFIC_MAX = (__UVN_A_TRAFFIC_MAX - 1)
};

enum {
	UVN_A_USER_PAD = 1,
	UVN_A_USER_UID,
	UVN_A_USER_VNI,
	UVN_A_USER_VRF,
	UVN_A_USER_VRF_IFINDEX,
	UVN_A_USER_TABLE,
	UVN_A_USER_STATE,
	UVN_A_USER_LINK,
	UVN_A_USER_SOCKETS_CREATED,
	UVN_A_USER_DENIED,
	UVN_A_USER_DENIAL,
	UVN_A_USER_CGNAT,
	UVN_A_USER_FORCE,
	UVN_A_USER_PUBLISHED,
	UVN_A_USER_LOCALHOST,
	UVN_A_USER_ON_SUBNET,
	UVN_A_USER_OFF_SUBNET,
	UVN_A_USER_NAT_FLOWS,
	UVN_A_USER_PUBLISHED_FLOWS,

	__UVN_A_USER_MAX,
	UVN_A_USER_MAX = (__UVN_A_USER_MAX - 1)
};

enum {
	UVN_A_ADOPT_PAD = 1,
	UVN_A_ADOPT_PID,
	UVN_A_ADOPT_CGROUP,
	UVN_A_ADOPT_UID,

	__UVN_A_ADOPT_MAX,
	UVN_A_ADOPT_MAX = (__UVN_A_ADOPT_MAX - 1)
};

enum {
	UVN_A_DENIED_UID = 1,
	UVN_A_DENIED_PID,
	UVN_A_DENIED_COMM,
	UVN_A_DENIED_REASON,
	UVN_A_DENIED_ERROR,
	UVN_A_DENIED_DETAIL,
	UVN_A_DENIED_FAMILY,
	UVN_A_DENIED_TYPE,
	UVN_A_DENIED_PROTOCOL,
	UVN_A_DENIED_SUPPRESSED,
	UVN_A_DENIED_SOURCE,
	UVN_A_DENIED_DESTINATION,
	UVN_A_DENIED_DEVICE,
	UVN_A_DENIED_AUDIT,
	UVN_A_DENIED_OPERATION,

	__UVN_A_DENIED_MAX,
	UVN_A_DENIED_MAX = (__UVN_A_DENIED_MAX - 1)
};

enum {
	UVN_A_PUBLISHED_UID = 1,
	UVN_A_PUBLISHED_PROTOCOL,
	UVN_A_PUBLISHED_SOURCE,
	UVN_A_PUBLISHED_SOURCE_PORT,
	UVN_A_PUBLISHED_DESTINATION,
	UVN_A_PUBLISHED_PORT,
	UVN_A_PUBLISHED_SUPPRESSED,

	__UVN_A_PUBLISHED_MAX,
	UVN_A_PUBLISHED_MAX = (__UVN_A_PUBLISHED_MAX - 1)
};

enum {
	UVN_CMD_STATUS_GET = 1,
	UVN_CMD_ENABLE,
	UVN_CMD_DISABLE,
	UVN_CMD_CONFIG_GET,
	UVN_CMD_CONFIG_ADD,
	UVN_CMD_CONFIG_DEL,
	UVN_CMD_CONFIG_REPLACE,
	UVN_CMD_USER_GET,
	UVN_CMD_USER_ADD,
	UVN_CMD_USER_DEL,
	UVN_CMD_ADOPT_ADD,
	UVN_CMD_ADOPT_DEL,
	UVN_CMD_ADOPT_GET,
	UVN_CMD_USER_NEW_NTF,
	UVN_CMD_USER_DEL_NTF,
	UVN_CMD_DENIED_NTF,
	UVN_CMD_PUBLISHED_NTF,
	UVN_CMD_CONFIG_NTF,

	__UVN_CMD_MAX,
	UVN_CMD_MAX = (__UVN_CMD_MAX - 1)
};

#define UVN_MCGRP_EVENTS	"events"

#endif /* _UAPI_LINUX_UVN_H */
