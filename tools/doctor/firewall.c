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

/* What users' links above a device have sent and received. */
static void count_packets(struct doctor *d, const char *dev, json_int_t *sent,
			  json_int_t *received)
{
	json_t *user, *ref, *link;
	size_t i, j;

	*sent = 0;
	*received = 0;
	json_array_foreach(d->users, i, user) {
		json_array_foreach(json_object_get(user, "links"), j, ref) {
			if (strcmp(get_string(ref, "lower"), dev))
				continue;
			link = state_link(d, get_number(ref, "ifindex"));
			*sent += get_number(link, "sent");
			*received += get_number(link, "received");
		}
	}
}

/**
 * doctor_firewall_in - does VXLAN come in?
 * @d: diagnosis
 */
void doctor_firewall_in(struct doctor *d)
{
	json_t *told = json_object(), *lower;
	json_int_t sent, received;
	size_t i;

	json_array_foreach(d->lowers, i, lower) {
		const char *dev = get_string(lower, "dev");

		count_packets(d, dev, &sent, &received);
		if (sent < SILENCE || received || json_object_get(told, dev))
			continue;
		out_put(told, dev, json_true());
		found(d, WARNING, dev,
		      "users have sent %lld packets by %s, and not one has come: VXLAN is dropped here or on the way",
		      sent, dev);
		remedy(d, "let UDP to port %lld through in both directions: nft list ruleset (hook ingress, on this and the other node), switches, routers",
		       get_number(lower, "port"));
	}
	json_decref(told);
}
