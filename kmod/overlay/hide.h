/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a user's devices have in common with the system's is hidden from the system.
 */
#ifndef _UVN_HIDE_H
#define _UVN_HIDE_H

int uvn_hide_init(void);
void uvn_hide_exit(void);

#endif /* _UVN_HIDE_H */
