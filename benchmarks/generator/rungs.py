"""The rungs of the ladder that are no contenders: W1 over 64 connections as fast as it goes, each rung with one layer more.

A rung runs until it is ended, or until anything fails: then it ends with the error, so that no rung is measured with fewer
connections than it should have. Nobody counts here, the server does.

python -m benchmarks.generator.rungs "bare greenlets" http://127.0.0.1:PORT
"""

import _socket
import argparse
import time
from collections.abc import Callable
from typing import Any, Final

import gevent
from gevent import get_hub, getcurrent
from gevent.monkey import get_original

from benchmarks.generator.contenders import (
    CALLBACKS,
    CALLBACKS_HTTPTOOLS,
    FLOOR,
    GREENLETS,
    GREENLETS_HTTPTOOLS,
    TRANSPORT,
    TRANSPORT_RECORD,
)
from benchmarks.generator.workload import CONNECTIONS, json_request
from locustfiles.recording.recorder import Recorder
from locustfiles.transport.connection_pool import ConnectionPool
from locustfiles.transport.deadlines import Deadlines, Limits
from locustfiles.transport.exchange import Exchange
from locustfiles.transport.http_reader import HttpReader
from locustfiles.transport.origin import Origin
from reports.run_record.outcome import CREATE, Outcome, Reason

_READ_BYTES: Final = 64 * 1024
"""As much as the transport asks for, since the size of the buffer is part of a recv's cost."""
_WATCH_READ: Final = 1
_EPOLL_IN: Final = 1
_CLOSED: Final = "The server closed a connection."
_HEAD_END: Final = b"\r\n\r\n"
_LENGTH: Final = b"Content-Length: "
_OK: Final = 200
_CUT_EVERY_S: Final = 1.0

# Locust, which the workload imports, takes epoll away from everybody but the hub.
_epoll = get_original("select", "epoll")
_now_ns = time.monotonic_ns
Ends = Callable[[bytes], bool]
"""Takes the bytes of one recv; says whether they end an answer."""


class TrustingReader:
    """The least that finds an answer's end: Content-Length is looked for once, then bytes are counted. Heads come whole."""

    __slots__ = ("_left",)

    def __init__(self) -> None:
        self._left = 0

    def ends(self, data: bytes) -> bool:
        """Whether the answer is over; ValueError when it tells no length."""
        left = self._left
        if not left:
            at = data.index(_LENGTH) + len(_LENGTH)
            left = data.index(_HEAD_END, at) + len(_HEAD_END) + int(data[at : data.index(b"\r", at)])
        self._left = left = left - len(data)
        return not left


class CheckingReader:
    """The project's reader, with everything it checks and bounds."""

    __slots__ = ("_reader",)

    def __init__(self) -> None:
        limits = Limits()
        self._reader = HttpReader(header_limit=limits.header_bytes, body_limit=limits.body_bytes)

    def ends(self, data: bytes) -> bool:
        """Whether the answer is over; ConnectionError when it is none."""
        reader = self._reader
        reader.feed(data)
        if reader.complete:
            reader.begin()
            return True
        if reader.fault is not None:
            raise ConnectionError(reader.fault.sentence)
        return False


def kernel_floor(origin: Origin) -> None:
    """The system calls and nothing else: whatever one recv brings is taken for the answer, which the server writes whole."""
    request = json_request(origin.host_header)
    sockets = _connected(origin)
    calls = {sock.fileno(): (sock.recv, sock.send) for sock in sockets}
    poll = _epoll()
    for descriptor, (_, send) in calls.items():
        poll.register(descriptor, _EPOLL_IN)
        send(request)
    while True:
        for descriptor, _ in poll.poll():
            recv, send = calls[descriptor]
            if not recv(_READ_BYTES):
                raise ConnectionError(_CLOSED)
            send(request)


def hub_callbacks(origin: Origin, reader: Callable[[], TrustingReader | CheckingReader]) -> None:
    """Each connection is a function that the hub calls when there is something to read."""
    request = json_request(origin.host_header)
    kept = [_call_back(sock, request, reader().ends) for sock in _connected(origin)]
    get_hub().join()
    kept.clear()


def _call_back(sock: Any, request: bytes, ends: Ends) -> Any:
    """The watcher of one connection, started; whoever drops it ends the connection's work."""
    recv, send = sock.recv, sock.send

    def on_readable() -> None:
        data = recv(_READ_BYTES)
        if not data:
            raise ConnectionError(_CLOSED)
        if ends(data):
            send(request)

    watcher = get_hub().loop.io(sock.fileno(), _WATCH_READ)
    watcher.start(on_readable)
    send(request)
    return watcher


def bare_greenlets(origin: Origin, reader: Callable[[], TrustingReader | CheckingReader]) -> None:
    """Each connection is a greenlet that the watcher wakes before its recv."""
    request = json_request(origin.host_header)
    gevent.joinall([gevent.spawn(_take_turns, sock, request, reader().ends) for sock in _connected(origin)])


def _take_turns(sock: Any, request: bytes, ends: Ends) -> None:
    hub = get_hub()
    recv, send, wait = sock.recv, sock.send, hub.switch
    watcher = hub.loop.io(sock.fileno(), _WATCH_READ)
    watcher.start(getcurrent().switch)
    while True:
        send(request)
        is_over = False
        while not is_over:
            wait()
            data = recv(_READ_BYTES)
            if not data:
                raise ConnectionError(_CLOSED)
            is_over = ends(data)


def transport(origin: Origin) -> None:
    """Springtide's pool and connections: deadlines, instants, faults and headers, for nobody in particular."""
    request = json_request(origin.host_header)
    pool = _pool(origin)

    def send() -> None:
        while True:
            _check(pool.exchange(request, intended_ns=_now_ns()))

    gevent.joinall([gevent.spawn(send) for _ in range(CONNECTIONS)])


def transport_record(origin: Origin) -> None:
    """The same, and every exchange goes into the record, which becomes sums once a second."""
    request = json_request(origin.host_header)
    pool = _pool(origin)
    recorder = Recorder("bench", "local")
    recorder.started_ns = _now_ns()

    def send() -> None:
        while True:
            exchange = pool.exchange(request, intended_ns=_now_ns())
            _check(exchange)
            recorder.record(CREATE, Outcome.DONE, Reason.NONE, exchange)

    def cut() -> None:
        while True:
            gevent.sleep(_CUT_EVERY_S)
            recorder.cut(_now_ns(), seconds=[], in_flight=0, idle_shoppers=0, connections=0)

    gevent.joinall([gevent.spawn(cut), *(gevent.spawn(send) for _ in range(CONNECTIONS))])


def _pool(origin: Origin) -> ConnectionPool:
    return ConnectionPool(origin, deadlines=Deadlines(), limits=Limits(connections=CONNECTIONS))


def _check(exchange: Exchange) -> None:
    if exchange.status != _OK:
        raise ConnectionError(exchange.fault.sentence if exchange.fault else f"The server said {exchange.status}.")


def _connected(origin: Origin) -> list[Any]:
    """The connections, made one after the other, as raw non-blocking sockets."""
    sockets = []
    for _ in range(CONNECTIONS):
        sock = _socket.socket(_socket.AF_INET, _socket.SOCK_STREAM)
        sock.connect((origin.host, origin.port))
        sock.setsockopt(_socket.IPPROTO_TCP, _socket.TCP_NODELAY, 1)
        sock.setblocking(False)
        sockets.append(sock)
    return sockets


PROGRAMS: Final[dict[str, Callable[[Origin], None]]] = {
    FLOOR: kernel_floor,
    CALLBACKS: lambda origin: hub_callbacks(origin, TrustingReader),
    GREENLETS: lambda origin: bare_greenlets(origin, TrustingReader),
    CALLBACKS_HTTPTOOLS: lambda origin: hub_callbacks(origin, CheckingReader),
    GREENLETS_HTTPTOOLS: lambda origin: bare_greenlets(origin, CheckingReader),
    TRANSPORT: transport,
    TRANSPORT_RECORD: transport_record,
}


def main() -> None:
    """Read the options and send."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("name", choices=PROGRAMS, help="which rung")
    parser.add_argument("url", help="where the bench server listens")
    options = parser.parse_args()
    get_hub().SYSTEM_ERROR = (BaseException,)  # an error in a callback or a greenlet ends the program
    PROGRAMS[options.name](Origin.parse(options.url))


if __name__ == "__main__":
    main()
