# SPDX-License-Identifier: GPL-2.0
"""What a user's programs learn of addresses and devices, and what comes of naming them."""
import array
import contextlib
import ctypes
import fcntl
import os
import socket
import struct

from transparent_actor import (IP_UNICAST_IF, IPV6_UNICAST_IF, SO_BINDTOIFINDEX, UIDS,
                               name_of, prepare, said, task, together)
from transparent_firewall import CLOSED, EM, IB, LOCAL, OUTSIDE, OWN, SYSTEM

SIOCGIFCONF = 0x8912


@task
def link_local(device):
    """The device's own, by the kernel's list."""
    with open("/proc/net/if_inet6", encoding="ascii") as file:
        for line in file:
            address, _, _, _, _, name = line.split()
            if name == device and address.startswith("fe80"):
                return socket.inet_ntop(socket.AF_INET6, bytes.fromhex(address))
    return "none"


#
# My address, and which interfaces there are
#

def addresses(stage):
    stage.actor["alice1"].ask("serve", "advertised", ("tcp", "0.0.0.0", 8300, {}),
                              ("tcp", "::", 8300, {}))
    for family in (4, 6):
        for what, to in (("off the subnets", OUTSIDE[family]), ("at localhost", LOCAL[family]),
                         ("on this node", EM[family][0]), ("on the other node", EM[family][1]),
                         ("on the other node's ib0", IB[family][1])):
            mine = together(*((stage.actor[who], "my_address", to)
                              for who in ("alice1", "bob1", "root1")))
            for who, address in zip(("alice1", "bob1", "root1"), mine):
                stage.row(f"my address: IPv{family}, towards one {what}: {who}", address)
            if what == "off the subnets":
                advertised = mine[0]
                heard = together(*((stage.actor[who], "converse",
                                    [("tcp", advertised, 8300, [])], stage.patience)
                                   for who in ("alice1", "alice2")))
                for who, word in zip(("alice1", "alice2"), heard):
                    stage.row(f"my address: IPv{family}, {who} asks alice at what she learned",
                              word[0])
    stage.actor["alice1"].ask("serve_no_more", "advertised")


class Ifaddrs(ctypes.Structure):
    pass


Ifaddrs._fields_ = [("next", ctypes.POINTER(Ifaddrs)), ("name", ctypes.c_char_p),
                    ("flags", ctypes.c_uint), ("addr", ctypes.POINTER(ctypes.c_ubyte)),
                    ("netmask", ctypes.POINTER(ctypes.c_ubyte))]


@task
def getifaddrs():
    libc = ctypes.CDLL(None, use_errno=True)
    head = ctypes.POINTER(Ifaddrs)()
    if libc.getifaddrs(ctypes.byref(head)):
        raise OSError(ctypes.get_errno(), "getifaddrs")
    lines, at = [], head
    while at:
        one, address = at.contents, "-"
        if one.addr:
            family = one.addr[0] | one.addr[1] << 8
            if family == socket.AF_INET:
                address = socket.inet_ntop(family, bytes(one.addr[4:8]))
            elif family == socket.AF_INET6:
                address = socket.inet_ntop(family, bytes(one.addr[8:24]))
        lines.append(f"{one.name.decode()}={address}")
        at = one.next
    libc.freeifaddrs(head)
    return " ".join(lines)


@task
def gifconf():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        room = array.array("B", bytes(40 * 256))
        where, _ = room.buffer_info()
        size, _ = struct.unpack("iL", fcntl.ioctl(sock, SIOCGIFCONF,
                                                  struct.pack("iL", len(room), where)))
    some = room.tobytes()[:size]
    return " ".join(some[i:i + 16].split(b"\0")[0].decode() + "=" +
                    socket.inet_ntoa(some[i + 20:i + 24]) for i in range(0, size, 40))


@task
def names():
    with open("/proc/net/dev", encoding="ascii") as file:
        proc = [line.split(":")[0].strip() for line in file if ":" in line]
    return " ".join(proc), " ".join(sorted(os.listdir("/sys/class/net"))), \
        " ".join(name for _, name in socket.if_nameindex())


def interfaces(stage):
    """Briefly; the suite view has what there is of lists."""
    for who in ("alice1", "bob1"):
        actor = stage.actor[who]
        stage.row(f"interfaces: getifaddrs: {who}", actor.ask("getifaddrs"))
        stage.row(f"interfaces: SIOCGIFCONF: {who}", actor.ask("gifconf"))
        for what, value in zip(("/proc/net/dev", "/sys/class/net", "if_nameindex"),
                               actor.ask("names")):
            stage.row(f"interfaces: {what}: {who}", value)


#
# Naming a device
#

def ways(family, scoped):
    """How a program may name one: what it is called, and the options."""
    yield "no device", []
    for device in ("em1", "lo", "ib0"):
        yield f"SO_BINDTODEVICE {device}", [("device", device)]
        yield f"IP{'V6' * (family == 6)}_UNICAST_IF {device}", [("unicast", device)]
        yield f"IP{'V6' * (family == 6)}_PKTINFO {device}", [("info", (device, ""))]
    for what, address in (("em1", EM[family][0]), ("ib0", IB[family][0]),
                          ("lo", LOCAL[family])):
        yield f"PKTINFO from the address of {what}", [("info", ("", address))]
        yield f"bind() to the address of {what}", [("bind", (address, 0))]
    if scoped:
        yield "bind() to the link-local address", [("bind", (f"{scoped}%em1", 0))]


def naming(stage):
    """By every way to every place, own servers and services; and others' servers, never."""
    ll = [stage.actor[who].ask("link_local", "em1") for who in ("root1", "root2")]
    for family in (4, 6):
        here, there = EM[family]
        places = {"": [LOCAL[family], here, there, IB[family][1]]}
        if family == 6:
            places[", to link-local addresses"] = [f"{ll[1]}%em1", f"{ll[0]}%em1"]
        for way, options in ways(family, ll[0] if family == 6 else ""):
            # Who does not connect hears of no error, and TCP has no such option.
            informed = options and options[0][0] == "info"
            protocols = ["udp"] if informed else ["tcp", "udp"]
            for where, some in places.items():
                name = f"IPv{family}, {way}{where}"
                for what, port in (("the own server", OWN), ("a service", SYSTEM)):
                    stage.later(f"naming: {name}: {what}", "alice1",
                                [(p, a, port, options) for a in some for p in protocols],
                                "least")
                if not informed:
                    stage.later(f"naming: {name}: closed ports", "alice1",
                                [("udp", a, CLOSED, options) for a in some], "least")
                # Bob asks for alice's, which without uvn anybody may.
                stage.never(f"naming: {name}: another user's server", "bob1",
                            [(p, a, OWN, options) for a in some for p in protocols],
                            "alice")
    stage.now()


def serving(stage):
    """A user's servers that are of a device, or of a link-local address."""
    ll = [stage.actor[who].ask("link_local", "em1") for who in ("root1", "root2")]
    port = 8400
    for where, listener in (
            ("SO_BINDTODEVICE em1", ("0.0.0.0", {"device": "em1"})),
            ("SO_BINDTODEVICE lo", ("0.0.0.0", {"device": "lo"})),
            ("SO_BINDTODEVICE em1, IPv6", ("::", {"device": "em1"})),
            ("SO_BINDTODEVICE lo, IPv6", ("::", {"device": "lo"})),
            ("the link-local address", (f"{ll[0]}%em1", {})),
            ("the address of em1", (EM[4][0], {})),
            ("IP_PKTINFO, answers by the index", ("0.0.0.0", {"index": 1})),
            ("IP_PKTINFO, answers from the address", ("0.0.0.0", {"source": 1})),
            ("IPV6_PKTINFO, answers by the index", ("::", {"index": 1})),
            ("those that came by em1 or lo", ("0.0.0.0", {"only": ("em1", "lo")}))):
        port += 1
        address, how = listener
        started = stage.actor["alice1"].ask("serve", f"device{port}",
                                            *((p, address, port, {"tell": 1, **how})
                                              for p in ("tcp", "udp")))
        stage.row(f"serving: {where}", started)
        family = 6 if ":" in address else 4
        flows = [(p, a, port, []) for a in (EM[family][0], IB[family][0])
                 for p in ("tcp", "udp")]
        linked = [(p, f"{ll[0]}%em1", port, []) for p in ("tcp", "udp") if family == 6]
        for who in ("alice2", "alice1"):
            if linked:
                stage.later(f"serving: {where}: the link-local address: {who}", who, linked)
        stage.later(f"serving: {where}: on another node", "alice2", flows)
        stage.never(f"serving: {where}: another user", "bob2", flows + linked,
                    f"device{port}")
        flows = flows + [(p, LOCAL[family], port, []) for p in ("tcp", "udp")]
        stage.later(f"serving: {where}: on the node", "alice1", flows)
        stage.never(f"serving: {where}: another user on the node", "bob1", flows + linked,
                    f"device{port}")
    stage.now()
    for n in range(8401, port + 1):
        stage.close("alice1", f"device{n}")


#
# What programs are told of what they have named
#

@task
def named(six):
    """Options that name a device, on one socket after the other, and what becomes of it."""
    level = socket.IPPROTO_IPV6 if six else socket.IPPROTO_IP
    unicast = IPV6_UNICAST_IF if six else IP_UNICAST_IF
    words = []

    def told(sock, option, order):
        return name_of(struct.unpack(order, sock.getsockopt(level, option, 4))[0])

    def step(text, function, *args):
        try:
            words.append(f"{text}: {function(*args) or 'done'}")
        except OSError as error:
            words.append(f"{text}: {said(error)}")

    for bound in ("", "ib0"):
        with socket.socket(socket.AF_INET6 if six else socket.AF_INET,
                           socket.SOCK_DGRAM) as sock:
            if bound:
                step("bind", prepare, sock, six, [("device", bound)])
                step("bind again", prepare, sock, six, [("device", bound)])
                step("bind to em1", prepare, sock, six, [("device", "em1")])
            for device in ("em1", "ib0"):
                step(f"multicast {device}", prepare, sock, six, [("cast", device)])
                step(f"unicast {device}", prepare, sock, six, [("unicast", device)])
                if six:
                    step(f"always {device}", prepare, sock, six, [("always", device)])
            step("unicast is", told, sock, unicast, "!I")
            if six:
                step("multicast is", told, sock, socket.IPV6_MULTICAST_IF, "=I")
            else:
                step("multicast by em1's address", prepare, sock, six, [("cast", EM[4][0])])
                step("multicast is", lambda: socket.inet_ntoa(
                    sock.getsockopt(level, socket.IP_MULTICAST_IF, 4)))
    return words


def bound_to(sock, size=16):
    """By SO_BINDTODEVICE, and by SO_BINDTOIFINDEX."""
    try:
        name = sock.getsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, size)
        name = f"{name.rstrip(bytes(1)).decode() or 'none'} ({len(name)} bytes)"
    except OSError as error:
        name = said(error)
    return name, name_of(sock.getsockopt(socket.SOL_SOCKET, SO_BINDTOIFINDEX))


@task
def bound(six):
    """Which device sockets are told to be bound to, and those that they accept."""
    family, local = (socket.AF_INET6 if six else socket.AF_INET), LOCAL[6 if six else 4]
    words = {}
    for device in ("no device", "em1", "lo"):
        options = [] if device == "no device" else [("device", device)]
        for kind, type_ in (("TCP", socket.SOCK_STREAM), ("UDP", socket.SOCK_DGRAM)):
            with socket.socket(family, type_) as sock:
                prepare(sock, six, options)
                words[f"{kind}, {device}"] = bound_to(sock)
                words[f"{kind}, {device}, little room"] = bound_to(sock, 4)
        with socket.socket(family, socket.SOCK_DGRAM) as sock:
            prepare(sock, six, options)
            with contextlib.suppress(OSError):
                sock.connect((local, 9))
            ctypes.CDLL(None).connect(sock.fileno(), bytes(16), 16)
            words[f"UDP, {device}, disconnected"] = bound_to(sock)
        if device == "em1":
            continue
        with socket.socket(family) as listener, socket.socket(family) as client:
            prepare(listener, six, options)
            listener.bind((local, 0))
            listener.listen()
            client.connect(listener.getsockname()[:2])
            with listener.accept()[0] as accepted:
                words[f"accepted, {device}"] = bound_to(accepted)
    return words


def in_child(uid, function):
    """What a function says in a process of a user's."""
    there, here = os.pipe()
    pid = os.fork()
    if not pid:
        os.setresgid(uid, uid, uid)
        os.setresuid(uid, uid, uid)
        os.write(here, function().encode())
        os._exit(0)
    os.close(here)
    with open(there, "rb") as file:
        word = file.read().decode()
    os.waitpid(pid, 0)
    return word


@task
def bound_of_service(uid):
    """What a user's program is told of a socket that a service has accepted for it."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()

        def ask():
            with socket.create_connection(listener.getsockname()):
                return "done"

        in_child(uid, ask)
        with listener.accept()[0] as accepted:
            return in_child(uid, lambda: bound_to(accepted)[0])


def options(stage):
    for family in (4, 6):
        for n, word in enumerate(stage.actor["alice1"].ask("named", family == 6)):
            stage.row(f"options: IPv{family}, step {n}", word)
        for what, (name, index) in stage.actor["alice1"].ask("bound", family == 6).items():
            stage.row(f"options: IPv{family}, SO_BINDTODEVICE is: {what}", name)
            stage.row(f"options: IPv{family}, SO_BINDTOIFINDEX is: {what}", index)
    stage.row("options: SO_BINDTODEVICE of a service's socket in a user's hands",
              stage.actor["root1"].ask("bound_of_service", UIDS["alice"]))
