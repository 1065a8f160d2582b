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
#include "rtnl/client.h"
#include "rtnl/diag.h"

/* All states but the one that is not a socket any more. */
#define UVN_DIAG_STATES		(~(1U << TCP_TIME_WAIT))

/**
 * struct uvn_diag_filter - a filter that sock_diag(7) runs on each socket
 * @device: is it bound to a device? Then go on behind @ifindex, which is the end, and
 *	else further, which is for none
 * @ifindex: of the device
 */
struct uvn_diag_filter {
	struct inet_diag_bc_op device;
	u32 ifindex;
};

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
	struct inet_diag_req_v2 req = {
		.sdiag_family = family,
		.sdiag_protocol = protocol,
		.idiag_states = UVN_DIAG_STATES,
	};
	struct sk_buff *skb;

	skb = uvn_client_new(client, NLMSG_ALIGN(sizeof(req)) +
			     nla_total_size(sizeof(*filter)),
			     SOCK_DIAG_BY_FAMILY,
			     NLM_F_DUMP, &req, sizeof(req));
	if (!skb)
		return -ENOMEM;
	if (nla_put(skb, INET_DIAG_REQ_BYTECODE, sizeof(*filter), filter)) {
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
	const struct uvn_diag_filter filter = {
		.device = {
			.code = INET_DIAG_BC_DEV_COND,
			.yes = sizeof(filter),
			.no = sizeof(filter) + sizeof(filter.device),
		},
		.ifindex = user->vrf,
	};
	struct uvn_client client = {};
	struct file *file;
	int i, k, err = 0;

	uvn_assert_worker(user->un);
	file = uvn_diag_open(&client, user->un->net);
	if (IS_ERR(file))
		return PTR_ERR(file);
	for (i = 0; i < ARRAY_SIZE(family) && !err; i++) {
		for (k = 0; k < ARRAY_SIZE(protocol) && !err; k++) {
			if (user->un->diag_missing & BIT(k) ||
			    (protocol[k].optional &&
			     !uvn_diag_is_permitted(user->un,
						    protocol[k].protocol)))
				continue;
			err = uvn_diag_look(&client, family[i],
					    protocol[k].protocol, &filter);
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
	return err;
}
