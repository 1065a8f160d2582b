/* SPDX-License-Identifier: GPL-2.0 */
#ifndef UVNADM_LIB_CLOCK_H
#define UVNADM_LIB_CLOCK_H

#include <stdint.h>

int64_t clock_ms(void);

#endif /* UVNADM_LIB_CLOCK_H */
