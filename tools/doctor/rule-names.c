// SPDX-License-Identifier: GPL-2.0
/*
 * Rules of nftables that match by the names of devices: lo and the interfaces, or users'
 * VRFs, whichever netfilter is not shown. Nothing else of a rule is looked at, since only
 * the kernel can tell which of them a packet meets.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netlink.h>
#include <net/if.h>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <netlink/netlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "cli/out.h"
#include "doctor/finding.h"
#include "doctor/rule-names.h"
#include "doctor/state.h"
#include "lib/ask.h"

/* What users' VRFs are called: this and the UID. */
#define VRF_NAME	"vrf"

/* How many names a finding has. */
#define NAMES_MAX	5

/**
 * struct rules - names that rules match by
 * @d: diagnosis
 * @system: set of those of lo and of interfaces in subnets
 * @users: set of those of users' VRFs
 * @sets: from the place of a set that is looked up in to its family, table, name and
 *	whether it has names or ifindexes
 */
struct rules {
	struct doctor *d;
	json_t *system;
	json_t *users;
	json_t *sets;
};

static bool is_lower(struct doctor *d, const char *name)
{
	json_t *lower;
	size_t i;

	json_array_foreach(d->lowers, i, lower)
		if (!strcmp(get_string(lower, "dev"), name))
			return true;
	return false;
}

/* "vrf1234", if somebody has that UID; "vrf", and "vrf1", if any end may follow. */
static bool is_users(struct doctor *d, const char *name, bool open)
{
	const char *uid = name + strlen(VRF_NAME);

	if (strncmp(name, VRF_NAME, strlen(VRF_NAME)) ||
	    uid[strspn(uid, "0123456789")])
		return false;
	return open || !*uid || state_manages(d, strtoul(uid, NULL, 10));
}

/* A device that rules match by; one that is open at its end has no zero there. */
static void add_name(struct rules *r, const void *data, int len)
{
	char name[IFNAMSIZ + 1] = {}, text[IFNAMSIZ + 2];
	bool open;

	memcpy(name, data, len < IFNAMSIZ ? len : IFNAMSIZ);
	open = (int)strlen(name) == len && len < IFNAMSIZ;
	/* In a set "vrf*" is the first of all names that begin so. */
	open |= !strcmp(name, VRF_NAME);
	snprintf(text, sizeof(text), "%s%s", name, open ? "*" : "");
	out_clean(text);
	if (is_users(r->d, name, open))
		out_put(r->users, text, json_true());
	else if (!open && (!strcmp(name, "lo") || is_lower(r->d, name)))
		out_put(r->system, text, json_true());
}

static void add_index(struct rules *r, const void *data, int len)
{
	uint32_t ifindex;
	const char *name;

	if (len != sizeof(ifindex))
		return;
	memcpy(&ifindex, data, sizeof(ifindex));
	name = get_string(state_link(r->d, ifindex), "name");
	add_name(r, name, IFNAMSIZ < strlen(name) + 1 ? IFNAMSIZ : strlen(name) + 1);
}

static void add_value(struct rules *r, bool by_name, struct nlattr *data)
{
	struct nlattr *value = data ? nla_find(nla_data(data), nla_len(data),
					       NFTA_DATA_VALUE) : NULL;

	if (value && by_name)
		add_name(r, nla_data(value), nla_len(value));
	else if (value)
		add_index(r, nla_data(value), nla_len(value));
}

static uint32_t get_be32(struct nlattr *data, int type)
{
	struct nlattr *attr = nla_find(nla_data(data), nla_len(data), type);

	return attr && nla_len(attr) == sizeof(uint32_t) ? ntohl(nla_get_u32(attr)) : 0;
}

/* Is a device loaded into a register, as a name or as an ifindex? */
static bool is_device(uint32_t key, bool *by_name)
{
	*by_name = key == NFT_META_IIFNAME || key == NFT_META_OIFNAME;
	return *by_name || key == NFT_META_IIF || key == NFT_META_OIF;
}

static void add_set(struct rules *r, uint8_t family, const char *table,
		    struct nlattr *data, bool by_name)
{
	struct nlattr *name = nla_find(nla_data(data), nla_len(data), NFTA_LOOKUP_SET);
	char key[512];

	if (!name)
		return;
	snprintf(key, sizeof(key), "%u %s %s", family, table, nla_get_string(name));
	out_clean(key);
	out_put(r->sets, key, json_pack("[i, o, o, b]", family, out_string(table),
					out_string(nla_get_string(name)), by_name));
}

/* What follows the loading of a device, as long as its register is not overwritten. */
static void add_rule(struct nlmsghdr *nlh, void *arg)
{
	struct nfgenmsg *nfg = nlmsg_data(nlh);
	struct nlattr *head = nlmsg_attrdata(nlh, sizeof(*nfg)), *list, *expr;
	int len = nlmsg_attrlen(nlh, sizeof(*nfg)), left;
	struct nlattr *table = nla_find(head, len, NFTA_RULE_TABLE);
	struct rules *r = arg;
	uint32_t reg = 0;
	bool by_name = false;

	list = nla_find(head, len, NFTA_RULE_EXPRESSIONS);
	if (!list || !table ||
	    (nfg->nfgen_family != NFPROTO_INET && nfg->nfgen_family != NFPROTO_IPV4 &&
	     nfg->nfgen_family != NFPROTO_IPV6))
		return;
	nla_for_each_nested(expr, list, left) {
		struct nlattr *name = nla_find(nla_data(expr), nla_len(expr),
					       NFTA_EXPR_NAME);
		struct nlattr *data = nla_find(nla_data(expr), nla_len(expr),
					       NFTA_EXPR_DATA);

		if (!name || !data)
			continue;
		if (!nla_strcmp(name, "meta")) {
			if (is_device(get_be32(data, NFTA_META_KEY), &by_name))
				reg = get_be32(data, NFTA_META_DREG);
			else if (get_be32(data, NFTA_META_DREG) == reg)
				reg = 0;
		} else if (!nla_strcmp(name, "cmp") && reg &&
			   get_be32(data, NFTA_CMP_SREG) == reg) {
			add_value(r, by_name, nla_find(nla_data(data), nla_len(data),
						       NFTA_CMP_DATA));
		} else if (!nla_strcmp(name, "lookup") && reg &&
			   get_be32(data, NFTA_LOOKUP_SREG) == reg) {
			add_set(r, nfg->nfgen_family, nla_get_string(table), data,
				by_name);
		}
	}
}

static void clear_rules(void *arg)
{
	struct rules *r = arg;

	json_object_clear(r->system);
	json_object_clear(r->users);
	json_object_clear(r->sets);
}

/**
 * struct elements - elements of a set
 * @r: where they go
 * @by_name: they are names
 */
struct elements {
	struct rules *r;
	bool by_name;
};

static void add_elements(struct nlmsghdr *nlh, void *arg)
{
	struct nlattr *head = nlmsg_attrdata(nlh, sizeof(struct nfgenmsg)), *list, *elem;
	int len = nlmsg_attrlen(nlh, sizeof(struct nfgenmsg)), left;
	struct elements *e = arg;

	list = nla_find(head, len, NFTA_SET_ELEM_LIST_ELEMENTS);
	if (!list)
		return;
	nla_for_each_nested(elem, list, left)
		add_value(e->r, e->by_name, nla_find(nla_data(elem), nla_len(elem),
						     NFTA_SET_ELEM_KEY));
}

/* Of names that are found twice each counts once. */
static void keep_elements(void *arg)
{
	(void)arg;
}

static int ask_nft(struct nl_sock *sock, int type, uint8_t family, const char *table,
		   const char *set, struct question *q)
{
	struct nfgenmsg nfg = { .nfgen_family = family, .version = NFNETLINK_V0 };
	int err;

	q->msg = nlmsg_alloc_simple(NFNL_SUBSYS_NFTABLES << 8 | type, NLM_F_DUMP);
	if (!q->msg || nlmsg_append(q->msg, &nfg, sizeof(nfg), NLMSG_ALIGNTO) ||
	    (table && nla_put_string(q->msg, NFTA_SET_ELEM_LIST_TABLE, table)) ||
	    (set && nla_put_string(q->msg, NFTA_SET_ELEM_LIST_SET, set)))
		die_oom();
	err = ask(sock, q);
	nlmsg_free(q->msg);
	return err;
}

/* To ask may load a module, and nothing is to change: then there are no rules. */
static bool would_load(void)
{
	char path[512], *line = NULL;
	struct utsname uts;
	bool is = false;
	size_t size = 0;
	FILE *f;

	if (!access("/sys/module/nf_tables", F_OK) || uname(&uts))
		return false;
	snprintf(path, sizeof(path), "/lib/modules/%s/modules.dep", uts.release);
	f = fopen(path, "re");
	while (f && !is && getline(&line, &size, f) >= 0)
		is = strstr(line, "/nf_tables.ko");
	free(line);
	if (f)
		fclose(f);
	return is;
}

static void read_rules(struct rules *r)
{
	struct question q = { .found = add_rule, .again = clear_rules, .arg = r };
	const char *table, *set, *key;
	struct nl_sock *sock;
	json_t *place;
	int err, family, by_name;

	sock = ask_open(NETLINK_NETFILTER, &err);
	if (!sock)
		return;
	nl_socket_enable_msg_peek(sock);
	err = ask_nft(sock, NFT_MSG_GETRULE, NFPROTO_UNSPEC, NULL, NULL, &q);
	if (err == EPERM || err == EACCES)
		cannot_tell(r->d, "rules cannot be listed: %s", strerror(err));
	json_object_foreach(r->sets, key, place) {
		struct elements e = { .r = r };

		if (json_unpack(place, "[i, s, s, b]", &family, &table, &set, &by_name))
			continue;
		e.by_name = by_name;
		q.found = add_elements;
		q.again = keep_elements;
		q.arg = &e;
		ask_nft(sock, NFT_MSG_GETSETELEM, family, table, set, &q);
	}
	nl_socket_free(sock);
}

/* The names of a set in words, to be freed. */
static char *words_of(json_t *names)
{
	char *text = NULL;
	const char *name;
	size_t size, n = 0;
	json_t *val;
	FILE *f;

	f = open_memstream(&text, &size);
	if (!f)
		die_oom();
	json_object_foreach(names, name, val) {
		if (n < NAMES_MAX)
			fprintf(f, "%s%s", n ? ", " : "", name);
		else if (n == NAMES_MAX)
			fputs(", ...", f);
		n++;
	}
	if (fclose(f))
		die_oom();
	return text;
}

static void judge(struct rules *r)
{
	json_t *settings = state_part(r->d, "settings");
	bool shown = json_is_true(json_object_get(settings, "firewall_vrf"));
	char *system = words_of(r->system), *users = words_of(r->users);

	/* Who names both has thought of it. */
	if (shown && *system && !*users) {
		found(r->d, WARNING, "firewall-vrf",
		      "rules match by %s, and no rule by users' VRFs, which is what they see of users' packets, since firewall-vrf is on",
		      system);
		remedy(r->d, "uvnadm set firewall-vrf off; or the same rules for users' VRFs (nft: iifname \"vrf*\")");
	} else if (!shown && *users) {
		found(r->d, WARNING, "firewall-vrf",
		      "rules match by %s, and see no packet by it, since firewall-vrf is off",
		      users);
		remedy(r->d, "rules by lo and the interfaces, as for everybody (nft list ruleset); or uvnadm set firewall-vrf on");
	}
	free(system);
	free(users);
}

/**
 * doctor_rule_names - do rules match by names of devices that netfilter is not shown?
 * @d: diagnosis
 */
void doctor_rule_names(struct doctor *d)
{
	struct rules r = {
		.d = d,
		.system = json_object(),
		.users = json_object(),
		.sets = json_object(),
	};

	if (!would_load()) {
		read_rules(&r);
		judge(&r);
	}
	json_decref(r.system);
	json_decref(r.users);
	json_decref(r.sets);
}
