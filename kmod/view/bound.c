// SPDX-License-Identifier: GPL-2.0
/*
 * To which device users are told that a socket is bound: to the one that its program has
 * named, or to none, as it would be without uvn.
 *
 * SO_BINDTOIFINDEX tells the number of the user's VRF where nobody has named a device. It
 * is the only way by which a program can tell whether a socket of its own is in a network
 * of uvn's, and a number that has no name to users is of no use for anything else.
 */
#include <linux/if.h>
#include <linux/minmax.h>
#include <linux/netdevice.h>
#include <linux/rcupdate.h>
#include <linux/socket.h>
#include <linux/sockptr.h>
#include <linux/string.h>
#include <net/net_namespace.h>
#include <net/sock.h>

#include "socket/named.h"
#include "socket/sock.h"
#include "view/bound.h"
#include "view/view.h"

/**
 * uvn_bound_is_hidden - does a task ask for a device that users are not told?
 * @sk: the socket that it asks about
 * @level: as in getsockopt(2)
 * @optname: likewise
 *
 * Context: any.
 */
bool uvn_bound_is_hidden(const struct sock *sk, int level, int optname)
{
	if (level != SOL_SOCKET || !uvn_is_inet(sk->sk_family) ||
	    (optname != SO_BINDTODEVICE &&
	     (optname != SO_BINDTOIFINDEX || !uvn_named(sk))))
		return false;
	return uvn_view_hides_index(sock_net(sk), READ_ONCE(sk->sk_bound_dev_if)) &&
	       uvn_view_is_users(sock_net(sk));
}

/* The name of the device with an ifindex into @name, as netdev_get_name() has it, which is
 * not for modules. Its length with the end of it, 0 without a device, or a negative errno.
 */
static int uvn_bound_name(struct net *net, int ifindex, char name[IFNAMSIZ], int room)
{
	const struct net_device *dev;
	int len = -ENODEV;

	if (!ifindex)
		return 0;
	if (room < IFNAMSIZ)
		return -EINVAL;
	rcu_read_lock();
	dev = dev_get_by_index_rcu(net, ifindex);
	if (dev)
		len = strscpy(name, dev->name, IFNAMSIZ) + 1;
	rcu_read_unlock();
	return len;
}

/**
 * uvn_bound_tell - tell a task to which device a socket is bound
 * @sk: the socket, of which uvn_bound_is_hidden() is true
 * @optname: as in getsockopt(2)
 * @optval: likewise
 * @optlen: likewise
 *
 * What is no answer is refused as the kernel would.
 *
 * Context: task context, may sleep.
 * Return: 0 or a negative errno.
 */
int uvn_bound_tell(const struct sock *sk, int optname, sockptr_t optval,
		   sockptr_t optlen)
{
	int named = uvn_named(sk), len;
	const void *told = &named;
	char name[IFNAMSIZ];

	if (copy_from_sockptr(&len, optlen, sizeof(len)))
		return -EFAULT;
	if (len < 0)
		return -EINVAL;
	if (optname == SO_BINDTODEVICE) {
		len = uvn_bound_name(sock_net(sk), named, name, len);
		told = name;
	} else {
		len = min_t(int, len, sizeof(named));
	}
	if (len < 0)
		return len;
	if (copy_to_sockptr(optval, told, len) ||
	    copy_to_sockptr(optlen, &len, sizeof(len)))
		return -EFAULT;
	return 0;
}
