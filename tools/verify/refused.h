/* SPDX-License-Identifier: GPL-2.0 */
#ifndef UVNADM_VERIFY_REFUSED_H
#define UVNADM_VERIFY_REFUSED_H

struct trial;

void refused_expand(struct trial *trial);

#endif /* UVNADM_VERIFY_REFUSED_H */
