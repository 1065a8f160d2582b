// SPDX-License-Identifier: GPL-2.0
/*
 * Events: what the multicast group "events" is told.
 */
#include <linux/rtnetlink.h>
#include <linux/sched.h>
#include <net/genetlink.h>
#include <net/netlink.h>

#include "core/denial.h"
#include "core/event.h"
#include "core/netns.h"
#include "core/packet.h"
#include "core/put.h"
#include "core/user.h"

static const struct genl_family *uvn_event_family __ro_after_init;
static unsigned int uvn_event_group __ro_after_init;

/**
 * uvn_event_init - note where reports go
 * @family: of generic netlink
 * @group: its multicast group
 */
void uvn_event_init(const struct genl_family *family, unsigned int group)
{
	uvn_event_family = family;
	uvn_event_group = group;
}

/**
 * uvn_event_new - begin a report
 * @cmd: UVN_CMD_*
 * @hdr: set to its header
 * @gfp: how to get memory
 *
 * Return: the message, or NULL without memory.
 */
struct sk_buff *uvn_event_new(u8 cmd, void **hdr, gfp_t gfp)
{
	struct sk_buff *msg = genlmsg_new(GENLMSG_DEFAULT_SIZE, gfp);

	if (!msg)
		return NULL;
	*hdr = genlmsg_put(msg, 0, 0, uvn_event_family, 0, cmd);
	if (!*hdr) {
		nlmsg_free(msg);
		return NULL;
	}
	return msg;
}

/**
 * uvn_event_send - send a report
 * @un: namespace
 * @msg: the report; consumed
 * @hdr: its header
 * @err: what went wrong as it was made: then it is not sent; else 0
 * @gfp: how to get memory
 */
void uvn_event_send(struct uvn_net *un, struct sk_buff *msg,
		    void *hdr, int err, gfp_t gfp)
{
	if (err) {
		nlmsg_free(msg);
		return;
	}
	genlmsg_end(msg, hdr);
	genlmsg_multicast_netns(uvn_event_family, un->net, msg, 0,
				uvn_event_group, gfp);
}

/**
 * uvn_event_heard - does anybody listen?
 * @un: namespace
 */
bool uvn_event_heard(struct uvn_net *un)
{
	return genl_has_listeners(uvn_event_family, un->net, uvn_event_group);
}

/* The device that a packet would have left by or that a program named, if there is
 * such a device.
 */
static int uvn_event_put_device(struct sk_buff *msg, struct uvn_net *un,
				const struct uvn_denial *denial)
{
	const struct net_device *dev = denial->out;
	int err = 0;

	rcu_read_lock();
	if (!dev && denial->ifindex)
		dev = dev_get_by_index_rcu(un->net, denial->ifindex);
	if (dev)
		err = nla_put_string(msg, UVN_A_DENIED_DEVICE, dev->name);
	rcu_read_unlock();
	return err;
}

/**
 * uvn_event_denied - report a refusal
 * @un: namespace
 * @denial: what, whose and why
 * @suppressed: reports left out before this one
 *
 * Context: may sleep unless @denial says otherwise.
 */
void uvn_event_denied(struct uvn_net *un, const struct uvn_denial *denial,
		      u32 suppressed)
{
	gfp_t gfp = denial->atomic ? GFP_ATOMIC : GFP_KERNEL;
	struct sk_buff *msg;
	int err = 0;
	void *hdr;

	if (!uvn_event_heard(un))
		return;
	msg = uvn_event_new(UVN_CMD_DENIED_NTF, &hdr, gfp);
	if (!msg)
		return;
	if (denial->task) {
		char comm[TASK_COMM_LEN];

		/* A socket may be locked, which a softirq may wait for: not the
		 * task's lock, which softirqs may interrupt.
		 */
		strscpy(comm, current->comm, sizeof(comm));
		err = nla_put_u32(msg, UVN_A_DENIED_PID,
				  task_tgid_nr(current)) ?:
		      nla_put_string(msg, UVN_A_DENIED_COMM, comm);
	}
	if (!err && denial->family >= 0)
		err = nla_put_u32(msg, UVN_A_DENIED_FAMILY, denial->family) ?:
		      nla_put_u32(msg, UVN_A_DENIED_TYPE, denial->type) ?:
		      nla_put_u32(msg, UVN_A_DENIED_PROTOCOL,
				  denial->protocol);
	if (!err && denial->addr_len)
		err = nla_put(msg, UVN_A_DENIED_SOURCE, denial->addr_len,
			      denial->saddr) ?:
		      nla_put(msg, UVN_A_DENIED_DESTINATION, denial->addr_len,
			      denial->daddr);
	err = err ?:
	      uvn_event_put_device(msg, un, denial) ?:
	      nla_put_u32(msg, UVN_A_DENIED_OPERATION, denial->operation) ?:
	      nla_put_u32(msg, UVN_A_DENIED_UID, denial->uid) ?:
	      nla_put_u32(msg, UVN_A_DENIED_REASON, denial->reason) ?:
	      nla_put_u32(msg, UVN_A_DENIED_ERROR, -denial->error) ?:
	      (denial->detail ? nla_put_string(msg, UVN_A_DENIED_DETAIL,
					       denial->detail) : 0) ?:
	      (denial->audit ? nla_put_flag(msg, UVN_A_DENIED_AUDIT) : 0) ?:
	      nla_put_u32(msg, UVN_A_DENIED_SUPPRESSED, suppressed);
	uvn_event_send(un, msg, hdr, err, gfp);
}

/**
 * uvn_event_published - report a flow from outside to a published port
 * @user: whose port it is
 * @skb: its first packet
 * @p: what that is
 * @family: likewise
 * @suppressed: reports left out before this one
 *
 * Context: RCU read side, softirq.
 */
void uvn_event_published(struct uvn_user *user, const struct sk_buff *skb,
			 const struct uvn_packet *p, u8 family,
			 u32 suppressed)
{
	struct sk_buff *msg;
	void *hdr;
	int err;

	if (!uvn_event_heard(user->un))
		return;
	msg = uvn_event_new(UVN_CMD_PUBLISHED_NTF, &hdr, GFP_ATOMIC);
	if (!msg)
		return;
	err = nla_put_u32(msg, UVN_A_PUBLISHED_UID, user->uid) ?:
	      nla_put_u32(msg, UVN_A_PUBLISHED_PROTOCOL, p->protocol) ?:
	      uvn_put_addr(msg, UVN_A_PUBLISHED_SOURCE, family,
			   uvn_packet_saddr(skb, family)) ?:
	      nla_put_u16(msg, UVN_A_PUBLISHED_SOURCE_PORT, ntohs(p->sport)) ?:
	      uvn_put_addr(msg, UVN_A_PUBLISHED_DESTINATION, family,
			   uvn_packet_daddr(skb, family)) ?:
	      nla_put_u16(msg, UVN_A_PUBLISHED_PORT, ntohs(p->dport)) ?:
	      nla_put_u32(msg, UVN_A_PUBLISHED_SUPPRESSED, suppressed);
	uvn_event_send(user->un, msg, hdr, err, GFP_ATOMIC);
}

/**
 * uvn_event_user - report that a user network is complete or gone
 * @user: the network
 * @cmd: UVN_CMD_USER_NEW_NTF or UVN_CMD_USER_DEL_NTF
 *
 * Context: the worker; takes RTNL.
 */
void uvn_event_user(struct uvn_user *user, u8 cmd)
{
	struct sk_buff *msg;
	void *hdr;
	int err;

	uvn_assert_worker(user->un);
	if (!uvn_event_heard(user->un))
		return;
	msg = uvn_event_new(cmd, &hdr, GFP_KERNEL);
	if (!msg)
		return;
	rtnl_lock();
	err = uvn_put_user(msg, user);
	rtnl_unlock();
	uvn_event_send(user->un, msg, hdr, err, GFP_KERNEL);
}
