/* SPDX-License-Identifier: GPL-2.0 */
/* Who may listen to a multicast group had flags of operations before 6.7, and before
 * some 6.1.y; there CAP_NET_ADMIN in the namespace's user namespace was this one.
 */
#ifndef _UVN_COMPAT_NET_GENETLINK_H
#define _UVN_COMPAT_NET_GENETLINK_H

#include_next <net/genetlink.h>

#ifndef GENL_MCAST_CAP_NET_ADMIN
#define GENL_MCAST_CAP_NET_ADMIN GENL_UNS_ADMIN_PERM
#endif

#endif
