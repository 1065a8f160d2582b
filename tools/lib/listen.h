/* SPDX-License-Identifier: GPL-2.0 */
#ifndef UVNADM_LIB_LISTEN_H
#define UVNADM_LIB_LISTEN_H

#include <stdbool.h>
#include <stdint.h>

struct nl_sock;
struct nlattr;
struct uvn_failure;

/**
 * struct event_listener - who listens to the module's events
 * @event: gets each of them: UVN_CMD_*_NTF and its attributes
 * @sock: socket that they come by
 * @family: number of the module's family
 * @lost: how many events the kernel could not queue
 * @gone: the module was removed
 */
struct event_listener {
	void (*event)(uint8_t cmd, struct nlattr *head, int len);
	struct nl_sock *sock;
	int family;
	uint32_t lost;
	bool gone;
};

bool listen_open(struct event_listener *l, struct uvn_failure *why);
void listen_close(struct event_listener *l);
int listen_fd(const struct event_listener *l);
bool listen_take(struct event_listener *l, struct uvn_failure *why);
uint32_t listen_lost(struct event_listener *l);

#endif /* UVNADM_LIB_LISTEN_H */
