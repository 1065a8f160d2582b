/* SPDX-License-Identifier: GPL-2.0 */
#ifndef UVNADM_CLI_COMPLETE_H
#define UVNADM_CLI_COMPLETE_H

int complete(int argc, char *const *argv);

#endif /* UVNADM_CLI_COMPLETE_H */
