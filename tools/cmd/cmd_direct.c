// SPDX-License-Identifier: GPL-2.0
/*
 * Direct prefixes: hosts that do not run uvn, wherever they are; and transit: nodes
 * whose VXLAN passes through this one.
 */
#include <linux/uvn.h>

#include "cli/out.h"
#include "cli/prefix.h"
#include "cmd/cmd_direct.h"
#include "lib/config.h"
#include "lib/decode.h"

static const struct attr_field fields[] = {
	{ "prefix", UVN_A_DIRECT_PREFIX, false, prefix_get },
	{}
};

static const struct out_col cols[] = {
	{ "PREFIX", "prefix", NULL },
	{}
};

const struct part direct_part = {
	.key = "direct",
	.words = "direct add",
	.attr = UVN_A_CONFIG_DIRECT,
	.fields = fields,
	.cols = cols,
	.put = prefix_put,
	.save = prefix_save,
	.name = prefix_name,
};

const struct part transit_part = {
	.key = "transit",
	.words = "transit add",
	.attr = UVN_A_CONFIG_TRANSIT,
	.fields = fields,
	.cols = cols,
	.put = prefix_put,
	.save = prefix_save,
	.name = prefix_name,
};
