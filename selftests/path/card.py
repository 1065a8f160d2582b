#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""What a network card would have to do with VXLAN packets that leave by a device.

usage: card.py DEVICE PORT...

It says "ready", counts VXLAN to these UDP ports until it is told to end by SIGTERM, and
prints JSON:

    packets     how many there were, as the card is given them
    largest     bytes of the largest, with all headers
    flows       flows of the inner packets
    moved       flows that had several source ports of UDP, and may be reordered
    ports       source ports of UDP
    lowest, highest   of these
    queues      for 8 and 32 queues, how many receive something at the far end, if its card
                hashes UDP by addresses and by addresses and ports (Toeplitz, with the key
                of Microsoft's specification of receive side scaling)
"""
import json
import signal
import socket
import struct
import sys

ETH_P_ALL = 3
PACKET_OUTGOING = 4
HEADERS = 14 + 20 + 8 + 8   # Ethernet, IPv4, UDP, VXLAN
KEY = bytes.fromhex("6d5a56da255b0ec24167253d43a38fb0d0ca2bcbae7b30b477cb2da38030f20c"
                    "6a42b73bbeac01fa")
QUEUES = (8, 32)


def toeplitz(data):
    """The hash: of each bit that is set, 32 bits of the key from there on."""
    key = int.from_bytes(KEY, "big")
    bits = len(KEY) * 8
    result = 0
    for i in range(len(data) * 8):
        if data[i // 8] & 0x80 >> i % 8:
            result ^= key >> bits - 32 - i & 0xffffffff
    return result


def inner_flow(frame):
    """Addresses, protocol and ports of what is within; None of anything but TCP and UDP."""
    start = HEADERS + 14
    if len(frame) < start + 24 or frame[start] >> 4 != 4 or frame[start + 9] not in (6, 17):
        return None
    ports = start + (frame[start] & 15) * 4
    return bytes(frame[start + 12:start + 20] + frame[ports:ports + 4]), frame[start + 9]


def capture(device, wanted):
    """Count until somebody says that it is enough, and what has come by then."""
    ended = []
    signal.signal(signal.SIGTERM, lambda number, frame: ended.append(number))
    tap = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ALL))
    tap.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8 << 20)
    tap.bind((device, ETH_P_ALL))
    print("ready", flush=True)
    packets = largest = 0
    outer, flows = set(), {}
    tap.settimeout(0.1)
    while True:
        frame = bytearray(256)
        try:
            size, _, _, where = tap.recvmsg_into([frame], 0, socket.MSG_TRUNC)
        except TimeoutError:
            if ended:
                break
            continue
        if (where[2] != PACKET_OUTGOING or frame[12:14] != b"\x08\x00" or
                frame[23] != socket.IPPROTO_UDP):
            continue
        sport, dport = struct.unpack_from("!HH", frame, 34)
        if dport not in wanted:
            continue
        packets += 1
        largest = max(largest, size)
        outer.add(bytes(frame[26:38]))
        flow = inner_flow(frame)
        if flow:
            flows.setdefault(flow, set()).add(sport)
    return packets, largest, outer, flows


def main():
    """Print what there was."""
    packets, largest, outer, flows = capture(sys.argv[1], {int(p) for p in sys.argv[2:]})
    ports = {struct.unpack_from("!H", tuple_, 8)[0] for tuple_ in outer}
    queues = {}
    for name, length in (("addresses", 8), ("ports", 12)):
        for n in QUEUES:
            queues[f"{name}-{n}"] = len({toeplitz(t[:length]) % n for t in outer})
    print(json.dumps({
        "packets": packets, "largest": largest, "flows": len(flows),
        "moved": sum(len(ports_) > 1 for ports_ in flows.values()),
        "ports": len(ports), "lowest": min(ports, default=0),
        "highest": max(ports, default=0), "queues": queues}))


main()
