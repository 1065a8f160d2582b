// SPDX-License-Identifier: GPL-2.0
/*
 * The configuration in a file: what stands there and is in force stays as it is,
 * with its comments; what is not in force goes; what is new comes behind. The file
 * is replaced as a whole once all is on the disk, so that at no time there is less
 * than there was.
 */
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/fail.h"
#include "cli/out.h"
#include "cmd/cmd_load.h"
#include "cmd/cmd_permit.h"
#include "cmd/cmd_set.h"
#include "cmd/cmd_subuid.h"
#include "cmd/save_file.h"
#include "lib/config.h"
#include "lib/subuid.h"

/**
 * struct words - commands as text, in their canonical form
 * @text: all of them, a line each
 * @line: array of them
 * @used: for each whether the file has it
 * @n: number of them
 */
struct words {
	char *text;
	char **line;
	bool *used;
	size_t n;
};

/**
 * struct merge - a file that is brought up to the configuration
 * @config: the configuration
 * @force: what is in force
 * @defaults: what would be if nothing were configured
 * @f: the new content
 * @kept: number of lines that stay
 * @removed: of lines that went, or now say something else
 * @added: of lines that came, or now say something else
 * @ended: the last line had an end
 */
struct merge {
	json_t *config;
	struct words force;
	struct words defaults;
	FILE *f;
	size_t kept;
	size_t removed;
	size_t added;
	bool ended;
};

/* What @print prints, to be freed; it may use stdout in any way. */
static char *printed(void (*print)(const void *arg), const void *arg)
{
	FILE *before = stdout;
	char *text = NULL;
	size_t size;

	stdout = open_memstream(&text, &size);
	if (!stdout)
		die_oom();
	print(arg);
	if (fclose(stdout))
		die_oom();
	stdout = before;
	return text;
}

static void print_config(const void *arg)
{
	config_print((json_t *)arg);
}

static void print_settings(const void *arg)
{
	settings_part.save(&settings_part, (json_t *)arg);
}

/* What an item does not say is null; printed is only what it says. */
static void print_item(const void *arg)
{
	const struct item *item = arg;
	json_t *obj = item_object(item), *val;
	const char *key;
	void *next;

	json_object_foreach_safe(obj, next, key, val)
		if (json_is_null(val))
			json_object_del(obj, key);
	item->part->save(item->part, obj);
	json_decref(obj);
}

static void words_split(struct words *words, char *text)
{
	char *save = NULL, *line;
	size_t room = 0;

	words->text = text;
	for (line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		if (words->n == room) {
			room = room ? room * 2 : 64;
			words->line = reallocarray(words->line, room, sizeof(*words->line));
			if (!words->line)
				die_oom();
		}
		words->line[words->n++] = line;
	}
	words->used = calloc(words->n + 1, sizeof(*words->used));
	if (!words->used)
		die_oom();
}

static void words_free(struct words *words)
{
	free(words->text);
	free(words->line);
	free(words->used);
}

/* The first line that is this one but for its last word, if @but_last; or n. */
static size_t words_find(const struct words *words, const char *line, bool but_last)
{
	size_t len = strlen(line), i;

	if (but_last)
		len = strrchr(line, ' ') + 1 - line;
	for (i = 0; i < words->n; i++)
		if (!strncmp(words->line[i], line, len) &&
		    (but_last ? !strchr(words->line[i] + len, ' ') :
				!words->line[i][len]))
			break;
	return i;
}

static void put_line(struct merge *m, size_t i)
{
	fprintf(m->f, "%s\n", m->force.line[i]);
	m->force.used[i] = true;
	m->added++;
}

/* What has one value at a time is replaced where it stands. */
static bool has_value(const struct item *item)
{
	return item->part == &settings_part || item->part == &family_part ||
	       item->part == &protocol_part;
}

/* The line of what is in force that says what an item does, or n. */
static size_t find_item(const struct merge *m, const struct item *item)
{
	char *line = printed(print_item, item);
	size_t i;

	line[strcspn(line, "\n")] = '\0';
	i = words_find(&m->force, line, false);
	free(line);
	return i;
}

/* "subuid sync" stays if all that it says now is in force, and says that. */
static bool merge_sync(struct merge *m, const struct item *sync)
{
	struct subuids all = {};
	bool was_quiet = out_quiet;
	size_t *at = NULL, i;
	struct item item;
	bool stays;

	/* Who reads the whole file tells of it. */
	out_quiet = true;
	stays = !subuids_read(sync->subuid.from, sync->subuid.optional, &all);
	subuids_spare_ranges(&all, sync->subuid.from, m->config);
	out_quiet = was_quiet;

	if (all.n) {
		at = calloc(all.n, sizeof(*at));
		if (!at)
			die_oom();
	}
	for (i = 0; i < all.n && stays; i++) {
		subuid_item(&all.a[i], &item);
		at[i] = find_item(m, &item);
		stays = at[i] < m->force.n && !m->force.used[at[i]];
	}
	for (i = 0; i < all.n && stays; i++)
		m->force.used[at[i]] = true;
	free(at);
	subuids_free(&all);
	return stays;
}

static void merge_line(const char *text, const struct item *item, void *arg)
{
	struct merge *m = arg;
	size_t i, n = m->force.n;
	bool stays = !item;
	char *line;

	m->ended = text[strlen(text) - 1] == '\n';
	if (item && subuid_is_sync(item)) {
		stays = merge_sync(m, item);
		m->kept += stays;
		m->removed += !stays;
	} else if (item) {
		line = printed(print_item, item);
		line[strcspn(line, "\n")] = '\0';
		i = words_find(&m->force, line, false);
		if (i < n) {
			stays = !m->force.used[i];
			m->force.used[i] = true;
		} else if (has_value(item)) {
			i = words_find(&m->force, line, true);
			/* What is as if nobody had set it is not in the list. */
			stays = i == n && item_is_default(item);
			if (i < n && !m->force.used[i])
				put_line(m, i);
		}
		free(line);
		m->kept += stays;
		m->removed += !stays;
	}
	if (stays)
		fputs(text, m->f);
	else
		m->ended = true;
}

/* A file that is there need not say what holds anyway. */
static void merge_rest(struct merge *m, bool is_new)
{
	size_t i;

	if (!m->ended)
		fputc('\n', m->f);
	for (i = 0; i < m->force.n; i++)
		if (!m->force.used[i] &&
		    (is_new || words_find(&m->defaults, m->force.line[i], false) ==
			       m->defaults.n))
			put_line(m, i);
}

/* The content that the file shall have, to be freed; NULL if the old one is wrong. */
static char *merge(struct merge *m, FILE *old, const char *path, size_t *size, int *ret)
{
	json_t *defaults = settings_default();
	char *text = NULL;

	words_split(&m->defaults, printed(print_settings, defaults));
	json_decref(defaults);
	m->ended = true;
	m->f = open_memstream(&text, size);
	if (!m->f)
		die_oom();
	*ret = old ? config_lines(old, path, merge_line, m) : EXIT_OK;
	if (!*ret)
		merge_rest(m, !old);
	if (fclose(m->f))
		die_oom();
	words_free(&m->defaults);
	if (!*ret)
		return text;
	free(text);
	return NULL;
}

static bool write_all(int fd, const char *text, size_t size)
{
	ssize_t n;

	for (; size; text += n, size -= n) {
		n = write(fd, text, size);
		if (n < 0 && errno == EINTR)
			n = 0;
		if (n < 0)
			return false;
	}
	return true;
}

/* As the old file was; a new one as any. */
static bool give_mode(int fd, const struct stat *old)
{
	struct stat st;
	mode_t mask;

	if (!old) {
		mask = umask(0);
		umask(mask);
		return !fchmod(fd, 0666 & ~mask);
	}
	if (fstat(fd, &st))
		return false;
	if ((st.st_uid != old->st_uid || st.st_gid != old->st_gid) &&
	    fchown(fd, old->st_uid, old->st_gid))
		return false;
	return !fchmod(fd, old->st_mode & 07777);
}

/* Once the directory is on the disk, too, the new file is there after a crash. */
static bool sync_directory(const char *dir)
{
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC), err;

	if (fd < 0)
		return false;
	err = fsync(fd);
	close(fd);
	return !err;
}

static int replace(const char *path, const struct stat *old, const char *text, size_t size)
{
	char dir[PATH_MAX], copy[PATH_MAX], new[PATH_MAX + 16];
	int fd, err;

	if (strlen(path) >= sizeof(dir))
		return fail_errno(ENAMETOOLONG, "%s: %s", path, strerror(ENAMETOOLONG));
	snprintf(copy, sizeof(copy), "%s", path);
	snprintf(dir, sizeof(dir), "%s", dirname(copy));
	snprintf(copy, sizeof(copy), "%s", path);
	snprintf(new, sizeof(new), "%s/.%s.XXXXXX", dir, basename(copy));
	fd = mkostemp(new, O_CLOEXEC);
	if (fd < 0) {
		err = errno;
		return fail_errno(err, "%s: cannot make a file beside it: %s", path,
				  strerror(err));
	}
	err = !write_all(fd, text, size) || !give_mode(fd, old) || fsync(fd) ? errno : 0;
	if (close(fd) && !err)
		err = errno;
	if (!err && rename(new, path))
		err = errno;
	if (err) {
		unlink(new);
		return fail_errno(err, "%s: cannot be written, and is as it was: %s", path,
				  strerror(err));
	}
	if (!sync_directory(dir))
		return fail_errno(errno, "%s: saved, but perhaps not on the disk yet: %s",
				  path, strerror(errno));
	return EXIT_OK;
}

/* The file that is there; NULL if there is none. */
static int open_old(const char *path, struct stat *st, FILE **old)
{
	char target[PATH_MAX];
	ssize_t n;
	int fd;

	*old = NULL;
	if (lstat(path, st)) {
		if (errno == ENOENT)
			return EXIT_OK;
		return fail_errno(errno, "%s: %s", path, strerror(errno));
	}
	if (S_ISLNK(st->st_mode)) {
		n = readlink(path, target, sizeof(target));
		return fail_errno(ELOOP, "%s: a symbolic link: give the file that it leads to (%.*s)",
				  path, n < 0 ? 0 : (int)n, target);
	}
	if (S_ISDIR(st->st_mode))
		return fail_errno(EISDIR, "%s: %s", path, strerror(EISDIR));
	if (!S_ISREG(st->st_mode))
		return fail_errno(EINVAL, "%s: not a regular file", path);
	/* Who may write the directory need not write what others keep in it. */
	fd = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0 || fstat(fd, st)) {
		fail_errno(errno, "%s: %s", path, strerror(errno));
		if (fd >= 0)
			close(fd);
		return EXIT_FAILED;
	}
	*old = fdopen(fd, "r");
	if (!*old)
		die_oom();
	return EXIT_OK;
}

/* People see it in the file. */
static int tell_counts(const struct merge *m)
{
	json_t *obj;

	if (!out_json)
		return EXIT_OK;
	obj = json_object();
	out_put(obj, "kept", json_integer(m->kept));
	out_put(obj, "removed", json_integer(m->removed));
	out_put(obj, "added", json_integer(m->added));
	out_object(obj);
	json_decref(obj);
	return EXIT_OK;
}

/**
 * save_file - bring a file up to a configuration
 * @path: the file
 * @config: the configuration
 *
 * Return: exit status; unless EXIT_OK the file is as it was.
 */
int save_file(const char *path, json_t *config)
{
	struct merge m = { .config = config };
	struct stat st;
	size_t size;
	FILE *old;
	char *text;
	int ret;

	ret = open_old(path, &st, &old);
	if (ret)
		return ret;
	words_split(&m.force, printed(print_config, config));
	text = merge(&m, old, path, &size, &ret);
	if (text)
		ret = replace(path, old ? &st : NULL, text, size);
	if (old)
		fclose(old);
	words_free(&m.force);
	free(text);
	return ret ? ret : tell_counts(&m);
}
