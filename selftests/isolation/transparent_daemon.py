# SPDX-License-Identifier: GPL-2.0
"""Daemons from the packages that are told a device, or look at all: unbound, named, chronyd,
avahi-daemon, and what stands behind a socket of systemd's with BindToDevice=."""
import os
import shutil
import socket
import struct
import subprocess
import tempfile
import time

from transparent_actor import kept, said, sockaddr, task, together
from transparent_firewall import EM, SYSTEM
from transparent_service import CLIENTS, asks

MDNS = "224.0.0.251", 5353
AVAHI = "/run/avahi-daemon"
PROXY = "/lib/systemd/systemd-socket-proxyd"
NTP = 123

UNBOUND = """server:
	{ways}
	port: {port}
	incoming-num-tcp: 100
	access-control: 0.0.0.0/0 allow
	access-control: ::0/0 allow
	chroot: ""
	username: ""
	directory: "{where}"
	pidfile: ""
	use-syslog: no
	do-daemonize: no
	module-config: "iterator"
	local-zone: "test." static
	local-data: "name.test. A 192.0.2.7"
remote-control:
	control-enable: no
"""

NAMED = """options {{
	directory "{where}";
	pid-file none;
	session-keyfile none;
	listen-on port {port} {{ any; }};
	listen-on-v6 port {port} {{ any; }};
	recursion no;
	dnssec-validation no;
	minimal-responses yes;
	empty-zones-enable no;
}};
controls {{ }};
zone "test" {{ type primary; file "zone"; }};
"""
ZONE = """$TTL 60
@	SOA	ns root 1 60 60 60 60
@	NS	ns
ns	A	192.0.2.1
name	A	192.0.2.7
"""

AVAHI_CONF = """[server]
host-name=node{node}
use-ipv6=no
allow-interfaces=em1
enable-dbus=no
[publish]
publish-hinfo=no
publish-workstation=no
"""

# The second node has the time, and gives it by em1; the first gets it by em1.
CHRONY = """pidfile {where}/pid{node}
bindcmdaddress /
cmdport 0
allow
{ways}
"""
TIME = {1: "server 192.168.80.2 iburst minpoll 0 maxpoll 0\nbindacqdevice em1",
        2: "local stratum 5\nbinddevice em1"}


@task
def socket_of(name, device, port, *program):
    """Start a program as systemd does for a socket with BindToDevice=."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, device.encode())
        sock.bind(("0.0.0.0", port))
        sock.listen(64)
        with subprocess.Popen(
                ("sh", "-c", 'LISTEN_FDS=1 LISTEN_PID=$$ exec "$0" "$@"', *program),
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL, start_new_session=True, pass_fds=(3,),
                preexec_fn=lambda: os.dup2(sock.fileno(), 3)) as process:
            kept[name] = process.pid
            process.returncode = 0      # it is not waited for here
    return "started"


@task
def time_of(addresses, wait):
    """The stratum that each says."""
    words = []
    for address in addresses:
        with socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET,
                           socket.SOCK_DGRAM) as sock:
            sock.settimeout(wait)
            try:
                sock.connect(sockaddr(address, NTP))
                sock.send(bytes([0x23]) + bytes(39) + os.urandom(8))
                words.append(f"stratum {sock.recv(512)[1]}")
            except TimeoutError:
                words.append("silence")
            except OSError as error:
                words.append(said(error))
    return words


def question(name):
    return struct.pack("!6H", 0, 0, 1, 0, 0, 0) + b"".join(
        bytes([len(word)]) + word.encode() for word in name.split(".")) + b"\0\0\1\0\1"


@task
def asks_mdns(name, to, wait):
    """The address that a host has, as the first says that answers a datagram."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.settimeout(wait)
        try:
            sock.sendto(question(name), to)
            answer = sock.recv(512)
            return socket.inet_ntoa(answer[-4:]) if len(answer) > 40 else "none"
        except TimeoutError:
            return "silence"
        except OSError as error:
            return said(error)


@task
def asks_avahi(name, wait):
    """The same by the daemon's Unix socket, as the C library's nss-mdns does."""
    with socket.socket(socket.AF_UNIX) as sock:
        sock.settimeout(wait)
        try:
            sock.connect(AVAHI + "/socket")
            sock.sendall(f"RESOLVE-HOSTNAME-IPV4 {name}\n".encode())
            # "+ 2 0 NAME ADDRESS", or a minus and a reason.
            answer = sock.recv(512).decode().strip()
            return answer.split()[-1] if answer[:1] == "+" else answer or "closed"
        except TimeoutError:
            return "silence"
        except OSError as error:
            return said(error)


class Daemons:
    """Those that a node's root has started, their files and what they say."""

    def __init__(self, stage):
        self.stage, self.started = stage, []
        self.where = tempfile.mkdtemp()

    def file(self, name, text):
        path = os.path.join(self.where, name)
        with open(path, "w", encoding="ascii") as file:
            file.write(text)
        return path

    def start(self, node, name, *program):
        root = self.stage.actor[f"root{node}"]
        root.ask("start", name, "sh", "-c", 'exec >"$0" 2>&1; exec "$@"',
                 os.path.join(self.where, f"{name}.log"), *program)
        self.started.append((root, name))

    def await_answer(self, what, wanted, ask):
        """Daemons take their time; what they have said until then, if it is not what is
        wanted."""
        for _ in range(120):
            answer = ask()
            if answer == wanted:
                return
            time.sleep(0.25)
        self.stage.note(f"{what} says {answer}")
        for _, name in self.started:
            with open(os.path.join(self.where, f"{name}.log"), encoding="utf-8",
                      errors="replace") as file:
                self.stage.note(f"{name}: {file.read()[-300:]}")

    def end(self):
        for root, name in self.started:
            root.ask("stop", name)
        shutil.rmtree(self.where)


def name_servers(stage, some):
    port = 5360
    modes = (("unbound: interface: em1", "unbound", "interface: em1"),
             ("unbound: interface-automatic", "unbound", "interface: 0.0.0.0\n\t"
              "interface: ::0\n\tinterface-automatic: yes"),
             ("named: listen-on any", "named", ""))
    some.file("zone", ZONE)
    for n, (_, program, ways) in enumerate(modes):
        text = (UNBOUND if program == "unbound" else NAMED).format(
            ways=ways, port=port + n, where=some.where)
        path = some.file(f"{program}{n}", text)
        if program == "unbound":
            some.start(1, f"unbound{n}", "unbound", "-d", "-c", path)
        else:
            some.start(1, f"named{n}", "named", "-g", "-n", "1", "-u", "root", "-c", path)
    root = stage.actor["root1"]
    for n, (mode, *_) in enumerate(modes):
        some.await_answer(mode, ["192.0.2.7"], lambda: root.ask(
            "resolve", [(EM[4][0], port + n, "tcp")], stage.patience))
    asked = {who: [[(a, p, protocol) for protocol, a, p, _ in
                    asks(who, family, port + n, ("udp", "tcp"))]
                   for n in range(len(modes)) for family in (4, 6)] for who in CLIENTS}
    # One process answers them all.
    heard = together(*((stage.actor[who], "resolve", sum(asked[who], []), 4 * stage.patience)
                       for who in CLIENTS))
    for who, words in zip(CLIENTS, heard):
        for n, flows in enumerate(asked[who]):
            stage.row(f"daemons: {modes[n // 2][0]}: IPv{6 if n % 2 else 4}: {who}",
                      ", ".join(words[:len(flows)]))
            words = words[len(flows):]


def time_servers(stage, some):
    some.await_answer("chronyd", ["stratum 6"], lambda: stage.actor["root1"].ask(
        "time_of", ["192.168.80.1"], stage.patience))
    for what, addresses in (("bindacqdevice em1", [EM[4][0], EM[6][0]]),
                            ("binddevice em1", [EM[4][1], EM[6][1]])):
        for who, words in zip(CLIENTS, together(*(
                (stage.actor[who], "time_of", addresses, stage.patience)
                for who in CLIENTS))):
            stage.row(f"daemons: chronyd: {what}: {who}", ", ".join(words))


def host_names(stage, some):
    some.await_answer("avahi-daemon", EM[4][1], lambda: stage.actor["root1"].ask(
        "asks_avahi", "node2.local", 10))
    for who in ("alice1", "bob1", "root1"):
        for node in (1, 2):
            stage.row(f"daemons: avahi-daemon: node{node}.local by its socket: {who}",
                      stage.actor[who].ask("asks_avahi", f"node{node}.local", 10))
    for who, word in zip(CLIENTS, together(*(
            (stage.actor[who], "asks_mdns", "node1.local", (EM[4][0], MDNS[1]), stage.patience)
            for who in CLIENTS))):
        stage.row(f"daemons: avahi-daemon: node1.local by unicast: {who}", word)
    for who, word in zip(CLIENTS, together(*(
            (stage.actor[who], "asks_mdns", f"node{3 - int(who[-1])}.local", MDNS,
             stage.patience) for who in CLIENTS))):
        name = f"daemons: avahi-daemon: the other node by multicast: {who}"
        # What users send to all their own programs hear, and these are none.
        if who.startswith("root"):
            stage.row(name, word)
        else:
            stage.must(name, word, "silence")


def sockets(stage, some):
    root = stage.actor["root1"]
    for device, port, address in (("em1", 5371, EM[4][0]), ("lo", 5372, "127.0.0.1")):
        root.ask("socket_of", f"proxy{port}", device, port, PROXY, f"127.0.0.1:{SYSTEM}")
        some.await_answer(f"BindToDevice={device}", ["root 127.0.0.1"], lambda: root.ask(
            "converse", [("tcp", address, port, [])], stage.patience))
        for who in CLIENTS:
            stage.later(f"daemons: BindToDevice={device}: {who}", who,
                        asks(who, 4, port, ("tcp",)))
    stage.now()
    for port in (5371, 5372):
        root.ask("stop", f"proxy{port}")


def daemons(stage):
    some = Daemons(stage)
    os.makedirs(AVAHI, exist_ok=True)
    # What has one path on every node is the first one's.
    apart = ("unshare", "-m", "sh", "-c", 'mount -t tmpfs none "$0" && exec "$@"', AVAHI)
    for node, alone in ((1, ()), (2, apart)):
        some.start(node, f"avahi{node}", *alone, "avahi-daemon", "-f",
                   some.file(f"avahi{node}", AVAHI_CONF.format(node=node)),
                   "--no-drop-root", "--no-chroot", "--no-rlimits")
        some.start(node, f"chrony{node}", "chronyd", "-d", "-x", "-u", "root", "-f",
                   some.file(f"chrony{node}", CHRONY.format(
                       node=node, where=some.where, ways=TIME[node])))
    name_servers(stage, some)
    sockets(stage, some)
    host_names(stage, some)
    time_servers(stage, some)
    some.end()
    shutil.rmtree(AVAHI)
