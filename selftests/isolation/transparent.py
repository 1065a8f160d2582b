# SPDX-License-Identifier: GPL-2.0
"""What users, services and netfilter see on two nodes, a line a row; transparent.sh
runs it without uvn and with it, and compares.

	transparent.py SEED [SUBJECT...]

Namespaces are nNODE-SEED, as lib.sh makes them, and nrouter-SEED and nbox-SEED.
A line has, between tabs, what it is, its subject, its name, and what came of it. It is
"row", which must be the same; "least", where every answer must be the same, and what
had none may have one; "must", with what must come of it as the last, where without uvn
something else may; or "note".
"""
import os
import sys
import time

import transparent_cast
import transparent_daemon
import transparent_device
import transparent_firewall
import transparent_service
from transparent_actor import UIDS, Actor, patience, together
from transparent_firewall import OTHERS, OUTSIDE, OWN, SYSTEM

SUBJECTS = {
    "firewall": transparent_firewall.firewalls,
    "view": transparent_firewall.counted,
    "tuples": transparent_firewall.same_tuples,
    "addresses": transparent_device.addresses,
    "interfaces": transparent_device.interfaces,
    "naming": transparent_device.naming,
    "serving": transparent_device.serving,
    "options": transparent_device.options,
    "service": transparent_service.by_device,
    "dnsmasq": transparent_service.names_served,
    "daemons": transparent_daemon.daemons,
    "container": transparent_service.container,
    "casting": transparent_cast.casting,
    "memberships": transparent_cast.memberships,
}


class Stage:
    """The actors, and the rows."""

    def __init__(self, seed):
        self.patience = patience
        self.actor = {f"{who}{n}": Actor(f"/run/netns/n{n}-{seed}", uid)
                      for who, uid in UIDS.items() for n in (1, 2)}
        self.actor["router"] = Actor(f"/run/netns/nrouter-{seed}", 0)
        self.actor["box"] = Actor(f"/run/netns/nbox-{seed}", 0)
        self.roots = self.actor["root1"], self.actor["root2"]
        self.subject, self.waiting = "", []

    def emit(self, kind, name, *values):
        print(kind, self.subject, name, *values, sep="\t", flush=True)

    def row(self, name, value):
        self.emit("row", name, value)

    def must(self, name, value, wanted):
        self.emit("must", name, value, wanted)

    def note(self, text):
        self.emit("note", text.replace("\n", " "))

    def later(self, name, who, flows, kind="row"):
        """A row, asked with all that wait for now()."""
        self.waiting.append((name, who, flows, kind))

    def never(self, name, who, flows, text):
        """The same, and no answer may have the text."""
        self.waiting.append((name, who, flows, ("must", text)))

    def now(self):
        people = sorted({who for _, who, _, _ in self.waiting})
        heard = dict(zip(people, together(*(
            (self.actor[who], "converse",
             [flow for _, whose, flows, _ in self.waiting if whose == who for flow in flows],
             self.patience) for who in people))))
        for name, who, flows, kind in self.waiting:
            words, heard[who] = heard[who][:len(flows)], heard[who][len(flows):]
            if kind[0] == "must":
                self.must(name, ", ".join(word for word in words if kind[1] in word) or "none",
                          "none")
            else:
                self.emit(kind, name, ", ".join(words))
        self.waiting = []

    def close(self, who, name):
        self.actor[who].ask("serve_no_more", name)

    def await_port(self, who, address, port):
        for _ in range(100):
            if self.actor[who].ask("converse", [("tcp", address, port, [])], 0.05) != \
                    ["ECONNREFUSED"]:
                return
            time.sleep(0.05)


def main():
    seed, *subjects = sys.argv[1:]
    stage = Stage(seed)
    for n in (1, 2):
        for who, port in (("alice", OWN), ("bob", OTHERS), ("root", SYSTEM)):
            said = stage.actor[f"{who}{n}"].ask(
                "serve", who, *((p, a, port, {}) for p in ("tcp", "udp")
                                for a in ("0.0.0.0", "::")))
            if said != "serves":
                stage.note(f"{who} on node {n}: {said}")
    stage.actor["router"].ask("serve", "outside", *((p, a, SYSTEM, {}) for p in ("tcp", "udp")
                                                    for a in OUTSIDE.values()))
    # What is asked for the first time may have to wait for neighbours, and a network.
    together(*((actor, "converse", [("udp", a, SYSTEM, []) for a in
                                    ("192.168.80.1", "192.168.80.2", "192.168.40.1",
                                     "192.168.40.2", "2001:db8:80::1", "2001:db8:80::2",
                                     "2001:db8:40::1", "2001:db8:40::2", *OUTSIDE.values())])
               for who, actor in stage.actor.items() if who != "box"))
    if os.environ.get("UVN_SHORT"):
        del SUBJECTS["daemons"]     # they take minutes to start
    for subject in subjects or SUBJECTS:
        start = time.monotonic()
        stage.subject = subject
        SUBJECTS[subject](stage)
        stage.note(f"{time.monotonic() - start:.1f} s")


main()
