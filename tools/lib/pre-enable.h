/* SPDX-License-Identifier: GPL-2.0 */
#ifndef UVNADM_LIB_PRE_ENABLE_H
#define UVNADM_LIB_PRE_ENABLE_H

#include <stdbool.h>
#include <stddef.h>

struct diag_sock;
struct uvn_failure;

/**
 * struct pre_enable - sockets of managed users that are not in their network
 * @sk: array of them
 * @n: number of them
 * @room: number that the array has room for
 */
struct pre_enable {
	struct diag_sock *sk;
	size_t n;
	size_t room;
};

bool pre_enable_find(struct pre_enable *socks, struct uvn_failure *why);
bool pre_enable_cut(const struct pre_enable *socks, struct uvn_failure *why);
bool pre_enable_have(const struct pre_enable *socks, const struct diag_sock *sk);
void pre_enable_free(struct pre_enable *socks);

#endif /* UVNADM_LIB_PRE_ENABLE_H */
