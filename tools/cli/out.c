// SPDX-License-Identifier: GPL-2.0
/*
 * Everything that is printed: commands hand over JSON values, and they come out
 * as JSON or as text.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/fail.h"
#include "cli/out.h"

/* what is asked for; print nothing; each JSON value is a line */
bool out_json;
bool out_quiet;
bool out_lines;

/**
 * out_clean - change what would steer a terminal or end a line
 * @s: text that names or messages may be part of
 */
void out_clean(char *s)
{
	for (; *s; s++)
		if (*s < ' ' || *s > '~')
			*s = '?';
}

/**
 * die_oom - give up for want of memory
 */
void die_oom(void)
{
	fputs("uvnadm: out of memory\n", stderr);
	exit(EXIT_FAILED);
}

/**
 * out_string - JSON string of any bytes
 * @s: the bytes
 *
 * Return: the string; bytes that are not UTF-8 are replaced by question marks.
 */
json_t *out_string(const char *s)
{
	json_t *val = json_string(s);
	char *copy;

	if (val)
		return val;

	copy = strdup(s);
	if (!copy)
		die_oom();
	out_clean(copy);
	val = json_string(copy);
	free(copy);
	return val;
}

/**
 * out_put - set a member of an object
 * @obj: object
 * @key: name
 * @val: value; the reference is taken
 */
void out_put(json_t *obj, const char *key, json_t *val)
{
	if (json_object_set_new(obj, key, val))
		die_oom();
}

/**
 * out_append - append to an array
 * @arr: array
 * @val: value; the reference is taken
 */
void out_append(json_t *arr, json_t *val)
{
	if (json_array_append_new(arr, val))
		die_oom();
}

/**
 * out_text - print a line of text
 * @text: the line; changed where it would steer a terminal
 */
void out_text(char *text)
{
	out_clean(text);
	puts(text);
}

/**
 * out_value - print a value as JSON
 * @val: value
 */
void out_value(json_t *val)
{
	/* What could not be written shows in ferror(), which main() looks at. */
	json_dumpf(val, stdout, out_lines ? JSON_COMPACT : JSON_INDENT(2));
	putchar('\n');
}

static void render(FILE *f, json_t *val)
{
	const char *key;
	char *copy;
	json_t *one;
	size_t i;

	switch (json_typeof(val)) {
	case JSON_STRING:
		copy = strdup(json_string_value(val));
		if (!copy)
			die_oom();
		out_clean(copy);
		fputs(*copy ? copy : "-", f);
		free(copy);
		break;
	case JSON_INTEGER:
		fprintf(f, "%" JSON_INTEGER_FORMAT, json_integer_value(val));
		break;
	case JSON_TRUE:
		fputs("yes", f);
		break;
	case JSON_FALSE:
		fputs("no", f);
		break;
	case JSON_ARRAY:
		if (!json_array_size(val))
			fputc('-', f);
		json_array_foreach(val, i, one) {
			if (i)
				fputc(',', f);
			render(f, one);
		}
		break;
	case JSON_OBJECT:
		if (!json_object_size(val))
			fputc('-', f);
		i = 0;
		json_object_foreach(val, key, one) {
			fprintf(f, i++ ? " %s " : "%s ", key);
			render(f, one);
		}
		break;
	default:
		fputc('-', f);
	}
}

/* The text of one cell, to be freed. */
static char *cell(json_t *obj, const struct out_col *col)
{
	json_t *val = json_object_get(obj, col->key);
	char *text = NULL;
	json_t *subs, *one;
	size_t size, i;
	FILE *f;

	f = open_memstream(&text, &size);
	if (!f)
		die_oom();
	if (col->sub) {
		subs = json_array();
		json_array_foreach(val, i, one)
			out_append(subs, json_incref(json_object_get(one, col->sub)));
		render(f, subs);
		json_decref(subs);
	} else if (val) {
		render(f, val);
	}
	if (fclose(f))
		die_oom();
	return text;
}

/**
 * out_object - print an object
 * @obj: object; in text every member is a line, as is every object of an array
 *
 * Return: EXIT_OK.
 */
int out_object(json_t *obj)
{
	json_t *val, *one;
	const char *key;
	int width = 0;
	size_t i;

	if (out_json) {
		out_value(obj);
		return EXIT_OK;
	}

	json_object_foreach(obj, key, val)
		if ((int)strlen(key) > width)
			width = strlen(key);

	json_object_foreach(obj, key, val) {
		if (json_is_array(val) && json_array_size(val)) {
			json_array_foreach(val, i, one) {
				printf("%-*s  ", width, key);
				render(stdout, one);
				putchar('\n');
			}
			continue;
		}
		printf("%-*s  ", width, key);
		render(stdout, val);
		putchar('\n');
	}
	return EXIT_OK;
}

/**
 * out_table - print an array of objects
 * @arr: array
 * @cols: columns of the text form, terminated by one without a heading
 *
 * Return: EXIT_OK.
 */
int out_table(json_t *arr, const struct out_col *cols)
{
	const struct out_col *col;
	json_t *obj;
	size_t i, n;
	int *width;
	char *text;

	if (out_json) {
		out_value(arr);
		return EXIT_OK;
	}

	for (n = 0; cols[n].head; n++)
		;
	width = calloc(n + 1, sizeof(*width));
	if (!width)
		die_oom();

	/* The last column is not padded: no blanks at the end of a line. */
	for (n = 0; cols[n + 1].head; n++) {
		width[n] = strlen(cols[n].head);
		json_array_foreach(arr, i, obj) {
			text = cell(obj, &cols[n]);
			if ((int)strlen(text) > width[n])
				width[n] = strlen(text);
			free(text);
		}
	}

	for (col = cols; col->head; col++)
		printf("%s%-*s", col == cols ? "" : "  ", width[col - cols], col->head);
	putchar('\n');

	json_array_foreach(arr, i, obj) {
		for (col = cols; col->head; col++) {
			text = cell(obj, col);
			printf("%s%-*s", col == cols ? "" : "  ", width[col - cols], text);
			free(text);
		}
		putchar('\n');
	}

	free(width);
	return EXIT_OK;
}

/**
 * out_word - print a value as the next word of a command
 * @val: string or integer
 */
void out_word(json_t *val)
{
	if (json_is_string(val))
		printf(" %s", json_string_value(val));
	else
		printf(" %" JSON_INTEGER_FORMAT, json_integer_value(val));
}

/* A string as a word: in quotes if it would not be one otherwise. */
static void put_word(json_t *val)
{
	const char *s = json_string_value(val), *c;

	for (c = s; *c > ' ' && *c <= '~' && !strchr("\"\\=,", *c); c++)
		;
	if (*s && !*c)
		fputs(s, stdout);
	else
		json_dumpf(val, stdout, JSON_ENCODE_ANY | JSON_ENSURE_ASCII);
}

/* Of an object its first member. */
static void put_one(json_t *val)
{
	if (json_is_object(val))
		val = json_object_iter_value(json_object_iter(val));
	if (json_is_string(val))
		put_word(val);
	else if (val)
		render(stdout, val);
}

/* As KEY=VALUE, the member of an object as KEY.MEMBER=VALUE; nothing if there is
 * nothing to say.
 */
static void put_member(const char *key, json_t *val)
{
	const char *sub;
	json_t *one;
	size_t i;

	if (json_is_object(val)) {
		json_object_foreach(val, sub, one) {
			printf(" %s.%s=", key, sub);
			put_one(one);
		}
	} else if (json_is_array(val) && json_array_size(val)) {
		printf(" %s=", key);
		json_array_foreach(val, i, one) {
			if (i)
				putchar(',');
			put_one(one);
		}
	} else if (!json_is_array(val) && !json_is_null(val)) {
		printf(" %s=", key);
		put_one(val);
	}
}

/**
 * out_line - print an object in one line, at once
 * @obj: object; in text the first two members have no key
 */
void out_line(json_t *obj)
{
	const char *key;
	json_t *val;
	size_t i = 0;

	if (out_json) {
		out_value(obj);
	} else {
		json_object_foreach(obj, key, val) {
			if (i >= 2) {
				put_member(key, val);
				continue;
			}
			if (i++)
				putchar(' ');
			put_one(val);
		}
		putchar('\n');
	}
	fflush(stdout);
}
