#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""Count the files that are in circles: each of them needs one that needs it.

usage: circles.py DIR...

Reads the symbols of all objects (*.o) under DIR with nm, so that a variable and
the address of a function count like a call. Prints each circle, and the number
of files in circles last; exits with 1 unless that is 0.
"""

import pathlib
import subprocess
import sys


def symbols(path):
    """The global symbols that an object defines, and those that it needs."""
    defined, needed = set(), set()
    out = subprocess.run(["nm", "-g", path], check=True, text=True,
                         capture_output=True).stdout
    for line in out.splitlines():
        *_, kind, name = line.split()
        (needed if kind == "U" else defined).add(name)
    return defined, needed


def reached(needs, start):
    """All that an object needs, and what that needs, and so on."""
    seen, left = set(), [start]
    while left:
        for other in needs[left.pop()] - seen:
            seen.add(other)
            left.append(other)
    return seen


def circles(needs):
    """The circles of a graph, each as a sorted list."""
    reach = {node: reached(needs, node) for node in needs}
    found, told = [], set()
    for node in needs:
        if node in reach[node] and node not in told:
            circle = sorted(n for n in reach[node] if node in reach[n])
            told.update(circle)
            found.append(circle)
    return found


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__.split("\n\n")[1])
    tables = {str(p): symbols(p) for d in sys.argv[1:]
              for p in sorted(pathlib.Path(d).rglob("*.o"))}
    if not tables:
        sys.exit("circles.py: no objects: build first")
    owner = {name: path for path, (defined, _) in tables.items()
             for name in defined}
    needs = {path: {owner[n] for n in needed if n in owner} - {path}
             for path, (_, needed) in tables.items()}
    found = circles(needs)
    for circle in found:
        print("circle:")
        for one in circle:
            inside = sorted(needs[one] & set(circle))
            print(f"  {one} needs {', '.join(inside)}")
    count = sum(map(len, found))
    print(f"{count} files in circles")
    sys.exit(1 if count else 0)


if __name__ == "__main__":
    main()
