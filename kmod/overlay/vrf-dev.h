/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The `uvn` device, which is a user's VRF.
 */
#ifndef _UVN_VRF_DEV_H
#define _UVN_VRF_DEV_H

struct uvn_user;

int uvn_vrf_dev_init(void);
void uvn_vrf_dev_exit(void);
void uvn_vrf_dev_make_room(const struct uvn_user *user);

#endif /* _UVN_VRF_DEV_H */
