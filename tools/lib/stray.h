/* SPDX-License-Identifier: GPL-2.0 */
#ifndef UVNADM_LIB_STRAY_H
#define UVNADM_LIB_STRAY_H

#include <stdbool.h>
#include <stddef.h>

struct diag_sock;
struct uvn_failure;

/**
 * struct strays - sockets of managed users that are not in their network
 * @sk: array of them
 * @n: number of them
 * @room: number that the array has room for
 */
struct strays {
	struct diag_sock *sk;
	size_t n;
	size_t room;
};

bool strays_find(struct strays *strays, struct uvn_failure *why);
bool strays_cut(const struct strays *strays, struct uvn_failure *why);
bool strays_have(const struct strays *strays, const struct diag_sock *sk);
void strays_free(struct strays *strays);

#endif /* UVNADM_LIB_STRAY_H */
