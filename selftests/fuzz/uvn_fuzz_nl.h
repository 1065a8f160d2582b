/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Messages for uvn_fuzz_nl.c: uvn_fuzz_nl_message.c makes them from the tables
 * in uvn_fuzz_spec-gen.h.
 */
#ifndef _UVN_FUZZ_NL_H
#define _UVN_FUZZ_NL_H

#include "uvn_fuzz.h"
#include "../lib/uvn_genl.h"

enum spec_type {
	SPEC_PAD, SPEC_FLAG, SPEC_U8, SPEC_U16, SPEC_U32, SPEC_U64,
	SPEC_STRING, SPEC_BINARY, SPEC_NEST,
};

struct spec_set;

struct spec_attr {
	const char *name;
	int number;
	enum spec_type type;
	uint64_t min;
	uint64_t max;
	const struct spec_set *nest;
};

struct spec_set {
	const char *name;
	unsigned int n;
	const struct spec_attr *attrs;
};

#define SPEC_DO		1
#define SPEC_DUMP	2
#define SPEC_ADMIN	4

struct spec_op {
	const char *name;
	uint8_t cmd;
	uint8_t flags;
	const struct spec_set *set;
	unsigned int n;
	uint8_t request[16];
};

#define BATCH		24	/* messages: their answers fit a user's buffer */
#define BATCH_BYTES	200000

/* A message, and what is known of what must become of it. */
struct sent {
	const struct spec_op *op;	/* that it will reach, or NULL */
	unsigned int at;
	unsigned int len;
	bool bad;			/* breaks the spec */
	bool ack;
	bool dump;
	bool answered;
	int error;
	bool reason;
	bool object;
};

/* What is sent at once. */
struct batch {
	unsigned int len;
	unsigned int n;
	bool wild;			/* where messages begin is not known */
	struct sent sent[BATCH];
	unsigned char data[BATCH_BYTES];
};

extern uint64_t r;			/* state of the numbers */
extern struct genl_family_id family;
extern bool idle;			/* the node shall not be enabled */

/* uvn_fuzz_nl.c */
void __attribute__((format(printf, 3, 4)))
finding(const void *data, unsigned int len, const char *format, ...);

/* uvn_fuzz_nl_answer.c */
void check_object(struct nlmsghdr *nlh);
bool read_answers(int fd, struct batch *batch);
bool wants_reason(int error);

/* uvn_fuzz_nl_message.c */
unsigned int width(enum spec_type type);
const struct spec_op *op_of(int type, int cmd);
void make_batch(struct batch *batch, unsigned int n);

#endif
