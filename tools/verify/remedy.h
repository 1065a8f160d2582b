/* SPDX-License-Identifier: GPL-2.0 */
#ifndef UVNADM_VERIFY_REMEDY_H
#define UVNADM_VERIFY_REMEDY_H

#include <stdbool.h>
#include <stdio.h>

struct attempt;
struct trial;

/* Where nothing better is known. */
#define REMEDY_DOCTOR	"uvnadm doctor says what is wrong on the node"

void remedy_print(FILE *f, const struct trial *trial, const struct attempt *attempt,
		  bool lacking);

#endif /* UVNADM_VERIFY_REMEDY_H */
