#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Check that the files of kmod/ use only what stands below them.

A file may include from, and call into, its own floor and those below it. What it
uses is read from the sources: quoted #includes, and every function, variable and
macro that another file defines, whether it is called or only named. So a function that
is handed over as a pointer counts as well. Says which uses lead upwards and which
files are in circles, and fails if there is either.
"""

import os
import re
import sys

sys.dont_write_bytecode = True
from circles import circles

# The floors, ground first. A name that ends in "/" is a folder, else a file.
FLOORS = (
    "compat/",
    "config/",
    "core/",
    "underlay/",
    "overlay/",
    "rtnl/",
    "external/",
    "network/",
    "socket/",
    "view/",
    "net-parts",
    "net",
    "netlink/",
    "main",
    "test/",
)

# The state of a namespace and of a user is made of what each noun defines for it.
STATE = ("core/netns.h", "core/user.h")

# A table of handlers that is made from the spec names what is above it.
GENERATED = ("netlink/netlink-gen.c",)

# A module of its own.
APART = ("test/uvn_nic.c",)


def floor(path):
    for number, name in enumerate(FLOORS):
        if path.startswith(name) if name.endswith("/") else path[:-2] == name:
            return number
    sys.exit(f"floors.py: kmod/{path} is on no floor: see FLOORS")


def bare(text):
    """Without comments, strings and the tags of structs, of the same lines."""

    def blank(match):
        return re.sub(r"[^\n]", " ", match.group())

    text = re.sub(r"/\*.*?\*/|//[^\n]*", blank, text, flags=re.S)
    text = re.sub(r'^([ \t]*#[ \t]*include[^\n]*)|"(?:\\.|[^"\\\n])*"',
                  lambda m: m.group(1) or blank(m), text, flags=re.M)
    return re.sub(r"\b(struct|enum|union)(\s+\w+)",
                  lambda m: m.group(1) + re.sub(r"[^\n]", " ", m.group(2)), text)


def read(top):
    sources = {}
    for folder, _, names in os.walk(top):
        if os.path.relpath(folder, top).startswith(("compat/linux", "compat/net")):
            continue
        for name in names:
            path = os.path.relpath(os.path.join(folder, name), top)
            if name.endswith((".c", ".h")) and not name.endswith(".mod.c") and \
               path not in APART:
                with open(os.path.join(folder, name), encoding="utf-8") as f:
                    sources[path] = bare(f.read())
    return sources


def definitions(sources):
    """Who defines what others can name: functions, variables and macros."""
    where = {}
    for path, text in sources.items():
        if path.endswith(".h"):
            for match in re.finditer(r"^(?:#define|static inline[^;{}()]*?)\s+\**"
                                     r"((?:uvn|UVN)_\w+)", text, re.M):
                where[match.group(1)] = path
            continue
        for match in re.finditer(r"^(?=\w)[^;{}()=]*?\b(uvn_\w+)\s*"
                                 r"(?:\([^;{}]*\)\s*\{|(?:\[[^\]]*\])?[^;{}()=]*[=;])",
                                 text, re.M):
            if not re.search(r"\b(?:static|extern|typedef)\b", match.group()):
                where[match.group(1)] = path
    return where


def uses(path, text, sources, where):
    """What a file uses: pairs of another file and of what it is used for."""
    for match in re.finditer(r'^#\s*include "([^"]+)"', text, re.M):
        beside = os.path.normpath(os.path.join(os.path.dirname(path), match.group(1)))
        for target in (match.group(1), beside):
            if target in sources:
                yield target, f'includes "{match.group(1)}"'
                break
    if path.endswith(".h"):  # its prototypes are no uses, its inline functions are
        text = "\n".join(re.findall(r"^static inline .*?^\}", text, re.M | re.S))
    elif path in GENERATED:
        return
    for name in sorted(set(re.findall(r"\b(?:uvn|UVN)_\w+", text))):
        if where.get(name, path)[:-2] != path[:-2]:  # its own header's are its own
            yield where[name], f"uses {name}"


def main():
    top = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "kmod")
    sources = read(top)
    where = definitions(sources)
    graph = {path: set() for path in sources}
    bad = 0
    for path in sorted(sources):
        for target, what in uses(path, sources[path], sources, where):
            graph[path].add(target)
            if floor(target) > floor(path) and path not in STATE:
                print(f"kmod/{path} {what} of a floor above it (kmod/{target})")
                bad += 1
    around = sorted(path for circle in circles(graph) for path in circle)
    for path in around:
        print(f"kmod/{path} is in a circle")
    print(f"{len(sources)} files, {bad} uses of a floor above, "
          f"{len(around)} files in circles")
    return 1 if bad or around else 0


if __name__ == "__main__":
    sys.exit(main())
