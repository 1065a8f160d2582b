/* SPDX-License-Identifier: GPL-2.0 */
#ifndef UVNADM_LIB_ASK_H
#define UVNADM_LIB_ASK_H

#include <stddef.h>

struct nl_msg;
struct nl_sock;
struct nlmsghdr;
struct uvn_failure;

/**
 * struct question - a question to the kernel
 * @msg: the message
 * @found: gets each message of the answer; may be NULL
 * @again: forgets those so far, as a dump has to be repeated; NULL if it is not to be
 * @arg: passed to both
 * @why: gets what the kernel says of a refusal besides its number; may be NULL
 */
struct question {
	struct nl_msg *msg;
	void (*found)(struct nlmsghdr *nlh, void *arg);
	void (*again)(void *arg);
	void *arg;
	struct uvn_failure *why;
};

struct nl_sock *ask_open(int protocol, int *err);
int ask(struct nl_sock *sock, const struct question *q);
int ask_rtnetlink(int type, const void *hdr, size_t len,
		  void (*found)(struct nlmsghdr *nlh, void *arg),
		  void (*again)(void *arg), void *arg);

#endif /* UVNADM_LIB_ASK_H */
