// SPDX-License-Identifier: GPL-2.0
/*
 * What keeps uvn from working here, or will: the checks and their findings.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "doctor.h"

/**
 * struct check - something that may be wrong
 * @name: what it is called
 * @run: reports what it finds
 */
struct check {
	const char *name;
	void (*run)(struct doctor *d);
};

/* From the ground up: what comes first is often the cause of what follows. */
static const struct check checks[] = {
	{ "privilege", doctor_privilege },
	{ "kernel-options", doctor_kernel_options },
	{ "modules", doctor_modules },
	{ "secure-boot", doctor_secure_boot },
	{ "module", doctor_module },
	{ "version", doctor_version },
	{ "symbols", doctor_symbols },
	{ "ftrace", doctor_ftrace },
	{ "hook", doctor_hook },
	{ "livepatch", doctor_livepatch },
	{ "config", doctor_config },
	{ "l3mdev-accept", doctor_l3mdev_accept },
	{ "rules", doctor_rules },
	{ "rp-filter", doctor_rp_filter },
	{ "tables", doctor_tables },
	{ "devices", doctor_devices },
	{ "subnets", doctor_subnets },
	{ "pools", doctor_pools },
	{ "ports", doctor_ports },
	{ "nat-ports", doctor_nat_ports },
	{ "conntrack", doctor_conntrack },
	{ "mtu", doctor_mtu },
	{ "tx-segmentation", doctor_tx_segmentation },
	{ "rx-hash", doctor_rx_hash },
	{ "vxlan-ports", doctor_vxlan_ports },
	{ "firewall-out", doctor_firewall_out },
	{ "firewall-in", doctor_firewall_in },
	{ "peers", doctor_peers },
	{ "ranges", doctor_ranges },
	{ "accounts", doctor_accounts },
	{ "subuids", doctor_subuids },
	{ "resolver", doctor_resolver },
	{ "audit", doctor_audit },
	{ "strays", doctor_strays },
	{ "denials", doctor_denials },
};

#define N_CHECKS	(sizeof(checks) / sizeof(*checks))

static const char *const severity_names[] = {
	[NOTE] = "note",
	[WARNING] = "warning",
	[ERROR] = "error",
};

static json_t *text_of(const char *fmt, va_list ap)
{
	json_t *val;
	char *text;

	if (vasprintf(&text, fmt, ap) < 0)
		die_oom();
	val = out_string(text);
	free(text);
	return val;
}

/**
 * found - note a finding
 * @d: diagnosis
 * @level: how bad it is
 * @subject: what it is about, as the name of a device; NULL if nothing in
 *	particular
 * @fmt: what is wrong, one line
 */
void found(struct doctor *d, enum severity level, const char *subject,
	   const char *fmt, ...)
{
	json_t *finding = json_object();
	va_list ap;

	va_start(ap, fmt);
	out_put(finding, "check", out_string(d->check));
	out_put(finding, "severity", out_string(severity_names[level]));
	out_put(finding, "text", text_of(fmt, ap));
	out_put(finding, "remedy", json_null());
	out_put(finding, "subject", subject ? out_string(subject) : json_null());
	out_append(d->findings, finding);
	va_end(ap);
}

/**
 * remedy - say what helps against the last finding
 * @d: diagnosis
 * @fmt: one line
 */
void remedy(struct doctor *d, const char *fmt, ...)
{
	size_t n = json_array_size(d->findings);
	va_list ap;

	va_start(ap, fmt);
	out_put(json_array_get(d->findings, n - 1), "remedy", text_of(fmt, ap));
	va_end(ap);
}

static size_t count(struct doctor *d, enum severity level)
{
	json_t *finding;
	size_t i, n = 0;

	json_array_foreach(d->findings, i, finding)
		n += !strcmp(get_string(finding, "severity"), severity_names[level]);
	return n;
}

static void print_count(size_t n, const char *what, bool *any)
{
	if (!n)
		return;
	printf("%s %zu %s%s", *any ? "," : "", n, what, n == 1 ? "" : "s");
	*any = true;
}

static void print_text(struct doctor *d)
{
	json_t *finding;
	bool any = false;
	char *line;
	size_t i;
	int s;

	json_array_foreach(d->findings, i, finding) {
		if (asprintf(&line, "%s: %s: %s; remedy: %s",
			     get_string(finding, "severity"), get_string(finding, "check"),
			     get_string(finding, "text"), get_string(finding, "remedy")) < 0)
			die_oom();
		out_text(line);
		free(line);
	}
	printf("%zu checks,", N_CHECKS);
	for (s = ERROR; s >= NOTE; s--)
		print_count(count(d, s), severity_names[s], &any);
	puts(any ? "" : " nothing found");
}

/* A wrong directory would be one in which all is missing. */
static int look_at(const char *root)
{
	struct stat st;

	if (!stat(root, &st))
		return S_ISDIR(st.st_mode) ? EXIT_OK :
					     misuse("%s: not a directory", root);
	return misuse("%s: %s", root, strerror(errno));
}

/**
 * cmd_doctor - doctor [--root DIR]
 * @cmd: not used
 * @val: values
 */
int cmd_doctor(const struct command *cmd, const char *const *val)
{
	struct doctor d = { .root = val[0] ? val[0] : "" };
	int ret = EXIT_OK;
	size_t i;

	(void)cmd;
	if (val[0])
		ret = look_at(val[0]);
	if (ret)
		return ret;
	d.findings = json_array();
	state_read(&d);
	for (i = 0; i < N_CHECKS; i++) {
		d.check = checks[i].name;
		checks[i].run(&d);
	}
	if (out_json)
		out_value(d.findings);
	else
		print_text(&d);
	if (count(&d, ERROR) || count(&d, WARNING))
		ret = EXIT_FAILED;
	state_free(&d);
	json_decref(d.findings);
	return ret;
}
