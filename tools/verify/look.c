// SPDX-License-Identifier: GPL-2.0
/*
 * What a program finds when it looks around: which address is its own, as others are
 * to reach it, and which interfaces there are. It is asked as programs ask.
 */
#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <ifaddrs.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "cli/out.h"
#include "lib/ask.h"
#include "verify/look.h"

/* Addresses that are nobody's (RFC 5737, 3849). Nothing is sent there. */
#define LOOK_OUTSIDE4	"192.0.2.1"
#define LOOK_OUTSIDE6	"2001:db8::1"
#define LOOK_PORT	9

/* For devices that come while one counts them. */
#define LOOK_SPARE	16

/* The address of this node, or why there is none. */
static json_t *find_address(int family, const char *to)
{
	struct sockaddr_storage ss = { .ss_family = family };
	struct sockaddr_in6 *in6 = (void *)&ss;
	struct sockaddr_in *in = (void *)&ss;
	bool v4 = family == AF_INET;
	void *addr = v4 ? (void *)&in->sin_addr : (void *)&in6->sin6_addr;
	socklen_t len = v4 ? sizeof(*in) : sizeof(*in6);
	char text[128];
	bool ok;
	int fd;

	/* At the same place for both families. */
	in->sin_port = htons(LOOK_PORT);
	inet_pton(family, to, addr);
	fd = socket(family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	ok = fd >= 0 && !connect(fd, (struct sockaddr *)&ss, len) &&
	     !getsockname(fd, (struct sockaddr *)&ss, &len);
	if (!ok)
		snprintf(text, sizeof(text), "there is no way to %s: %s", to,
			 strerror(errno));
	else
		inet_ntop(family, addr, text, sizeof(text));
	if (fd >= 0)
		close(fd);
	return out_string(text);
}

static void put_device(json_t *set, const char *name, const char *addr)
{
	char key[IFNAMSIZ + INET6_ADDRSTRLEN + 1];

	snprintf(key, sizeof(key), "%.*s%s%s", IFNAMSIZ, name, addr ? " " : "",
		 addr ? addr : "");
	out_clean(key);
	out_put(set, key, json_true());
}

static void put_address(json_t *set, const char *name, const struct sockaddr *sa)
{
	char text[INET6_ADDRSTRLEN];
	const void *addr = NULL;

	if (sa && sa->sa_family == AF_INET)
		addr = &((const struct sockaddr_in *)sa)->sin_addr;
	else if (sa && sa->sa_family == AF_INET6)
		addr = &((const struct sockaddr_in6 *)sa)->sin6_addr;
	put_device(set, name, addr ? inet_ntop(sa->sa_family, addr, text, sizeof(text)) :
				     NULL);
}

static void list_getifaddrs(json_t *set)
{
	struct ifaddrs *all, *one;

	if (getifaddrs(&all))
		return;
	for (one = all; one; one = one->ifa_next)
		put_address(set, one->ifa_name, one->ifa_addr);
	freeifaddrs(all);
}

static void list_gifconf(json_t *set)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), i;
	struct ifconf conf = {};

	if (fd >= 0 && !ioctl(fd, SIOCGIFCONF, &conf)) {
		conf.ifc_len += LOOK_SPARE * sizeof(struct ifreq);
		conf.ifc_req = calloc(1, conf.ifc_len);
		if (!conf.ifc_req)
			die_oom();
		if (ioctl(fd, SIOCGIFCONF, &conf))
			conf.ifc_len = 0;
		for (i = 0; i < conf.ifc_len / (int)sizeof(struct ifreq); i++)
			put_address(set, conf.ifc_req[i].ifr_name,
				    &conf.ifc_req[i].ifr_addr);
		free(conf.ifc_req);
	}
	if (fd >= 0)
		close(fd);
}

static void list_sysfs(json_t *set)
{
	DIR *dir = opendir("/sys/class/net");
	struct dirent *entry;

	while (dir && (entry = readdir(dir)))
		if (*entry->d_name != '.')
			put_device(set, entry->d_name, NULL);
	if (dir)
		closedir(dir);
}

/**
 * struct way - a way in which programs list interfaces
 * @name: what it is called
 * @list: adds "DEVICE" or "DEVICE ADDRESS" of each to a set
 */
struct way {
	const char *name;
	void (*list)(json_t *set);
};

static const struct way ways[] = {
	{ "getifaddrs()", list_getifaddrs },
	{ "SIOCGIFCONF", list_gifconf },
	{ "/sys/class/net", list_sysfs },
	{}
};

static void add_users(struct nlmsghdr *nlh, void *arg)
{
	struct ifinfomsg *ifi = nlmsg_data(nlh);
	struct nlattr *head = nlmsg_attrdata(nlh, sizeof(*ifi)), *name, *info, *kind;
	int len = nlmsg_attrlen(nlh, sizeof(*ifi));

	if (nlh->nlmsg_type != RTM_NEWLINK)
		return;
	name = nla_find(head, len, IFLA_IFNAME);
	info = nla_find(head, len, IFLA_LINKINFO);
	kind = info ? nla_find(nla_data(info), nla_len(info), IFLA_INFO_KIND) : NULL;
	if (name && kind && !nla_strcmp(kind, "uvn"))
		put_device(arg, nla_get_string(name), NULL);
}

static void clear_users(void *arg)
{
	json_object_clear(arg);
}

/* Without users' devices, as far as whoever asks sees which those are. */
static json_t *without_users(json_t *set)
{
	struct ifinfomsg ifi = { .ifi_family = AF_UNSPEC };
	json_t *users = json_object(), *left = json_object(), *val;
	char name[IFNAMSIZ];
	const char *key;

	ask_rtnetlink(RTM_GETLINK, &ifi, sizeof(ifi), add_users, clear_users, users);
	json_object_foreach(set, key, val) {
		snprintf(name, sizeof(name), "%.*s", (int)strcspn(key, " "), key);
		if (!json_object_get(users, name))
			out_put(left, key, json_true());
	}
	json_decref(users);
	return left;
}

/* The first of one set that is not in another, or NULL. */
static const char *first_beside(json_t *set, json_t *other)
{
	const char *key;
	json_t *val;

	json_object_foreach(set, key, val)
		if (!json_object_get(other, key))
			return key;
	return NULL;
}

/* @why it should be otherwise. */
static void put_difference(json_t *differs, const char *what, const char *entry,
			   const char *way, const char *why)
{
	char text[192];

	if (!entry)
		return;
	snprintf(text, sizeof(text), "%s %s by %s, which %s", what, entry, way, why);
	out_append(differs, out_string(text));
}

/**
 * look_around - see what a program finds
 * @lists: sets of what the system finds without users' devices, by the way that it is
 *	found, to be compared with; NULL to be told them
 *
 * Return: an object with "found", the own address of IPv4 and that of IPv6, or why
 * there is none; "lists"; and "differs", what is not as in @lists, in words.
 */
json_t *look_around(json_t *lists)
{
	json_t *own = json_object(), *differs = json_array(), *set, *theirs;
	const struct way *way;

	for (way = ways; way->name; way++) {
		set = json_object();
		way->list(set);
		if (!lists) {
			out_put(own, way->name, without_users(set));
		} else {
			theirs = json_object_get(lists, way->name);
			put_difference(differs, "sees", first_beside(set, theirs),
				       way->name, "would not be there without uvn");
			put_difference(differs, "does not see", first_beside(theirs, set),
				       way->name, "the system sees");
		}
		json_decref(set);
	}
	return json_pack("{s[o,o], so, so}", "found",
			 find_address(AF_INET, LOOK_OUTSIDE4),
			 find_address(AF_INET6, LOOK_OUTSIDE6), "lists", own, "differs",
			 differs);
}
