# SPDX-License-Identifier: GPL-2.0
"""What a site's firewall lets through, answers and counts of users' traffic."""
import json
import os
import subprocess

from transparent_actor import task, together

OWN, SYSTEM, OTHERS, CLOSED = 8000, 8001, 8100, 7999
EM = {4: ("192.168.80.1", "192.168.80.2"), 6: ("2001:db8:80::1", "2001:db8:80::2")}
IB = {4: ("192.168.40.1", "192.168.40.2"), 6: ("2001:db8:40::1", "2001:db8:40::2")}
LOCAL = {4: "127.0.0.1", 6: "::1"}
OUTSIDE = {4: "8.8.8.8", 6: "2001:4860::8888"}

NEIGHBOURS = "icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert } accept"
CLUSTER = """ip saddr { 192.168.80.0/21, 192.168.40.0/21 } accept
	ip6 saddr { 2001:db8:80::/64, 2001:db8:40::/64 } accept"""
INPUT = "type filter hook input priority filter; policy drop"
OUTPUT = "type filter hook output priority filter; policy drop"

# Each as sites write it: (WHAT, CHAINS).
FIREWALLS = (
    ("no firewall", ""),
    ("input by lo and the cluster's prefix", f"""chain input {{
	{INPUT}
	ct state established,related accept
	iif lo accept
	tcp dport 22 accept
	{NEIGHBOURS}
	{CLUSTER}
}}"""),
    ("input by lo and em1", f"""chain input {{
	{INPUT}
	ct state established,related accept
	iifname "lo" accept
	iifname "em1" accept
	{NEIGHBOURS}
}}"""),
    ("input by lo, em1 and ib0, no tracking", f"""chain input {{
	{INPUT}
	iif {{ lo, em1, ib0 }} accept
	{NEIGHBOURS}
}}"""),
    ("output by lo and em1", f"""chain output {{
	{OUTPUT}
	oifname "lo" accept
	oif em1 accept
	{NEIGHBOURS}
}}"""),
    ("postrouting by lo, em1 and ib0", """chain postrouting {
	type filter hook postrouting priority filter; policy drop
	oifname { "lo", "em1", "ib0" } accept
}"""),
    ("prerouting by lo, em1 and ib0", """chain prerouting {
	type filter hook prerouting priority raw; policy drop
	iifname { "lo", "em1", "ib0" } accept
}"""),
    ("routes asked (fib)", f"""chain prerouting {{
	type filter hook prerouting priority raw
	{NEIGHBOURS}
	fib saddr . iif oif missing drop
}}
chain input {{
	{INPUT}
	{NEIGHBOURS}
	fib daddr type {{ local, broadcast, multicast }} accept
}}"""),
    ("output by owner", f"""chain output {{
	{OUTPUT}
	ct state established,related accept
	{NEIGHBOURS}
	oif lo meta skuid 9876 meta l4proto tcp reject with tcp reset
	oif lo meta skuid 9876 reject
	meta skuid {{ 0, 1234 }} accept
}}"""),
    ("refusals in input", """chain input {
	type filter hook input priority filter
	iif lo udp dport 8001 reject
	iif lo tcp dport 8001 reject with tcp reset
	iif em1 udp dport { 8000, 8001 } reject with icmpx admin-prohibited
	iif em1 tcp dport 8000 reject with icmpx host-unreachable
	iif em1 tcp dport 8001 reject with tcp reset
}"""),
)

IPTABLES = """*filter
:INPUT DROP
:FORWARD ACCEPT
:OUTPUT DROP
-A INPUT -m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT
-A INPUT -i lo -j ACCEPT
-A INPUT -p tcp --dport 22 -j ACCEPT
%s
-A INPUT -i em1 -j ACCEPT
-A OUTPUT -m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT
-A OUTPUT -m owner --uid-owner 9876 -o lo -p tcp -j REJECT --reject-with tcp-reset
-A OUTPUT -m owner --uid-owner 9876 -o lo -j REJECT
-A OUTPUT -m owner --uid-owner 1234 -o em1 -j ACCEPT
-A OUTPUT -m owner --uid-owner 0 -o em1 -j ACCEPT
-A OUTPUT -o lo -j ACCEPT
COMMIT
"""
NEIGHBOURS6 = "-A %s -p icmpv6 -j ACCEPT"


@task
def run(program, text=None):
    """A program as root; what it says if it fails."""
    done = subprocess.run(program, input=text, text=True, capture_output=True, check=False)
    return done.stdout if not done.returncode else f"failed: {done.stderr}"


@task
def nft(text):
    return run(["nft", "-f", "-"], text)


@task
def rules(chains):
    """These chains and no others."""
    return nft("table inet site\ndelete table inet site\n" +
               (f"table inet site {{\n{chains}\n}}\n" if chains else ""))


@task
def iptables(kind):
    """iptables' rules of either kind, both families; none to take them away."""
    for family in ("iptables", "ip6tables"):
        text = "*filter\n:INPUT ACCEPT\n:OUTPUT ACCEPT\nCOMMIT\n"
        if kind[0] == "+":
            text = IPTABLES % (NEIGHBOURS6 % "INPUT" if family[2] == "6" else "")
            if family[2] == "6":
                text = text.replace("COMMIT", NEIGHBOURS6 % "OUTPUT" + "\nCOMMIT")
        said = run([f"{family}-{kind[1:]}-restore"], text)
        if said:
            return said
    return ""


def sample(family, own):
    """What one does on node 1: rows' names, and the flows that make each."""
    here, there = EM[family]
    for what, port, sites in (
            ("the own server at localhost", own, [LOCAL[family]]),
            ("the own server at own addresses", own, [here, IB[family][0]]),
            ("the own server on another node", own, [there, IB[family][1]]),
            ("a service at localhost", SYSTEM, [LOCAL[family]]),
            ("a service at own addresses", SYSTEM, [here, IB[family][0]]),
            ("a service on another node", SYSTEM, [there, IB[family][1]]),
            ("a host outside", SYSTEM, [OUTSIDE[family]])):
        yield what, [(p, a, port, []) for a in sites for p in ("tcp", "udp")]
    yield "closed ports", [(p, a, CLOSED, []) for a in (LOCAL[family], here, there)
                           for p in ("tcp", "udp")]
    yield "ping", [("ping", a, 0, []) for a in (LOCAL[family], here, there, OUTSIDE[family])]


def sampled(own):
    """The names and sizes of one person's rows, and all flows, of both families."""
    names, flows = [], []
    for family in (4, 6):
        for what, asked in sample(family, own):
            names.append((f"IPv{family}, {what}", len(asked)))
            flows += asked
    return names, flows


def firewall(stage, name, people):
    """All rows with a firewall that stands on both nodes."""
    # A refusal by ICMP that comes while TCP has the socket counts from the next SYN on.
    wait = max(stage.patience, 3) if "refusals" in name else stage.patience
    jobs = [(who, *sampled(own)) for who, own in people]
    answers = together(*((stage.actor[who], "converse", flows, wait)
                         for who, _, flows in jobs))
    for (who, names, _), heard in zip(jobs, answers):
        for what, n in names:
            stage.row(f"{name}: {who}: {what}", ", ".join(heard[:n]))
            heard = heard[n:]


def loaded(stage, name, *how):
    """Rules on both nodes; a row says so if they are not taken."""
    for refused in together(*((root, *how) for root in stage.roots)):
        if refused:
            stage.must(f"{name}: the rules", refused, "taken")


def firewalls(stage):
    people = (("alice1", OWN), ("bob1", OTHERS), ("root1", SYSTEM))
    for name, chains in FIREWALLS:
        loaded(stage, name, "rules", chains)
        # Whom a rule is about, and root for comparison.
        firewall(stage, name, people if "owner" in name or not chains else people[::2])
    together(*((root, "rules", "") for root in stage.roots))
    for kind in ("legacy", "nft"):
        # Kernels of today may have one of the two.
        if kind == "legacy" and stage.roots[0].ask("iptables", "-legacy"):
            stage.note("this kernel has no iptables-legacy")
        else:
            loaded(stage, f"iptables-{kind}", "iptables", "+" + kind)
            firewall(stage, f"iptables-{kind}", people[:2])
        together(*((root, "iptables", "-" + kind) for root in stage.roots))


#
# What netfilter is shown of each packet, by sets that count
#

def recorder():
    """Chains at all hooks, which count packets by what identifies them."""
    text = []
    for hook, device in (("prerouting", "iifname"), ("input", "iifname"),
                         ("output", "oifname"), ("postrouting", "oifname")):
        rules = []
        for family, ip in ((4, "ip"), (6, "ip6")):
            keys = [f"meta {device} . {ip} saddr . {ip} daddr . ct state . th dport"]
            if device == "oifname":
                keys.append("meta skuid . th dport")
            for n, key in enumerate(keys):
                name = f"{hook}{family}" + "_owner" * n
                text.append(f"set {name} {{\ntypeof {key}\nflags dynamic\nsize 4096\ncounter\n}}")
                # What TCP sends more than a SYN each way, its timing decides.
                for which in ("meta l4proto udp", "tcp flags & syn == syn"):
                    rules.append(f"{which} th dport 20000-39999 meta nfproto ipv{family} "
                                 f"update @{name} {{ {key} }}")
        text.append(f"chain {hook} {{\ntype filter hook {hook} priority filter + 5\n" +
                    "\n".join(rules) + "\n}")
    return "\n".join(text)


@task
def recorded():
    """Of each port, what each hook has seen: {PORT: [LINE...]}."""
    seen = {}
    said = json.loads(run(["nft", "-j", "list", "table", "inet", "site"]))
    for item in said["nftables"]:
        for elem in item.get("set", {}).get("elem", []):
            *key, port = elem["elem"]["val"]["concat"]
            seen.setdefault(port, []).append(
                f"{item['set']['name']} {' '.join(map(str, key))}: "
                f"{elem['elem']['counter']['packets']}")
    return {port: sorted(lines) for port, lines in seen.items()}


def counted(stage):
    """Flows whose two ports say which they are, from 30000 + N to 20000 + N."""
    n, flows = 0, {}
    listeners = {who: [] for who in ("alice1", "alice2", "root1", "root2", "router")}
    for family in (4, 6):
        here, there = EM[family]
        anywhere = "::" if family == 6 else "0.0.0.0"
        for who, server, source, to, what in (
                ("alice1", "alice1", LOCAL[family], LOCAL[family], "localhost"),
                ("alice1", "alice1", here, here, "the own address"),
                ("alice1", "alice2", here, there, "to the other node"),
                ("alice2", "alice1", there, here, "from the other node"),
                ("alice1", "root1", LOCAL[family], LOCAL[family], "a service at localhost"),
                ("alice1", "root1", here, here, "a service at the own address"),
                ("alice1", "root2", here, there, "a service on the other node"),
                ("alice2", "root1", there, here, "the other node's user to a service"),
                ("root1", "root2", here, there, "root to a service on the other node"),
                ("alice1", "router", anywhere, OUTSIDE[family], "to a host outside"),
                ("root1", "router", anywhere, OUTSIDE[family], "root to a host outside")):
            for protocol in ("tcp", "udp"):
                n += 1
                # A plain sendto() of a wildcard's would answer from another address.
                listeners[server].append((protocol, to if server == "router" else anywhere,
                                          20000 + n, {}))
                flows[n] = f"IPv{family}, {what}, {protocol}", who, (
                    protocol, to, 20000 + n, [("bind", (source, 30000 + n))])
    for who, some in listeners.items():
        stage.actor[who].ask("serve", "counted", *some)
    loaded(stage, "netfilter's view", "rules", recorder())
    asked = {who: [n for n, flow in flows.items() if flow[1] == who]
             for who in ("alice1", "alice2", "root1")}
    heard = together(*((stage.actor[who], "converse", [flows[n][2] for n in some],
                        stage.patience) for who, some in asked.items()))
    answers = {n: word for some, words in zip(asked.values(), heard)
               for n, word in zip(some, words)}
    seen = together(*((root, "recorded") for root in stage.roots))
    for n, (what, _, _) in flows.items():
        stage.row(f"netfilter's view: {what}: the answer", answers[n])
        for node in (0, 1):
            for port, way in ((20000, "there"), (30000, "back")):
                stage.row(f"netfilter's view: {what}: node {node + 1}, the way {way}",
                          "; ".join(seen[node].get(port + n, ["nothing"])))
    together(*((root, "rules", "") for root in stage.roots))
    for who in listeners:
        stage.actor[who].ask("serve_no_more", "counted")


#
# Two users with the same addresses and ports, with a firewall that tracks
#

@task
def tracked(port):
    """How many entries connection tracking has of it, by protocol."""
    with open("/proc/net/nf_conntrack", encoding="ascii") as file:
        lines = [line.split() for line in file if f"dport={port} " in line.split("src=")[1]]
    return [f"{protocol}: {sum(line[2] == protocol for line in lines)}"
            for protocol in ("tcp", "udp")]


def same_tuples(stage):
    """Nobody can do that without uvn; with it both must hear their own."""
    together(*((root, "rules", FIREWALLS[1][1]) for root in stage.roots))
    both = ("alice1", "bob1")
    # Others in each run: entries of the one before, and without uvn, are there still.
    port = 10000 + os.getpid() % 1000 * 6
    for family in (4, 6):
        for what, source, to, nodes in (
                ("at localhost", LOCAL[family], LOCAL[family], 1),
                ("at the own address", EM[family][0], EM[family][0], 1),
                ("to another node", *EM[family], 2)):
            port += 1
            servers = [stage.actor[f"{who[:-1]}{nodes}"] for who in both]
            # Whose it is; a name is the same for both, as their addresses are.
            for who, server in zip(both, servers):
                server.ask("serve", f"{who[:-1]}/tuples", ("tcp", to, port, {}),
                           ("udp", to, port, {}))
            heard = together(*(
                (stage.actor[who], "converse",
                 [(p, to, port, [("bind", (source, 4000))]) for p in ("tcp", "udp")],
                 stage.patience) for who in both))
            for who, words in zip(both, heard):
                stage.must(f"two users' same ports {what}, IPv{family}: {who}",
                           ", ".join(" ".join(word.split()[:2]) for word in words),
                           ", ".join([f"{who[:-1]} {source}"] * 2))
            for node in range(nodes):
                stage.must(f"two users' same ports {what}, IPv{family}: "
                           f"entries of node {node + 1}",
                           ", ".join(stage.roots[node].ask("tracked", port)),
                           "tcp: 2, udp: 2")
            for who, server in zip(both, servers):
                server.ask("serve_no_more", f"{who[:-1]}/tuples")
    together(*((root, "rules", "") for root in stage.roots))
