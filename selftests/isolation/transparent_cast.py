# SPDX-License-Identifier: GPL-2.0
"""Multicast and broadcast: who of a user's hears it, and that nobody else does."""
import select
import socket
import struct
import time

from transparent_actor import (IP_MULTICAST_ALL, IPV6_MULTICAST_ALL, index_of, is6, kept,
                               prepare, said, sockaddr, task, together)

GROUP = {4: "239.1.1.1", 6: "ff05::77"}
MDNS = {4: "224.0.0.251", 6: "ff02::fb"}
PORT = 8500
HOSTS = {1: ("192.168.80.1", "192.168.40.1"), 2: ("192.168.80.2", "192.168.40.2")}


@task
def listen(ears):
    """Sockets that join as told: (NAME, GROUP, HOW, VALUE). Errors, by name."""
    errors = {}
    for name, group, how, value in ears:
        six = is6(group)
        sock = socket.socket(socket.AF_INET6 if six else socket.AF_INET, socket.SOCK_DGRAM)
        sock.setblocking(False)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            if six:
                sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
                sock.setsockopt(socket.IPPROTO_IPV6, IPV6_MULTICAST_ALL, 0)
                sock.bind(("::", PORT))
                sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_JOIN_GROUP,
                                socket.inet_pton(socket.AF_INET6, group) +
                                struct.pack("@I", index_of(value)))
            else:
                sock.setsockopt(socket.IPPROTO_IP, IP_MULTICAST_ALL, 0)
                sock.bind(("0.0.0.0" if how != "broadcast" else value, PORT))
                group = socket.inet_aton(group)
                if how == "address":
                    sock.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP,
                                    group + socket.inet_aton(value))
                elif how == "device":
                    sock.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP,
                                    struct.pack("=4s4si", group, b"", index_of(value)))
            kept.setdefault("ears", {})[name] = sock
        except OSError as error:
            errors[name] = said(error)
            sock.close()
    return errors


@task
def cast(sends):
    """(TEXT, ADDRESS, OPTIONS) each; what became of it."""
    words = []
    for text, address, options in sends:
        six = is6(address)
        with socket.socket(socket.AF_INET6 if six else socket.AF_INET,
                           socket.SOCK_DGRAM) as sock:
            try:
                beside = prepare(sock, six, options)
                to = sockaddr(address, PORT)
                if beside:
                    sock.sendmsg([text.encode()], beside, 0, to)
                else:
                    sock.sendto(text.encode(), to)
                words.append("sent")
            except OSError as error:
                words.append(said(error))
    return words


@task
def heard(wait):
    """{TEXT: {ear: from whom}} once nothing has come for so long; then all is closed."""
    ears = kept.pop("ears", {})
    poll = select.poll()
    names = {}
    for name, sock in ears.items():
        names[sock.fileno()] = name, sock
        poll.register(sock.fileno(), select.POLLIN)
    got = {}
    end = time.monotonic() + wait
    while (left := end - time.monotonic()) > 0:
        for fd, _ in poll.poll(left * 1000):
            end = time.monotonic() + wait
            name, sock = names[fd]
            text, address = sock.recvfrom(2048)
            got.setdefault(text.decode(), {})[name] = address[0]
    for sock in ears.values():
        sock.close()
    return got


# The ears that have joined a group and named no device.
UNNAMED = ("4 no device", "4 mDNS")


def joins(node):
    """All ways to join."""
    em, ib = HOSTS[node]
    yield "4 em1's address", GROUP[4], "address", em
    yield "4 ib0's address", GROUP[4], "address", ib
    yield "4 no device", GROUP[4], "address", "0.0.0.0"
    yield "4 em1", GROUP[4], "device", "em1"
    yield "4 ib0", GROUP[4], "device", "ib0"
    yield "4 mDNS", MDNS[4], "address", "0.0.0.0"
    yield "4 mDNS by em1", MDNS[4], "device", "em1"
    yield "6 no device", GROUP[6], "device", ""
    yield "6 em1", GROUP[6], "device", "em1"
    yield "6 ib0", GROUP[6], "device", "ib0"
    yield "6 mDNS by em1", MDNS[6], "device", "em1"
    yield "any address", "0.0.0.0", "broadcast", "0.0.0.0"
    yield "255.255.255.255", "0.0.0.0", "broadcast", "255.255.255.255"


def sends():
    """All ways to send."""
    for way, options in (
            ("no device", []),
            ("IP_MULTICAST_IF em1's address", [("cast", HOSTS[1][0])]),
            ("IP_MULTICAST_IF ib0's address", [("cast", HOSTS[1][1])]),
            ("IP_MULTICAST_IF 127.0.0.1", [("cast", "127.0.0.1")]),
            ("IP_MULTICAST_IF em1", [("cast", "em1")]),
            ("IP_MULTICAST_IF ib0", [("cast", "ib0")]),
            ("SO_BINDTODEVICE em1", [("device", "em1")]),
            ("SO_BINDTODEVICE lo", [("device", "lo")]),
            ("bind() to em1's address", [("bind", (HOSTS[1][0], 0))]),
            ("IP_PKTINFO em1", [("info", ("em1", ""))]),
            ("IP_PKTINFO em1's address", [("info", ("", HOSTS[1][0]))]),
            ("SO_BINDTODEVICE ib0", [("device", "ib0")]),
            ("IP_PKTINFO ib0", [("info", ("ib0", ""))])):
        yield f"group, {way}", GROUP[4], options
    for way, options in (
            ("no device", []),
            ("IPV6_MULTICAST_IF em1", [("cast", "em1")]),
            ("IPV6_MULTICAST_IF ib0", [("cast", "ib0")]),
            ("SO_BINDTODEVICE em1", [("device", "em1")]),
            ("IPV6_PKTINFO em1", [("info", ("em1", ""))]),
            ("SO_BINDTODEVICE ib0", [("device", "ib0")]),
            ("IPV6_PKTINFO ib0", [("info", ("ib0", ""))]),
            ("IPV6_PKTINFO ib0, an option", [("always", "ib0")])):
        yield f"group6, {way}", GROUP[6], options
    yield "group6, scope em1", GROUP[6] + "%em1", []
    yield "mDNS, no device", MDNS[4], []
    yield "mDNS, IP_MULTICAST_IF em1", MDNS[4], [("cast", "em1")]
    yield "mDNS6, scope em1", MDNS[6] + "%em1", []
    yield "mDNS6, IPV6_MULTICAST_IF em1", MDNS[6], [("cast", "em1")]
    for to in ("255.255.255.255", "192.168.87.255"):
        for way, options in (("no device", []), ("SO_BINDTODEVICE em1", [("device", "em1")]),
                             ("IP_UNICAST_IF em1", [("unicast", "em1")]),
                             ("SO_BINDTODEVICE ib0", [("device", "ib0")]),
                             ("IP_UNICAST_IF ib0", [("unicast", "ib0")]),
                             ("bind() to em1's address", [("bind", (HOSTS[1][0], 0))])):
            yield f"{to}, {way}", to, [("broadcast", 1), *options]


def casting(stage):
    """Alice on node 1 sends, then root; everybody listens on both nodes."""
    people = [f"{who}{n}" for who in ("alice", "bob", "root") for n in (1, 2)]
    for sender in ("alice1", "root1"):
        errors = together(*((stage.actor[who], "listen", list(joins(int(who[-1]))))
                            for who in people))
        if sender == "alice1":
            for who, some in zip(people, errors):
                stage.row(f"joining: {who}", str(some or "all"))
        some = list(sends())
        words = stage.actor[sender].ask("cast", some)
        got = dict(zip(people, together(*((stage.actor[who], "heard", stage.patience)
                                          for who in people))))
        for (text, *_), word in zip(some, words):
            stage.row(f"casting: {sender} to {text}", word)
            for who in people:
                ears = got[who].get(text, {})
                if who[:-1] == sender[:-1]:
                    for how, some in (("hears", lambda ear: ear not in UNNAMED),
                                      ("hears by no device", lambda ear: ear in UNNAMED)):
                        stage.row(f"casting: {sender} to {text}: {who} {how}", "; ".join(
                            f"{ear} from {source}" for ear, source in sorted(ears.items())
                            if some(ear)) or "nothing")
                elif sender == "alice1":
                    stage.must(f"casting: {sender} to {text}: {who} hears",
                               ", ".join(sorted(ears)) or "nothing", "nothing")


#
# One socket, and what it joins and leaves
#

@task
def member(steps, six=False, name="one"):
    """IP_MULTICAST_ALL stays on. (joins or leaves, VALUE) each; what becomes of it."""
    sock = kept.setdefault("ears", {}).get(name)
    if not sock:
        sock = socket.socket(socket.AF_INET6 if six else socket.AF_INET, socket.SOCK_DGRAM)
        sock.setblocking(False)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind(("::" if six else "0.0.0.0", PORT))
        kept["ears"][name] = sock
    words = []
    for what, value in steps:
        try:
            if six:
                option = (socket.IPV6_JOIN_GROUP if what == "joins" else
                          socket.IPV6_LEAVE_GROUP)
                sock.setsockopt(socket.IPPROTO_IPV6, option,
                                socket.inet_pton(socket.AF_INET6, GROUP[6]) +
                                struct.pack("@I", index_of(value)))
            else:
                option = (socket.IP_ADD_MEMBERSHIP if what == "joins" else
                          socket.IP_DROP_MEMBERSHIP)
                group = socket.inet_aton(GROUP[4])
                sock.setsockopt(socket.IPPROTO_IP, option,
                                group + socket.inet_aton(value) if value[:1].isdigit() else
                                struct.pack("=4s4si", group, b"", index_of(value)))
            words.append("done")
        except OSError as error:
            words.append(said(error))
    return words


@task
def heard_so_far(wait):
    """From whom, once nothing has come for so long."""
    sock, got = kept["ears"]["one"], []
    poll = select.poll()
    poll.register(sock.fileno(), select.POLLIN)
    while poll.poll(wait * 1000):
        got.append(sock.recvfrom(2048)[1][0])
    return ", ".join(sorted(got)) or "nothing"


def memberships6(stage):
    """The same of IPv6, by whose rules one socket hears what another has joined."""
    sends = [("x", GROUP[6], [("cast", device)]) for device in ("em1", "ib0")]

    def step(name, steps, ear="one"):
        stage.row(name, ", ".join(stage.actor["alice2"].ask("member", steps, True, ear)))
        stage.actor["alice1"].ask("cast", sends)
        stage.row(f"{name}: hears", stage.actor["alice2"].ask("heard_so_far", stage.patience))

    for n, steps in enumerate((
            [("joins", "em1")], [("joins", "em1")], [("joins", "ib0")], [("leaves", "em1")],
            [("leaves", "em1")], [("joins", "")], [("leaves", "ib0")], [("joins", "em1")])):
        step(f"membership: IPv6, step {n}: alice2 " + ", ".join(
            f"{what} {value or 'nowhere'}" for what, value in steps), steps)
    step("membership: IPv6: another socket of alice2's joins ib0", [("joins", "ib0")], "two")
    stage.actor["alice2"].ask("heard", 0)
    stage.actor["bob2"].ask("member", [("joins", "em1"), ("joins", "ib0")], True)
    stage.actor["alice1"].ask("cast", sends)
    stage.must("membership: IPv6: bob2 joins em1 and ib0: hears alice",
               stage.actor["bob2"].ask("heard_so_far", stage.patience), "nothing")
    stage.actor["bob2"].ask("heard", 0)


def memberships(stage):
    """Alice on node 2 listens with one socket, on node 1 she sends by each device."""
    em, ib = HOSTS[2]
    sends = [("x", GROUP[4], [("cast", device)]) for device in ("em1", "ib0")]
    for n, steps in enumerate((
            [("joins", "em1")], [("joins", "em1")], [("joins", ib)], [("joins", "ib0")],
            [("leaves", em)], [("leaves", "em1")], [("joins", "lo")], [("leaves", "ib0")],
            [("joins", em), ("leaves", "lo"), ("leaves", "em1")], [("leaves", "em1")])):
        name = f"membership: step {n}: alice2 " + ", ".join(
            f"{what} {value}" for what, value in steps)
        stage.row(name, ", ".join(stage.actor["alice2"].ask("member", steps)))
        stage.actor["alice1"].ask("cast", sends)
        stage.row(f"{name}: hears", stage.actor["alice2"].ask("heard_so_far", stage.patience))
    stage.actor["alice2"].ask("heard", 0)
    # Bob listens likewise in her place, as without uvn they have one port between them.
    stage.actor["bob2"].ask("member", [("joins", "em1"), ("joins", "ib0")])
    stage.actor["alice1"].ask("cast", sends)
    stage.must("membership: bob2 joins em1 and ib0: hears alice",
               stage.actor["bob2"].ask("heard_so_far", stage.patience), "nothing")
    stage.actor["bob2"].ask("heard", 0)
    memberships6(stage)
