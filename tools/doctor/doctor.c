// SPDX-License-Identifier: GPL-2.0
/*
 * What keeps uvn from working here, or will: the checks and their findings.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/command.h"
#include "cli/fail.h"
#include "cli/health.h"
#include "cli/out.h"
#include "doctor/address.h"
#include "doctor/device.h"
#include "doctor/doctor.h"
#include "doctor/finding.h"
#include "doctor/firewall.h"
#include "doctor/hook.h"
#include "doctor/ipsec.h"
#include "doctor/kernel.h"
#include "doctor/manager.h"
#include "doctor/network.h"
#include "doctor/peer.h"
#include "doctor/redirect.h"
#include "doctor/rule-names.h"
#include "doctor/state.h"
#include "doctor/subuid.h"
#include "doctor/users.h"
#include "doctor/vrf.h"

/* What a check goes by: without it nothing is looked at, and nothing said. */
#define STATUS	1
#define CONFIG	2
#define USERS	4
#define DEVICES	8

/* It tells what is not isolated although uvn is enabled, so enable looks, too. */
#define ENABLE	16

/**
 * struct check - something that may be wrong
 * @name: what it is called
 * @run: reports what it finds
 * @needs: what it goes by, and ENABLE
 */
struct check {
	const char *name;
	void (*run)(struct doctor *d);
	unsigned int needs;
};

/* From the ground up: what comes first is often the cause of what follows. */
static const struct check checks[] = {
	{ "privilege", doctor_privilege, 0 },
	{ "kernel-options", doctor_kernel_options, 0 },
	{ "modules", doctor_modules, 0 },
	{ "secure-boot", doctor_secure_boot, 0 },
	{ "module", doctor_module, STATUS },
	{ "version", doctor_version, STATUS },
	{ "symbols", doctor_symbols, STATUS },
	{ "ftrace", doctor_ftrace, 0 },
	{ "hook", doctor_hook, STATUS },
	{ "livepatch", doctor_livepatch, STATUS },
	{ "view", doctor_view, STATUS },
	{ "config", doctor_config, 0 },
	{ "l3mdev-accept", doctor_l3mdev_accept, STATUS },
	{ "rules", doctor_rules, STATUS },
	{ "rp-filter", doctor_rp_filter, DEVICES },
	{ "tables", doctor_tables, CONFIG | USERS | DEVICES },
	{ "devices", doctor_devices, CONFIG | USERS | DEVICES },
	{ "managers", doctor_managers, CONFIG },
	{ "networks", doctor_vrfs, STATUS | CONFIG | USERS | DEVICES },
	{ "subnets", doctor_subnets, CONFIG | DEVICES },
	{ "pools", doctor_pools, CONFIG | DEVICES },
	{ "ports", doctor_ports, STATUS | CONFIG },
	{ "nat-ports", doctor_nat_ports, CONFIG },
	{ "conntrack", doctor_conntrack, CONFIG },
	{ "mtu", doctor_mtu, CONFIG | DEVICES },
	{ "tx-segmentation", doctor_tx_segmentation, CONFIG | DEVICES },
	{ "rx-hash", doctor_rx_hash, CONFIG | DEVICES },
	{ "vxlan-ports", doctor_vxlan_ports, STATUS | CONFIG | DEVICES },
	{ "firewall-out", doctor_firewall_out, CONFIG | DEVICES },
	{ "firewall-in", doctor_firewall_in, CONFIG | USERS | DEVICES },
	{ "firewall-names", doctor_rule_names, CONFIG | DEVICES },
	{ "redirects", doctor_redirects, CONFIG | DEVICES },
	{ "ipsec", doctor_ipsec, CONFIG },
	{ "peers", doctor_peers, STATUS | CONFIG | DEVICES },
	{ "ranges", doctor_ranges, CONFIG },
	{ "accounts", doctor_accounts, CONFIG | ENABLE },
	{ "processes", doctor_processes, CONFIG | ENABLE },
	{ "subuids", doctor_subuids, CONFIG },
	{ "audit", doctor_audit, CONFIG | ENABLE },
	{ "strays", doctor_pre_enable, STATUS | CONFIG | ENABLE },
	{ "denials", doctor_denials, STATUS },
};

#define N_CHECKS	(sizeof(checks) / sizeof(*checks))

/* For enable alone: that a subnet has no address here may be meant. */
static const struct check unused_subnets = {
	"unused-subnets", doctor_unused_subnets, CONFIG | DEVICES
};

/* What is lacking of what it needs, if anything. */
static const char *lacks(struct doctor *d, unsigned int needs)
{
	if (needs & STATUS && d->status_why)
		return d->status_why;
	if (needs & CONFIG && d->config_why)
		return d->config_why;
	if (needs & USERS && d->users_why)
		return d->users_why;
	return needs & DEVICES ? d->devices_why : NULL;
}

static void run_check(struct doctor *d, const struct check *check)
{
	const char *why = lacks(d, check->needs);

	d->check = check->name;
	if (why)
		cannot_tell(d, "%s", why);
	else
		check->run(d);
	if (is_told(d))
		return;
	found(d, UNKNOWN, NULL, "cannot tell: %s", d->untold);
	if (geteuid() || !d->may || d->users_why)
		remedy(d, "run it as root, with CAP_NET_ADMIN in the initial user namespace");
	else
		remedy(d, "see why that is refused, and run it again");
	told(d);
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
	printf("%s %zu %s%s", *any ? "," : "", n, what,
	       n == 1 || !strcmp(what, severity_names[UNKNOWN]) ? "" : "s");
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
	print_count(count(d, UNKNOWN), severity_names[UNKNOWN], &any);
	puts(any ? "" : " nothing found");
}

static enum health judge(struct doctor *d)
{
	if (count(d, ERROR))
		return HEALTH_NOT_ISOLATED;
	if (count(d, WARNING))
		return HEALTH_DEGRADED;
	return count(d, UNKNOWN) ? HEALTH_UNKNOWN : HEALTH_OK;
}

/* The first of the worst stands for all. */
static void print_plugin(struct doctor *d, enum health health)
{
	static const enum severity worst[] = {
		[HEALTH_OK] = NOTE,
		[HEALTH_DEGRADED] = WARNING,
		[HEALTH_NOT_ISOLATED] = ERROR,
		[HEALTH_UNKNOWN] = UNKNOWN,
	};
	json_t *finding, *first = NULL;
	size_t i;

	json_array_foreach(d->findings, i, finding)
		if (!first && !strcmp(get_string(finding, "severity"),
				      severity_names[worst[health]]))
			first = finding;
	health_line(health, "%zu checks, errors %zu, warnings %zu, unknown %zu%s%s%s%s",
		    N_CHECKS, count(d, ERROR), count(d, WARNING), count(d, UNKNOWN),
		    first ? "; " : "", get_string(first, "check"), first ? ": " : "",
		    get_string(first, "text"));
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

static void look(struct doctor *d, unsigned int which)
{
	size_t i;

	for (i = 0; i < N_CHECKS; i++)
		if ((checks[i].needs & which) == which)
			run_check(d, &checks[i]);
}

/**
 * doctor_enable - who and what is not isolated now that uvn is enabled
 *
 * Return: an array of findings, as doctor has them.
 */
json_t *doctor_enable(void)
{
	struct doctor d = { .root = "", .findings = json_array() };

	state_read(&d);
	run_check(&d, &unused_subnets);
	look(&d, ENABLE);
	state_free(&d);
	return d.findings;
}

/**
 * cmd_doctor - doctor [--root DIR] [--nagios]
 * @cmd: not used
 * @val: values
 */
int cmd_doctor(const struct command *cmd, const char *const *val)
{
	struct doctor d = { .root = val[0] ? val[0] : "" };
	enum health health;
	int ret = EXIT_OK;

	(void)cmd;
	if (val[0])
		ret = look_at(val[0]);
	if (ret)
		return ret;
	d.findings = json_array();
	state_read(&d);
	look(&d, 0);
	health = judge(&d);
	if (out_json)
		out_value(d.findings);
	else if (health_nagios)
		print_plugin(&d, health);
	else
		print_text(&d);
	ret = health_exit(health);
	state_free(&d);
	json_decref(d.findings);
	return ret;
}
