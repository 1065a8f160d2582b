/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The order of routing rules. The worker only.
 */
#ifndef _UVN_RULES_H
#define _UVN_RULES_H

struct uvn_net;

int uvn_rules_set(struct uvn_net *un);
void uvn_rules_restore(struct uvn_net *un);

#endif /* _UVN_RULES_H */
