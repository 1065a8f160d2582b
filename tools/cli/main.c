// SPDX-License-Identifier: GPL-2.0
/*
 * uvnadm - administer user virtual networks
 */
#include <errno.h>
#include <getopt.h>
#include <linux/uvn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/args.h"
#include "cli/command.h"
#include "cli/complete.h"
#include "cli/fail.h"
#include "cli/health.h"
#include "cli/help.h"
#include "cli/out.h"
#include "cli/prefix.h"
#include "cmd/cmd_adopt.h"
#include "cmd/cmd_cgnat.h"
#include "cmd/cmd_config.h"
#include "cmd/cmd_direct.h"
#include "cmd/cmd_enable.h"
#include "cmd/cmd_load.h"
#include "cmd/cmd_monitor.h"
#include "cmd/cmd_permit.h"
#include "cmd/cmd_publish.h"
#include "cmd/cmd_range.h"
#include "cmd/cmd_save.h"
#include "cmd/cmd_set.h"
#include "cmd/cmd_status.h"
#include "cmd/cmd_show.h"
#include "cmd/cmd_subnet.h"
#include "cmd/cmd_subuid.h"
#include "cmd/cmd_user.h"
#include "doctor/doctor.h"
#include "lib/config.h"
#include "lib/nl.h"
#include "verify/serve.h"
#include "verify/verify.h"
#include "why/cmd_why.h"

/* Rows of one noun stand together. */
static const struct command table[] = {
	{ "enable", NULL, "[--evict]",
	  "arm this network namespace (--evict: destroy users' old sockets)",
	  .run = cmd_enable, .nlcmd = UVN_CMD_ENABLE },
	{ "disable", NULL, "", "remove all user networks and disarm the namespace",
	  .run = cmd_config, .nlcmd = UVN_CMD_DISABLE },
	{ "status", NULL, "[--nagios]", "show the state of uvn in this namespace",
	  .run = cmd_status, .judges = true },

	{ "show", NULL, "", "say what network of one's own one has, and whom it reaches",
	  .run = cmd_show },

	{ "subnet", "add", "PREFIX port PORT [group ADDR] [unprivileged]",
	  "run uvn in a subnet, by VXLAN on this UDP port",
	  .run = cmd_config, .nlcmd = UVN_CMD_CONFIG_ADD, .part = &subnet_part,
	  .item = item_subnet },
	{ "subnet", "del", "PREFIX", "remove a subnet",
	  .run = cmd_config, .nlcmd = UVN_CMD_CONFIG_DEL, .part = &subnet_part,
	  .item = item_prefix, .hint = hint_config },
	{ "subnet", "list", "", "list subnets",
	  .run = cmd_config_list, .part = &subnet_part },

	{ "range", "add", "uid FIRST-LAST [vni FIRST]",
	  "manage UIDs; their VNIs are the same numbers unless given",
	  .run = cmd_config, .nlcmd = UVN_CMD_CONFIG_ADD, .part = &range_part,
	  .item = item_range_add },
	{ "range", "del", "uid FIRST-LAST", "manage UIDs no longer",
	  .run = cmd_config, .nlcmd = UVN_CMD_CONFIG_DEL, .part = &range_part,
	  .item = item_range, .hint = hint_config },
	{ "range", "list", "", "list ranges",
	  .run = cmd_config_list, .part = &range_part },

	{ "subuid", "add", "FIRST-LAST [uid OWNER]",
	  "say whose subordinate UIDs are, wherever they turn up",
	  .run = cmd_config, .nlcmd = UVN_CMD_CONFIG_ADD, .part = &subuid_part,
	  .item = item_subuid },
	{ "subuid", "del", "FIRST-LAST", "say it no longer",
	  .run = cmd_config, .nlcmd = UVN_CMD_CONFIG_DEL, .part = &subuid_part,
	  .item = item_subuid, .hint = hint_config },
	{ "subuid", "list", "", "list subordinate UIDs",
	  .run = cmd_config_list, .part = &subuid_part },
	{ "subuid", "sync", "[FILE]", "have them as /etc/subuid says",
	  .run = cmd_subuid_sync, .nlcmd = UVN_CMD_CONFIG_ADD,
	  .part = &subuid_part, .item = item_subuid_sync, .hint = hint_file },

	{ "direct", "add", "PREFIX",
	  "hosts that do not run uvn, reached through NAT",
	  .run = cmd_config, .nlcmd = UVN_CMD_CONFIG_ADD, .part = &direct_part,
	  .item = item_prefix },
	{ "direct", "del", "PREFIX", "remove a direct prefix",
	  .run = cmd_config, .nlcmd = UVN_CMD_CONFIG_DEL, .part = &direct_part,
	  .item = item_prefix, .hint = hint_config },
	{ "direct", "list", "", "list direct prefixes",
	  .run = cmd_config_list, .part = &direct_part },

	{ "cgnat", "add", "PREFIX [snat ADDR]",
	  "users' addresses off the subnets; NAT translates them",
	  .run = cmd_config, .nlcmd = UVN_CMD_CONFIG_ADD, .part = &cgnat_part,
	  .item = item_cgnat },
	{ "cgnat", "del", "PREFIX", "remove a CGNAT pool",
	  .run = cmd_config, .nlcmd = UVN_CMD_CONFIG_DEL, .part = &cgnat_part,
	  .item = item_prefix, .hint = hint_config },
	{ "cgnat", "list", "", "list CGNAT pools",
	  .run = cmd_config_list, .part = &cgnat_part },

	{ "publish", "add", "tcp|udp PORTS from PREFIX",
	  "let these hosts connect to what users listen on, at the node's addresses",
	  .run = cmd_config, .nlcmd = UVN_CMD_CONFIG_ADD, .part = &publish_part,
	  .item = item_publish },
	{ "publish", "del", "tcp|udp PORTS from PREFIX",
	  "let them connect no longer",
	  .run = cmd_config, .nlcmd = UVN_CMD_CONFIG_DEL, .part = &publish_part,
	  .item = item_publish, .hint_more = hint_publish },
	{ "publish", "list", "", "list published ports",
	  .run = cmd_config_list, .part = &publish_part },

	{ "transit", "add", "PREFIX",
	  "nodes behind this one, whose VXLAN passes through it",
	  .run = cmd_config, .nlcmd = UVN_CMD_CONFIG_ADD, .part = &transit_part,
	  .item = item_prefix },
	{ "transit", "del", "PREFIX", "remove a transit prefix",
	  .run = cmd_config, .nlcmd = UVN_CMD_CONFIG_DEL, .part = &transit_part,
	  .item = item_prefix, .hint = hint_config },
	{ "transit", "list", "", "list transit prefixes",
	  .run = cmd_config_list, .part = &transit_part },

	{ "user", "list", "", "list user networks", .run = cmd_user_list },
	{ "user", "show", "[UID]", "show a user network, or one's own",
	  .run = cmd_user_show, .hint = hint_user },
	{ "user", "add", "UID", "make a user network now",
	  .run = cmd_user, .nlcmd = UVN_CMD_USER_ADD },
	{ "user", "del", "UID [--force]",
	  "remove an idle user network (--force: with its sockets)",
	  .run = cmd_user, .nlcmd = UVN_CMD_USER_DEL, .hint = hint_user },

	{ "adopt", "add", "pid|cgroup WHICH uid UID",
	  "have a system process and its children, or a cgroup, act for a user",
	  .run = cmd_adopt, .nlcmd = UVN_CMD_ADOPT_ADD },
	{ "adopt", "del", "pid|cgroup WHICH", "have it act for itself again",
	  .run = cmd_adopt, .nlcmd = UVN_CMD_ADOPT_DEL, .hint_more = hint_adopt },
	{ "adopt", "list", "", "list adoptions", .run = cmd_adopt_list },

	{ "set", "unmatched", "deny|allow",
	  "what UIDs in no range get: no sockets, or the system's",
	  .run = cmd_config, .nlcmd = UVN_CMD_CONFIG_ADD,
	  .part = &settings_part, .item = item_unmatched },
	{ "set", "table-base", "N", "a user's routing table is N + VNI",
	  .run = cmd_config, .nlcmd = UVN_CMD_CONFIG_ADD,
	  .part = &settings_part, .item = item_table_base },
	{ "set", "audit", "on|off", "deny nothing, report what would be denied",
	  .run = cmd_config, .nlcmd = UVN_CMD_CONFIG_ADD,
	  .part = &settings_part, .item = item_audit },
	{ "set", "nat-ports", "FIRST-LAST",
	  "ports that NAT gives to what leaves the subnets",
	  .run = cmd_config, .nlcmd = UVN_CMD_CONFIG_ADD,
	  .part = &settings_part, .item = item_nat_ports },
	{ "set", "idle-timeout", "SECONDS",
	  "remove user networks without use after this time (0: never)",
	  .run = cmd_config, .nlcmd = UVN_CMD_CONFIG_ADD,
	  .part = &settings_part, .item = item_idle_timeout },
	{ "set", "child-netns", "deny|allow",
	  "what users' tasks get in network namespaces without uvn",
	  .run = cmd_config, .nlcmd = UVN_CMD_CONFIG_ADD,
	  .part = &settings_part, .item = item_child_netns },
	{ "set", "subordinate", "FIRST-LAST",
	  "UIDs that are never system, unless a range or subuid says whose they are",
	  .run = cmd_config, .nlcmd = UVN_CMD_CONFIG_ADD,
	  .part = &settings_part, .item = item_subordinate },
	{ "set", "nat-flows-per-user", "N",
	  "flows off the subnets that a user may have (0: as many as are free)",
	  .run = cmd_config, .nlcmd = UVN_CMD_CONFIG_ADD,
	  .part = &settings_part, .item = item_nat_flows },
	{ "set", "outer-netfilter", "on|off",
	  "have netfilter judge packets between nodes once more, outside",
	  .run = cmd_config, .nlcmd = UVN_CMD_CONFIG_ADD,
	  .part = &settings_part, .item = item_outer_netfilter },
	{ "set", "firewall-vrf", "on|off",
	  "have netfilter see users' VRFs, not lo and the devices below",
	  .run = cmd_config, .nlcmd = UVN_CMD_CONFIG_ADD,
	  .part = &settings_part, .item = item_firewall_vrf },
	{ "set", "view", "full|users",
	  "show users all devices and routes, or those that there would be without uvn",
	  .run = cmd_config, .nlcmd = UVN_CMD_CONFIG_ADD,
	  .part = &settings_part, .item = item_view },
	{ "set", "view-sockets", "all|own",
	  "show users all sockets, or their own and the system's",
	  .run = cmd_config, .nlcmd = UVN_CMD_CONFIG_ADD,
	  .part = &settings_part, .item = item_view_sockets },
	{ "set", "family", "NAME allow|deny",
	  "give users sockets of an address family, or not",
	  .run = cmd_config, .nlcmd = UVN_CMD_CONFIG_ADD, .part = &family_part,
	  .item = item_family, .hint = hint_family },
	{ "set", "protocol", "NAME allow|deny",
	  "give users sockets of an internet protocol, or not",
	  .run = cmd_config, .nlcmd = UVN_CMD_CONFIG_ADD,
	  .part = &protocol_part, .item = item_protocol, .hint = hint_protocol },

	{ "monitor", NULL, "[--since-start]",
	  "print events as they happen (--since-start: after the counters so far)",
	  .run = cmd_monitor },

	{ "why", NULL, "UID DEST [tcp|udp] [--nagios]",
	  "say which way a packet would go, or what forbids it",
	  .run = cmd_why, .hint = hint_user, .judges = true },

	{ "save", NULL, "[FILE]",
	  "print the configuration as commands, or bring a file up to it",
	  .run = cmd_save, .hint = hint_file },
	{ "load", NULL, "[--check] FILE",
	  "replace the configuration by a file's (-: standard input; --check: only try)",
	  .run = cmd_load, .hint = hint_file },

	{ "verify", NULL,
	  "[--uids A,B] [--peer HOST] [--rsh COMMAND] [--outside ADDRESS PORT] [--nagios]",
	  "try that users do not reach each other, here and on another node",
	  .run = cmd_verify, .judges = true },

	{ "doctor", NULL, "[--root DIR] [--nagios]",
	  "look for what keeps uvn from working, and say what helps",
	  .run = cmd_doctor, .hint = hint_file, .judges = true },
	{ "version", NULL, "", "print the versions of uvnadm and of the loaded module",
	  .run = cmd_version },
	{ "help", NULL, "[COMMAND] [VERB]", "print how commands are written",
	  .run = cmd_help, .hint = hint_help, .hint_more = hint_help_verb },
	{}
};

/* In the order of save. */
static const struct part *const all_parts[] = {
	&settings_part, &subnet_part, &range_part, &subuid_part, &direct_part,
	&cgnat_part, &publish_part, &transit_part, &family_part, &protocol_part, NULL
};

static int run_command(int argc, char *const *argv)
{
	const char *val[ARGS_MAX];
	const struct command *cmd;
	int ret, used, i;

	if (!argc)
		return misuse("no command given (see \"uvnadm help\")");
	if (help_wanted(argc, argv))
		return help_words(argv[0], argv[1]);

	ret = command_find(argc, argv, &cmd);
	if (ret)
		return ret;
	where.cmd = cmd;
	used = cmd->verb ? 2 : 1;
	/* Before anything can be wrong, as that has to be said in its form. */
	for (i = used; cmd->judges && i < argc; i++)
		health_nagios |= !strcmp(argv[i], "--nagios");
	ret = args_match(cmd, argc - used, argv + used, val);
	return ret ? ret : cmd->run(cmd, val);
}

static int run(int argc, char **argv)
{
	static const struct option options[] = {
		{ "json", no_argument, NULL, 'j' },
		{ "help", no_argument, NULL, 'h' },
		{ "version", no_argument, NULL, 'V' },
		{}
	};
	bool help = false, version = false;
	char *const words[] = { "help", "version" };
	int c;

	/* Options come first: "+" leaves what follows the command to it. */
	opterr = 0;
	while ((c = getopt_long(argc, argv, "+jhV", options, NULL)) != -1) {
		switch (c) {
		case 'j':
			out_json = true;
			break;
		case 'h':
			help = true;
			break;
		case 'V':
			version = true;
			break;
		default:
			if (optopt)
				return misuse("wrong option -%c (see \"uvnadm help\")",
					      optopt);
			return misuse("wrong option %s (see \"uvnadm help\")",
				      argv[optind - 1]);
		}
	}
	argc -= optind;
	argv += optind;

	if (help || version)
		return run_command(1, &words[help ? 0 : 1]);
	if (argc && !strcmp(argv[0], "complete"))
		return complete(argc - 1, argv + 1);
	if (argc == 1 && !strcmp(argv[0], VERIFY_SERVE))
		return verify_serve(STDIN_FILENO, STDOUT_FILENO);
	return run_command(argc, argv);
}

int main(int argc, char **argv)
{
	int ret;

	commands = table;
	parts = all_parts;
	ret = run(argc, argv);
	uvn_close();

	/* A configuration saved to a full disk must not look saved. */
	if (fflush(stdout) || ferror(stdout)) {
		fprintf(stderr, "uvnadm: cannot write: %s\n", strerror(errno));
		return health_nagios ? (int)HEALTH_UNKNOWN : EXIT_FAILED;
	}
	return health_nagios ? (int)health_told : ret;
}
