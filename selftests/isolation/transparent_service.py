# SPDX-License-Identifier: GPL-2.0
"""Services of the system that look at devices, and one in a container, asked by users."""
import os
import select
import signal
import socket
import struct
import subprocess
import time

from transparent_actor import is6, kept, said, sockaddr, task
from transparent_firewall import EM, IB, LOCAL

CONTAINER = "172.17.0.2"

# What is asked by whom: on the node also at localhost.
CLIENTS = ("alice1", "alice2", "bob2", "root1", "root2")


def asks(who, family, port, protocols, more=()):
    to = [EM[family][0], IB[family][0], *more]
    if who[-1] == "1":
        to.append(LOCAL[family])
    return [(p, a, port, []) for a in to for p in protocols]


def by_device(stage):
    """As dnsmasq, resolved, unbound, chronyd and systemd's BindToDevice= are."""
    ll = stage.actor["root1"].ask("link_local", "em1")
    port = 9000
    server = stage.actor["root1"]
    for where, address, how, protocols in (
            ("that takes what came by em1 or lo", "0.0.0.0",
             {"only": ("em1", "lo"), "source": 1}, ["udp"]),
            ("that takes what came by em1", "0.0.0.0", {"only": ("em1",)}, ["udp"]),
            ("that takes what came by lo", "0.0.0.0", {"only": ("lo",)}, ["udp"]),
            ("that answers by the index", "0.0.0.0", {"index": 1}, ["udp"]),
            ("that answers from the address", "0.0.0.0", {"source": 1}, ["udp"]),
            ("of the device em1", "0.0.0.0", {"device": "em1"}, ["tcp", "udp"]),
            ("of the device lo", "0.0.0.0", {"device": "lo"}, ["tcp", "udp"]),
            ("of em1's address", EM[4][0], {"only": ("em1", "lo"), "index": 1}, ["udp"]),
            ("of lo at 127.0.0.53", "127.0.0.53", {"device": "lo"}, ["tcp", "udp"]),
            ("that takes what came by em1 or lo", "::",
             {"only": ("em1", "lo"), "source": 1}, ["udp"]),
            ("that answers by the index", "::", {"index": 1}, ["udp"]),
            ("of the device em1", "::", {"device": "em1"}, ["tcp", "udp"]),
            ("of the device lo", "::", {"device": "lo"}, ["tcp", "udp"]),
            ("of the link-local address", f"{ll}%em1", {}, ["tcp", "udp"])):
        port += 1
        family = 6 if is6(address) else 4
        started = server.ask("serve", f"service{port}", *((p, address, port, {"tell": 1, **how})
                                                       for p in protocols))
        if started != "serves":
            stage.row(f"service: IPv{family}, {where}", started)
        more = [f"{ll}%em1"] if family == 6 else []
        for who in CLIENTS:
            also = ["127.0.0.53"] if address == "127.0.0.53" and who[-1] == "1" else []
            stage.later(f"service: IPv{family}, {where}: {who}", who,
                        asks(who, family, port, protocols, more + also))
    stage.now()
    for n in range(9001, port + 1):
        stage.close("root1", f"service{n}")


#
# dnsmasq itself
#

@task
def start(name, *program):
    with subprocess.Popen(program, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                          stderr=subprocess.DEVNULL, start_new_session=True) as process:
        kept[name] = process.pid
        process.returncode = 0      # it is not waited for here
    return "started"


@task
def stop(name):
    os.kill(kept[name], signal.SIGKILL)
    os.waitpid(kept.pop(name), 0)
    return "stopped"


@task
def resolve(asked, wait):
    """Ask each name server (ADDRESS, PORT, PROTOCOL) for name.test; what it says."""
    question = struct.pack("!6H", 7, 0x100, 1, 0, 0, 0) + b"\4name\4test\0\0\1\0\1"
    heard, waiting = ["silence"] * len(asked), {}
    poll = select.poll()
    for i, (address, port, protocol) in enumerate(asked):
        sock = socket.socket(socket.AF_INET6 if is6(address) else socket.AF_INET,
                             socket.SOCK_STREAM if protocol == "tcp" else socket.SOCK_DGRAM)
        sock.settimeout(wait)
        try:
            sock.connect(sockaddr(address, port))
            sock.send((struct.pack("!H", len(question)) if protocol == "tcp" else b"") +
                      question)
            waiting[sock.fileno()] = i, sock
            poll.register(sock.fileno(), select.POLLIN)
        except TimeoutError:
            pass
        except OSError as error:
            heard[i] = said(error)
    end = time.monotonic() + wait
    while waiting and (left := end - time.monotonic()) > 0:
        for fd, _ in poll.poll(left * 1000):
            end = time.monotonic() + wait
            i, sock = waiting.pop(fd)
            poll.unregister(fd)
            try:
                # The last of an answer is the address.
                answer = sock.recv(512)
                heard[i] = socket.inet_ntoa(answer[-4:]) if len(answer) > 40 else "closed"
            except OSError as error:
                heard[i] = said(error)
    return heard


def names_served(stage):
    """In its four modes."""
    port = 5300
    modes = (("interface=em1", ["--interface=em1"]),
             ("interface=em1, bind-interfaces", ["--interface=em1", "--bind-interfaces"]),
             ("interface=em1, bind-dynamic", ["--interface=em1", "--bind-dynamic"]),
             ("listen-address", ["--listen-address=192.168.80.1,127.0.0.1",
                                 "--bind-interfaces"]),
             ("except-interface=ib0", ["--except-interface=ib0"]))
    for mode, options in modes:
        port += 1
        stage.actor["root1"].ask(
            "start", f"dnsmasq{port}", "dnsmasq", "--keep-in-foreground",
            "--conf-file=/dev/null", "--user=root", "--no-resolv", "--no-hosts", "--pid-file=",
            f"--port={port}", "--address=/name.test/192.0.2.7", *options)
    for n in range(5301, port + 1):
        stage.await_port("root1", "192.168.80.1", n)
    for who in CLIENTS:
        stage.actor[who].start(
            "resolve", [(a, 5301 + n, p) for n in range(len(modes))
                        for a in ["192.168.80.1", "2001:db8:80::1"] +
                        ["127.0.0.1"] * (who[-1] == "1") for p in ("udp", "tcp")],
            stage.patience)
    for who in CLIENTS:
        heard = stage.actor[who].result()
        n = len(heard) // len(modes)
        for i, (mode, _) in enumerate(modes):
            stage.row(f"dnsmasq: {mode}: {who}", ", ".join(heard[i * n:i * n + n]))
    for n in range(5301, port + 1):
        stage.actor["root1"].ask("stop", f"dnsmasq{n}")


#
# A site's service in a container, as Docker publishes it
#

PUBLISHED = """table ip published {
	chain prerouting {
		type nat hook prerouting priority dstnat
		fib daddr type local tcp dport 8080 dnat to 172.17.0.2:80
		fib daddr type local udp dport 8080 dnat to 172.17.0.2:80
	}
	chain output {
		type nat hook output priority -100
		ip daddr != 127.0.0.0/8 fib daddr type local tcp dport 8080 dnat to 172.17.0.2:80
		ip daddr != 127.0.0.0/8 fib daddr type local udp dport 8080 dnat to 172.17.0.2:80
	}
	chain postrouting {
		type nat hook postrouting priority srcnat
		ip saddr 172.17.0.0/16 oifname != "veth0" masquerade
	}
}"""


def container(stage):
    refused = stage.actor["root1"].ask("nft", PUBLISHED)
    if refused:
        stage.row("container: the rules", refused)
    stage.actor["box"].ask("serve", "container", ("tcp", CONTAINER, 80, {}),
                           ("udp", CONTAINER, 80, {}))
    for who in CLIENTS + ("bob1",):
        for what, address, port in (("published by em1", EM[4][0], 8080),
                                    ("published by ib0", IB[4][0], 8080),
                                    ("by its own address", CONTAINER, 80)):
            stage.later(f"container: {what}: {who}", who,
                        [(p, address, port, []) for p in ("tcp", "udp")])
    stage.now()
    stage.actor["root1"].ask("nft", "delete table ip published")
    stage.close("box", "container")
