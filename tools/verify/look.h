/* SPDX-License-Identifier: GPL-2.0 */
#ifndef UVNADM_VERIFY_LOOK_H
#define UVNADM_VERIFY_LOOK_H

#include <jansson.h>

json_t *look_around(json_t *lists);

#endif /* UVNADM_VERIFY_LOOK_H */
