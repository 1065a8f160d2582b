/* SPDX-License-Identifier: GPL-2.0 */
#ifndef UVNADM_VERIFY_SERVE_H
#define UVNADM_VERIFY_SERVE_H

/* The word of uvnadm by which a node takes part; no command for people. */
#define VERIFY_SERVE	"verify-serve"

int verify_serve(int in, int out);

#endif /* UVNADM_VERIFY_SERVE_H */
