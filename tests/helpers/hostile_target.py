"""A service that lets itself be asked for its health and misbehaves on everything else."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

HEALTHY = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok"
STREAM = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n"
FLOOD = b"data: " + b"x" * 65_536

Misbehave = Callable[[socket.socket], None]


def hang(peer: socket.socket) -> None:
    """Take the request and never answer; returns when the client has left."""
    while peer.recv(65_536):
        pass


def garble(peer: socket.socket) -> None:
    """Answer with bytes that are no HTTP."""
    peer.sendall(b"\x00\xff<html>" * 200)


def flood(peer: socket.socket) -> None:
    """Answer with one event that has no end; returns when the client has left."""
    peer.sendall(STREAM)
    while True:
        peer.sendall(FLOOD)


@contextmanager
def hostile_target(misbehave: Misbehave) -> Iterator[str]:
    """The base URL of a service on loopback that treats every POST so."""

    def serve(peer: socket.socket) -> None:
        with peer:
            try:
                if peer.recv(65_536).startswith(b"GET"):
                    peer.sendall(HEALTHY)
                else:
                    misbehave(peer)
            except OSError:
                return

    def accept() -> None:
        while True:
            try:
                peer, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=serve, args=(peer,), daemon=True).start()

    with socket.create_server(("127.0.0.1", 0), backlog=256) as listener:
        threading.Thread(target=accept, daemon=True).start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        listener.shutdown(socket.SHUT_RDWR)
