# SPDX-License-Identifier: GPL-2.0
"""A notebook behind a proxy, as JupyterHub has it, and a browser; frameworks.sh runs both.

	frameworks_web.py serve PORT WHOSE
		a page that says whose it is, at any path, and at any a websocket
		that says it again with each message
	frameworks_web.py browse ADDRESS PORT PATH WHOSE
		looks at the page, and talks by a websocket; prints "done"
"""
import base64
import hashlib
import os
import socket
import socketserver
import struct
import sys

PATIENCE = int(os.environ.get("UVN_PATIENCE", "60"))
# What RFC 6455 has each server add to the key, to show that it has understood.
UNDERSTOOD = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
BINARY = 0x82
SIZES = (1, 125, 126, 4096, 65536)


def proof(key):
    return base64.b64encode(hashlib.sha1((key + UNDERSTOOD).encode()).digest()).decode()


def headers(file):
    """The first line, and the others by their names."""
    first, fields = file.readline().decode().split(), {}
    while line := file.readline().strip():
        name, _, value = line.decode().partition(":")
        fields[name.lower()] = value.strip()
    return first, fields


def exactly(file, size):
    data = file.read(size)
    if len(data) != size:
        raise ConnectionError("ended")
    return data


def receive(file):
    """A message."""
    _, size = exactly(file, 2)
    masked, size = size & 0x80, size & 0x7f
    if size == 126:
        size, = struct.unpack("!H", exactly(file, 2))
    elif size == 127:
        size, = struct.unpack("!Q", exactly(file, 8))
    mask = exactly(file, 4) if masked else bytes(4)
    data = exactly(file, size)
    whole = int.from_bytes(data, "big") ^ int.from_bytes(
        (mask * (size // 4 + 1))[:size], "big")
    return whole.to_bytes(size, "big")


def message(data, masked):
    size = len(data)
    if size < 126:
        head = struct.pack("!BB", BINARY, masked | size)
    elif size < 65536:
        head = struct.pack("!BBH", BINARY, masked | 126, size)
    else:
        head = struct.pack("!BBQ", BINARY, masked | 127, size)
    # A mask of zeros is one: the data stay as they are.
    return head + bytes(4 if masked else 0) + data


class Notebook(socketserver.StreamRequestHandler):
    """One connection."""

    def handle(self):
        first, fields = headers(self.rfile)
        if not first:
            return
        whose = self.server.whose
        if fields.get("upgrade", "").lower() != "websocket":
            page = f"page of {whose}\n"
            self.wfile.write((f"HTTP/1.1 200 OK\r\nContent-Length: {len(page)}\r\n"
                              f"Connection: close\r\n\r\n{page}").encode())
            return
        self.wfile.write(("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
                          "Connection: Upgrade\r\nSec-WebSocket-Accept: "
                          f"{proof(fields['sec-websocket-key'])}\r\n\r\n").encode())
        try:
            while True:
                self.wfile.write(message(whose.encode() + receive(self.rfile), 0))
        except OSError:
            pass        # the browser has gone


class Server(socketserver.ThreadingTCPServer):
    """All of them."""
    allow_reuse_address = True
    daemon_threads = True


def get(address, port, path, more):
    sock = socket.create_connection((address, port), PATIENCE)
    file = sock.makefile("rwb")
    file.write(f"GET {path} HTTP/1.1\r\nHost: {address}:{port}\r\n{more}\r\n".encode())
    file.flush()
    first, fields = headers(file)
    return file, first[1], fields


def browse(address, port, path, whose):
    file, status, fields = get(address, port, path, "Connection: close\r\n")
    page = file.read(int(fields.get("content-length", 0))).decode().strip()
    if (status, page) != ("200", f"page of {whose}"):
        raise RuntimeError(f"{status}: {page}")
    key = base64.b64encode(os.urandom(16)).decode()
    file, status, fields = get(
        address, port, path, "Connection: Upgrade\r\nUpgrade: websocket\r\n"
        f"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n")
    if status != "101" or fields.get("sec-websocket-accept") != proof(key):
        raise RuntimeError(f"{status}: {fields}")
    for size in SIZES:
        data = os.urandom(size)
        file.write(message(data, 0x80))
        file.flush()
        if receive(file) != whose.encode() + data:
            raise RuntimeError(f"something else has come back for {size} bytes")
    print("done")


def main():
    if sys.argv[1] == "browse":
        address, port, path, whose = sys.argv[2:]
        browse(address, int(port), path, whose)
        return
    with Server(("", int(sys.argv[2])), Notebook) as server:
        server.whose = sys.argv[3]
        print("ready", flush=True)
        server.serve_forever()


main()
