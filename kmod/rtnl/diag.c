// SPDX-License-Identifier: GPL-2.0
/*
 * Which sockets there are in a user network, by sock_diag(7).
 */
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/in.h>
#include <linux/inet_diag.h>
#include <linux/net.h>
#include <linux/rtnetlink.h>
#include <linux/slab.h>
#include <linux/sock_diag.h>
#include <net/netlink.h>
#include <net/tcp_states.h>

#include "config/permit.h"
#include "core/netns.h"
#include "core/user.h"
#include "overlay/link.h"
#include "rtnl/client.h"
#include "rtnl/diag.h"

/* All states but the one that is not a socket any more. */
#define UVN_DIAG_STATES		(~(1U << TCP_TIME_WAIT))

/**
 * struct uvn_diag_match - of a filter: is the socket bound to a device?
 * @device: if it is, go on behind @ifindex, else at the next match
 * @ifindex: of the device
 * @found: to the end of the filter
 */
struct uvn_diag_match {
	struct inet_diag_bc_op device;
	u32 ifindex;
	struct inet_diag_bc_op found;
};

/**
 * struct uvn_diag_filter - a filter that sock_diag(7) runs on each socket
 * @n: how many devices it matches, at least one
 * @match: the last one has no @found, as that is the end
 */
struct uvn_diag_filter {
	unsigned int n;
	struct uvn_diag_match match[];
};

static size_t uvn_diag_len(unsigned int n)
{
	return n * sizeof(struct uvn_diag_match) -
	       sizeof(struct inet_diag_bc_op);
}

/* Sockets are bound to the VRF, or to a link. */
static struct uvn_diag_filter *uvn_diag_filter(struct uvn_user *user)
{
	struct uvn_diag_filter *filter;
	struct uvn_link *link;
	unsigned int i, n = 1;

	rtnl_lock();
	list_for_each_entry(link, &user->links, list)
		n++;
	filter = kzalloc(struct_size(filter, match, n), GFP_KERNEL);
	if (filter) {
		filter->n = n;
		filter->match[0].ifindex = user->vrf;
		i = 1;
		list_for_each_entry(link, &user->links, list)
			filter->match[i++].ifindex = link->dev->ifindex;
	}
	rtnl_unlock();
	if (!filter)
		return NULL;
	for (i = 0; i < n; i++) {
		struct uvn_diag_match *m = &filter->match[i];

		m->device.code = INET_DIAG_BC_DEV_COND;
		m->device.yes = offsetof(struct uvn_diag_match, found);
		m->device.no = sizeof(*m);
		m->found.code = INET_DIAG_BC_JMP;
		m->found.yes = sizeof(m->found);
		m->found.no = uvn_diag_len(n - i) -
			      offsetof(struct uvn_diag_match, found);
	}
	return filter;
}

/* sock_diag(7) looks at the credentials of who opened the socket, which are
 * those of its file. That is closed at once, not by some work later: the socket
 * has no reference on the namespace.
 */
static struct file *uvn_diag_open(struct uvn_client *client, struct net *net)
{
	struct file *file;
	int err;

	err = uvn_client_open(client, net, NETLINK_SOCK_DIAG);
	if (err)
		return ERR_PTR(err);
	file = sock_alloc_file(client->sock, O_RDWR, NULL);
	if (IS_ERR(file))
		client->sock = NULL; /* released */
	return file;
}

static int uvn_diag_found(const struct nlmsghdr *nlh, void *arg)
{
	return -EBUSY;
}

/* Sockets that nobody may have are not asked for: the kernel would load the
 * protocol for the sake of the question.
 */
static bool uvn_diag_is_permitted(struct uvn_net *un, u8 protocol)
{
	bool permitted;

	rcu_read_lock();
	permitted = uvn_permit_number(rcu_dereference(un->config), protocol);
	rcu_read_unlock();
	return permitted;
}

static int uvn_diag_look(struct uvn_client *client, u8 family, u8 protocol,
			 const struct uvn_diag_filter *filter)
{
	size_t len = uvn_diag_len(filter->n);
	struct inet_diag_req_v2 req = {
		.sdiag_family = family,
		.sdiag_protocol = protocol,
		.idiag_states = UVN_DIAG_STATES,
	};
	struct sk_buff *skb;

	skb = uvn_client_new(client, NLMSG_ALIGN(sizeof(req)) +
			     nla_total_size(len), SOCK_DIAG_BY_FAMILY,
			     NLM_F_DUMP, &req, sizeof(req));
	if (!skb)
		return -ENOMEM;
	if (nla_put(skb, INET_DIAG_REQ_BYTECODE, len, filter->match)) {
		nlmsg_free(skb);
		return -EMSGSIZE;
	}
	return uvn_client_dump(client, skb, uvn_diag_found, NULL);
}

/**
 * uvn_diag_in_use - is a socket bound to a user network?
 * @user: the network
 *
 * Sockets without a port yet are in no list.
 *
 * Context: the worker.
 * Return: 0; -EBUSY if there is one; or another negative errno.
 */
int uvn_diag_in_use(struct uvn_user *user)
{
	static const u8 family[] = { AF_INET, AF_INET6 };
	static const struct {
		u8 protocol;
		bool optional;
	} protocol[] = {
		{ IPPROTO_TCP },
		{ IPPROTO_UDP },
		{ IPPROTO_UDPLITE, true },
		{ IPPROTO_SCTP, true },
		{ IPPROTO_RAW, true },
	};
	struct uvn_diag_filter *filter;
	struct uvn_client client = {};
	struct file *file;
	int i, k, err = 0;

	uvn_assert_worker(user->un);
	filter = uvn_diag_filter(user);
	if (!filter)
		return -ENOMEM;
	file = uvn_diag_open(&client, user->un->net);
	if (IS_ERR(file)) {
		err = PTR_ERR(file);
		goto out;
	}
	for (i = 0; i < ARRAY_SIZE(family) && !err; i++) {
		for (k = 0; k < ARRAY_SIZE(protocol) && !err; k++) {
			if (user->un->diag_missing & BIT(k) ||
			    (protocol[k].optional &&
			     !uvn_diag_is_permitted(user->un,
						    protocol[k].protocol)))
				continue;
			err = uvn_diag_look(&client, family[i],
					    protocol[k].protocol, filter);
			/* Of what has no module nobody has a socket; to ask
			 * again would look for the module again.
			 */
			if (err == -ENOENT && protocol[k].optional) {
				user->un->diag_missing |= BIT(k);
				err = 0;
			}
		}
	}
	__fput_sync(file);
out:
	kfree(filter);
	return err;
}
