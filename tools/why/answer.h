/* SPDX-License-Identifier: GPL-2.0 */
#ifndef UVNADM_WHY_ANSWER_H
#define UVNADM_WHY_ANSWER_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "cli/prefix.h"

/**
 * struct why - what is asked about a packet, and the answer
 * @uid: who sends it
 * @dst: where to
 * @port: destination port; 0 if none was given
 * @protocol: IPPROTO_TCP or IPPROTO_UDP; 0 if neither port nor protocol was given
 * @config: the configuration
 * @user: the sender's network; NULL if there is none, or it does not matter
 * @unseen: whoever asks may not look at the network's own routes
 * @audit: what the module would refuse is let pass
 * @out: the answer as an object
 */
struct why {
	uint32_t uid;
	struct address dst;
	uint32_t port;
	uint8_t protocol;
	json_t *config;
	json_t *user;
	bool unseen;
	bool audit;
	json_t *out;
};

void why_begin(struct why *w);
void why_note(struct why *w, const char *key, json_t *val);
void why_note_address(struct why *w, const char *key, const struct address *addr);
int why_sent(struct why *w, const char *way, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
int why_lost(struct why *w, const char *rule, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
int why_unknown(struct why *w, const char *rule, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
int why_refused(struct why *w, const char *rule, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
const char *why_dst(const struct why *w);
json_t *why_covers(const struct why *w, const char *part, const struct address *addr);

#endif /* UVNADM_WHY_ANSWER_H */
