"""One keep-alive HTTP/1.1 connection on a gevent hub.

The socket is the raw non-blocking ``_socket.socket``: gevent's own sockets and Locust's monkey patch cost several
times the kernel's work. A read watcher stays started for the life of the connection, and its callback switches
straight into the waiting greenlet. A read waits *before* its first ``recv``, because right after a send that ``recv``
would nearly always fail with EAGAIN.

Whatever the target does ends as a ``Fault``. Only what is thrown into the greenlet (GreenletExit, KeyboardInterrupt, a
``gevent.Timeout`` of somebody else) passes through; the connection is not ``reusable`` then, and whoever holds it closes
it, since its next bytes belong to nobody.

This module must not know pools, retries or what an answer means.
"""

import _socket
import contextlib
import errno
import ssl
import time
from collections.abc import Callable
from typing import Any, Protocol

from gevent import getcurrent
from gevent.monkey import get_original

from locustfiles.transport.deadlines import NS_PER_S, Deadlines, Limits
from locustfiles.transport.exchange import Exchange, Fault
from locustfiles.transport.http_reader import HttpReader
from locustfiles.transport.origin import Address
from locustfiles.transport.tls import TlsSession

_READ_BYTES = 64 * 1024
_EXPIRED, _READABLE, _WRITABLE = 0, 1, 2
_WATCH_READ, _WATCH_WRITE = 1, 2
_POLL_IN, _POLL_PEER_CLOSED = 0x0001, 0x2000
_OK = 200

_monotonic_ns = time.monotonic_ns
# The monkey-patched select.poll would go through the hub; this one only asks the kernel, without waiting.
_poll = get_original("select", "poll")


class BodySink(Protocol):
    """Takes the decoded body of a 200 answer piece by piece."""

    def feed(self, data: bytes, at_ns: int) -> None:
        """The next bytes and the monotonic instant at which they were read; must not raise for hostile bytes."""
        ...


class Connection:
    """A connection from its socket to its end; used by one greenlet at a time.

    ``deadline_ns`` is the instant at which a sweep must call ``expire`` (0 = nobody waits). ``reusable`` says whether
    another request may follow the last one; ``idle_since_ns`` is its pool's note. ``on_lost`` is called when an idle connection becomes readable, which is
    its end.
    """

    __slots__ = (
        "_ask",
        "_first_byte_ns",
        "_hub",
        "_idle_ns",
        "_limits",
        "_read_watcher",
        "_reader",
        "_recv",
        "_send",
        "_sock",
        "_tls",
        "_unsent",
        "_waiter",
        "_watching",
        "_write_watcher",
        "closed",
        "deadline_ns",
        "idle_since_ns",
        "on_lost",
        "reusable",
    )

    def __init__(self, family: int, hub: Any, deadlines: Deadlines, limits: Limits) -> None:
        """Make the socket; OSError when the process may not have another one."""
        self._sock = _socket.socket(family, _socket.SOCK_STREAM, 0)
        self._sock.setblocking(False)
        self._send, self._recv = self._sock.send, self._sock.recv
        self._hub = hub
        self._limits = limits
        self._first_byte_ns = int(deadlines.first_byte_s * NS_PER_S)
        self._idle_ns = int(deadlines.between_bytes_s * NS_PER_S)
        self._reader = HttpReader(header_limit=limits.header_bytes, body_limit=limits.body_bytes)
        descriptor = self._sock.fileno()
        poll = _poll()
        poll.register(descriptor, _POLL_IN | _POLL_PEER_CLOSED)
        self._ask = poll.poll
        self._read_watcher: Any = hub.loop.io(descriptor, _WATCH_READ)
        self._write_watcher: Any = None
        self._watching = False
        self._waiter: Any = None
        self._tls: TlsSession | None = None
        self._unsent = False
        self.deadline_ns = 0
        self.idle_since_ns = 0
        self.closed = False
        self.reusable = False
        self.on_lost: Callable[[Connection], None] | None = None

    def connect(self, address: Address, deadline_ns: int) -> Fault | None:
        """Connect within the deadline; a fault when that fails."""
        try:
            code = self._sock.connect_ex(address.location)
            if code == errno.EINPROGRESS:
                if self._await_writable(deadline_ns) == _EXPIRED:
                    return Fault.CONNECT_TIMEOUT
                code = self._sock.getsockopt(_socket.SOL_SOCKET, _socket.SO_ERROR)
            if code:
                return Fault.CONNECT_REFUSED if code == errno.ECONNREFUSED else Fault.CONNECT_FAILED
            self._sock.setsockopt(_socket.IPPROTO_TCP, _socket.TCP_NODELAY, 1)
        except OSError:
            return Fault.CONNECT_FAILED
        return None

    def secure(self, context: ssl.SSLContext, server_name: str, deadline_ns: int) -> Fault | None:
        """Put TLS on the fresh connection within the deadline; a fault when that fails."""
        session = TlsSession(context, server_name)
        received = b""
        try:
            while True:
                to_send = session.shake_hands(received)
                if to_send and not self._send_all(to_send, deadline_ns):
                    return Fault.CONNECT_TIMEOUT
                if session.established:
                    self._tls = session
                    return None
                if not self._await_readable(deadline_ns):
                    return Fault.CONNECT_TIMEOUT
                received = self._sock.recv(_READ_BYTES)
                if not received:
                    return Fault.TLS_FAILED
        except ssl.SSLError:
            with contextlib.suppress(OSError):  # a courtesy to the peer's log; the fault is told either way
                self._sock.send(session.farewell())
            return Fault.TLS_FAILED
        except OSError:
            return Fault.TLS_FAILED

    def carry(self, request: bytes, exchange: Exchange, sink: BodySink | None, total_ns: int) -> None:
        """Send one request and read its answer into ``exchange``: instants, status, headers, body or fault.

        ``total_ns`` is the instant at which the whole must be over. A sink takes the body of a 200 instead of
        ``exchange``.
        """
        self.reusable = False
        reader = self._reader
        reader.begin(head_request=request.startswith(b"HEAD "))
        fault = self._transmit(request, exchange, total_ns)
        if fault is None or (fault is Fault.SEND_FAILED and exchange.sent_ns is not None):
            # A target that says no may answer and close before it has read everything: a whole answer counts.
            answer_fault = self._receive(exchange, sink, total_ns)
            self.reusable = fault is None and reader.reusable and not self._unsent
            if fault is None or answer_fault is None:
                fault = answer_fault
        exchange.status = reader.status
        exchange.headers = reader.headers
        if fault is not None:
            exchange.fault = fault
            exchange.end_ns = _monotonic_ns()

    def is_stale(self) -> bool:
        """Whether an idle connection has been closed by the peer, or holds bytes that nobody asked for."""
        return bool(self._ask(0))

    def expire(self) -> None:
        """Wake the waiting greenlet with the news that its deadline has passed.

        Bytes that the kernel already holds are not late: the read watcher is about to deliver them.
        """
        if self._waiter is not None and not (self._watching and self._ask(0)):
            self._waiter.switch(_EXPIRED)

    def close(self) -> None:
        """Close the socket; closing twice is one close."""
        if self.closed:
            return
        self.closed = True
        self.reusable = False
        self.on_lost = None
        self._read_watcher.close()
        if self._write_watcher is not None:
            self._write_watcher.close()
        self._sock.close()

    # Sending.

    def _transmit(self, request: bytes, exchange: Exchange, total_ns: int) -> Fault | None:
        """Send the request; no fault means that its first byte is out, though an answer may have cut the rest short."""
        self._unsent = False
        try:
            wire = request if self._tls is None else self._tls.encrypt(request)
            at_ns = _monotonic_ns()
            try:
                sent = self._send(wire)
            except BlockingIOError:
                sent = 0
            if sent:
                exchange.sent_ns = at_ns
            if sent < len(wire):
                return self._transmit_rest(memoryview(wire)[sent:], exchange, total_ns)
        except OSError:
            return Fault.SEND_FAILED
        return None

    def _transmit_rest(self, rest: memoryview, exchange: Exchange, total_ns: int) -> Fault | None:
        """Send what the kernel had no room for; stops when an answer begins before the request is out."""
        first_byte_ns = _monotonic_ns() + self._first_byte_ns
        while rest:
            woken = self._await_writable(min(first_byte_ns, total_ns), or_readable=True)
            if woken == _EXPIRED:
                return Fault.FIRST_BYTE_TIMEOUT if first_byte_ns < total_ns else Fault.TOTAL_TIMEOUT
            if woken == _READABLE:
                self._unsent = True
                return None if exchange.sent_ns is not None else Fault.SEND_FAILED
            at_ns = _monotonic_ns()
            with contextlib.suppress(BlockingIOError):
                rest = rest[self._sock.send(rest) :]
                exchange.sent_ns = exchange.sent_ns or at_ns
        return None

    def _send_all(self, data: bytes, deadline_ns: int) -> bool:
        rest = memoryview(data)
        while True:
            with contextlib.suppress(BlockingIOError):
                rest = rest[self._sock.send(rest) :]
            if not rest:
                return True
            if self._await_writable(deadline_ns) == _EXPIRED:
                return False

    # Receiving.

    def _receive(self, exchange: Exchange, sink: BodySink | None, total_ns: int) -> Fault | None:
        reader = self._reader
        kept: list[bytes] = []
        deadline_ns = (exchange.sent_ns or 0) + self._first_byte_ns
        late = Fault.FIRST_BYTE_TIMEOUT
        try:
            while True:
                if total_ns <= deadline_ns:
                    deadline_ns, late = total_ns, Fault.TOTAL_TIMEOUT
                if not self._await_readable(deadline_ns):
                    return late
                try:
                    received = self._recv(_READ_BYTES)
                except BlockingIOError:
                    continue
                except OSError:
                    return Fault.RESET
                at_ns = _monotonic_ns()
                piece = self._read(received, at_ns, exchange)
                if piece:
                    self._hand_on(piece, at_ns, sink, kept)
                if reader.complete or reader.fault is not None:
                    exchange.end_ns = at_ns
                    return reader.fault
                if at_ns >= total_ns:
                    return Fault.TOTAL_TIMEOUT
                if exchange.first_byte_ns is not None:
                    deadline_ns, late = at_ns + self._idle_ns, Fault.IDLE_TIMEOUT
        finally:
            exchange.body = kept[0] if len(kept) == 1 else b"".join(kept)

    def _read(self, received: bytes, at_ns: int, exchange: Exchange) -> bytes:
        """The piece of body in the bytes of one ``recv``; none of them means the end."""
        reader = self._reader
        ended = not received
        if self._tls is not None:
            try:
                received = self._tls.decrypt(received)
            except ssl.SSLError:
                reader.break_off()
                return b""
            if ended and not self._tls.ended:
                reader.break_off()
                return b""
            ended = self._tls.ended
        piece = b""
        if received:
            if exchange.first_byte_ns is None:
                exchange.first_byte_ns = at_ns
            exchange.received_bytes += len(received)
            piece = reader.feed(received)
        if ended:
            reader.finish()
        return piece

    def _hand_on(self, piece: bytes, at_ns: int, sink: BodySink | None, kept: list[bytes]) -> None:
        if sink is None:
            kept.append(piece)
        elif self._reader.status == _OK:
            sink.feed(piece, at_ns)
        else:
            room = self._limits.error_body_bytes - sum(map(len, kept))
            if room > 0:
                kept.append(piece[:room])

    # Waiting.

    def _await_readable(self, deadline_ns: int) -> bool:
        if not self._watching:
            self._read_watcher.start(self._on_readable)
            self._watching = True
        self.deadline_ns = deadline_ns
        self._waiter = getcurrent()
        try:
            return bool(self._hub.switch() != _EXPIRED)
        finally:
            self._waiter = None
            self.deadline_ns = 0

    def _await_writable(self, deadline_ns: int, *, or_readable: bool = False) -> int:
        if or_readable and not self._watching:
            self._read_watcher.start(self._on_readable)
        elif self._watching and not or_readable:
            self._read_watcher.stop()
        self._watching = or_readable
        if self._write_watcher is None:
            self._write_watcher = self._hub.loop.io(self._sock.fileno(), _WATCH_WRITE)
        self.deadline_ns = deadline_ns
        self._waiter = getcurrent()
        self._write_watcher.start(self._waiter.switch, _WRITABLE)
        try:
            return int(self._hub.switch())
        finally:
            self._write_watcher.stop()
            self._waiter = None
            self.deadline_ns = 0

    def _on_readable(self) -> None:
        if self._waiter is not None:
            self._waiter.switch(_READABLE)
            return
        # The watcher would fire in every turn of the loop until somebody reads.
        self._read_watcher.stop()
        self._watching = False
        if self.on_lost is not None:
            self.on_lost(self)
