/* SPDX-License-Identifier: GPL-2.0 */
#ifndef UVNADM_CMD_SAVE_FILE_H
#define UVNADM_CMD_SAVE_FILE_H

#include <jansson.h>

int save_file(const char *path, json_t *config);

#endif /* UVNADM_CMD_SAVE_FILE_H */
