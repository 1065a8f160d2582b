/* SPDX-License-Identifier: GPL-2.0 */
#ifndef UVNADM_LIB_NL_H
#define UVNADM_LIB_NL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct nl_msg;
struct nlattr;
struct uvn_failure;

/**
 * struct uvn_request - a request to the module
 * @cmd: UVN_CMD_*
 * @dump: ask for all objects
 * @room: bytes that @fill may need; 0 for a few attributes
 * @fill: puts the attributes; returns a negative libnl error; may be NULL
 * @reply: gets the attributes of each reply; may be NULL
 * @again: forgets the replies so far, as a dump has to be repeated
 * @arg: passed to the three
 */
struct uvn_request {
	uint8_t cmd;
	bool dump;
	size_t room;
	int (*fill)(struct nl_msg *msg, void *arg);
	void (*reply)(struct nlattr *head, int len, void *arg);
	void (*again)(void *arg);
	void *arg;
};

bool uvn_run(const struct uvn_request *req, struct uvn_failure *why);
int uvn_do(const struct uvn_request *req);
int uvn_family(struct uvn_failure *why);
int uvn_group(const char *owner, const char *name, struct uvn_failure *why);
void uvn_close(void);

#endif /* UVNADM_LIB_NL_H */
