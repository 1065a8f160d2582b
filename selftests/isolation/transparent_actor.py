# SPDX-License-Identifier: GPL-2.0
"""Processes in the nodes' namespaces, as root or as a user, which do what they are told.

A process of Python's takes a guest a second to start, and so there is one for each
node and user, which lasts. Functions that are marked with @task run there.
"""
import ctypes
import errno
import os
import pickle
import select
import socket
import struct
import threading
import time

IP_MULTICAST_ALL, IP_UNICAST_IF, IPV6_UNICAST_IF = 49, 50, 76
IPV6_MULTICAST_ALL, SO_BINDTOIFINDEX = 29, 62
IP_PKTINFO, IPV6_RECVPKTINFO, IPV6_PKTINFO = 8, 49, 50
CLONE_NEWNS, CLONE_NEWNET = 0x00020000, 0x40000000
MS_REC, MS_PRIVATE = 1 << 14, 1 << 18

UIDS = {"alice": 1234, "bob": 9876, "root": 0}
patience = float(os.environ.get("UVN_PATIENCE", "1"))
tasks = {}
kept = {}       # sockets, by name, and whatever else a task leaves to a later one


def task(function):
    tasks[function.__name__] = function
    return function


def said(error):
    """An error as a word."""
    return errno.errorcode.get(error.errno, str(error)) if error.errno else str(error)


class Actor:
    """A process on a node. What it is asked comes back, errors of the system as words."""

    def __init__(self, namespace, uid):
        ours, theirs = socket.socketpair()
        if os.fork():
            theirs.close()
            self.file = ours.makefile("rwb")
            return
        ours.close()
        enter(namespace, uid)
        obey(theirs.makefile("rwb"))
        os._exit(0)

    def start(self, name, *args):
        pickle.dump((name, args), self.file)
        self.file.flush()

    def result(self):
        okay, value = pickle.load(self.file)
        if not okay:
            raise RuntimeError(value)
        return value

    def ask(self, name, *args):
        self.start(name, *args)
        return self.result()


def together(*asked):
    """Ask several actors at the same time: (actor, name, argument...)."""
    for actor, *what in asked:
        actor.start(*what)
    return [actor.result() for actor, *_ in asked]


def enter(namespace, uid):
    libc = ctypes.CDLL(None, use_errno=True)
    libc.mount.argtypes = [ctypes.c_char_p] * 3 + [ctypes.c_ulong, ctypes.c_char_p]

    def must(status):
        if status:
            raise OSError(ctypes.get_errno(), "setns, unshare or mount")

    with open(namespace, "rb") as file:
        must(libc.setns(file.fileno(), CLONE_NEWNET))
    # /sys shows the devices of the namespace that it was mounted in.
    must(libc.unshare(CLONE_NEWNS))
    must(libc.mount(b"none", b"/", None, MS_REC | MS_PRIVATE, None))
    must(libc.mount(b"sysfs", b"/sys", b"sysfs", 0, None))
    if uid:
        os.setgroups([])
        os.setresgid(uid, uid, uid)
        os.setresuid(uid, uid, uid)


def obey(file):
    while True:
        try:
            name, args = pickle.load(file)
        except EOFError:
            return
        try:
            answer = True, tasks[name](*args)
        except OSError as error:
            answer = True, said(error)
        except Exception as error:
            answer = False, f"{name}{args}: {error!r}"
        pickle.dump(answer, file)
        file.flush()


#
# Sockets as a row wants them
#

def is6(address):
    return ":" in address


def sockaddr(address, port):
    """Of either family, one of IPv6 perhaps with %DEVICE behind it."""
    if not is6(address):
        return address, port
    address, _, device = address.partition("%")
    return address, port, 0, socket.if_nametoindex(device) if device else 0


def index_of(device):
    return socket.if_nametoindex(device) if device else 0


def name_of(index):
    """Of a device, as a program prints it; users' ones are named by what they are."""
    if not index:
        return "none"
    try:
        return socket.if_indextoname(index)
    except OSError:
        return "unknown"


def prepare(sock, six, options):
    """Set options by their names: (NAME, VALUE). Returns what sendmsg() needs beside."""
    beside = []
    for name, value in options:
        if name == "device":
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, value.encode())
        elif name == "bind":
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            sock.bind(sockaddr(*value))
        elif name == "unicast":
            level, which = ((socket.IPPROTO_IPV6, IPV6_UNICAST_IF) if six else
                            (socket.IPPROTO_IP, IP_UNICAST_IF))
            sock.setsockopt(level, which, struct.pack("!I", index_of(value)))
        elif name == "cast" and six:
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_IF, index_of(value))
        elif name == "cast" and value[:1].isdigit():
            sock.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton(value))
        elif name == "cast":
            sock.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF,
                            struct.pack("=4s4si", b"", b"", index_of(value)))
        elif name == "always":
            sock.setsockopt(socket.IPPROTO_IPV6, IPV6_PKTINFO,
                            struct.pack("=16sI", b"", index_of(value)))
        elif name == "broadcast":
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
        elif name == "info":
            device, source = value
            beside.append(info(six, index_of(device), source))
        else:
            raise ValueError(name)
    return beside


def info(six, index, source):
    """What IP_PKTINFO says of a datagram to be sent."""
    if six:
        return socket.IPPROTO_IPV6, IPV6_PKTINFO, struct.pack(
            "=16sI", socket.inet_pton(socket.AF_INET6, source) if source else b"", index)
    return socket.IPPROTO_IP, IP_PKTINFO, struct.pack(
        "=i4s4s", index, socket.inet_aton(source) if source else b"", b"")


def informed(beside):
    """The index, and the address to answer from, of a datagram that has come."""
    for level, kind, data in beside:
        if (level, kind) == (socket.IPPROTO_IP, IP_PKTINFO):
            index, source, _ = struct.unpack("=i4s4s", data[:12])
            return index, socket.inet_ntoa(source)
        if (level, kind) == (socket.IPPROTO_IPV6, IPV6_PKTINFO):
            source, index = struct.unpack("=16sI", data[:20])
            return index, socket.inet_ntop(socket.AF_INET6, source)
    return 0, ""


#
# Whoever answers
#

@task
def serve(name, *listeners):
    """Answer everybody with what stands before the slash of NAME, and the peer's address.

    A listener is (PROTOCOL, ADDRESS, PORT, {WAY: VALUE}): a socket of a device
    (device); one that tells by which a datagram came (tell), that takes datagrams by
    some alone (only), and answers by the device that the question came by (index), from
    the address that it went to (source), or by a plain sendto().
    """
    text = name.split("/")[0]
    poll = select.epoll()
    sockets = {}
    for protocol, address, port, ways in listeners:
        six = is6(address)
        sock = socket.socket(socket.AF_INET6 if six else socket.AF_INET,
                             socket.SOCK_STREAM if protocol == "tcp" else socket.SOCK_DGRAM)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if six:
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        if "device" in ways:
            prepare(sock, six, [("device", ways["device"])])
        sock.bind(sockaddr(address, port))
        if protocol == "tcp":
            sock.listen(64)
        elif six:
            sock.setsockopt(socket.IPPROTO_IPV6, IPV6_RECVPKTINFO, 1)
        else:
            sock.setsockopt(socket.IPPROTO_IP, IP_PKTINFO, 1)
        sockets[sock.fileno()] = sock, protocol, six, ways
        poll.register(sock.fileno(), select.EPOLLIN)
    quit_here, kept[name] = socket.socketpair()
    poll.register(quit_here.fileno(), select.EPOLLIN)

    def answer():
        while True:
            for fd, _ in poll.poll():
                if fd == quit_here.fileno():
                    for sock, *_ in sockets.values():
                        sock.close()
                    quit_here.close()
                    return
                try:
                    answer_one(text, *sockets[fd])
                except OSError:
                    pass        # who asked hears nothing, which is the row's result
    threading.Thread(target=answer, daemon=True).start()
    return "serves"


def answer_one(name, sock, protocol, six, ways):
    if protocol == "tcp":
        peer, address = sock.accept()
        peer.send(f"{name} {address[0]}".encode())
        peer.close()
        return
    _, beside, _, address = sock.recvmsg(2048, 256)
    index, source = informed(beside)
    device = name_of(index)
    if device not in ways.get("only", device):
        return
    text = [f"{name} {address[0]}{f' {device}' if 'tell' in ways else ''}".encode()]
    if "index" in ways:
        sock.sendmsg(text, [info(six, index, source)], 0, address)
    elif "source" in ways:
        sock.sendmsg(text, [info(six, index if six else 0, source)], 0, address)
    else:
        sock.sendto(text[0], address)


@task
def serve_no_more(name):
    """If it has begun to serve at all."""
    sock = kept.pop(name, None)
    if not sock:
        return "none"
    sock.send(b"q")
    sock.recv(1)
    return "gone"


#
# Whoever asks
#

def begin(flow):
    """Open one, and say what is to be waited for: (SOCKET, EVENTS, DONE)."""
    protocol, address, port, options = flow
    six = is6(address)
    family = socket.AF_INET6 if six else socket.AF_INET
    if protocol == "ping":
        sock = socket.socket(family, socket.SOCK_DGRAM,
                             socket.IPPROTO_ICMPV6 if six else socket.IPPROTO_ICMP)
    else:
        sock = socket.socket(family, socket.SOCK_STREAM if protocol == "tcp" else
                             socket.SOCK_DGRAM)
    try:
        sock.setblocking(False)
        beside = prepare(sock, six, options)
        to = sockaddr(address, port)
        if protocol == "tcp":
            error = sock.connect_ex(to)
            if error not in (0, errno.EINPROGRESS):
                raise OSError(error, "connect")
        elif protocol == "ping":
            sock.sendto(struct.pack("!BBHHH", 128 if six else 8, 0, 0, 0, 1) + b"ping", to)
        elif beside:
            sock.sendmsg([b"question"], beside, 0, to)
        else:
            sock.connect(to)
            sock.send(b"question")
    except OSError:
        sock.close()
        raise
    return sock


@task
def converse(flows, wait=patience):
    """All at once: (PROTOCOL, ADDRESS, PORT, OPTIONS). What each heard, in this order.

    It is silence when nobody has heard anything for so long: on a busy machine many
    take longer than one.
    """
    heard, waiting = [""] * len(flows), {}
    poll = select.poll()
    for i, flow in enumerate(flows):
        try:
            sock = begin(flow)
            waiting[sock.fileno()] = i, sock
            poll.register(sock.fileno(), select.POLLIN)
        except OSError as error:
            heard[i] = said(error)
    end = time.monotonic() + wait
    while waiting and (left := end - time.monotonic()) > 0:
        for fd, _ in poll.poll(left * 1000):
            i, sock = waiting[fd]
            try:
                answer = sock.recv(2048)
                heard[i] = "echo" if flows[i][0] == "ping" else answer.decode() or "closed"
            except BlockingIOError:
                # An ICMP error that came while connect() had the socket: TCP goes on.
                poll.modify(fd, 0)
                continue
            except OSError as error:
                heard[i] = said(error)
            end = time.monotonic() + wait
            del waiting[fd]
            poll.unregister(fd)
            sock.close()
    for i, sock in waiting.values():
        heard[i] = "silence"
        sock.close()
    return heard


@task
def my_address(address):
    """As programs ask for it: connect() without a packet."""
    with socket.socket(socket.AF_INET6 if is6(address) else socket.AF_INET,
                       socket.SOCK_DGRAM) as sock:
        sock.connect(sockaddr(address, 53))
        return sock.getsockname()[0]
