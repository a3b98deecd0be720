"""A loopback TCP server that plays literal bytes: each accepted connection follows its script, step by step.

It runs in a thread. In a process that Locust has monkey-patched the thread is a greenlet and everything below still holds, since
a client that waits on gevent's hub lets it run.
"""

import contextlib
import socket
import ssl
import struct
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

Step = Callable[["Peer"], None]


@dataclass
class Peer:
    """One accepted connection and what came in on it."""

    sock: socket.socket
    server: "ScriptedServer"
    received: bytes = b""


@dataclass
class ScriptedServer:
    """What a test can ask: where to connect, which requests came, how many connections were accepted."""

    port: int = 0
    requests: list[bytes] = field(default_factory=list)
    accepted: int = 0
    ended: threading.Event = field(default_factory=threading.Event)

    @property
    def url(self) -> str:
        """The server's base URL."""
        return f"http://127.0.0.1:{self.port}"


def request(peer: Peer) -> None:
    """Read one whole request, head and ``Content-Length`` body, and note it."""
    while b"\r\n\r\n" not in peer.received:
        _read(peer)
    head, _, _ = peer.received.partition(b"\r\n\r\n")
    length = 0
    for line in head.split(b"\r\n")[1:]:
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            length = int(value)
    size = len(head) + 4 + length
    while len(peer.received) < size:
        _read(peer)
    peer.server.requests.append(peer.received[:size])
    peer.received = peer.received[size:]


def _read(peer: Peer) -> None:
    data = peer.sock.recv(65536)
    if not data:
        raise ConnectionError
    peer.received += data


def read_at_least(size: int) -> Step:
    """Read that many bytes and drop them."""

    def step(peer: Peer) -> None:
        while len(peer.received) < size:
            _read(peer)
        peer.received = b""

    return step


def send(data: bytes) -> Step:
    """Send these bytes."""
    return lambda peer: peer.sock.sendall(data)


def answer_each(answer: Callable[[bytes], bytes]) -> Step:
    """Answer every request with what the function makes of it, until the client closes."""

    def step(peer: Peer) -> None:
        while True:
            request(peer)
            peer.sock.sendall(answer(peer.server.requests[-1]))

    return step


def send_forever(data: bytes) -> Step:
    """Send these bytes again and again until the client has had enough."""

    def step(peer: Peer) -> None:
        while True:
            peer.sock.sendall(data)

    return step


def half_close(peer: Peer) -> None:
    """Say that nothing more comes, and go on listening."""
    peer.sock.shutdown(socket.SHUT_WR)


def reset(peer: Peer) -> None:
    """End the connection with RST instead of FIN."""
    peer.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    peer.sock.close()


def close(peer: Peer) -> None:
    """End the connection with FIN."""
    peer.sock.close()


def hold(peer: Peer) -> None:
    """Say nothing until the client closes."""
    while peer.sock.recv(65536):
        pass


def wait_for(event: threading.Event) -> Step:
    """Go on when the test says so."""

    def step(peer: Peer) -> None:
        assert event.wait(10)

    return step


def signal(event: threading.Event) -> Step:
    """Tell the test that the script has come this far."""
    return lambda peer: event.set()


@contextlib.contextmanager
def scripted_server(
    *scripts: list[Step], tls: ssl.SSLContext | None = None, family: int = socket.AF_INET, backlog: int = 64
) -> Iterator[ScriptedServer]:
    """Play one script for each connection, in the order of accepting; further connections get the last script.

    Connections are closed at the end of their script.
    """
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.bind(("127.0.0.1" if family == socket.AF_INET else "::1", 0))
    listener.listen(backlog)
    server = ScriptedServer(port=listener.getsockname()[1])
    threads: list[threading.Thread] = []
    open_socks: list[socket.socket] = []

    def accept() -> None:
        while True:
            try:
                sock, _ = listener.accept()
            except OSError:
                return
            if server.ended.is_set():
                sock.close()
                return
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            script = scripts[min(server.accepted, len(scripts) - 1)]
            server.accepted += 1
            open_socks.append(sock)
            thread = threading.Thread(target=play, args=(sock, script), daemon=True)
            threads.append(thread)
            thread.start()

    def play(sock: socket.socket, script: list[Step]) -> None:
        peer = Peer(sock, server)
        with contextlib.suppress(OSError):  # the client may leave in the middle of a script
            if tls is not None:
                peer.sock = tls.wrap_socket(sock, server_side=True)
            for step in script:
                step(peer)
        peer.sock.close()

    acceptor = threading.Thread(target=accept, daemon=True)
    acceptor.start()
    try:
        yield server
    finally:
        server.ended.set()
        with contextlib.suppress(OSError), socket.create_connection(listener.getsockname()[:2]):
            pass  # wakes the acceptor
        acceptor.join(5)
        listener.close()
        for sock in open_socks:
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)
        for thread in threads:
            thread.join(5)
