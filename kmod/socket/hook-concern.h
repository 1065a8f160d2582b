/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What an intercepted function has to do with uvn, and whether a call of it needs a wrapper.
 */
#ifndef _UVN_HOOK_CONCERN_H
#define _UVN_HOOK_CONCERN_H

#include <linux/types.h>

struct ftrace_regs;

/**
 * enum uvn_hook_concern - what is asked of a call, by which of the function's arguments
 * @UVN_CONCERN_ALWAYS: nothing, the wrapper is always needed
 * @UVN_CONCERN_DATAGRAM: a datagram comes for a socket of UDP (sk, skb)
 * @UVN_CONCERN_QUEUE: a packet comes for another (sk, skb)
 * @UVN_CONCERN_QUEUE_ERROR: an error about a packet comes for a socket (sk, skb)
 * @UVN_CONCERN_CONNECTION: somebody asks for a connection (sk, skb, req)
 * @UVN_CONCERN_UNIX_SEND: a Unix socket sends to another (sock, sock)
 * @UVN_CONCERN_UNIX_CONNECT: it connects to another (sk, sk)
 * @UVN_CONCERN_OPTION: an option of any level is set (sock, level, optname)
 * @UVN_CONCERN_OPTION_UDP: likewise (sk, level, optname)
 * @UVN_CONCERN_OPTION_IP: an option of IP is set (sk, level, optname)
 * @UVN_CONCERN_CREATE: a socket is made (sock, family, type, protocol, kern)
 * @UVN_CONCERN_SOCKET: something is done with a socket (sock)
 * @UVN_CONCERN_SOCK: likewise (sk)
 * @UVN_CONCERN_SOCK_SECOND: likewise (, sk)
 * @UVN_CONCERN_NAME: a socket's address is asked for, or that of its peer (sock, , peer)
 * @UVN_CONCERN_ACCEPT: a connection is accepted (sock, sock); no wrapper
 * @UVN_CONCERN_GRAFT: and gets its socket (sk); no wrapper
 * @UVN_CONCERN_RAW_HASH: a raw socket is to be found by packets (sk); no wrapper
 */
enum uvn_hook_concern {
	UVN_CONCERN_ALWAYS,
	UVN_CONCERN_DATAGRAM,
	UVN_CONCERN_QUEUE,
	UVN_CONCERN_QUEUE_ERROR,
	UVN_CONCERN_CONNECTION,
	UVN_CONCERN_UNIX_SEND,
	UVN_CONCERN_UNIX_CONNECT,
	UVN_CONCERN_OPTION,
	UVN_CONCERN_OPTION_UDP,
	UVN_CONCERN_OPTION_IP,
	UVN_CONCERN_CREATE,
	UVN_CONCERN_SOCKET,
	UVN_CONCERN_SOCK,
	UVN_CONCERN_SOCK_SECOND,
	UVN_CONCERN_NAME,
	UVN_CONCERN_ACCEPT,
	UVN_CONCERN_GRAFT,
	UVN_CONCERN_RAW_HASH,
};

bool uvn_hook_concern_wants(enum uvn_hook_concern concern, struct ftrace_regs *fregs);

#endif /* _UVN_HOOK_CONCERN_H */
