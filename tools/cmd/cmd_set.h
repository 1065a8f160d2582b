/* SPDX-License-Identifier: GPL-2.0 */
#ifndef UVNADM_CMD_CMD_SET_H
#define UVNADM_CMD_CMD_SET_H

#include <jansson.h>
#include <stdint.h>

#include "lib/config.h"

struct nlattr;

extern const struct part settings_part;
json_t *settings_default(void);
uint32_t verdict(const char *word);
json_t *attr_get_verdict(struct nlattr *attr, struct nlattr *head, int len);
int item_unmatched(const char *const *val, struct item *item);
int item_subordinate(const char *const *val, struct item *item);
int item_table_base(const char *const *val, struct item *item);
int item_audit(const char *const *val, struct item *item);
int item_nat_ports(const char *const *val, struct item *item);
int item_idle_timeout(const char *const *val, struct item *item);
int item_firewall_vrf(const char *const *val, struct item *item);
int item_outer_netfilter(const char *const *val, struct item *item);
int item_child_netns(const char *const *val, struct item *item);
int item_view(const char *const *val, struct item *item);
int item_view_sockets(const char *const *val, struct item *item);
int item_nat_flows(const char *const *val, struct item *item);

#endif /* UVNADM_CMD_CMD_SET_H */
