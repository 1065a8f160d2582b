// SPDX-License-Identifier: GPL-2.0
/*
 * Matching words against the syntax column of the command table.
 *
 * A syntax is a list of words: CAPITALS stand for a value, "a|b" for a value
 * that is one of these, anything else for itself. "[" before a keyword and "]"
 * after it or a later word enclose what may be left out as a whole; a keyword
 * that is enclosed alone is a value, too, so that it shows whether it was given.
 * Such groups that stand together may come in any order, each once.
 */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "cli/args.h"
#include "cli/command.h"
#include "cli/fail.h"

struct token {
	const char *s;
	size_t len;
	bool open;
	bool close;
};

/**
 * struct walk - how far matching words against a syntax has come
 * @syntax: what is left of the syntax
 * @argc: number of words
 * @argv: words
 * @i: number of words that were matched
 * @val: values
 * @v: number of values that the syntax has so far
 * @stop: where it ends
 */
struct walk {
	const char *syntax;
	int argc;
	char *const *argv;
	int i;
	const char **val;
	int v;
	struct args_stop *stop;
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

static bool next_matches(const struct walk *w, const struct token *t)
{
	return w->i < w->argc && token_matches(t, w->argv[w->i]);
}

/* Where the rest of the syntax begins; its end is a null character. */
static char peek(struct walk *w)
{
	w->syntax += strspn(w->syntax, " ");
	return *w->syntax;
}

/* The next word must be this one. */
static bool take(struct walk *w, const struct token *t)
{
	if (!next_matches(w, t)) {
		w->stop->want = t->s;
		w->stop->want_len = t->len;
		return false;
	}
	if (takes_value(t) && w->v < ARGS_MAX)
		w->val[w->v++] = w->argv[w->i];
	w->i++;
	return true;
}

/* Go past an optional group that begins with @t. */
static void skip_group(struct walk *w, struct token t)
{
	do {
		w->v += takes_value(&t);
	} while (!t.close && next_token(&w->syntax, &t));
}

static bool take_group(struct walk *w, struct token t)
{
	do {
		if (!take(w, &t))
			return false;
	} while (!t.close && next_token(&w->syntax, &t));
	return true;
}

/* Has the group whose first value is the next one been left out so far? */
static bool is_left_out(const struct walk *w)
{
	return w->v < ARGS_MAX && !w->val[w->v];
}

/*
 * Once through the optional groups that stand together: take the first that
 * comes next. If none does, @w is behind them, and what was left out is noted.
 */
static bool take_one_of(struct walk *w)
{
	struct args_stop *stop = w->stop;
	struct token t;

	stop->options = 0;
	while (peek(w) == '[') {
		next_token(&w->syntax, &t);
		if (is_left_out(w)) {
			if (next_matches(w, &t))
				return take_group(w, t);
			stop->option[stop->options] = t.s;
			stop->option_len[stop->options++] = t.len;
		}
		skip_group(w, t);
	}
	return false;
}

/* As many of them as there are words for. */
static void take_groups(struct walk *w)
{
	const char *syntax = w->syntax;
	int v = w->v;

	while (take_one_of(w)) {
		w->syntax = syntax;
		w->v = v;
	}
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
	struct walk w = {
		.syntax = syntax,
		.argc = argc,
		.argv = argv,
		.val = val,
		.stop = stop,
	};
	struct token t;

	memset(stop, 0, sizeof(*stop));
	memset(val, 0, ARGS_MAX * sizeof(*val));

	while (!stop->want && peek(&w)) {
		if (*w.syntax == '[') {
			take_groups(&w);
			continue;
		}
		next_token(&w.syntax, &t);
		if (take(&w, &t))
			stop->options = 0;
	}

	stop->word = w.i;
	return !stop->want && w.i == argc;
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

/* All that could have been given, as "a, b or nothing more". */
static const char *spell_options(const struct args_stop *stop, char *text,
				 size_t size)
{
	char option[64];
	size_t n = 0;
	int i;

	for (i = 0; i < stop->options && n < size; i++)
		n += snprintf(text + n, size - n, "%s%s", i ? ", " : "",
			      spell(stop->option[i], stop->option_len[i], option,
				    sizeof(option)));
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
	char want[128];

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
	if (stop.options)
		return misuse("\"%s\": expected %s or nothing more", argv[stop.word],
			      spell_options(&stop, want, sizeof(want)));
	return misuse("\"%s\": unexpected word", argv[stop.word]);
}
