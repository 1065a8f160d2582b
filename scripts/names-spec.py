#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""The enums of the netlink spec as C tables of names, for people to read.

usage: names-spec.py SPEC [ENUM...] >HEADER; scripts/ynl-regen.sh calls it. Without an
ENUM it is all of them.
"""

import sys
import yaml


def c_name(*words):
    """The name that the uapi header gives to it."""
    return "_".join(("uvn",) + words).replace("-", "_").upper()


def main():
    with open(sys.argv[1]) as f:
        spec = yaml.safe_load(f)
    print("/* SPDX-License-Identifier: GPL-2.0 */")
    print("/* Do not edit directly, auto-generated from: */")
    print(f"/*\t{sys.argv[1]} */")
    print("#include <linux/uvn.h>")
    for enum in spec["definitions"]:
        if enum["type"] != "enum" or enum["name"] not in (sys.argv[2:] or [enum["name"]]):
            continue
        print(f"\nstatic const char *const {c_name(enum['name']).lower()}_names[] = {{")
        for entry in enum["entries"]:
            name = entry if isinstance(entry, str) else entry["name"]
            print(f"\t[{c_name(enum['name'], name)}] = \"{name}\",")
        print("};")


main()
