/* SPDX-License-Identifier: GPL-2.0 */
#ifndef DOCTOR_H
#define DOCTOR_H

#include "uvnadm.h"

/* How bad it is; the names are in finding.c. */
enum severity {
	NOTE,		/* of no consequence by itself */
	WARNING,	/* something does not work, or will not */
	ERROR,		/* users are not isolated, or have no network */
	UNKNOWN,	/* whether anything is wrong cannot be told from here */
};

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
 * @owned: set of the ifindexes of their devices, before and after @links was read
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

/* finding.c */
extern const char *const severity_names[];
void found(struct doctor *d, enum severity level, const char *subject,
	   const char *fmt, ...) __attribute__((format(printf, 4, 5)));
void remedy(struct doctor *d, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

void cannot_tell(struct doctor *d, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
bool is_told(struct doctor *d);
void told(struct doctor *d);

/* device.c */
void doctor_mtu(struct doctor *d);
void doctor_tx_segmentation(struct doctor *d);
void doctor_rx_hash(struct doctor *d);
void doctor_vxlan_ports(struct doctor *d);

/* file.c */
FILE *file_open(struct doctor *d, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
char *file_line(struct doctor *d, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
bool file_number(struct doctor *d, long *num, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
bool file_is(struct doctor *d, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
char *file_path(struct doctor *d, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* firewall.c */
void doctor_firewall_out(struct doctor *d);
void doctor_firewall_in(struct doctor *d);

/* hook.c */
void doctor_symbols(struct doctor *d);
void doctor_ftrace(struct doctor *d);
void doctor_hook(struct doctor *d);
void doctor_livepatch(struct doctor *d);

/* ipsec.c */
void doctor_ipsec(struct doctor *d);

/* kernel.c */
void doctor_privilege(struct doctor *d);
void doctor_kernel_options(struct doctor *d);
void doctor_modules(struct doctor *d);
void doctor_module(struct doctor *d);
void doctor_version(struct doctor *d);
void doctor_secure_boot(struct doctor *d);

/* network.c */
void doctor_l3mdev_accept(struct doctor *d);
void doctor_rules(struct doctor *d);
void doctor_rp_filter(struct doctor *d);
void doctor_tables(struct doctor *d);
void doctor_devices(struct doctor *d);

/* address.c */
void doctor_subnets(struct doctor *d);
void doctor_unused_subnets(struct doctor *d);
void doctor_pools(struct doctor *d);
void doctor_ports(struct doctor *d);
void doctor_nat_ports(struct doctor *d);
void doctor_conntrack(struct doctor *d);

/* peer.c */
json_t *probe_results(struct doctor *d);
void doctor_peers(struct doctor *d);

/* redirect.c */
void doctor_redirects(struct doctor *d);

/* state.c */
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

/* subuid.c */
void doctor_subuids(struct doctor *d);

/* users.c */
void doctor_config(struct doctor *d);
void doctor_ranges(struct doctor *d);
void doctor_accounts(struct doctor *d);
void doctor_processes(struct doctor *d);
void doctor_resolver(struct doctor *d);
void doctor_audit(struct doctor *d);
void doctor_strays(struct doctor *d);
void doctor_denials(struct doctor *d);

#endif /* DOCTOR_H */
