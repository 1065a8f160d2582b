#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""The netlink spec as C tables, for selftests/fuzz/uvn_fuzz_nl.c.

usage: fuzz-spec.py SPEC >HEADER; scripts/ynl-regen.sh calls it.
"""

import sys
import yaml


def c_name(*words):
    """The name that the uapi header gives to it."""
    return "_".join(("uvn",) + words).replace("-", "_").upper()


def limits(attr, consts):
    """Smallest and largest value of a number, largest length of bytes."""
    checks = attr.get("checks", {})
    lo = checks.get("min", 0)
    hi = checks.get("max", checks.get("max-len"))
    if hi is None:
        bits = attr["type"][1:]
        hi = (1 << int(bits)) - 1 if bits.isdigit() else 0
    return tuple(consts.get(v, v) for v in (lo, hi))


def tables(spec):
    """Sets, then operations: what a set nests comes before it."""
    consts = {d["name"]: d["value"] for d in spec["definitions"]
              if d["type"] == "const"}
    for attrs in spec["attribute-sets"]:
        name = attrs["name"]
        print(f"\nstatic const struct spec_attr spec_{name}_attrs[] = {{")
        for attr in attrs["attributes"]:
            lo, hi = limits(attr, consts)
            nest = attr.get("nested-attributes")
            print(f"\t{{ \"{attr['name']}\", {c_name('a', name, attr['name'])},")
            print(f"\t  SPEC_{attr['type'].upper()}, {lo}u, {hi}u"
                  + (f", &spec_{nest} }}," if nest else ", NULL },"))
        print("};")
        print(f"\nstatic const struct spec_set spec_{name} = {{")
        print(f"\t\"{name}\", ARRAY_SIZE(spec_{name}_attrs), spec_{name}_attrs,")
        print("};")

    print("\nstatic const struct spec_op spec_ops[] = {")
    for op in spec["operations"]["list"]:
        if "do" not in op and "dump" not in op:
            continue
        flags = ["SPEC_" + how.upper() for how in ("do", "dump") if how in op]
        if "admin-perm" in op.get("flags", []):
            flags.append("SPEC_ADMIN")
        asked = op.get("do", {}).get("request", {}).get("attributes", [])
        numbers = [c_name("a", op["attribute-set"], a) for a in asked]
        print(f"\t{{ \"{op['name']}\", {c_name('cmd', op['name'])},")
        print(f"\t  {' | '.join(flags)}, &spec_{op['attribute-set']},")
        print(f"\t  {len(numbers)}, {{")
        for number in numbers:
            print(f"\t\t{number},")
        print("\t  } },")
    print("};")


def main():
    if len(sys.argv) != 2:
        sys.exit("usage: fuzz-spec.py SPEC")
    with open(sys.argv[1], encoding="utf-8") as f:
        spec = yaml.safe_load(f)
    print("/* SPDX-License-Identifier: GPL-2.0 */")
    print("/* Do not edit directly, auto-generated from: */")
    print("/*\tDocumentation/netlink/specs/uvn.yaml */")
    print("/* scripts/fuzz-spec.py */")
    tables(spec)


main()
