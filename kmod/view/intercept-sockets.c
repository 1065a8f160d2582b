// SPDX-License-Identifier: GPL-2.0
/*
 * Interception of what lists sockets, and nothing else.
 *
 * That is one function by which all of sock_diag(7) names a socket, and those that write
 * a line of a file in /proc/net. As they are called for each socket, and for root too,
 * they are intercepted only while users are to see no others' sockets. Each of them may be
 * missing, which is told.
 */
#include <linux/cred.h>
#include <linux/ftrace.h>
#include <linux/list.h>
#include <linux/lockdep.h>
#include <linux/mutex.h>
#include <linux/netlink.h>
#include <linux/printk.h>
#include <linux/seq_file.h>
#include <linux/uidgid.h>
#include <net/sock.h>

#include "config/config.h"
#include "core/netns.h"
#include "socket/hook-set.h"
#include "view/intercept-sockets.h"
#include "view/sockdiag.h"
#include "view/sockets.h"

static DEFINE_MUTEX(uvn_intercept_sockets_lock);	/* the two behind it, registration */
static unsigned int uvn_intercept_sockets_users;
static bool uvn_intercept_sockets_work;

/* Whatever comes to a wrapper is about a socket that is not to be seen. */
UVN_HOOK_BRIEF(save_cookie, (struct sock *sk, u32 *cookie),
	       (uvn_sockdiag_mark(cookie), 0))

#define UVN_INTERCEPT_LINE(name)					\
	UVN_HOOK_BRIEF(name, (struct seq_file *seq, void *v), SEQ_SKIP)

UVN_INTERCEPT_LINE(line_tcp4)
UVN_INTERCEPT_LINE(line_tcp6)
UVN_INTERCEPT_LINE(line_udp4)
UVN_INTERCEPT_LINE(line_udp6)
UVN_INTERCEPT_LINE(line_raw4)
UVN_INTERCEPT_LINE(line_raw6)
UVN_INTERCEPT_LINE(line_ping4)
UVN_INTERCEPT_LINE(line_ping6)
UVN_INTERCEPT_LINE(line_unix)
UVN_INTERCEPT_LINE(line_netlink)
UVN_INTERCEPT_LINE(line_packet)

/* The first is called by modules and by nobody in its own file; the others by pointers. */
static const struct uvn_hook uvn_intercept_sockets_hooks[] = {
	UVN_HOOK_OF("sock_diag_save_cookie", save_cookie, UVN_WAY_POINTER),
	UVN_HOOK_OF("tcp4_seq_show", line_tcp4, UVN_WAY_POINTER),
	UVN_HOOK_OF("tcp6_seq_show", line_tcp6, UVN_WAY_POINTER),
	UVN_HOOK_OF("udp4_seq_show", line_udp4, UVN_WAY_POINTER),
	UVN_HOOK_OF("udp6_seq_show", line_udp6, UVN_WAY_POINTER),
	UVN_HOOK_OF("raw_seq_show", line_raw4, UVN_WAY_POINTER),
	UVN_HOOK_OF("raw6_seq_show", line_raw6, UVN_WAY_POINTER),
	UVN_HOOK_OF("ping_v4_seq_show", line_ping4, UVN_WAY_POINTER),
	UVN_HOOK_OF("ping_v6_seq_show", line_ping6, UVN_WAY_POINTER),
	UVN_HOOK_OF("unix_seq_show", line_unix, UVN_WAY_POINTER),
	UVN_HOOK_OF("netlink_seq_show", line_netlink, UVN_WAY_POINTER),
	UVN_HOOK_OF("packet_seq_show", line_packet, UVN_WAY_POINTER),
};

/* The socket that a function was called for; NULL for the head of a list. */
static const struct sock *uvn_intercept_sockets_of(unsigned long ip,
						   struct ftrace_regs *fregs)
{
	void *second = (void *)ftrace_regs_get_argument(fregs, 1);

	if (ip == uvn_hook_save_cookie_addr)
		return (struct sock *)ftrace_regs_get_argument(fregs, 0);
	if (second == SEQ_START_TOKEN)
		return NULL;
	return ip == uvn_hook_line_packet_addr ? sk_entry(second) : second;
}

static struct uvn_hook_place uvn_intercept_sockets_places[UVN_HOOK_PLACES];

static void notrace uvn_intercept_sockets_handler(unsigned long ip,
						  unsigned long parent_ip,
						  struct ftrace_ops *ops,
						  struct ftrace_regs *fregs)
{
	const struct sock *sk;

	/* The system sees all. */
	if (uid_eq(current_uid(), GLOBAL_ROOT_UID))
		return;
	sk = uvn_intercept_sockets_of(ip, fregs);
	if (sk && uvn_sockets_hides(sk))
		uvn_hook_redirect_at(uvn_intercept_sockets_places, ip, fregs);
}

static struct ftrace_ops uvn_intercept_sockets_ops = {
	.func = uvn_intercept_sockets_handler,
	.flags = UVN_HOOK_FLAGS,
};

static const struct uvn_hook_set uvn_intercept_sockets_set = {
	.hooks = uvn_intercept_sockets_hooks,
	.n = ARRAY_SIZE(uvn_intercept_sockets_hooks),
	.ops = &uvn_intercept_sockets_ops,
	.optional = true,
	.places = uvn_intercept_sockets_places,
};

static void uvn_intercept_sockets_get(void)
{
	struct netlink_ext_ack why = {};
	int err;

	mutex_lock(&uvn_intercept_sockets_lock);
	if (!uvn_intercept_sockets_users++) {
		err = uvn_hook_set_register(&uvn_intercept_sockets_set, &why);
		if (err)
			pr_warn("uvn: users see all sockets: %s\n",
				why._msg ?: "no memory");
		WRITE_ONCE(uvn_intercept_sockets_work, !err);
	}
	mutex_unlock(&uvn_intercept_sockets_lock);
}

/* After the last one no task is in a wrapper any more. */
static void uvn_intercept_sockets_put(void)
{
	mutex_lock(&uvn_intercept_sockets_lock);
	if (!--uvn_intercept_sockets_users && uvn_intercept_sockets_work) {
		uvn_hook_set_unregister(&uvn_intercept_sockets_set);
		WRITE_ONCE(uvn_intercept_sockets_work, false);
	}
	mutex_unlock(&uvn_intercept_sockets_lock);
}

/**
 * uvn_intercept_sockets_open - intercept what lists sockets, if users see no others'
 * @un: namespace; its lock is held
 * @cfg: the configuration, published or about to be
 * @extack: unused; what is missing the kernel's log and
 *	uvn_intercept_sockets_put_missing() tell
 *
 * Context: may sleep.
 * Return: 0
 */
int uvn_intercept_sockets_open(struct uvn_net *un, const struct uvn_config *cfg,
			       struct netlink_ext_ack *extack)
{
	lockdep_assert_held(&un->lock);
	if (cfg->view_sockets != UVN_VIEW_SOCKETS_OWN || un->view_sockets)
		return 0;
	uvn_intercept_sockets_get();
	WRITE_ONCE(un->view_sockets, true);
	return 0;
}

/**
 * uvn_intercept_sockets_close - undo it, if users see all
 * @un: namespace; its lock is held, or it is going away
 * @keep: configuration that may still want it, or NULL
 *
 * Context: may sleep.
 */
void uvn_intercept_sockets_close(struct uvn_net *un, const struct uvn_config *keep)
{
	if (!un->view_sockets || (keep && keep->view_sockets == UVN_VIEW_SOCKETS_OWN))
		return;
	WRITE_ONCE(un->view_sockets, false);
	uvn_intercept_sockets_put();
}

/**
 * uvn_intercept_sockets_mark - are others' sockets marked as such for users?
 *
 * Context: any.
 */
bool uvn_intercept_sockets_mark(void)
{
	return READ_ONCE(uvn_intercept_sockets_work) && uvn_hook_save_cookie_addr;
}

/**
 * uvn_intercept_sockets_put_missing - tell by which functions users still see all sockets
 * @skb: message
 * @attr: attribute that gets the name of one; there are as many as names
 *
 * Context: may sleep.
 * Return: 0 or -EMSGSIZE.
 */
int uvn_intercept_sockets_put_missing(struct sk_buff *skb, int attr)
{
	int err = 0;

	mutex_lock(&uvn_intercept_sockets_lock);
	if (uvn_intercept_sockets_users)
		err = uvn_hook_set_put_missing(&uvn_intercept_sockets_set,
					       uvn_intercept_sockets_work, skb,
					       attr);
	mutex_unlock(&uvn_intercept_sockets_lock);
	return err;
}
