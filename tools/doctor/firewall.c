// SPDX-License-Identifier: GPL-2.0
/*
 * Firewalls, by what they do: rules are not read. What this node does not let
 * out shows as an error of who sends; what it, or anybody on the way, does not
 * let in shows as networks that send and never receive.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cli/out.h"
#include "doctor/finding.h"
#include "doctor/firewall.h"
#include "doctor/peer.h"
#include "doctor/state.h"

/* Packets without an answer that are no chance. */
#define SILENCE	8

/**
 * doctor_firewall_out - does this node let VXLAN out?
 * @d: diagnosis
 */
void doctor_firewall_out(struct doctor *d)
{
	json_t *told = json_object(), *probe;
	char key[64];
	size_t i;

	json_array_foreach(probe_results(d), i, probe) {
		const char *dev = get_string(probe, "dev");
		json_int_t port = get_number(probe, "port");
		json_int_t err = get_number(probe, "error");

		snprintf(key, sizeof(key), "%s %lld", dev, port);
		if ((err != EPERM && err != ENOBUFS) || json_object_get(told, key))
			continue;
		out_put(told, key, json_true());
		found(d, ERROR, dev,
		      "a packet filter of this node drops UDP to port %lld by %s: users reach no other node",
		      port, dev);
		if (err == EPERM)
			remedy(d, "accept it, before what drops it: nft list ruleset, chains at the hooks output and postrouting");
		else
			remedy(d, "accept it, before what drops it: nft list ruleset, chains at the hook egress; tc filter show dev %s egress",
			       dev);
	}
	json_decref(told);
}

/* The devices in subnets, each once. */
static json_t *lower_names(struct doctor *d)
{
	json_t *names = json_object(), *lower;
	size_t i;

	json_array_foreach(d->lowers, i, lower)
		out_put(names, get_string(lower, "dev"), json_true());
	return names;
}

/**
 * doctor_firewall_in - does VXLAN come in?
 * @d: diagnosis
 *
 * The module counts by user, and not by device: with several devices in subnets it is
 * told when nothing comes by any of them.
 */
void doctor_firewall_in(struct doctor *d)
{
	json_t *names = lower_names(d), *user, *traffic, *val;
	json_int_t sent = 0, received = 0;
	char devs[128] = "";
	const char *dev;
	size_t i, len;

	json_array_foreach(d->users, i, user) {
		traffic = json_object_get(user, "on_subnet");
		sent += get_number(traffic, "tx_packets");
		received += get_number(traffic, "rx_packets");
	}
	json_object_foreach(names, dev, val) {
		len = strlen(devs);
		snprintf(devs + len, sizeof(devs) - len, "%s%s", len ? ", " : "", dev);
	}
	if (*devs && sent >= SILENCE && !received) {
		found(d, WARNING, json_object_size(names) == 1 ? devs : NULL,
		      "users have sent %lld packets by %s, and not one has come: VXLAN is dropped here or on the way",
		      sent, devs);
		remedy(d, "let UDP to the ports of \"uvnadm subnet list\" through in both directions: nft list ruleset (hook ingress, on this and the other node), switches, routers");
	}
	json_decref(names);
}
