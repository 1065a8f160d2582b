#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Generate uapi/linux/uvn.h and kmod/netlink/netlink-gen.[ch] from the netlink spec,
# with the generator of Linux 6.12, and selftests/fuzz/uvn_fuzz_spec-gen.h and
# {tools,selftests}/lib/names-gen.h with ones of our own.
#
#	scripts/ynl-regen.sh		write the files
#	scripts/ynl-regen.sh --check	fail, and show why, if they are not current
#
# YNL_KDIR is the kernel source tree; PYTHON a python3 with yaml and jsonschema.

set -eu

KDIR=${YNL_KDIR:-${UVN_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/uvn}/linux-source-6.12}
PYTHON=${PYTHON:-/usr/bin/python3}
SPEC=Documentation/netlink/specs/uvn.yaml
FILES="uapi/linux/uvn.h kmod/netlink/netlink-gen.h kmod/netlink/netlink-gen.c
selftests/fuzz/uvn_fuzz_spec-gen.h"
FILES="$FILES tools/lib/names-gen.h selftests/lib/names-gen.h"

usage()
{
	echo "usage: ${0##*/} [--check]" >&2
	exit 2
}

check=
case $# in
0) ;;
1) [ "$1" = --check ] || usage; check=yes ;;
*) usage ;;
esac

cd "$(dirname "$0")/.."
top=$PWD

gen=$KDIR/tools/net/ynl/ynl-gen-c.py
if [ ! -f "$gen" ]; then
	echo "${0##*/}: no $gen: unpack linux-source-6.12 or set YNL_KDIR" >&2
	exit 1
fi

tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
trap 'exit 1' HUP INT TERM

# The generator looks for the schema beside the spec, and climbs to a file
# MAINTAINERS (for ever, if there is none) to shorten the path it prints.
mkdir -p "$tmp/${SPEC%/*}" "$tmp/kmod/netlink" "$tmp/uapi/linux" "$tmp/selftests/fuzz"
mkdir -p "$tmp/tools/lib" "$tmp/selftests/lib"
touch "$tmp/MAINTAINERS"
cp "$top/$SPEC" "$tmp/$SPEC"
cp "$KDIR/Documentation/netlink/genetlink-legacy.yaml" "$tmp/Documentation/netlink/"

generate()
{
	"$PYTHON" "$gen" --spec "$tmp/$SPEC" --mode "$1" "--$2" -o "$tmp/$3"
}

generate uapi header uapi/linux/uvn.h
"$PYTHON" scripts/fuzz-spec.py "$SPEC" >"$tmp/selftests/fuzz/uvn_fuzz_spec-gen.h"
"$PYTHON" scripts/names-spec.py "$SPEC" >"$tmp/tools/lib/names-gen.h"
"$PYTHON" scripts/names-spec.py "$SPEC" reason >"$tmp/selftests/lib/names-gen.h"

# For the kernel files the generator gets an adapted copy of the spec, because
# it cannot make plain genl_ops (all that 6.1 has) of some things ours says:
#  - an operation without request attributes: it needs one for the policy.
#    "pad" has no policy entry, so strict validation still refuses everything;
#  - a dump without a do: it needs one; its handler is taken out again below;
#  - max-len of binary attributes: put back below;
#  - a genl_family: made for "genetlink" only, whose schema lacks kernel-policy.
"$PYTHON" - "$tmp/$SPEC" >"$tmp/dump-only" <<'END'
import sys
import yaml

path = sys.argv[1]
with open(path) as f:
    licence = f.readline()
    spec = yaml.safe_load(f)

spec["protocol"] = "genetlink"
for attrs in spec["attribute-sets"]:
    for attr in attrs["attributes"]:
        if attr["type"] == "binary":
            if attr.pop("checks", None) != {"max-len": 16}:
                sys.exit(f"{attrs['name']}/{attr['name']}: not max-len 16")

for op in spec["operations"]["list"]:
    if "notify" in op or "event" in op:
        continue
    if "do" not in op:
        print(op["name"].replace("-", "_"))
    if op.get("do", {}).get("request", {}).get("attributes"):
        continue
    op["attribute-set"] = "status"
    op["do"] = {"request": {"attributes": ["pad"]}}
    if "dump" in op:
        op["dump"] = {"reply": {"attributes": ["pad"]}}

with open(path, "w") as f:
    f.write(licence)
    yaml.safe_dump(spec, f, sort_keys=False)
END
cp "$tmp/Documentation/netlink/genetlink-legacy.yaml" \
   "$tmp/Documentation/netlink/genetlink.yaml"

generate kernel header kmod/netlink/netlink-gen.h
generate kernel source kmod/netlink/netlink-gen.c

# -Iuapi gives <linux/uvn.h> to a module outside the kernel tree; <uapi/...>
# would be searched in the kernel's headers only.
sed -i -e 's|<uapi/linux/uvn\.h>|<linux/uvn.h>|' \
	"$tmp/kmod/netlink/netlink-gen.h" "$tmp/kmod/netlink/netlink-gen.c"
sed -i -e 's/{ \.type = NLA_BINARY, }/{ .type = NLA_BINARY, .len = 16, }/' "$tmp/kmod/netlink/netlink-gen.c"
# struct nla_policy has a pointer to a range that is not const in 6.1.
sed -i -e 's/^static const struct netlink_range_validation /static struct netlink_range_validation /' \
	"$tmp/kmod/netlink/netlink-gen.c"
# Events tell of every user: not for everybody to listen to.
sed -i -e 's/{ "events", }/{ "events", GENL_MCAST_CAP_NET_ADMIN, }/' \
	"$tmp/kmod/netlink/netlink-gen.c"
while read -r op; do
	sed -i -e "/uvn_nl_${op}_doit[,(]/d" \
		"$tmp/kmod/netlink/netlink-gen.h" "$tmp/kmod/netlink/netlink-gen.c"
done <"$tmp/dump-only"

status=0
for f in $FILES; do
	if [ -n "$check" ]; then
		diff -u --label "$f" --label "$f (generated)" "$f" "$tmp/$f" || status=1
	elif ! cmp -s "$tmp/$f" "$f"; then
		mkdir -p "${f%/*}"
		cat "$tmp/$f" >"$f"
		echo "  GEN     $f"
	fi
done

if [ $status -ne 0 ]; then
	echo "${0##*/}: not current: run scripts/ynl-regen.sh" >&2
fi
exit $status
