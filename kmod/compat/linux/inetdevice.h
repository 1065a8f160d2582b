/* SPDX-License-Identifier: GPL-2.0 */
/* The node of an address in the table by which the kernel finds the device that has
 * it was renamed in a kernel that others may take it over from, so that Kbuild looks
 * which it is.
 */
#ifndef _UVN_COMPAT_LINUX_INETDEVICE_H
#define _UVN_COMPAT_LINUX_INETDEVICE_H

#include_next <linux/inetdevice.h>

#ifdef UVN_HAVE_IFA_ADDR_LST
#define in_ifaddr_node(ifa) (&(ifa)->addr_lst)
#else
#define in_ifaddr_node(ifa) (&(ifa)->hash)
#endif

#endif
