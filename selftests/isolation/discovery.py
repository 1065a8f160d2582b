# SPDX-License-Identifier: GPL-2.0
"""Programs that look for others of their kind by multicast and broadcast, as DDS, mDNS
and others do it; discovery.sh runs them on each node.

	discovery.py SEED NODES own|all WHO...

Each of WHO has one on each node, on the same groups and ports, all at the same time.
It calls for others, hears who calls, and answers those by unicast, until each has found
its own, or all, and then once more. Prints whom they have heard, who has answered if those
are others, and of each node if nodes differ; a line has, between tabs, way, WHO, names.
"""
import select
import socket
import struct
import sys
import time

from transparent_actor import Actor, index_of, kept, patience, said, task, together

UIDS = {"alice": 1234, "bob": 9876, "root": 0}
ROUNDS = 100    # at most
EM, IB = "192.168.80.", "192.168.40."

# (WAY, TO, PORT, HOW): by HOW the group is joined and sent to.
WAYS = (
    # RTPS's SPDP in domain 0, which goes by each of the node's addresses.
    ("DDS", "239.255.0.1", 7400, ("addresses",)),
    ("mDNS", "224.0.0.251", 5353, ("any",)),
    ("a group of the site, by address", "239.1.2.3", 7500, ("address",)),
    ("a group of the site, by index", "239.1.2.4", 7501, ("index",)),
    ("255.255.255.255", "255.255.255.255", 7600, ()),
    ("the subnet's broadcast", "192.168.87.255", 7601, ()),
)


def members(how, node):
    """What names the device to a group: a struct ip_mreqn without the group, each."""
    for one in how:
        if one == "addresses":
            yield from (struct.pack("=4si", socket.inet_aton(net + str(node)), 0)
                        for net in (EM, IB))
        elif one == "address":
            yield struct.pack("=4si", socket.inet_aton(EM + str(node)), 0)
        elif one == "index":
            yield struct.pack("=4si", b"", index_of("em1"))
        else:
            yield struct.pack("=4si", b"", 0)


def datagrams():
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    sock.setblocking(False)
    return sock


class Way:
    """One way to find others, of one program."""

    def __init__(self, name, node, to, port, how):
        self.name, self.to = name, (to, port)
        self.how = list(members(how, node))
        self.ear, self.mouth = datagrams(), datagrams()
        self.ear.bind(("0.0.0.0", port))
        self.mouth.bind(("0.0.0.0", 0))
        # Where it wants the answers.
        self.text = f"{name} {EM}{node} {self.mouth.getsockname()[1]}".encode()
        self.mouth.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
        self.mouth.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_TTL, 255)
        for member in self.how:
            self.ear.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP,
                                socket.inet_aton(to) + member)
        self.heard, self.answered = set(), set()

    def call(self):
        for member in self.how or [b""]:
            if member:
                self.mouth.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF,
                                      bytes(4) + member)
            self.mouth.sendto(self.text, self.to)

    def read(self, sock):
        text, source = sock.recvfrom(2048)
        name, *where = text.decode().split()
        if source[0] not in (EM + name[-1], IB + name[-1]):
            name += f" from {source[0]}"
        (self.heard if sock is self.ear else self.answered).add(name)
        if where:
            # As the caller says, not from where it came.
            self.mouth.sendto(self.name.encode(), (where[0], int(where[1])))


@task
def open_ways(name, node):
    """All of them; what could not be had is told."""
    errors = {}
    for way, *what in WAYS:
        try:
            kept.setdefault("ways", {})[way] = Way(f"{name}{node}", node, *what)
        except OSError as error:
            errors[way] = said(error)
    return errors


@task
def look_around(wait):
    """Call, hear and answer for a while; {WAY: (heard, answered, error)} until now."""
    ways, errors = kept["ways"], {}
    poll = select.poll()
    ears = {}
    for what, way in ways.items():
        try:
            way.call()
        except OSError as error:
            errors[what] = said(error)
        for sock in (way.ear, way.mouth):
            ears[sock.fileno()] = what, way, sock
            poll.register(sock.fileno(), select.POLLIN)
    end = time.monotonic() + wait
    while (left := end - time.monotonic()) > 0:
        for fd, _ in poll.poll(left * 1000):
            what, way, sock = ears[fd]
            try:
                way.read(sock)
            except OSError as error:
                errors[what] = said(error)
    return {what: (way.heard, way.answered, errors.get(what)) for what, way in ways.items()}


def words(heard, answered, error):
    text = " ".join(sorted(heard)) or "nobody"
    if answered != heard:
        text += ", answered " + (" ".join(sorted(answered)) or "nobody")
    return f"{text}, {error}" if error else text


def main():
    seed, nodes, whom, *people = sys.argv[1:]
    numbers = range(1, int(nodes) + 1)
    actors = {(who, n): Actor(f"/run/netns/n{n}-{seed}", UIDS[who])
              for who in people for n in numbers}
    names = {who: {f"{other}{n}" for n in numbers
                   for other in (people if whom == "all" else [who])} for who in people}
    errors = dict(zip(actors, together(*((actor, "open_ways", who, n)
                                         for (who, n), actor in actors.items()))))
    last = False
    for _ in range(ROUNDS):
        found = dict(zip(actors, together(*((actor, "look_around", patience)
                                            for actor in actors.values()))))
        if last:
            break
        last = all(names[who] <= heard and names[who] <= answered
                   for (who, _), ways in found.items() for heard, answered, _ in ways.values())
    for way, *_ in WAYS:
        for who in people:
            each = [errors[who, n].get(way) or words(*found[who, n][way]) for n in numbers]
            print(way, who, each[0] if len(set(each)) == 1 else "; ".join(
                f"node {n}: {text}" for n, text in zip(numbers, each)), sep="\t")


main()
