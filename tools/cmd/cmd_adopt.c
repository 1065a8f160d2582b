// SPDX-License-Identifier: GPL-2.0
/*
 * Adoptions: processes and cgroups of the system that act for a user.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <linux/uvn.h>
#include <mntent.h>
#include <netlink/attr.h>
#include <stdio.h>
#include <string.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "cli/command.h"
#include "cli/fail.h"
#include "cli/out.h"
#include "cli/parse.h"
#include "cmd/cmd_adopt.h"
#include "lib/decode.h"
#include "lib/nl.h"

/* The kernel's number for handles of cgroups and the like: their id. */
#define HANDLE_KERNFS	0xfe

/**
 * union cgroup_handle - a file handle with room for a cgroup's id
 * @fh: the handle
 * @room: as large as it may be
 */
union cgroup_handle {
	struct file_handle fh;
	char room[sizeof(struct file_handle) + sizeof(uint64_t)];
};

/**
 * struct adoption - what is adopted, and for whom
 * @pid: the process; 0 if it is a cgroup
 * @cgroup: id of the cgroup
 * @uid: the user's; 0 where it does not matter
 */
struct adoption {
	uint32_t pid;
	uint64_t cgroup;
	uint32_t uid;
};

static int parse_cgroup(const char *path, uint64_t *id)
{
	union cgroup_handle handle = { .fh.handle_bytes = sizeof(*id) };
	struct statfs fs;
	int mount;

	if (statfs(path, &fs))
		return fail_errno(errno, "%s: %s", path, strerror(errno));
	if (fs.f_type != CGROUP2_SUPER_MAGIC)
		return misuse("\"%s\": not a cgroup of version 2", path);
	if (name_to_handle_at(AT_FDCWD, path, &handle.fh, &mount, 0))
		return fail_errno(errno, "%s: %s", path, strerror(errno));
	memcpy(id, handle.fh.f_handle, sizeof(*id));
	return EXIT_OK;
}

static int parse_adopted(const char *kind, const char *word, struct adoption *a)
{
	if (!strcmp(kind, "cgroup"))
		return parse_cgroup(word, &a->cgroup);
	return parse_number(word, "a process ID", 1, INT_MAX, &a->pid);
}

static int fill_adoption(struct nl_msg *msg, void *arg)
{
	const struct adoption *a = arg;
	int err;

	err = a->pid ? nla_put_u32(msg, UVN_A_ADOPT_PID, a->pid) :
		       nla_put_u64(msg, UVN_A_ADOPT_CGROUP, a->cgroup);
	return err || !a->uid ? err : nla_put_u32(msg, UVN_A_ADOPT_UID, a->uid);
}

/**
 * cmd_adopt - adopt add, adopt del
 * @cmd: command
 * @val: values
 */
int cmd_adopt(const struct command *cmd, const char *const *val)
{
	struct adoption a = {};
	struct uvn_request req = {
		.cmd = cmd->nlcmd,
		.fill = fill_adoption,
		.arg = &a,
	};
	int ret;

	ret = parse_adopted(val[0], val[1], &a);
	if (!ret && cmd->nlcmd == UVN_CMD_ADOPT_ADD)
		ret = parse_uid(val[2], &a.uid);
	if (!ret)
		ret = uvn_do(&req);
	return ret ? ret : out_done();
}

/* Where cgroups of version 2 are mounted, opened; or -1. */
static int open_cgroups(void)
{
	struct mntent *m;
	int fd = -1;
	FILE *f;

	f = setmntent("/proc/self/mounts", "r");
	if (!f)
		return -1;
	while (fd < 0 && (m = getmntent(f)))
		if (!strcmp(m->mnt_type, "cgroup2"))
			fd = open(m->mnt_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	endmntent(f);
	return fd;
}

/* Its path, or null if it cannot be seen from here. */
static json_t *get_cgroup(struct nlattr *attr, struct nlattr *head, int len)
{
	union cgroup_handle handle = {
		.fh.handle_bytes = sizeof(uint64_t),
		.fh.handle_type = HANDLE_KERNFS,
	};
	char proc[32], path[PATH_MAX];
	ssize_t n = -1;
	int cgroups, fd;

	(void)head;
	(void)len;
	if (nla_len(attr) != sizeof(uint64_t))
		return json_null();
	memcpy(handle.fh.f_handle, nla_data(attr), sizeof(uint64_t));
	cgroups = open_cgroups();
	fd = open_by_handle_at(cgroups, &handle.fh, O_PATH | O_CLOEXEC);
	if (fd >= 0) {
		snprintf(proc, sizeof(proc), "/proc/self/fd/%d", fd);
		n = readlink(proc, path, sizeof(path) - 1);
		close(fd);
	}
	if (cgroups >= 0)
		close(cgroups);
	if (n < 0)
		return json_null();
	path[n] = '\0';
	return out_string(path);
}

static void adopt_reply(struct nlattr *head, int len, void *arg)
{
	static const struct attr_field fields[] = {
		{ "pid", UVN_A_ADOPT_PID, false, attr_get_uint },
		{ "cgroup", UVN_A_ADOPT_CGROUP, false, get_cgroup },
		{ "cgroup_id", UVN_A_ADOPT_CGROUP, false, attr_get_uint },
		{ "uid", UVN_A_ADOPT_UID, false, attr_get_uint },
		{ "user", UVN_A_ADOPT_UID, false, attr_get_user },
		{}
	};

	out_append(arg, attr_decode(head, len, fields));
}

static void adopt_clear(void *arg)
{
	json_array_clear(arg);
}

/* All adoptions, in an array. */
static int adoptions_get(json_t *adoptions)
{
	struct uvn_request req = {
		.cmd = UVN_CMD_ADOPT_GET,
		.dump = true,
		.reply = adopt_reply,
		.again = adopt_clear,
		.arg = adoptions,
	};

	return uvn_do(&req);
}

/**
 * cmd_adopt_list - adopt list
 * @cmd: not used
 * @val: not used
 */
int cmd_adopt_list(const struct command *cmd, const char *const *val)
{
	static const struct out_col cols[] = {
		{ "PID", "pid", NULL },
		{ "CGROUP", "cgroup", NULL },
		{ "UID", "uid", NULL },
		{ "USER", "user", NULL },
		{}
	};
	json_t *adoptions = json_array();
	int ret;

	(void)cmd;
	(void)val;
	ret = adoptions_get(adoptions);
	if (!ret)
		ret = out_table(adoptions, cols);
	json_decref(adoptions);
	return ret;
}

/**
 * hint_adopt - print which processes or cgroups are adopted
 * @val: "pid" or "cgroup"
 */
void hint_adopt(const char *const *val)
{
	json_t *adoptions = json_array(), *adoption, *which;
	size_t i;

	if (!adoptions_get(adoptions)) {
		json_array_foreach(adoptions, i, adoption) {
			which = json_object_get(adoption, val[0]);
			if (json_is_string(which))
				puts(json_string_value(which));
			else if (json_is_integer(which))
				printf("%" JSON_INTEGER_FORMAT "\n",
				       json_integer_value(which));
		}
	}
	json_decref(adoptions);
}
