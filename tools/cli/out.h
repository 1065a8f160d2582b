/* SPDX-License-Identifier: GPL-2.0 */
#ifndef UVNADM_CLI_OUT_H
#define UVNADM_CLI_OUT_H

#include <jansson.h>
#include <stdbool.h>

/**
 * struct out_col - a column of a text table
 * @head: heading
 * @key: member of the objects that it shows
 * @sub: member of the objects in the array @key; NULL to show @key itself
 */
struct out_col {
	const char *head;
	const char *key;
	const char *sub;
};

extern bool out_json;
extern bool out_quiet;
extern bool out_lines;

void die_oom(void) __attribute__((noreturn));
json_t *out_string(const char *s);
void out_put(json_t *obj, const char *key, json_t *val);
void out_append(json_t *arr, json_t *val);
void out_clean(char *s);
void out_text(char *text);
void out_word(json_t *val);
void out_value(json_t *val);
int out_object(json_t *obj);
void out_line(json_t *obj);
int out_table(json_t *arr, const struct out_col *cols);

#endif /* UVNADM_CLI_OUT_H */
