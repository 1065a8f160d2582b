/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The guard at the output.
 */
#ifndef _UVN_GUARD_H
#define _UVN_GUARD_H

struct uvn_net;

int uvn_guard_open(struct uvn_net *un);
void uvn_guard_close(struct uvn_net *un);

#endif /* _UVN_GUARD_H */
