/* SPDX-License-Identifier: GPL-2.0 */
#ifndef UVNADM_CLI_FAIL_H
#define UVNADM_CLI_FAIL_H

struct command;
struct uvn_failure;

/*
 * Exit statuses; functions that may fail return one of them. Of commands that
 * judge, failed is the judgement, and unknown that there is none.
 */
#define EXIT_OK		0
#define EXIT_FAILED	1
#define EXIT_USAGE	2
#define EXIT_UNKNOWN	3

/**
 * struct where - what errors are about
 * @cmd: the command that runs, or NULL
 * @file: configuration file that is being read, or NULL
 * @line: line of it; 0 if none in particular
 * @line_cmd: the command in that line, or NULL
 */
struct where {
	const struct command *cmd;
	const char *file;
	unsigned long line;
	const struct command *line_cmd;
};

extern struct where where;

/* Where not NULL, the last report is kept there, to be freed, and not printed. */
extern char **out_held;

void warn(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
int fail(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
int fail_as(int status, int error, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
int fail_errno(int error, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
int fail_why(const struct uvn_failure *why);
int misuse(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
int out_done(void);

#endif /* UVNADM_CLI_FAIL_H */
