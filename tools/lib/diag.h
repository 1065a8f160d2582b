/* SPDX-License-Identifier: GPL-2.0 */
#ifndef UVNADM_LIB_DIAG_H
#define UVNADM_LIB_DIAG_H

#include <linux/inet_diag.h>
#include <stdbool.h>
#include <stdint.h>

struct uvn_failure;

/* How often destroying is repeated while it does some good. */
#define DIAG_TRIES	10

/**
 * struct diag_sock - a socket as the kernel lists it
 * @protocol: IPPROTO_* of its table
 * @msg: what is said of it
 */
struct diag_sock {
	uint8_t protocol;
	struct inet_diag_msg msg;
};

bool diag_dump(void (*found)(const struct diag_sock *sk, void *arg), void *arg,
	       struct uvn_failure *why);
int diag_destroy(const struct diag_sock *sk);

#endif /* UVNADM_LIB_DIAG_H */
