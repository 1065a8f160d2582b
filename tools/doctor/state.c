// SPDX-License-Identifier: GPL-2.0
/*
 * The state that several checks look at: the module's, the configuration, and
 * the devices and addresses of this network namespace.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/capability.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <netlink/netlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "cli/fail.h"
#include "cli/out.h"
#include "cli/parse.h"
#include "cli/prefix.h"
#include "cmd/cmd_load.h"
#include "doctor/file.h"
#include "doctor/finding.h"
#include "doctor/state.h"
#include "lib/ask.h"
#include "lib/config.h"
#include "lib/decode.h"
#include "lib/failure.h"
#include "lib/status.h"
#include "lib/users.h"

/**
 * get_number - an integer member of an object
 * @obj: object
 * @key: name of the member
 *
 * Return: its value; 0 if there is none.
 */
json_int_t get_number(json_t *obj, const char *key)
{
	return json_integer_value(json_object_get(obj, key));
}

/**
 * get_string - a string member of an object
 * @obj: object
 * @key: name of the member
 *
 * Return: its value; empty if there is none.
 */
const char *get_string(json_t *obj, const char *key)
{
	return json_string_value(json_object_get(obj, key)) ?: "";
}

/**
 * get_prefix - a member of an object that is a prefix
 * @obj: object
 * @key: name of the member
 * @prefix: set to its value
 *
 * Return: true if there is one.
 */
bool get_prefix(json_t *obj, const char *key, struct prefix *prefix)
{
	const char *word = get_string(obj, key);

	return *word && !parse_prefix(word, prefix);
}

/**
 * state_part - a part of the configuration
 * @d: diagnosis
 * @key: its key
 *
 * Return: the part, or NULL if there is no configuration.
 */
json_t *state_part(struct doctor *d, const char *key)
{
	return json_object_get(d->config, key);
}

/**
 * state_manages - is a UID in a range?
 * @d: diagnosis
 * @uid: the UID
 */
bool state_manages(struct doctor *d, uint32_t uid)
{
	json_t *range;
	size_t i;

	json_array_foreach(state_part(d, "ranges"), i, range)
		if (uid >= get_number(range, "uid_first") &&
		    uid <= get_number(range, "uid_last"))
			return true;
	return false;
}

/**
 * state_is_direct - does a direct prefix hold all of a prefix?
 * @d: diagnosis
 * @prefix: the prefix
 */
bool state_is_direct(struct doctor *d, const struct prefix *prefix)
{
	struct prefix direct;
	json_t *obj;
	size_t i;

	json_array_foreach(state_part(d, "direct"), i, obj)
		if (get_prefix(obj, "prefix", &direct) && direct.len <= prefix->len &&
		    prefix_overlap(&direct, prefix))
			return true;
	return false;
}

/**
 * struct key - a number as a key, as there may be thousands of devices
 * @text: the number
 */
struct key {
	char text[24];
};

static struct key key_of(json_int_t num)
{
	struct key key;

	snprintf(key.text, sizeof(key.text), "%lld", num);
	return key;
}

/**
 * state_owns - is a device a user's VRF?
 * @d: diagnosis
 * @ifindex: of the device
 */
bool state_owns(struct doctor *d, json_int_t ifindex)
{
	return json_object_get(d->owned, key_of(ifindex).text);
}

/**
 * state_link - the network device with an ifindex
 * @d: diagnosis
 * @ifindex: of the device
 *
 * Return: its object, or NULL.
 */
json_t *state_link(struct doctor *d, json_int_t ifindex)
{
	return json_object_get(d->links, key_of(ifindex).text);
}

static void own_devices(struct doctor *d)
{
	json_t *user;
	size_t i;

	json_array_foreach(d->users, i, user)
		out_put(d->owned, key_of(get_number(user, "vrf_ifindex")).text,
			json_true());
}

/**
 * clear_array - empty an array
 * @arg: the array
 */
void clear_array(void *arg)
{
	json_array_clear(arg);
}

static bool is_own(struct doctor *d, const struct address *addr)
{
	char text[INET6_ADDRSTRLEN];
	json_t *lower;
	size_t i;

	inet_ntop(addr->family, addr->bytes, text, sizeof(text));
	json_array_foreach(d->lowers, i, lower)
		if (!strcmp(get_string(lower, "address"), text))
			return true;
	return false;
}

/**
 * state_inside - an address in the subnet of a lower that is not this node's
 * @d: diagnosis
 * @lower: entry of @lowers
 * @addr: set to the first one
 *
 * Return: its family; 0 if there is none.
 */
int state_inside(struct doctor *d, json_t *lower, struct address *addr)
{
	struct prefix prefix;
	size_t last;
	int left;

	if (!get_prefix(lower, "subnet", &prefix))
		return 0;
	*addr = prefix.net;
	last = addr_size(addr->family) - 1;
	/* Neither the first nor the last, and no further than one byte goes. */
	left = (last + 1) * 8 - prefix.len;
	for (left = left < 8 ? (1 << left) - 2 : 254; left > 0; left--) {
		addr->bytes[last]++;
		if (!is_own(d, addr))
			return addr->family;
	}
	return 0;
}

static json_t *get_kind(struct nlattr *attr, struct nlattr *head, int len)
{
	(void)head;
	(void)len;
	attr = nla_find(nla_data(attr), nla_len(attr), IFLA_INFO_KIND);
	return attr ? attr_get_string(attr, NULL, 0) : json_null();
}

/* Of a VRF that is not uvn's: its table. */
static json_t *get_table(struct nlattr *attr, struct nlattr *head, int len)
{
	json_t *kind = get_kind(attr, head, len);
	bool is_vrf = json_is_string(kind) && !strcmp(json_string_value(kind), "vrf");

	json_decref(kind);
	attr = is_vrf ? nla_find(nla_data(attr), nla_len(attr), IFLA_INFO_DATA) : NULL;
	attr = attr ? nla_find(nla_data(attr), nla_len(attr), IFLA_VRF_TABLE) : NULL;
	return attr ? attr_get_uint(attr, NULL, 0) : json_null();
}

static json_t *get_altnames(struct nlattr *attr, struct nlattr *head, int len)
{
	json_t *names = json_array();
	struct nlattr *one;
	int left;

	(void)head;
	(void)len;
	nla_for_each_nested(one, attr, left)
		if (nla_type(one) == IFLA_ALT_IFNAME)
			out_append(names, attr_get_string(one, NULL, 0));
	return names;
}

static void add_link(struct nlmsghdr *nlh, void *arg)
{
	static const struct attr_field fields[] = {
		{ "name", IFLA_IFNAME, false, attr_get_string },
		{ "altnames", IFLA_PROP_LIST, false, get_altnames },
		{ "kind", IFLA_LINKINFO, false, get_kind },
		{ "table", IFLA_LINKINFO, false, get_table },
		{ "master", IFLA_MASTER, false, attr_get_uint },
		{ "mtu", IFLA_MTU, false, attr_get_uint },
		{}
	};
	struct ifinfomsg *ifi = nlmsg_data(nlh);
	json_t *link;

	if (nlh->nlmsg_type != RTM_NEWLINK)
		return;
	link = attr_decode(nlmsg_attrdata(nlh, sizeof(*ifi)),
			   nlmsg_attrlen(nlh, sizeof(*ifi)), fields);
	out_put(link, "ifindex", json_integer(ifi->ifi_index));
	out_put(link, "loopback", json_boolean(ifi->ifi_flags & IFF_LOOPBACK));
	out_put(arg, key_of(ifi->ifi_index).text, link);
}

static void clear_object(void *arg)
{
	json_object_clear(arg);
}

/* IFA_LOCAL is the own address, where the other one is a peer's. */
static void add_address(struct nlmsghdr *nlh, void *arg)
{
	static const struct attr_field fields[] = {
		{ "local", IFA_LOCAL, false, attr_get_address },
		{ "address", IFA_ADDRESS, false, attr_get_address },
		{}
	};
	struct ifaddrmsg *ifa = nlmsg_data(nlh);
	json_t *addr;

	if (nlh->nlmsg_type != RTM_NEWADDR)
		return;
	addr = attr_decode(nlmsg_attrdata(nlh, sizeof(*ifa)),
			   nlmsg_attrlen(nlh, sizeof(*ifa)), fields);
	if (json_is_string(json_object_get(addr, "local")))
		out_put(addr, "address", json_incref(json_object_get(addr, "local")));
	out_put(addr, "ifindex", json_integer(ifa->ifa_index));
	out_append(arg, addr);
}

/* As the module has it: no loopback, nothing in a VRF, nothing of ours. */
static bool may_be_lower(struct doctor *d, json_t *link)
{
	json_t *master = state_link(d, get_number(link, "master"));

	return !json_is_true(json_object_get(link, "loopback")) &&
	       strcmp(get_string(link, "kind"), "vrf") &&
	       strcmp(get_string(link, "kind"), "uvn") &&
	       strcmp(get_string(master, "kind"), "vrf");
}

static void add_lower(struct doctor *d, json_t *addr)
{
	json_t *link = state_link(d, get_number(addr, "ifindex")), *subnet, *lower;
	const char *word = get_string(addr, "address");
	struct prefix prefix, own;
	size_t i;

	own.net.family = strchr(word, ':') ? AF_INET6 : AF_INET;
	own.len = addr_size(own.net.family) * 8;
	if (!link || !may_be_lower(d, link) ||
	    inet_pton(own.net.family, word, own.net.bytes) != 1)
		return;
	json_array_foreach(state_part(d, "subnets"), i, subnet) {
		if (!get_prefix(subnet, "prefix", &prefix) ||
		    !prefix_overlap(&prefix, &own))
			continue;
		lower = json_object();
		out_put(lower, "dev", json_incref(json_object_get(link, "name")));
		out_put(lower, "ifindex", json_incref(json_object_get(link, "ifindex")));
		out_put(lower, "mtu", json_incref(json_object_get(link, "mtu")));
		out_put(lower, "address", out_string(word));
		out_put(lower, "subnet", json_incref(json_object_get(subnet, "prefix")));
		out_put(lower, "port", json_incref(json_object_get(subnet, "port")));
		out_append(d->lowers, lower);
	}
}

static void read_devices(struct doctor *d)
{
	struct ifinfomsg ifi = { .ifi_family = AF_UNSPEC };
	struct ifaddrmsg ifa = { .ifa_family = AF_UNSPEC };
	json_t *addrs = json_array(), *addr;
	size_t i;

	int err;

	err = ask_rtnetlink(RTM_GETLINK, &ifi, sizeof(ifi), add_link, clear_object,
			    d->links);
	if (!err)
		err = ask_rtnetlink(RTM_GETADDR, &ifa, sizeof(ifa), add_address,
				    clear_array, addrs);
	if (err && asprintf(&d->devices_why, "devices and addresses cannot be listed: %s",
			    err < 0 ? nl_geterror(err) : strerror(err)) < 0)
		die_oom();
	json_array_foreach(addrs, i, addr)
		add_lower(d, addr);
	json_decref(addrs);
}

/* What is wrong with the file is a finding, not a failure of ours. */
static void read_file(struct doctor *d)
{
	char *path = file_path(d, "/etc/uvn.conf");
	struct where before = where;
	FILE *f = fopen(path, "re");
	char **why;

	if (!f && errno != ENOENT) {
		why = errno == EACCES ? &d->file_unread : &d->file_why;
		if (asprintf(why, "%s: %s", path, strerror(errno)) < 0)
			die_oom();
	}
	if (f) {
		out_held = &d->file_why;
		where.cmd = NULL;
		config_file(f, path, d->root, &d->file);
		out_held = NULL;
		where = before;
		fclose(f);
	}
	free(path);
}

/**
 * state_asked - see whether rtnetlink has answered the check that runs
 * @d: diagnosis
 * @err: what ask_rtnetlink() returned
 *
 * Of a family that the kernel does not have there is nothing to be found.
 */
void state_asked(struct doctor *d, int err)
{
	if (err && err != EOPNOTSUPP && err != EAFNOSUPPORT)
		cannot_tell(d, "the kernel does not list what it has: %s",
			    err < 0 ? nl_geterror(err) : strerror(err));
}

/* Keep the first reason. */
static void keep_why(char **why, const char *text)
{
	if (*why)
		return;
	*why = strdup(text);
	if (!*why)
		die_oom();
}

/* The kernel does not say it of a user namespace; its answers then do. */
static bool has_net_admin(void)
{
	struct __user_cap_header_struct head = {
		.version = _LINUX_CAPABILITY_VERSION_3,
	};
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = {};

	return !syscall(SYS_capget, &head, data) &&
	       data[CAP_TO_INDEX(CAP_NET_ADMIN)].effective & CAP_TO_MASK(CAP_NET_ADMIN);
}

/* Without the module there are no users, which is known then. */
static void read_users(struct doctor *d)
{
	struct uvn_failure why;

	json_array_clear(d->users);
	if (d->status_why)
		keep_why(&d->users_why, d->status_why);
	else if (d->status && !users_read(d->users, &why))
		keep_why(&d->users_why, why.text);
	own_devices(d);
}

/**
 * state_read - read all of it
 * @d: diagnosis
 */
void state_read(struct doctor *d)
{
	struct uvn_failure why;
	struct utsname uts;

	d->may = has_net_admin();

	d->users = json_array();
	d->owned = json_object();
	d->links = json_object();
	d->lowers = json_array();
	d->release = file_line(d, "/proc/sys/kernel/osrelease");
	if (!d->release)
		d->release = strdup(uname(&uts) ? "" : uts.release);
	if (!d->release)
		die_oom();
	told(d);
	read_file(d);
	d->status = status_read(&why);
	if (!d->status && !why.absent)
		keep_why(&d->status_why, why.text);
	if (!d->status)
		d->config = json_incref(d->file);
	else if (!config_read(&d->config, &why))
		keep_why(&d->config_why, why.text);
	if (!d->status && (d->status_why || d->file_unread))
		keep_why(&d->config_why, d->status_why ?: d->file_unread);
	d->enabled = json_is_true(json_object_get(d->status, "enabled"));
	/* Before and after: the network of a device is there in one of the two. */
	read_users(d);
	read_devices(d);
	read_users(d);
}

/**
 * state_free - forget it
 * @d: diagnosis
 */
void state_free(struct doctor *d)
{
	json_decref(d->status);
	json_decref(d->file);
	json_decref(d->config);
	json_decref(d->users);
	json_decref(d->owned);
	json_decref(d->links);
	json_decref(d->lowers);
	json_decref(d->probes);
	free(d->release);
	free(d->file_why);
	free(d->file_unread);
	free(d->untold);
	free(d->status_why);
	free(d->config_why);
	free(d->users_why);
	free(d->devices_why);
	free(d->probes_why);
}
