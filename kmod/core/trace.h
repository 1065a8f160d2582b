/* SPDX-License-Identifier: GPL-2.0 */
/* Tracepoints for decisions: `perf trace -e uvn:*`. */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM uvn

#if !defined(_UVN_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define _UVN_TRACE_H

#include <linux/netdevice.h>
#include <linux/skbuff.h>
#include <linux/tracepoint.h>

#include "config/system-uid.h"
#include "core/denial.h"
#include "core/drop.h"

TRACE_DEFINE_ENUM(UVN_IDENTITY_SYSTEM);
TRACE_DEFINE_ENUM(UVN_IDENTITY_USER);
TRACE_DEFINE_ENUM(UVN_IDENTITY_NOBODY);

TRACE_DEFINE_ENUM(UVN_DROP_HEADER);
TRACE_DEFINE_ENUM(UVN_DROP_DEVICE);
TRACE_DEFINE_ENUM(UVN_DROP_SOURCE);
TRACE_DEFINE_ENUM(UVN_DROP_DESTINATION);
TRACE_DEFINE_ENUM(UVN_DROP_NO_LINK);
TRACE_DEFINE_ENUM(UVN_DROP_LINK_STATE);
TRACE_DEFINE_ENUM(UVN_DROP_ECN);
TRACE_DEFINE_ENUM(UVN_DROP_MEMORY);
TRACE_DEFINE_ENUM(UVN_DROP_OPTIONS);
TRACE_DEFINE_ENUM(UVN_DROP_FRAGMENT);
TRACE_DEFINE_ENUM(UVN_DROP_CGNAT);
TRACE_DEFINE_ENUM(UVN_DROP_PENDING);
TRACE_DEFINE_ENUM(UVN_DROP_IPSEC);

/* The decision on a new socket: its VRF, none for a system task, or an error.
 */
TRACE_EVENT(uvn_socket,
	TP_PROTO(u32 uid, int identity, int family, int vrf, int err),
	TP_ARGS(uid, identity, family, vrf, err),
	TP_STRUCT__entry(
		__field(u32, uid)
		__field(int, identity)
		__field(int, family)
		__field(int, vrf)
		__field(int, err)
	),
	TP_fast_assign(
		__entry->uid = uid;
		__entry->identity = identity;
		__entry->family = family;
		__entry->vrf = vrf;
		__entry->err = err;
	),
	TP_printk("uid=%u identity=%s family=%d vrf=%d err=%d", __entry->uid,
		  __print_symbolic(__entry->identity,
				   { UVN_IDENTITY_SYSTEM, "system" },
				   { UVN_IDENTITY_USER, "user" },
				   { UVN_IDENTITY_NOBODY, "nobody" }),
		  __entry->family, __entry->vrf, __entry->err)
);

/* A packet to a port of ours that was not let in. */
TRACE_EVENT(uvn_drop,
	TP_PROTO(const struct sk_buff *skb, int reason),
	TP_ARGS(skb, reason),
	TP_STRUCT__entry(
		__field(int, ifindex)
		__field(unsigned int, len)
		__field(int, reason)
	),
	TP_fast_assign(
		__entry->ifindex = skb->dev ? skb->dev->ifindex : 0;
		__entry->len = skb->len;
		__entry->reason = reason;
	),
	TP_printk("ifindex=%d len=%u reason=%s", __entry->ifindex, __entry->len,
		  __print_symbolic(__entry->reason,
				   { UVN_DROP_HEADER, "header" },
				   { UVN_DROP_DEVICE, "device" },
				   { UVN_DROP_SOURCE, "source" },
				   { UVN_DROP_DESTINATION, "destination" },
				   { UVN_DROP_NO_LINK, "no-link" },
				   { UVN_DROP_LINK_STATE, "link-state" },
				   { UVN_DROP_ECN, "ecn" },
				   { UVN_DROP_MEMORY, "memory" },
				   { UVN_DROP_OPTIONS, "options" },
				   { UVN_DROP_FRAGMENT, "fragment" },
				   { UVN_DROP_CGNAT, "cgnat" },
				   { UVN_DROP_PENDING, "pending" },
				   { UVN_DROP_IPSEC, "ipsec" }))
);

/* A socket or a packet that was refused, or would have been (audit). */
TRACE_EVENT(uvn_denied,
	TP_PROTO(const struct uvn_denial *denial),
	TP_ARGS(denial),
	TP_STRUCT__entry(
		__field(u32, uid)
		__field(u32, reason)
		__field(u32, operation)
		__field(int, family)
		__field(int, error)
		__field(int, out)
		__field(bool, audit)
	),
	TP_fast_assign(
		__entry->uid = denial->uid;
		__entry->reason = denial->reason;
		__entry->operation = denial->operation;
		__entry->family = denial->family;
		__entry->error = denial->error;
		__entry->out = denial->out ? denial->out->ifindex :
					     denial->ifindex;
		__entry->audit = denial->audit;
	),
	TP_printk("uid=%u reason=%u operation=%u family=%d error=%d out=%d audit=%d",
		  __entry->uid, __entry->reason, __entry->operation,
		  __entry->family, __entry->error, __entry->out,
		  __entry->audit)
);

/* A user network changed its state. */
TRACE_EVENT(uvn_user,
	TP_PROTO(u32 uid, u32 state, int err),
	TP_ARGS(uid, state, err),
	TP_STRUCT__entry(
		__field(u32, uid)
		__field(u32, state)
		__field(int, err)
	),
	TP_fast_assign(
		__entry->uid = uid;
		__entry->state = state;
		__entry->err = err;
	),
	TP_printk("uid=%u state=%u err=%d", __entry->uid, __entry->state,
		  __entry->err)
);

#endif /* _UVN_TRACE_H */

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH core
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE trace
#include <trace/define_trace.h>
