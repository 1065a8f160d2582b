# SPDX-License-Identifier: GPL-2.0
"""A job of several processes that find each other as frameworks do; frameworks.sh
runs it on each node for two users at once, with the same ports.

	frameworks.py RANK RANKS DIRECTORY WHOSE

RANK 0 makes up addresses in DIRECTORY, where the others read them, as the launcher of
a framework hands them on. Prints a line for each thing that worked, and "done".
"""
import array
import ctypes
import fcntl
import os
import socket
import struct
import sys
import time

PATIENCE = int(os.environ.get("UVN_PATIENCE", "30"))
PORT = 6379
SHORT = int(os.environ.get("UVN_SHORTS", "600"))


class Ifaddrs(ctypes.Structure):
    """What getifaddrs() returns."""


Ifaddrs._fields_ = [("next", ctypes.POINTER(Ifaddrs)), ("name", ctypes.c_char_p),
                    ("flags", ctypes.c_uint), ("addr", ctypes.POINTER(ctypes.c_ubyte))]
IFF_UP, IFF_LOOPBACK = 1, 8
SIOCGIFCONF, SIOCGIFFLAGS, IFREQ = 0x8912, 0x8913, 40


def interfaces():
    """(NAME, ADDRESS) of all that are up and have one of IPv4, in the kernel's order."""
    libc = ctypes.CDLL(None, use_errno=True)
    head = ctypes.POINTER(Ifaddrs)()
    if libc.getifaddrs(ctypes.byref(head)):
        raise OSError(ctypes.get_errno(), "getifaddrs")
    found, at = [], head
    while at:
        one = at.contents
        if one.addr and one.flags & IFF_UP and \
                one.addr[0] | one.addr[1] << 8 == socket.AF_INET:
            found.append((one.name.decode(), one.flags,
                          socket.inet_ntoa(bytes(one.addr[4:8]))))
        at = one.next
    return found


def as_ray():
    """What Ray, Dask, vLLM and Lightning call the node's address."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.connect(("8.8.8.8", 80))
        return sock.getsockname()[0]


def as_gloo():
    """The first that is not a loopback."""
    return next(a for name, flags, a in interfaces() if not flags & IFF_LOOPBACK)


def as_nccl():
    """InfiniBand before others, then none of these, and lo when nothing else is left."""
    some = interfaces()
    for wanted in (lambda name: name.startswith("ib"),
                   lambda name: not name.startswith(("docker", "lo"))):
        for name, _, address in some:
            if wanted(name):
                return address
    return "127.0.0.1"


def as_sockaddr():
    """go-sockaddr's: the first private address of a device that is no loopback."""
    private = [a for _, flags, a in interfaces() if not flags & IFF_LOOPBACK and
               a.startswith(("10.", "192.168."))]
    return private[0]


def as_spark():
    """The last that is not a loopback, where a host's name is one; Java asks by ioctl()."""
    space = array.array("B", bytes(IFREQ * 64))
    where, size = space.buffer_info()
    found = []
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        said = fcntl.ioctl(sock, SIOCGIFCONF, struct.pack("@iP", size, where))
        size, _ = struct.unpack("@iP", said)
        for at in range(0, size, IFREQ):
            request = space[at:at + IFREQ].tobytes()
            flags, = struct.unpack_from("=h", fcntl.ioctl(sock, SIOCGIFFLAGS, request), 16)
            if not flags & IFF_LOOPBACK:
                found.append(socket.inet_ntoa(request[20:24]))
    return found[-1]


def put(path, text):
    with open(path + ".new", "w", encoding="ascii") as file:
        file.write(text)
    os.rename(path + ".new", path)


def get(path):
    """Once it is there."""
    end = time.monotonic() + PATIENCE
    while not os.path.exists(path):
        if time.monotonic() > end:
            raise TimeoutError(path)
        time.sleep(0.05)
    with open(path, encoding="ascii") as file:
        return file.read()


def listen(port, address=""):
    sock = socket.socket()
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    sock.bind((address, port))
    sock.listen(1024)
    sock.settimeout(PATIENCE)
    return sock


def line(sock):
    """One of text."""
    text = b""
    while not text.endswith(b"\n"):
        some = sock.recv(1)
        if not some:
            raise ConnectionError("ended")
        text += some
    return text.decode().strip()


def meet(how, choose, rank, ranks, where, whose, port):
    """All to the first, which tells each of all; then all to all, and who they are."""
    mine = choose()
    head = os.path.join(where, f"head-{how}")
    # As frameworks do: at what they take for their address, and nowhere else.
    server = listen(port + 1 + rank, mine)
    if rank == 0:
        door = listen(port, mine)
        put(head, mine)
        addresses, members = {0: mine}, []
        while len(addresses) < ranks:
            sock, _ = door.accept()
            sock.settimeout(PATIENCE)
            who, number, address = line(sock).split()
            if who != whose:
                raise RuntimeError(f"{who} came to {whose}")
            addresses[int(number)] = address
            members.append(sock)
        table = " ".join(addresses[n] for n in range(ranks))
        for sock in members:
            sock.sendall(f"{table}\n".encode())
            sock.close()
        door.close()
    else:
        with socket.create_connection((get(head), port), PATIENCE) as sock:
            sock.sendall(f"{whose} {rank} {mine}\n".encode())
            table = line(sock)
    addresses = table.split()
    if len(set(addresses)) != ranks:
        raise RuntimeError(f"the same address twice: {table}")
    for n in range(rank):
        with socket.create_connection((addresses[n], port + 1 + n), PATIENCE) as sock:
            sock.sendall(f"{whose} {rank}\n".encode())
            if line(sock) != f"{whose} {n}":
                raise RuntimeError("somebody else answered")
    for _ in range(rank + 1, ranks):
        sock, _ = server.accept()
        sock.settimeout(PATIENCE)
        who, _ = line(sock).split()
        if who != whose:
            raise RuntimeError(f"{who} came to {whose}")
        sock.sendall(f"{whose} {rank}\n".encode())
        sock.close()
    server.close()
    print(f"{how}: {table}", flush=True)


def shorts(rank, where, whose):
    """Many short connections to one server: each port serves once a minute."""
    if rank == 0:
        server = listen(7000)
        put(os.path.join(where, "shorts"), "ready")
        for _ in range(SHORT):
            sock, _ = server.accept()
            sock.sendall(f"{whose}\n".encode())
            sock.close()
        server.close()
    elif rank == 1:
        get(os.path.join(where, "shorts"))
        for _ in range(SHORT):
            with socket.create_connection(("192.168.80.1", 7000),
                                          PATIENCE) as sock:
                if line(sock) != whose:
                    raise RuntimeError("somebody else answered")
    print(f"shorts: {SHORT}", flush=True)


def active(rank, where, whose):
    """As FTP does it: the server connects back to where the client says that it is."""
    if rank == 0:
        with listen(2121) as server:
            put(os.path.join(where, "active"), "ready")
            control, _ = server.accept()
        control.settimeout(PATIENCE)
        answer(control, whose)
    elif rank == 1:
        get(os.path.join(where, "active"))
        transfer("192.168.80.1", 2121, whose)
    print("active: yes", flush=True)


def answer(control, whose):
    """The server's part, once somebody has logged in."""
    numbers = line(control).split()[1].split(",")
    with socket.create_connection((".".join(numbers[:4]),
                                   int(numbers[4]) * 256 + int(numbers[5])), PATIENCE) as data:
        data.sendall(f"file of {whose}\n".encode())
    control.close()


def transfer(address, port, whose, login=""):
    """The client's part."""
    with socket.create_connection((address, port), PATIENCE) as control:
        control.sendall(login.encode())
        mine = control.getsockname()[0]
        with listen(0, mine) as server:
            here = server.getsockname()[1]
            control.sendall(f"PORT {mine.replace('.', ',')},{here >> 8},{here & 255}\n".encode())
            data, _ = server.accept()
            data.settimeout(PATIENCE)
            if line(data) != f"file of {whose}":
                raise RuntimeError("somebody else's file")


def of_system(rank, whose):
    """The same with a file server of the system's on the second node."""
    if rank == 0:
        transfer("192.168.80.2", 21, whose, f"USER {whose}\n")
    print("the system's: yes", flush=True)


def logins(uids):
    """A server of the system's, which becomes the user before it connects back."""
    server = listen(21)
    server.settimeout(None)
    print("ready", flush=True)
    while True:
        control, _ = server.accept()
        control.settimeout(PATIENCE)
        if not os.fork():
            whose = line(control).split()[1]
            os.setgroups([])
            os.setresgid(uids[whose], uids[whose], uids[whose])
            os.setresuid(uids[whose], uids[whose], uids[whose])
            answer(control, whose)
            os._exit(0)
        control.close()


def main():
    if sys.argv[1] == "logins":
        words = sys.argv[2:]
        logins(dict(zip(words[::2], map(int, words[1::2]))))
    rank, ranks, where, whose = int(sys.argv[1]), int(sys.argv[2]), *sys.argv[3:]
    failed = 0
    for n, (how, choose) in enumerate((("ray", as_ray), ("gloo", as_gloo), ("nccl", as_nccl),
                                       ("sockaddr", as_sockaddr), ("spark", as_spark))):
        try:
            meet(how, choose, rank, ranks, where, whose, PORT + 100 * n)
        except (OSError, RuntimeError) as error:
            print(f"failed: {how}: {error!r} at {choose()}", flush=True)
            failed = 1
    for what, function in (("shorts", lambda: shorts(rank, where, whose)),
                           ("active", lambda: active(rank, where, whose)),
                           ("the system's", lambda: of_system(rank, whose))):
        try:
            function()
        except (OSError, RuntimeError) as error:
            print(f"failed: {what}: {error!r}", flush=True)
            failed = 1
    sys.exit(failed)


main()
