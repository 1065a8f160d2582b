// SPDX-License-Identifier: GPL-2.0
/*
 * What is tried in one go, and what is reported of it.
 */
#include <stdlib.h>

#include "cli/out.h"
#include "verify/trial.h"

/**
 * trial_add_check - add a check
 * @trial: trial
 * @name: what it is
 * @peer: it is about the other node
 *
 * Return: the new one, until another is added.
 */
struct trial_check *trial_add_check(struct trial *trial, const char *name, bool peer)
{
	trial->checks = reallocarray(trial->checks, trial->n_checks + 1,
				     sizeof(*trial->checks));
	if (!trial->checks)
		die_oom();
	trial->checks[trial->n_checks] = (struct trial_check){
		.name = name,
		.peer = peer,
		.deaf = ROLES,
	};
	return &trial->checks[trial->n_checks++];
}
