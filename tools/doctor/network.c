// SPDX-License-Identifier: GPL-2.0
/*
 * Routing: what users' networks rest on, and what stands where they should.
 */
#include <linux/fib_rules.h>
#include <linux/rtnetlink.h>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/out.h"
#include "cli/prefix.h"
#include "doctor/file.h"
#include "doctor/finding.h"
#include "doctor/network.h"
#include "doctor/state.h"
#include "lib/ask.h"
#include "lib/failure.h"
#include "lib/rtnl.h"
#include "lib/users.h"

#define NO_RULE			UINT32_MAX

/**
 * doctor_l3mdev_accept - do the system's sockets hear users?
 * @d: diagnosis
 */
void doctor_l3mdev_accept(struct doctor *d)
{
	static const char *const protocols[] = { "tcp", "udp", "raw" };
	char name[32];
	size_t i;
	long on;

	for (i = 0; d->enabled && i < sizeof(protocols) / sizeof(*protocols); i++) {
		snprintf(name, sizeof(name), "%s_l3mdev_accept", protocols[i]);
		if (!file_number(d, &on, "/proc/sys/net/ipv4/%s", name) || on)
			continue;
		found(d, WARNING, name,
		      "net.ipv4.%s is 0: users do not reach the system's %s sockets",
		      name, protocols[i]);
		remedy(d, "sysctl -w net.ipv4.%s=1, and take it out of sysctl.d", name);
	}
}

/**
 * struct rules - the routing rules of a family
 * @n: how many there are so far; they come in the order in which they are asked
 * @l3mdev: number of the first rule for l3mdev
 * @local: of the first for the table local
 * @l3mdev_pref: preference of the former
 * @local_pref: of the latter
 * @before: array of the preferences of others that come before @l3mdev
 * @broad: of those that are for all packets, or all but some, and come before @local
 */
struct rules {
	uint32_t n;
	uint32_t l3mdev;
	uint32_t local;
	uint32_t l3mdev_pref;
	uint32_t local_pref;
	json_t *before;
	json_t *broad;
};

static void rules_clear(void *arg)
{
	struct rules *r = arg;

	json_array_clear(r->before);
	json_array_clear(r->broad);
	r->n = 0;
	r->l3mdev = NO_RULE;
	r->local = NO_RULE;
}

/* Is it for a few packets only? */
static bool is_narrow(const struct fib_rule_hdr *frh, struct nlattr *head, int len)
{
	static const int selectors[] = {
		FRA_IIFNAME, FRA_OIFNAME, FRA_FWMARK, FRA_TUN_ID, FRA_UID_RANGE,
		FRA_IP_PROTO, FRA_SPORT_RANGE, FRA_DPORT_RANGE,
	};
	size_t i;

	if (frh->flags & FIB_RULE_INVERT)
		return false;
	if (frh->src_len || frh->dst_len || frh->tos)
		return true;
	for (i = 0; i < sizeof(selectors) / sizeof(*selectors); i++)
		if (nla_find(head, len, selectors[i]))
			return true;
	return false;
}

static void add_rule(struct nlmsghdr *nlh, void *arg)
{
	struct fib_rule_hdr *frh = nlmsg_data(nlh);
	struct nlattr *head = nlmsg_attrdata(nlh, sizeof(*frh)), *attr;
	int len = nlmsg_attrlen(nlh, sizeof(*frh));
	uint32_t pref, table;
	struct rules *r = arg;

	if (nlh->nlmsg_type != RTM_NEWRULE)
		return;
	attr = nla_find(head, len, FRA_PRIORITY);
	pref = attr ? nla_get_u32(attr) : 0;
	attr = nla_find(head, len, FRA_TABLE);
	table = attr ? nla_get_u32(attr) : frh->table;
	attr = nla_find(head, len, FRA_L3MDEV);
	r->n++;

	if (attr && nla_get_u8(attr)) {
		if (r->l3mdev != NO_RULE)
			return;
		r->l3mdev = r->n;
		r->l3mdev_pref = pref;
	} else if (frh->action == FR_ACT_TO_TBL && table == RT_TABLE_LOCAL) {
		if (r->local != NO_RULE)
			return;
		r->local = r->n;
		r->local_pref = pref;
	} else {
		if (r->l3mdev == NO_RULE)
			out_append(r->before, json_integer(pref));
		else if (r->local == NO_RULE && !is_narrow(frh, head, len))
			out_append(r->broad, json_integer(pref));
	}
}

/* Commands that put the rule for l3mdev before all others. One of the same preference
 * comes behind those that are there, so that for local goes and comes again.
 */
static void remedy_order(struct doctor *d, const struct rules *r, const char *option)
{
	bool there = r->l3mdev != NO_RULE && !r->l3mdev_pref;

	remedy(d, "%s%s%sip %srule add pref 1 table local; ip %srule del pref 0 table local; "
	       "ip %srule add pref 0 table local; ip %srule del pref 1 table local",
	       there ? "" : "ip ", there ? "" : option,
	       there ? "" : "rule add pref 0 l3mdev protocol kernel; ",
	       option, option, option, option);
}

static void judge_order(struct doctor *d, const struct rules *r, const char *family,
			const char *option)
{
	json_t *pref;
	size_t i;

	if (r->local == NO_RULE) {
		found(d, ERROR, family, "%s: there is no rule for the table local", family);
		remedy(d, "ip %srule add pref 0 table local", option);
	}
	if (r->l3mdev == NO_RULE && !d->may) {
		cannot_tell(d, "%s: users do not see the rule for l3mdev", family);
		return;
	}
	if (r->l3mdev == NO_RULE) {
		found(d, ERROR, family,
		      "%s: there is no rule for l3mdev: users' packets go by the system's tables",
		      family);
		remedy_order(d, r, option);
		return;
	}
	if (r->local < r->l3mdev) {
		found(d, ERROR, family,
		      "%s: the rule for the table local (preference %u) comes before that for l3mdev (%u): users' packets to this node go to the system",
		      family, r->local_pref, r->l3mdev_pref);
		remedy_order(d, r, option);
	}
	json_array_foreach(r->before, i, pref) {
		found(d, WARNING, family,
		      "%s: the rule with preference %lld comes before that for l3mdev: it decides on users' packets, too",
		      family, json_integer_value(pref));
		remedy(d, "delete it and add it again, so that it comes behind: ip %srule",
		       option);
	}
	json_array_foreach(r->broad, i, pref) {
		if (r->local == NO_RULE)
			break;
		found(d, WARNING, family,
		      "%s: the rule with preference %lld comes before that for the table local (%u): it decides what goes to this node's own addresses",
		      family, json_integer_value(pref), r->local_pref);
		remedy(d, "ip %srule add pref 0 table local; ip %srule del pref %u table local",
		       option, option, r->local_pref);
	}
}

static void look_at_rules(struct doctor *d, int af, const char *family,
			  const char *option)
{
	struct fib_rule_hdr frh = { .family = af };
	struct rules r = { .before = json_array(), .broad = json_array() };
	int err;

	rules_clear(&r);
	/* A kernel without the family has no such rules either. */
	err = ask_rtnetlink(RTM_GETRULE, &frh, sizeof(frh), add_rule, rules_clear, &r);
	state_asked(d, err);
	if (!err)
		judge_order(d, &r, family, option);
	json_decref(r.before);
	json_decref(r.broad);
}

/**
 * doctor_rules - are users' packets looked up in users' tables, and first?
 * @d: diagnosis
 */
void doctor_rules(struct doctor *d)
{
	if (!d->enabled)
		return;
	look_at_rules(d, AF_INET, "IPv4", "");
	look_at_rules(d, AF_INET6, "IPv6", "-6 ");
}

/* The device by which the system sends to an address; 0 if there is none. */
static uint32_t route_to(const struct address *addr)
{
	struct route_query query = { .dst = *addr };
	struct route route;

	return route_get(&query, &route) ? 0 : route.oif;
}

static bool is_strict(struct doctor *d, const char *dev)
{
	long all = 0, own = 0;

	file_number(d, &all, "/proc/sys/net/ipv4/conf/all/rp_filter");
	file_number(d, &own, "/proc/sys/net/ipv4/conf/%s/rp_filter", dev);
	return (all > own ? all : own) == 1;
}

/**
 * doctor_rp_filter - does the kernel drop what comes by the wrong device?
 * @d: diagnosis
 *
 * The module receives what it can before that is asked; what it cannot, as
 * fragments, goes this way, and so does all of the system's.
 */
void doctor_rp_filter(struct doctor *d)
{
	struct address addr;
	json_t *lower;
	uint32_t oif;
	size_t i;

	json_array_foreach(d->lowers, i, lower) {
		const char *dev = get_string(lower, "dev");

		if (state_inside(d, lower, &addr) != AF_INET || !is_strict(d, dev))
			continue;
		oif = route_to(&addr);
		if (!oif || oif == get_number(lower, "ifindex"))
			continue;
		found(d, WARNING, dev,
		      "%s has a strict rp_filter, but the way into %s is by %s: fragments that come by %s are dropped, and all of the system's packets",
		      dev, get_string(lower, "subnet"),
		      get_string(state_link(d, oif), "name"), dev);
		remedy(d, "sysctl -w net.ipv4.conf.%s.rp_filter=2", dev);
	}
}

/* The UID whose routing table has this number; 0 if it is nobody's. */
static uint32_t uid_of_table(struct doctor *d, uint32_t table)
{
	json_int_t base = get_number(state_part(d, "settings"), "table_base"), n;
	json_t *range;
	size_t i;

	json_array_foreach(state_part(d, "ranges"), i, range) {
		n = table - base - get_number(range, "vni_first");
		if (n >= 0 && n <= get_number(range, "uid_last") -
				   get_number(range, "uid_first"))
			return get_number(range, "uid_first") + n;
	}
	return 0;
}

/**
 * struct tables - routing tables that are users'
 * @d: diagnosis
 * @seen: from the number of a table with routes to the UID
 */
struct tables {
	struct doctor *d;
	json_t *seen;
};

static void tables_clear(void *arg)
{
	struct tables *t = arg;

	json_object_clear(t->seen);
}

static void add_route(struct nlmsghdr *nlh, void *arg)
{
	struct rtmsg *rtm = nlmsg_data(nlh);
	struct nlattr *attr;
	struct tables *t = arg;
	uint32_t table, uid;
	char key[16];

	if (nlh->nlmsg_type != RTM_NEWROUTE || rtm->rtm_flags & RTM_F_CLONED)
		return;
	attr = nla_find(nlmsg_attrdata(nlh, sizeof(*rtm)),
			nlmsg_attrlen(nlh, sizeof(*rtm)), RTA_TABLE);
	table = attr ? nla_get_u32(attr) : rtm->rtm_table;
	uid = uid_of_table(t->d, table);
	if (!uid)
		return;
	snprintf(key, sizeof(key), "%u", table);
	out_put(t->seen, key, json_integer(uid));
}

static void drop_owned(json_t *seen, json_t *users)
{
	json_t *user;
	char key[16];
	size_t i;

	json_array_foreach(users, i, user) {
		snprintf(key, sizeof(key), "%u", (uint32_t)get_number(user, "table"));
		json_object_del(seen, key);
	}
}

/* Without those of networks made or removed meanwhile. */
static void drop_users(struct doctor *d, json_t *seen)
{
	json_t *users = json_array();
	struct uvn_failure why;

	drop_owned(seen, d->users);
	if (json_object_size(seen) && d->status && !users_read(users, &why)) {
		cannot_tell(d, "%s", why.text);
		json_object_clear(seen);
	}
	drop_owned(seen, users);
	json_decref(users);
}

/* A VRF with the table; NULL if there is none. */
static const char *vrf_of_table(struct doctor *d, const char *table)
{
	const char *key;
	json_t *link;

	json_object_foreach(d->links, key, link)
		if (get_number(link, "table") == atoll(table))
			return get_string(link, "name");
	return NULL;
}

/**
 * doctor_tables - does anybody else have routes in users' tables?
 * @d: diagnosis
 */
void doctor_tables(struct doctor *d)
{
	static const int families[] = { AF_INET, AF_INET6 };
	struct tables t = { .d = d };
	const char *table, *vrf;
	json_t *uid;
	size_t i;

	if (!json_array_size(state_part(d, "ranges")))
		return;
	for (i = 0; i < sizeof(families) / sizeof(*families); i++) {
		struct rtmsg rtm = { .rtm_family = families[i] };

		t.seen = json_object();
		state_asked(d, ask_rtnetlink(RTM_GETROUTE, &rtm, sizeof(rtm), add_route,
					     tables_clear, &t));
		drop_users(d, t.seen);
		json_object_foreach(t.seen, table, uid) {
			found(d, ERROR, table,
			      "the routing table %s has routes that are not uvn's: UID %lld gets no sockets",
			      table, json_integer_value(uid));
			vrf = vrf_of_table(d, table);
			if (vrf)
				remedy(d, "another table for the VRF %s, or another table-base",
				       vrf);
			else
				remedy(d, "ip %sroute flush table %s, or another table-base",
				       families[i] == AF_INET ? "" : "-6 ", table);
		}
		json_decref(t.seen);
	}
}

/* The managed UID whose network needs a device of that name; 0 if there is none. */
static uint32_t uid_of_name(struct doctor *d, const char *name)
{
	const char *s = name + strlen("vrf");
	uint64_t uid = 0;

	if (strncmp(name, "vrf", strlen("vrf")) || *s < '1' || *s > '9')
		return 0;
	for (; *s >= '0' && *s <= '9' && uid <= UINT32_MAX; s++)
		uid = uid * 10 + (*s - '0');
	return !*s && uid <= UINT32_MAX && state_manages(d, uid) ? uid : 0;
}

static void judge_name(struct doctor *d, json_t *link, const char *name)
{
	uint32_t uid = uid_of_name(d, name);

	/* Only the module makes such: it is on its way in or out. */
	if (!uid || !strcmp(get_string(link, "kind"), "uvn"))
		return;
	found(d, ERROR, name, "the device %s is not uvn's: UID %u gets no sockets", name,
	      uid);
	/* One that has a user's table looks as the user's own does. */
	if (uid_of_table(d, get_number(link, "table")))
		remedy(d, "give it another name: ip link set %s name NAME",
		       get_string(link, "name"));
	else
		remedy(d, "ip link del %s, or give it another name",
		       get_string(link, "name"));
}

/**
 * doctor_devices - do other devices have names or tables that users' need?
 * @d: diagnosis
 */
void doctor_devices(struct doctor *d)
{
	json_t *link, *name;
	const char *key;
	uint32_t uid;
	size_t j;

	json_object_foreach(d->links, key, link) {
		if (state_owns(d, get_number(link, "ifindex")))
			continue;
		judge_name(d, link, get_string(link, "name"));
		json_array_foreach(json_object_get(link, "altnames"), j, name)
			judge_name(d, link, json_string_value(name) ?: "");
		uid = uid_of_table(d, get_number(link, "table"));
		if (!uid)
			continue;
		found(d, ERROR, get_string(link, "name"),
		      "the VRF %s, which is not uvn's, has the routing table %lld: UID %u gets no sockets",
		      get_string(link, "name"), get_number(link, "table"), uid);
		remedy(d, "another table for it, or another table-base");
	}
}
