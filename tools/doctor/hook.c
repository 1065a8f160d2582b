// SPDX-License-Identifier: GPL-2.0
/*
 * Whether the kernel lets uvn intercept what tasks do with sockets, and who registers
 * hooks of netfilter.
 */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "doctor/file.h"
#include "doctor/finding.h"
#include "doctor/hook.h"
#include "doctor/state.h"

/* Those of kmod/socket/hook.c; test.sh compares. */
static const char *const symbols[] = {
	"__udp_enqueue_schedule_skb",
	"security_inet_conn_request",
	"security_socket_post_create",
	"security_socket_accept",
	"security_sock_graft",
	"security_socket_connect",
	"security_socket_bind",
	"udp_v4_get_port",
	"udp_v6_get_port",
	"ping_get_port",
	"raw_hash_sk",
	"sock_queue_rcv_skb_reason",
	"sock_queue_err_skb",
	"security_socket_listen",
	"sock_setsockopt",
	"udp_lib_setsockopt",
	"ipv6_setsockopt",
	"ip_cmsg_send",
	"ip6_datagram_send_ctl",
	"ip_setsockopt",
	"inet_getname",
	"inet6_getname",
	"__udp_disconnect",
	"ip_mc_join_group",
	"ip_mc_join_group_ssm",
	"ip_mc_leave_group",
	"ip_mc_source",
	"ipv6_sock_mc_join",
	"ipv6_sock_mc_join_ssm",
	"ipv6_sock_mc_drop",
	"ip6_mc_source",
	"security_unix_stream_connect",
	"security_unix_may_send",
	"nf_register_net_hook",
	"nf_register_net_hooks",
	"nf_unregister_net_hook",
	"nf_unregister_net_hooks",
};

#define N_SYMBOLS	(sizeof(symbols) / sizeof(*symbols))

/* Its number, or N_SYMBOLS. */
static size_t symbol_of(const char *name, size_t len)
{
	size_t i;

	for (i = 0; i < N_SYMBOLS; i++)
		if (strlen(symbols[i]) == len && !memcmp(symbols[i], name, len))
			break;
	return i;
}

/* The hook is there: all that may be in its way is not. */
static bool is_hooked(struct doctor *d)
{
	const char *hook = get_string(d->status, "hook");

	return *hook && strcmp(hook, "off");
}

static FILE *open_tracing(struct doctor *d, const char *name)
{
	FILE *f = file_open(d, "/sys/kernel/tracing/%s", name) ?:
		  file_open(d, "/sys/kernel/debug/tracing/%s", name);

	if (f)
		told(d);
	return f;
}

/**
 * doctor_symbols - can all functions be traced that uvn intercepts?
 * @d: diagnosis
 */
void doctor_symbols(struct doctor *d)
{
	bool seen[N_SYMBOLS + 1] = {};
	char *line = NULL;
	size_t size = 0, i;
	FILE *f;

	if (is_hooked(d))
		return;
	f = open_tracing(d, "available_filter_functions");
	if (!f) {
		if (!is_told(d))
			return;
		found(d, NOTE, NULL,
		      "whether sockets can be intercepted cannot be told: no tracefs is mounted");
		remedy(d, "mount -t tracefs none /sys/kernel/tracing");
		return;
	}
	while (getline(&line, &size, f) >= 0)
		seen[symbol_of(line, strcspn(line, "\n "))] = true;
	free(line);
	fclose(f);
	for (i = 0; i < N_SYMBOLS; i++) {
		if (seen[i])
			continue;
		found(d, ERROR, symbols[i], "%s cannot be traced: uvn cannot be enabled",
		      symbols[i]);
		remedy(d, "a kernel that uvn is tested with (README)");
	}
}

/**
 * doctor_ftrace - is function tracing switched off?
 * @d: diagnosis
 */
void doctor_ftrace(struct doctor *d)
{
	long on;

	if (!file_number(d, &on, "/proc/sys/kernel/ftrace_enabled") || on)
		return;
	found(d, ERROR, NULL, "kernel.ftrace_enabled is 0: uvn cannot intercept sockets");
	remedy(d, "sysctl -w kernel.ftrace_enabled=1");
}

/* name (count) R I D O M ...: I is for who has a function redirected. */
static bool is_redirected(const char *line)
{
	const char *flags = strchr(line, ')');

	return flags && strcspn(flags, "I") < strcspn(flags, "\t\n:");
}

/**
 * doctor_hook - has somebody else redirected a function that uvn intercepts?
 * @d: diagnosis
 */
void doctor_hook(struct doctor *d)
{
	char *line = NULL;
	size_t size = 0, i;
	FILE *f;

	if (is_hooked(d))
		return;
	f = open_tracing(d, "enabled_functions");
	if (!f)
		return; /* doctor_symbols() has said so */
	while (getline(&line, &size, f) >= 0) {
		i = symbol_of(line, strcspn(line, "\n "));
		if (i == N_SYMBOLS || !is_redirected(line))
			continue;
		found(d, ERROR, symbols[i],
		      "%s is redirected already, and only one can do that: uvn cannot be enabled",
		      symbols[i]);
		remedy(d, "undo the live patch, or end the tracer, that has it");
	}
	free(line);
	fclose(f);
}

static DIR *open_directory(struct doctor *d, char *path)
{
	DIR *dir = opendir(path);

	if (!dir && errno == EACCES)
		cannot_tell(d, "%s: %s", path, strerror(errno));
	free(path);
	return dir;
}

static void look_at_patch(struct doctor *d, const char *patch)
{
	struct dirent *entry;
	long on = 0;
	size_t i;
	DIR *dir;

	if (!file_number(d, &on, "/sys/kernel/livepatch/%s/enabled", patch) || !on)
		return;
	dir = open_directory(d, file_path(d, "/sys/kernel/livepatch/%s/vmlinux", patch));
	while (dir && (entry = readdir(dir))) {
		i = symbol_of(entry->d_name, strcspn(entry->d_name, ","));
		if (i == N_SYMBOLS)
			continue;
		found(d, ERROR, patch, "the live patch %s has %s: uvn cannot be enabled",
		      patch, symbols[i]);
		remedy(d, "echo 0 >/sys/kernel/livepatch/%s/enabled, or boot the fixed kernel",
		       patch);
	}
	if (dir)
		closedir(dir);
}

/**
 * doctor_livepatch - does a live patch have a function that uvn intercepts?
 * @d: diagnosis
 */
void doctor_livepatch(struct doctor *d)
{
	struct dirent *entry;
	DIR *dir;

	if (is_hooked(d))
		return;
	dir = open_directory(d, file_path(d, "/sys/kernel/livepatch"));
	while (dir && (entry = readdir(dir)))
		if (*entry->d_name != '.')
			look_at_patch(d, entry->d_name);
	if (dir)
		closedir(dir);
}

/**
 * doctor_view - is there a function by which users see what they are not to see?
 * @d: diagnosis
 */
void doctor_view(struct doctor *d)
{
	json_t *name;
	size_t i;

	json_array_foreach(json_object_get(d->status, "view_missing"), i, name) {
		const char *symbol = json_string_value(name);

		found(d, WARNING, symbol,
		      "%s is not intercepted: users see devices or routes of uvn's there, or others' sockets, and are isolated all the same",
		      symbol);
		remedy(d, "undo the live patch, or end the tracer, that has it; or a kernel that uvn is tested with (README)");
	}
}
