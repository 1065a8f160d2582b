// SPDX-License-Identifier: GPL-2.0
/*
 * Devices that carry users' VXLAN: their MTU, and what they do by themselves.
 */
#include <errno.h>
#include <linux/ethtool.h>
#include <linux/ethtool_netlink.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netlink/attr.h>
#include <netlink/genl/ctrl.h>
#include <netlink/genl/genl.h>
#include <netlink/msg.h>
#include <netlink/netlink.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "cli/out.h"
#include "doctor/device.h"
#include "doctor/finding.h"
#include "doctor/state.h"
#include "lib/ask.h"

/* What VXLAN takes of it, and what every host must be able to take. */
#define MTU_LOST4	50
#define MTU_LOST6	70
#define MTU_MIN4	576
#define MTU_MIN6	1280

#define TX_SEGMENTATION	"tx-udp_tnl-segmentation"

static bool is_ipv6(json_t *lower)
{
	return strchr(get_string(lower, "subnet"), ':');
}

/**
 * mtu_lost - what VXLAN takes of a device's MTU
 * @family: of the addresses, inner and outer
 */
json_int_t mtu_lost(int family)
{
	return family == AF_INET6 ? MTU_LOST6 : MTU_LOST4;
}

/**
 * mtu_needed - the smallest MTU with which a device has room for users' packets
 * @family: of their addresses
 */
json_int_t mtu_needed(int family)
{
	return mtu_lost(family) + (family == AF_INET6 ? MTU_MIN6 : MTU_MIN4);
}

static void judge_mtu(struct doctor *d, json_t *lower)
{
	const char *dev = get_string(lower, "dev");
	json_int_t mtu = get_number(lower, "mtu");

	if (is_ipv6(lower) && mtu < mtu_needed(AF_INET6)) {
		found(d, WARNING, dev,
		      "%s has an MTU of %lld, and IPv6 in VXLAN needs %lld: its address in %s does not count",
		      dev, mtu, mtu_needed(AF_INET6), get_string(lower, "subnet"));
		remedy(d, "ip link set %s mtu 1500, or as much as the network takes", dev);
	} else if (mtu < mtu_needed(AF_INET)) {
		found(d, WARNING, dev,
		      "%s has an MTU of %lld: users have less than the %d bytes that programs rely on",
		      dev, mtu, MTU_MIN4);
		remedy(d, "ip link set %s mtu 1500, or as much as the network takes", dev);
	}
}

/**
 * doctor_mtu - is there room for users' packets?
 * @d: diagnosis
 */
void doctor_mtu(struct doctor *d)
{
	json_t *lower;
	size_t i;

	json_array_foreach(d->lowers, i, lower)
		judge_mtu(d, lower);
}

/* Each device once, however many addresses it has. */
static bool is_first(struct doctor *d, size_t n)
{
	json_t *lower;
	size_t i;

	json_array_foreach(d->lowers, i, lower)
		if (i >= n || get_number(lower, "ifindex") ==
			      get_number(json_array_get(d->lowers, n), "ifindex"))
			return i == n;
	return false;
}

/**
 * struct reply - the attributes of the answer about a device
 * @get: gets them
 * @d: diagnosis
 * @lower: the device
 */
struct reply {
	void (*get)(struct doctor *d, json_t *lower, struct nlattr *head, int len);
	struct doctor *d;
	json_t *lower;
};

static void on_reply(struct nlmsghdr *nlh, void *arg)
{
	struct reply *reply = arg;

	if (genlmsg_valid_hdr(nlh, 0))
		reply->get(reply->d, reply->lower,
			   genlmsg_attrdata(genlmsg_hdr(nlh), 0),
			   genlmsg_attrlen(genlmsg_hdr(nlh), 0));
}

/* Who does not know what is asked has nothing to be found. */
static void ask_ethtool(struct nl_sock *sock, int family, uint8_t cmd,
			struct reply *reply)
{
	struct question q = { .msg = nlmsg_alloc(), .found = on_reply, .arg = reply };
	struct nlattr *nest;
	int err;

	if (!q.msg || !genlmsg_put(q.msg, NL_AUTO_PORT, NL_AUTO_SEQ, family, 0, 0, cmd,
				   ETHTOOL_GENL_VERSION))
		die_oom();
	/* The first attribute of every request. */
	nest = nla_nest_start(q.msg, ETHTOOL_A_FEATURES_HEADER | NLA_F_NESTED);
	if (!nest || nla_put_u32(q.msg, ETHTOOL_A_HEADER_DEV_INDEX,
				 get_number(reply->lower, "ifindex")))
		die_oom();
	nla_nest_end(q.msg, nest);
	err = ask(sock, &q);
	if (err == EPERM || err == EACCES)
		cannot_tell(reply->d, "%s: %s", get_string(reply->lower, "dev"),
			    strerror(err));
	nlmsg_free(q.msg);
}

static void each_device(struct doctor *d, uint8_t cmd,
			void (*get)(struct doctor *d, json_t *lower,
				    struct nlattr *head, int len))
{
	struct reply reply = { .get = get, .d = d };
	struct nl_sock *sock;
	int family, err;
	size_t i;

	sock = ask_open(NETLINK_GENERIC, &err);
	if (!sock) {
		cannot_tell(d, "%s", nl_geterror(err));
		return;
	}
	nl_socket_enable_msg_peek(sock);
	family = genl_ctrl_resolve(sock, ETHTOOL_GENL_NAME);
	json_array_foreach(d->lowers, i, reply.lower)
		if (family >= 0 && is_first(d, i))
			ask_ethtool(sock, family, cmd, &reply);
	nl_socket_free(sock);
}

static struct nlattr *find_in(struct nlattr *attr, int type)
{
	return attr ? nla_find(nla_data(attr), nla_len(attr), type) : NULL;
}

/* Is a bit of that name in a bitset, and set? */
static bool has_bit(struct nlattr *bitset, const char *name)
{
	bool list = find_in(bitset, ETHTOOL_A_BITSET_NOMASK);
	struct nlattr *bits = find_in(bitset, ETHTOOL_A_BITSET_BITS), *bit, *attr;
	int left;

	if (!bits)
		return false;
	nla_for_each_nested(bit, bits, left) {
		attr = find_in(bit, ETHTOOL_A_BITSET_BIT_NAME);
		if (attr && !nla_strcmp(attr, name))
			return list || find_in(bit, ETHTOOL_A_BITSET_BIT_VALUE);
	}
	return false;
}

static void judge_features(struct doctor *d, json_t *lower, struct nlattr *head, int len)
{
	const char *dev = get_string(lower, "dev");

	if (!has_bit(nla_find(head, len, ETHTOOL_A_FEATURES_HW), TX_SEGMENTATION) ||
	    has_bit(nla_find(head, len, ETHTOOL_A_FEATURES_ACTIVE), TX_SEGMENTATION))
		return;
	found(d, WARNING, dev,
	      "%s could cut VXLAN into segments, but does not: sending costs users several times the work",
	      dev);
	remedy(d, "ethtool -K %s " TX_SEGMENTATION " on", dev);
}

/**
 * doctor_tx_segmentation - do devices cut VXLAN into segments that can?
 * @d: diagnosis
 */
void doctor_tx_segmentation(struct doctor *d)
{
	each_device(d, ETHTOOL_MSG_FEATURES_GET, judge_features);
}

static bool table_has(struct nlattr *table, uint16_t port)
{
	struct nlattr *entry, *type, *attr;
	int left;

	nla_for_each_nested(entry, table, left) {
		if (nla_type(entry) != ETHTOOL_A_TUNNEL_UDP_TABLE_ENTRY)
			continue;
		attr = find_in(entry, ETHTOOL_A_TUNNEL_UDP_ENTRY_PORT);
		type = find_in(entry, ETHTOOL_A_TUNNEL_UDP_ENTRY_TYPE);
		if (attr && type && ntohs(nla_get_u16(attr)) == port &&
		    nla_get_u32(type) == ETHTOOL_UDP_TUNNEL_TYPE_VXLAN)
			return true;
	}
	return false;
}

/* Does the device parse VXLAN, but not on that port? */
static bool lacks_port(struct nlattr *tables, uint16_t port)
{
	bool parses = false, has = false;
	struct nlattr *table;
	int left;

	nla_for_each_nested(table, tables, left) {
		if (nla_type(table) != ETHTOOL_A_TUNNEL_UDP_TABLE)
			continue;
		parses |= has_bit(find_in(table, ETHTOOL_A_TUNNEL_UDP_TABLE_TYPES),
				  "vxlan");
		has |= table_has(table, port);
	}
	return parses && !has;
}

static void judge_tunnels(struct doctor *d, json_t *first, struct nlattr *head, int len)
{
	struct nlattr *tables = nla_find(head, len, ETHTOOL_A_TUNNEL_INFO_UDP_PORTS);
	const char *dev = get_string(first, "dev");
	json_t *lower;
	size_t i;

	json_array_foreach(d->lowers, i, lower) {
		json_int_t port = get_number(lower, "port");

		if (!tables || get_number(lower, "ifindex") != get_number(first, "ifindex") ||
		    !lacks_port(tables, port))
			continue;
		found(d, WARNING, dev,
		      "%s does not know that UDP port %lld is VXLAN: it neither checks nor spreads what is inside",
		      dev, port);
		remedy(d, "ethtool -K %s rx-udp_tunnel-port-offload on; if that is so, it has too many ports (ethtool --show-tunnels %s)",
		       dev, dev);
	}
}

/**
 * doctor_vxlan_ports - do devices know which ports are VXLAN?
 * @d: diagnosis
 */
void doctor_vxlan_ports(struct doctor *d)
{
	if (d->enabled)
		each_device(d, ETHTOOL_MSG_TUNNEL_INFO_GET, judge_tunnels);
}

/* Only newer kernels tell this by netlink. */
static bool ask_rxnfc(struct doctor *d, int fd, const char *dev,
		      struct ethtool_rxnfc *nfc)
{
	struct ifreq ifr = { .ifr_data = (void *)nfc };

	snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), "%s", dev);
	if (!ioctl(fd, SIOCETHTOOL, &ifr))
		return true;
	if (errno == EPERM || errno == EACCES)
		cannot_tell(d, "%s: %s", dev, strerror(errno));
	return false;
}

static void judge_hash(struct doctor *d, json_t *lower, int fd)
{
	struct ethtool_rxnfc rings = { .cmd = ETHTOOL_GRXRINGS };
	struct ethtool_rxnfc hash = {
		.cmd = ETHTOOL_GRXFH,
		.flow_type = is_ipv6(lower) ? UDP_V6_FLOW : UDP_V4_FLOW,
	};
	const char *dev = get_string(lower, "dev");

	if (!ask_rxnfc(d, fd, dev, &hash) ||
	    (ask_rxnfc(d, fd, dev, &rings) && rings.data < 2) || hash.data & RXH_L4_B_0_1)
		return;
	found(d, WARNING, dev,
	      "%s spreads UDP over its queues by addresses alone: all users' traffic from a node comes by one CPU",
	      dev);
	remedy(d, "ethtool -N %s rx-flow-hash udp%d sdfn", dev, is_ipv6(lower) ? 6 : 4);
}

/**
 * doctor_rx_hash - do devices spread VXLAN over their queues?
 * @d: diagnosis
 */
void doctor_rx_hash(struct doctor *d)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	json_t *lower;
	size_t i;

	if (fd < 0) {
		cannot_tell(d, "socket: %s", strerror(errno));
		return;
	}
	json_array_foreach(d->lowers, i, lower)
		judge_hash(d, lower, fd);
	close(fd);
}
