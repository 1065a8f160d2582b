/* SPDX-License-Identifier: GPL-2.0 */
#ifndef UVNADM_LIB_HELD_H
#define UVNADM_LIB_HELD_H

#include <stdbool.h>
#include <stdint.h>

struct diag_sock;
struct uvn_failure;

bool held_dump(bool (*is_wanted)(uint32_t uid, void *arg),
	       void (*found)(const struct diag_sock *sk, int fd, void *arg),
	       void *arg, struct uvn_failure *why);
void held_cut(const struct diag_sock *sk, int fd);

#endif /* UVNADM_LIB_HELD_H */
