// SPDX-License-Identifier: GPL-2.0
/*
 * Matching words against the syntax column of the command table.
 *
 * A syntax is a list of words: CAPITALS stand for a value, "a|b" for a value
 * that is one of these, anything else for itself. "[" before a keyword and "]"
 * after it or a later word enclose what may be left out as a whole; a keyword
 * that is enclosed alone is a value, too, so that it shows whether it was given.
 */
#include <ctype.h>
#include <string.h>

#include "uvnadm.h"

struct token {
	const char *s;
	size_t len;
	bool open;
	bool close;
};

static bool next_token(const char **syntax, struct token *t)
{
	const char *s = *syntax + strspn(*syntax, " ");

	if (!*s)
		return false;

	t->open = *s == '[';
	s += t->open;
	t->s = s;
	t->len = strcspn(s, " ]");
	s += t->len;
	t->close = *s == ']';
	*syntax = s + t->close;
	return true;
}

/**
 * args_is_value - is this syntax word to be replaced by a value of any form?
 * @word: syntax word
 * @len: its length
 */
bool args_is_value(const char *word, size_t len)
{
	return len && isupper((unsigned char)*word);
}

static bool is_choice(const struct token *t)
{
	return memchr(t->s, '|', t->len);
}

static bool takes_value(const struct token *t)
{
	return args_is_value(t->s, t->len) || is_choice(t) || (t->open && t->close);
}

static bool token_matches(const struct token *t, const char *word)
{
	const char *s = t->s, *end = t->s + t->len;
	size_t len = strlen(word), n;

	if (args_is_value(t->s, t->len))
		return true;

	for (; s < end; s += n + 1) {
		const char *bar = memchr(s, '|', end - s);

		n = (bar ? bar : end) - s;
		if (n == len && !memcmp(s, word, n))
			return true;
	}
	return false;
}

/**
 * args_walk - match words against a syntax
 * @syntax: see above
 * @argc: number of words
 * @argv: words
 * @val: set to the values in the order of @syntax, NULL for those left out;
 *	room for ARGS_MAX
 * @stop: where it ended
 *
 * Return: true if all words and all of the syntax were used.
 */
bool args_walk(const char *syntax, int argc, char *const *argv, const char **val,
	       struct args_stop *stop)
{
	int i = 0, v = 0;
	struct token t;

	memset(stop, 0, sizeof(*stop));
	memset(val, 0, ARGS_MAX * sizeof(*val));

	while (next_token(&syntax, &t)) {
		if (t.open && (i == argc || !token_matches(&t, argv[i]))) {
			stop->option = t.s;
			stop->option_len = t.len;
			v += takes_value(&t);
			while (!t.close && next_token(&syntax, &t))
				v += takes_value(&t);
			continue;
		}

		if (i == argc || !token_matches(&t, argv[i])) {
			stop->want = t.s;
			stop->want_len = t.len;
			break;
		}

		if (takes_value(&t) && v < ARGS_MAX)
			val[v++] = argv[i];
		i++;
		stop->option = NULL;
	}

	stop->word = i;
	return !stop->want && i == argc;
}

/* The syntax word for a reader: "a|b" is "a or b". */
static const char *spell(const char *word, size_t len, char *text, size_t size)
{
	size_t i, n = 0;

	for (i = 0; i < len && n + 5 < size; i++) {
		if (word[i] == '|')
			n = stpcpy(text + n, " or ") - text;
		else
			text[n++] = word[i];
	}
	text[n] = '\0';
	return text;
}

/**
 * args_match - match the arguments of a command, or report what is wrong
 * @cmd: command
 * @argc: number of words after the noun and the verb
 * @argv: these words
 * @val: as in args_walk()
 *
 * Return: exit status.
 */
int args_match(const struct command *cmd, int argc, char *const *argv,
	       const char **val)
{
	struct args_stop stop;
	char want[64];

	if (args_walk(cmd->args, argc, argv, val, &stop))
		return EXIT_OK;

	if (stop.want) {
		spell(stop.want, stop.want_len, want, sizeof(want));
		if (stop.word == argc)
			return misuse("%s is missing (%s%s%s %s)", want, cmd->noun,
				      cmd->verb ? " " : "",
				      cmd->verb ? cmd->verb : "", cmd->args);
		return misuse("\"%s\": expected %s", argv[stop.word], want);
	}
	if (stop.option)
		return misuse("\"%s\": expected %s or nothing more", argv[stop.word],
			      spell(stop.option, stop.option_len, want, sizeof(want)));
	return misuse("\"%s\": unexpected word", argv[stop.word]);
}
