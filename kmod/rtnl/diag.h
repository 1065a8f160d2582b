/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Which sockets there are in a network. The worker only.
 */
#ifndef _UVN_DIAG_H
#define _UVN_DIAG_H

struct uvn_user;

int uvn_diag_in_use(struct uvn_user *user);

#endif /* _UVN_DIAG_H */
