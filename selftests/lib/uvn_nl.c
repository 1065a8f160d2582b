// SPDX-License-Identifier: GPL-2.0
/*
 * Generic netlink messages that uvnadm would never send, and the events.
 *
 *	uvn_nl monitor
 *		prints "ready", then a line for each event, for ever:
 *		denied uid=N reason=WORD error=N detail=TEXT comm=TEXT ...
 *	uvn_nl bad
 *		sends bad requests; a line for each: NAME ERROR REASON, where
 *		ERROR is 0 if the request was taken
 *	uvn_nl many N
 *		sets idle-timeout so many times, which are so many events
 *	uvn_nl can COMMAND...
 *		sends each plain COMMAND (a number) and prints its error
 *	uvn_nl handed OPENER ASKER [UID]
 *		as UID OPENER opens the socket, and as ASKER asks by it for the network of
 *		UID, or for the own one; prints the error
 */
#define _GNU_SOURCE
#include <arpa/inet.h>

#include "names-gen.h"
#include "uvn_genl.h"

static struct message m;
static struct genl_family_id family;
static int fd;

static void print_denied(struct nlmsghdr *nlh)
{
	static const char *const names[] = {
		[UVN_A_DENIED_UID] = "uid",
		[UVN_A_DENIED_PID] = "pid",
		[UVN_A_DENIED_COMM] = "comm",
		[UVN_A_DENIED_REASON] = "reason",
		[UVN_A_DENIED_ERROR] = "error",
		[UVN_A_DENIED_DETAIL] = "detail",
		[UVN_A_DENIED_FAMILY] = "family",
		[UVN_A_DENIED_TYPE] = "type",
		[UVN_A_DENIED_PROTOCOL] = "protocol",
		[UVN_A_DENIED_SUPPRESSED] = "suppressed",
		[UVN_A_DENIED_SOURCE] = "source",
		[UVN_A_DENIED_DESTINATION] = "destination",
		[UVN_A_DENIED_DEVICE] = "device",
		[UVN_A_DENIED_AUDIT] = "audit",
	};
	char text[INET6_ADDRSTRLEN];
	struct nlattr *a;
	int len, type;

	printf("denied");
	genl_attrs(nlh, GENL_HDRLEN, a, len) {
		uint32_t value = 0;

		type = a->nla_type & NLA_TYPE_MASK;
		if (a->nla_len >= NLA_HDRLEN + (int)sizeof(value))
			value = *(uint32_t *)nla_at(a);
		if (type > UVN_A_DENIED_MAX || !names[type])
			continue;
		printf(" %s=", names[type]);
		if (type == UVN_A_DENIED_COMM || type == UVN_A_DENIED_DETAIL ||
		    type == UVN_A_DENIED_DEVICE)
			printf("%s", (char *)nla_at(a));
		else if (type == UVN_A_DENIED_SOURCE ||
			 type == UVN_A_DENIED_DESTINATION)
			printf("%s", inet_ntop(a->nla_len == NLA_HDRLEN + 4 ?
					       AF_INET : AF_INET6, nla_at(a),
					       text, sizeof(text)));
		else if (type == UVN_A_DENIED_AUDIT)
			printf("yes");
		else if (type == UVN_A_DENIED_REASON && value <= UVN_REASON_MAX)
			printf("%s", uvn_reason_names[value]);
		else
			printf("%u", value);
	}
}

static void print_published(struct nlmsghdr *nlh)
{
	static const char *const names[] = {
		[UVN_A_PUBLISHED_UID] = "uid",
		[UVN_A_PUBLISHED_PROTOCOL] = "protocol",
		[UVN_A_PUBLISHED_SOURCE] = "source",
		[UVN_A_PUBLISHED_SOURCE_PORT] = "source-port",
		[UVN_A_PUBLISHED_DESTINATION] = "destination",
		[UVN_A_PUBLISHED_PORT] = "port",
		[UVN_A_PUBLISHED_SUPPRESSED] = "suppressed",
	};
	char text[INET6_ADDRSTRLEN];
	struct nlattr *a;
	int len, type;

	printf("published");
	genl_attrs(nlh, GENL_HDRLEN, a, len) {
		type = a->nla_type & NLA_TYPE_MASK;
		if (type > UVN_A_PUBLISHED_MAX || !names[type])
			continue;
		printf(" %s=", names[type]);
		if (type == UVN_A_PUBLISHED_SOURCE ||
		    type == UVN_A_PUBLISHED_DESTINATION)
			printf("%s", inet_ntop(a->nla_len == NLA_HDRLEN + 4 ?
					       AF_INET : AF_INET6, nla_at(a),
					       text, sizeof(text)));
		else
			printf("%u", a->nla_len == NLA_HDRLEN + 2 ?
			       *(uint16_t *)nla_at(a) : *(uint32_t *)nla_at(a));
	}
}

static void print_first(struct nlmsghdr *nlh, const char *what, int attr,
			const char *name)
{
	struct nlattr *a;
	int len;

	printf("%s", what);
	genl_attrs(nlh, GENL_HDRLEN, a, len)
		if (a->nla_type == attr)
			printf(" %s=%u", name,
			       a->nla_len == NLA_HDRLEN + 1 ?
			       *(uint8_t *)nla_at(a) : *(uint32_t *)nla_at(a));
}

static int monitor(void)
{
	static unsigned char buf[1 << 16];
	struct timeval never = {};

	if (setsockopt(fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &family.events,
		       sizeof(family.events))) {
		printf("membership: %s\n", strerror(errno));
		return 1;
	}
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &never, sizeof(never));
	printf("ready\n");
	fflush(stdout);
	for (;;) {
		struct nlmsghdr *nlh = (struct nlmsghdr *)buf;
		int len = recv(fd, buf, sizeof(buf), 0);

		if (len < 0) {
			printf("receive: %s\n", strerror(errno));
			continue;
		}
		for (; NLMSG_OK(nlh, len); nlh = NLMSG_NEXT(nlh, len)) {
			switch (((struct genlmsghdr *)NLMSG_DATA(nlh))->cmd) {
			case UVN_CMD_DENIED_NTF:
				print_denied(nlh);
				break;
			case UVN_CMD_PUBLISHED_NTF:
				print_published(nlh);
				break;
			case UVN_CMD_USER_NEW_NTF:
				print_first(nlh, "user-new", UVN_A_USER_UID, "uid");
				break;
			case UVN_CMD_USER_DEL_NTF:
				print_first(nlh, "user-del", UVN_A_USER_UID, "uid");
				break;
			case UVN_CMD_CONFIG_NTF:
				print_first(nlh, "config", UVN_A_STATUS_ENABLED,
					    "enabled");
				break;
			default:
				printf("unknown event");
			}
			printf("\n");
		}
		fflush(stdout);
	}
}

static void begin(int cmd)
{
	msg_begin(&m, family.id, NLM_F_ACK, cmd);
}

static void try(const char *name)
{
	const char *why;
	int err = genl_request(fd, &m, NULL, NULL, &why);

	printf("%s %d %s\n", name, -err, why ? why : "-");
}

/* A subnet with any of its attributes of any length; a negative one for none. */
static void try_subnet(const char *name, int cmd, int prefix, int prefix_len,
		       int port, int group)
{
	static const unsigned char a[64] = { 10, 1, 0, 0 };
	static const unsigned char len[64] = { 16 };
	static const unsigned char p[64] = { 0x39, 0x30 };
	static const unsigned char g[64] = { 239, 1, 1, 1 };
	unsigned int nest;

	begin(cmd);
	nest = msg_nest(&m, UVN_A_CONFIG_SUBNET);
	if (prefix >= 0)
		msg_attr(&m, UVN_A_SUBNET_PREFIX, a, prefix);
	if (prefix_len >= 0)
		msg_attr(&m, UVN_A_SUBNET_PREFIX_LEN, len, prefix_len);
	if (port >= 0)
		msg_attr(&m, UVN_A_SUBNET_PORT, p, port);
	if (group >= 0)
		msg_attr(&m, UVN_A_SUBNET_GROUP, g, group);
	msg_nest_end(&m, nest);
	try(name);
}

static void try_prefix(const char *name, const char *prefix, int len, int port)
{
	begin(UVN_CMD_CONFIG_ADD);
	msg_subnet(&m, prefix, len, port);
	try(name);
}

static void try_range(const char *name, int cmd, uint32_t first, uint32_t last,
		      uint32_t vni)
{
	begin(cmd);
	msg_range(&m, first, last, vni);
	try(name);
}

static void begin_setting(int attr, unsigned int len, uint32_t value)
{
	const uint32_t data[4] = { value };
	unsigned int nest;

	begin(UVN_CMD_CONFIG_ADD);
	nest = msg_nest(&m, UVN_A_CONFIG_SETTINGS);
	msg_attr(&m, attr, data, len);
	msg_nest_end(&m, nest);
}

static void try_setting(const char *name, int attr, unsigned int len, uint32_t value)
{
	begin_setting(attr, len, value);
	try(name);
}

static int many(int n)
{
	while (n-- > 0) {
		begin_setting(UVN_A_SETTINGS_IDLE_TIMEOUT, 4, n);
		if (genl_request(fd, &m, NULL, NULL, NULL))
			return 1;
	}
	return 0;
}

static void bad_subnets(void)
{
	static const int lengths[] = { 0, 1, 3, 5, 15, 16, 17, 32 };
	char name[64];
	unsigned int i;

	for (i = 0; i < sizeof(lengths) / sizeof(*lengths); i++) {
		snprintf(name, sizeof(name), "group-of-%d-bytes", lengths[i]);
		try_subnet(name, UVN_CMD_CONFIG_ADD, 4, 1, 2, lengths[i]);
		if (lengths[i] == 16) /* IPv6 */
			continue;
		snprintf(name, sizeof(name), "prefix-of-%d-bytes", lengths[i]);
		try_subnet(name, UVN_CMD_CONFIG_ADD, lengths[i], 1, 2, -1);
		snprintf(name, sizeof(name), "del-prefix-of-%d-bytes", lengths[i]);
		try_subnet(name, UVN_CMD_CONFIG_DEL, lengths[i], 1, -1, -1);
	}
	try_subnet("no-prefix", UVN_CMD_CONFIG_ADD, -1, 1, 2, -1);
	try_subnet("no-prefix-len", UVN_CMD_CONFIG_ADD, 4, -1, 2, -1);
	try_subnet("no-port", UVN_CMD_CONFIG_ADD, 4, 1, -1, -1);
	try_subnet("prefix-len-of-0-bytes", UVN_CMD_CONFIG_ADD, 4, 0, 2, -1);
	try_subnet("prefix-len-of-4-bytes", UVN_CMD_CONFIG_ADD, 4, 4, 2, -1);
	try_subnet("port-of-1-byte", UVN_CMD_CONFIG_ADD, 4, 1, 1, -1);
	try_subnet("port-of-4-bytes", UVN_CMD_CONFIG_ADD, 4, 1, 4, -1);
	try_subnet("del-unknown-subnet", UVN_CMD_CONFIG_DEL, 4, 1, -1, -1);
	try_prefix("prefix-len-0", "0.0.0.0", 0, 12345);
	try_prefix("prefix-len-33", "10.1.0.0", 33, 12345);
	try_prefix("prefix-len-255", "10.1.0.0", 255, 12345);
	try_prefix("port-0", "10.1.0.0", 16, 0);
	try_prefix("host-bits", "10.1.0.1", 16, 12345);
	try_prefix("multicast", "224.0.0.0", 8, 12345);
	try_prefix("loopback", "127.0.0.0", 8, 12345);
	try_prefix("zero-net", "0.0.0.0", 8, 12345);
	try_prefix("broadcast", "255.255.255.255", 32, 12345);
	try_prefix("overlap", "192.168.80.0", 24, 12345);
	try_prefix("overlap-above", "192.168.0.0", 16, 12345);
	try_prefix("port-used-twice", "10.1.0.0", 16, 801);
}

static void bad_ranges(void)
{
	try_range("uid-0", UVN_CMD_CONFIG_ADD, 0, 10, 9000000);
	try_range("uid-0-to-0", UVN_CMD_CONFIG_ADD, 0, 0, 9000000);
	try_range("uid-none", UVN_CMD_CONFIG_ADD, 4294967290U, 4294967295U, 9000000);
	try_range("first-above-last", UVN_CMD_CONFIG_ADD, 100010, 100000, 9000000);
	try_range("uid-overlap", UVN_CMD_CONFIG_ADD, 59999, 60000, 9000000);
	try_range("uid-overlap-all", UVN_CMD_CONFIG_ADD, 1, 3000000000U, 1);
	try_range("vni-overlap", UVN_CMD_CONFIG_ADD, 100000, 100000, 1000);
	try_range("vni-0", UVN_CMD_CONFIG_ADD, 100000, 100000, 0);
	try_range("vni-above", UVN_CMD_CONFIG_ADD, 100000, 100000, 16777216);
	try_range("vni-max", UVN_CMD_CONFIG_ADD, 100000, 100000, 4294967295U);
	try_range("vni-last-above", UVN_CMD_CONFIG_ADD, 100000, 100009, 16777210);
	try_range("vni-wraps", UVN_CMD_CONFIG_ADD, 1, 4294967294U, 16777215);
	try_range("del-part-of-range", UVN_CMD_CONFIG_DEL, 1000, 59998, 1000);
	try_range("del-unknown-range", UVN_CMD_CONFIG_DEL, 900000, 900001, 900000);
}

static void bad_shapes(void)
{
	static const unsigned char noise[256] = { 0xff, 0xff, 0xff, 0xff };
	struct nlattr nla;
	unsigned int nest;
	int cmd, i;

	begin(UVN_CMD_CONFIG_ADD);
	msg_attr(&m, UVN_A_CONFIG_SUBNET, NULL, 0);
	try("subnet-without-nest-flag");
	begin(UVN_CMD_CONFIG_ADD);
	msg_nest(&m, UVN_A_CONFIG_SUBNET);
	try("subnet-empty");
	begin(UVN_CMD_CONFIG_ADD);
	msg_nest(&m, UVN_A_CONFIG_RANGE);
	try("range-empty");
	begin(UVN_CMD_CONFIG_DEL);
	msg_nest(&m, UVN_A_CONFIG_RANGE);
	try("del-range-empty");
	begin(UVN_CMD_CONFIG_ADD);
	msg_attr(&m, UVN_A_CONFIG_SUBNET | NLA_F_NESTED, noise, sizeof(noise));
	try("subnet-noise");
	begin(UVN_CMD_CONFIG_ADD);
	msg_attr(&m, UVN_A_CONFIG_RANGE | NLA_F_NESTED, noise + 3, 7);
	try("range-noise");
	for (i = 4; i < 64; i += 29) {
		char name[32];

		begin(UVN_CMD_CONFIG_ADD);
		msg_attr(&m, i, noise, 4);
		snprintf(name, sizeof(name), "unknown-attribute-%d", i);
		try(name);
	}
	begin(UVN_CMD_CONFIG_ADD);
	nest = msg_nest(&m, UVN_A_CONFIG_RANGE);
	msg_u32(&m, UVN_A_RANGE_UID_FIRST, 100000);
	msg_u32(&m, UVN_A_RANGE_UID_LAST, 100001);
	msg_u32(&m, 9, 1);
	msg_nest_end(&m, nest);
	try("unknown-nested-attribute");
	/* good ones first: nothing of them may stay */
	begin(UVN_CMD_CONFIG_ADD);
	msg_range(&m, 100000, 100001, 100000);
	msg_subnet(&m, "10.1.0.0", 16, 12345);
	msg_range(&m, 100001, 100002, 200000);
	try("good-good-bad");
	begin(UVN_CMD_CONFIG_REPLACE);
	msg_range(&m, 100000, 100001, 100000);
	msg_subnet(&m, "10.1.0.0", 16, 12345);
	msg_subnet(&m, "10.1.2.0", 24, 12346);
	try("replace-good-good-bad");
	begin(UVN_CMD_CONFIG_DEL);
	nest = msg_nest(&m, UVN_A_CONFIG_SETTINGS);
	msg_nest_end(&m, nest);
	try("del-settings");
	begin(UVN_CMD_CONFIG_GET);
	try("config-get-without-dump");
	msg_begin(&m, family.id, NLM_F_DUMP, UVN_CMD_CONFIG_GET);
	msg_u32(&m, 3, 1);
	try("config-dump-with-attribute");
	msg_begin(&m, family.id, NLM_F_DUMP, UVN_CMD_USER_GET);
	msg_u32(&m, 77, 1);
	try("user-dump-with-unknown-attribute");
	begin(UVN_CMD_STATUS_GET);
	msg_u32(&m, 1, 1);
	try("status-with-attribute");
	begin(UVN_CMD_ENABLE);
	msg_u32(&m, 1, 1);
	try("enable-with-attribute");
	for (cmd = UVN_CMD_USER_GET; cmd <= UVN_CMD_USER_DEL; cmd++) {
		char name[48];

		begin(cmd);
		snprintf(name, sizeof(name), "command-%d-without-uid", cmd);
		try(name);
		begin(cmd);
		msg_attr(&m, UVN_A_USER_UID, noise, 3);
		snprintf(name, sizeof(name), "command-%d-uid-of-3-bytes", cmd);
		try(name);
		begin(cmd);
		msg_u32(&m, UVN_A_USER_UID, 0);
		snprintf(name, sizeof(name), "command-%d-uid-0", cmd);
		try(name);
		begin(cmd);
		msg_u32(&m, UVN_A_USER_UID, 4294967295U);
		snprintf(name, sizeof(name), "command-%d-uid-none", cmd);
		try(name);
	}
	for (cmd = UVN_CMD_USER_NEW_NTF; cmd < 256; cmd += 40) {
		char name[32];

		begin(cmd);
		snprintf(name, sizeof(name), "command-%d", cmd);
		try(name);
	}
	begin(0);
	try("command-0");

	/* an attribute that says it is longer than the message, or shorter
	 * than its own header
	 */
	for (i = 0; i < 3; i++) {
		static const int lens[] = { 200, 3, 65535 };
		char name[40];

		begin(UVN_CMD_CONFIG_ADD);
		nla.nla_len = lens[i];
		nla.nla_type = UVN_A_CONFIG_RANGE | NLA_F_NESTED;
		msg_raw(&m, &nla, sizeof(nla));
		snprintf(name, sizeof(name), "attribute-that-says-%d-bytes", lens[i]);
		try(name);
	}
	begin(UVN_CMD_CONFIG_ADD);
	for (i = 0; i < 3000; i++)
		msg_range(&m, 200000 + 2 * i, 200001 + 2 * i, 100000 + i);
	try("vni-overlap-in-3000-ranges");
	begin(UVN_CMD_CONFIG_ADD);
	msg_attr(&m, UVN_A_CONFIG_SUBNET | NLA_F_NESTED, m.buf + 1000, 60000);
	try("subnet-of-60000-bytes");
}

static int bad(void)
{
	bad_subnets();
	bad_ranges();
	try_setting("unmatched-2", UVN_A_SETTINGS_UNMATCHED, 4, 2);
	try_setting("unmatched-of-1-byte", UVN_A_SETTINGS_UNMATCHED, 1, 0);
	try_setting("unmatched-of-8-bytes", UVN_A_SETTINGS_UNMATCHED, 8, 0);
	try_setting("table-base-0", UVN_A_SETTINGS_TABLE_BASE, 4, 0);
	try_setting("table-base-255", UVN_A_SETTINGS_TABLE_BASE, 4, 255);
	try_setting("table-base-above", UVN_A_SETTINGS_TABLE_BASE, 4, 4278190081U);
	try_setting("unknown-setting", 9, 4, 0);
	bad_shapes();
	return 0;
}

/* Real and effective UID; root remains where it has to change once more. */
static void become(uint32_t uid, uint32_t saved)
{
	if (setresuid(-1, 0, -1) || setresuid(uid, uid, saved)) {
		perror("setresuid");
		exit(6);
	}
}

static int handed(char **words)
{
	become(atoi(words[0]), 0);
	fd = genl_open(NETLINK_GENERIC);
	family = genl_family(fd);
	become(atoi(words[1]), atoi(words[1]));
	begin(UVN_CMD_USER_GET);
	if (words[2])
		msg_u32(&m, UVN_A_USER_UID, atoi(words[2]));
	printf("%d\n", -genl_request(fd, &m, NULL, NULL, NULL));
	return 0;
}

int main(int argc, char **argv)
{
	int i;

	if ((argc == 4 || argc == 5) && !strcmp(argv[1], "handed"))
		return handed(argv + 2);
	fd = genl_open(NETLINK_GENERIC);
	family = genl_family(fd);
	if (!family.id) {
		printf("no family uvn\n");
		return 6;
	}
	if (argc == 2 && !strcmp(argv[1], "monitor"))
		return monitor();
	if (argc == 2 && !strcmp(argv[1], "bad"))
		return bad();
	if (argc == 3 && !strcmp(argv[1], "many"))
		return many(atoi(argv[2]));
	if (argc > 2 && !strcmp(argv[1], "can")) {
		for (i = 2; i < argc; i++) {
			begin(atoi(argv[i]));
			if (atoi(argv[i]) >= UVN_CMD_USER_GET)
				msg_u32(&m, UVN_A_USER_UID, 1234);
			printf("%d\n", -genl_request(fd, &m, NULL, NULL, NULL));
		}
		return 0;
	}
	fprintf(stderr, "see the comment at the top of uvn_nl.c\n");
	return 6;
}
