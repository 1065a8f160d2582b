/* SPDX-License-Identifier: GPL-2.0 */
#ifndef UVNADM_VERIFY_MATRIX_H
#define UVNADM_VERIFY_MATRIX_H

#include "verify/trial.h"

void matrix_expand(struct trial *trial);

#endif /* UVNADM_VERIFY_MATRIX_H */
