/* SPDX-License-Identifier: GPL-2.0 */
#ifndef UVNADM_DOCTOR_STATE_H
#define UVNADM_DOCTOR_STATE_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

struct address;
struct prefix;

/**
 * struct doctor - a diagnosis under way
 * @root: where the machine's files are looked for; empty for the machine's own
 * @check: the check that runs
 * @findings: array of what was found
 * @release: of the kernel that @root has
 * @status: of the module; NULL if it is not loaded
 * @enabled: it is enabled in this namespace
 * @file: what /etc/uvn.conf configures; NULL if it is missing or wrong
 * @file_why: what is wrong with it; NULL if it is missing or right
 * @file_unread: why it cannot be read; NULL if it can, or is missing
 * @config: what is in force; without a module what the file configures; NULL if
 *	neither can be had
 * @users: array of user networks; empty if they cannot be had
 * @owned: set of the ifindexes of their VRFs, before and after @links was read
 * @links: from an ifindex to the network device
 * @lowers: array of addresses in subnets, each with its device
 * @probes: array of what became of datagrams to VXLAN ports
 * @may: has CAP_NET_ADMIN, as far as this user namespace goes
 * @untold: why the check that runs cannot tell; NULL if it can
 * @status_why: why the state of the module is not known; NULL if it is, and that
 *	it is not loaded counts
 * @config_why: likewise for @config
 * @users_why: for @users and @owned
 * @devices_why: for @links and @lowers
 * @probes_why: for @probes
 */
struct doctor {
	const char *root;
	const char *check;
	json_t *findings;
	char *release;
	json_t *status;
	bool enabled;
	json_t *file;
	char *file_why;
	char *file_unread;
	json_t *config;
	json_t *users;
	json_t *owned;
	json_t *links;
	json_t *lowers;
	json_t *probes;
	bool may;
	char *untold;
	char *status_why;
	char *config_why;
	char *users_why;
	char *devices_why;
	char *probes_why;
};

json_int_t get_number(json_t *obj, const char *key);
const char *get_string(json_t *obj, const char *key);
bool get_prefix(json_t *obj, const char *key, struct prefix *prefix);
void clear_array(void *arg);
void state_asked(struct doctor *d, int err);
json_t *state_part(struct doctor *d, const char *key);
int state_inside(struct doctor *d, json_t *lower, struct address *addr);
bool state_manages(struct doctor *d, uint32_t uid);
bool state_is_direct(struct doctor *d, const struct prefix *prefix);
bool state_owns(struct doctor *d, json_int_t ifindex);
json_t *state_link(struct doctor *d, json_int_t ifindex);
void state_read(struct doctor *d);
void state_free(struct doctor *d);

#endif /* UVNADM_DOCTOR_STATE_H */
