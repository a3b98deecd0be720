"""Bounded connections to one origin: who gets which one, and the request that then travels on it.

The decision is a pure function (``assign``); sockets are touched only after it. Connections that were used last are
used first, so that a falling rate lets the others grow idle. Waiting for a free one is part of ``sent - ready``.

No request is ever sent twice. A kept connection that the target has visibly closed is found out before the send and replaced
by another, and so is one whose send the kernel refuses whole; one that is lost after the send is a fault, whoever was to blame,
since the request may have been executed.

In Locust the process is monkey-patched; this code neither needs nor minds that.
"""

import time
from collections import deque
from collections.abc import Sequence
from enum import Enum
from typing import Any, Literal

from gevent import get_hub, getcurrent
from gevent.event import Event
from gevent.lock import Semaphore

from locustfiles.transport.connection import BodySink, Connection
from locustfiles.transport.deadlines import NS_PER_S, Deadlines, Limits, Sweep
from locustfiles.transport.exchange import Exchange, Fault
from locustfiles.transport.origin import Address, Origin, resolve
from locustfiles.transport.tls import TlsOptions

__all__ = ["Assignment", "BodySink", "ConnectionPool", "Deadlines", "Limits", "Mode", "Origin", "TlsOptions", "assign"]

Mode = Literal["pooled", "fresh"]
"""``pooled`` keeps connections; ``fresh`` makes one for each request, as a crowd of new visitors does."""

_monotonic_ns = time.monotonic_ns


class Assignment(Enum):
    """What a request that needs a connection does."""

    REUSE = "reuse"
    OPEN = "open"
    WAIT = "wait"


def assign(*, idle: int, taken: int, limit: int) -> Assignment:
    """The pool's decision: reuse an idle connection, else open one while there is room, else wait in line.

    ``taken`` counts every place that is in use: connections open (idle ones too) or being opened.
    """
    if idle:
        return Assignment.REUSE
    if taken < limit:
        return Assignment.OPEN
    return Assignment.WAIT


class _Waiter:
    """One greenlet in line. ``place``: it was granted one; ``connection`` is the one to use, None = open one."""

    __slots__ = ("connection", "deadline_ns", "greenlet", "place")

    def __init__(self, greenlet: Any, deadline_ns: int) -> None:
        self.greenlet = greenlet
        self.deadline_ns = deadline_ns
        self.place = False
        self.connection: Connection | None = None

    def wake(self) -> None:
        """Resume the greenlet, unless something else has already done so."""
        if self.greenlet is not None:
            self.greenlet.switch()


class ConnectionPool:
    """Keep-alive connections to one origin, at most ``limits.connections`` at once.

    ``exchange`` may be called by many greenlets of one hub; it returns an ``Exchange`` for whatever the target does.
    Raises ValueError when the CA file of ``tls`` cannot be used. ``tls`` None means the system's trust for an https
    origin.
    """

    def __init__(
        self,
        origin: Origin,
        *,
        deadlines: Deadlines,
        limits: Limits,
        mode: Mode = "pooled",
        tls: TlsOptions | None = None,
        addresses: Sequence[Address] = (),
    ) -> None:
        """Touch no socket and no hub yet: both come with the first request.

        With ``addresses`` connections go there and nowhere else, and the host's name is never looked up.
        """
        self.origin = origin
        self._deadlines = deadlines
        self._limits = limits
        self._keeps = mode == "pooled"
        self._context = (tls or TlsOptions()).context() if origin.scheme == "https" else None
        self._total_ns = int(deadlines.total_s * NS_PER_S)
        self._trusted_ns = int(deadlines.trusted_idle_s * NS_PER_S)
        self._idle: list[Connection] = []
        self._connections: set[Connection] = set()
        self._taken = 0
        self._waiting: deque[_Waiter] = deque()
        self._addresses = list(addresses)
        self._resolving = Semaphore(1)
        self._sweep: Sweep | None = None
        self._closed = False
        self._halted = False
        self._on_lost = self._drop_idle

    @property
    def open_connections(self) -> int:
        """Connections that are open or being opened, idle ones included."""
        return self._taken

    def __repr__(self) -> str:
        """The pool's state in one line."""
        return (
            f"<ConnectionPool {self.origin}: {self._taken - len(self._idle)} active, {len(self._idle)} idle, "
            f"{len(self._waiting)} waiting, limit {self._limits.connections}{', closed' if self._closed else ''}>"
        )

    def exchange(self, request: bytes, *, intended_ns: int, sink: BodySink | None = None) -> Exchange:
        """Send one whole request and read its answer; ready is the instant of this call.

        With a sink, the body of a 200 goes to it and ``Exchange.body`` stays empty; any other body is kept, bounded,
        so that an error can be understood. A closed pool answers with POOL_TIMEOUT; a halted one never does.
        """
        ready_ns = _monotonic_ns()
        exchange = Exchange(intended_ns, ready_ns, ready_ns)
        total_ns = ready_ns + self._total_ns
        idle = self._idle
        while idle and ready_ns - idle[-1].idle_since_ns < self._trusted_ns:
            connection = idle.pop()
            connection.on_lost = None
            self._carry(connection, request, exchange, sink, total_ns)
            if exchange.fault is not Fault.SEND_FAILED or exchange.sent_ns is not None:
                return exchange
            # The trust was misplaced: the kernel took no byte, so nothing can have been executed.
            exchange.fault = None
        acquired = self._acquire(ready_ns, total_ns)
        if isinstance(acquired, Fault):
            exchange.fault = acquired
            exchange.end_ns = _monotonic_ns()
        else:
            self._carry(acquired, request, exchange, sink, total_ns)
        return exchange

    def _carry(
        self, connection: Connection, request: bytes, exchange: Exchange, sink: BodySink | None, total_ns: int
    ) -> None:
        try:
            if self._halted:
                self._never()
            connection.carry(request, exchange, sink, total_ns)
        finally:
            # Some servers close after a stream without having said so (llama.cpp): the kernel is asked before its connection is reused.
            connection.idle_since_ns = exchange.end_ns if sink is None else 0
            self._release(connection)

    def halt(self) -> None:
        """Send nothing more and open nothing more; answers to what was sent are still taken.

        Whoever asks for a request from now on waits until it is killed: a request that the generator does not send is no answer of
        the target, so its wish ends without an outcome.
        """
        self._halted = True

    def _never(self) -> None:
        Event().wait()

    def close(self) -> None:
        """Close idle connections and send everybody in line away; connections in use close when their request ends."""
        self._closed = True
        for connection in list(self._idle):
            self._drop_idle(connection)
        while self._waiting:
            get_hub().loop.run_callback(self._waiting.popleft().wake)

    # Getting a connection and giving it back.

    def _acquire(self, ready_ns: int, total_ns: int) -> Connection | Fault:
        while not self._closed:
            if self._halted:
                self._never()
            decision = assign(idle=len(self._idle), taken=self._taken, limit=self._limits.connections)
            if decision is Assignment.REUSE:
                connection = self._idle[-1]
                if connection.is_stale():
                    self._drop_idle(connection)
                    continue
                self._idle.pop()
                connection.on_lost = None
                return connection
            if decision is Assignment.OPEN:
                self._taken += 1
                return self._open(total_ns)
            waiter = self._wait_in_line(ready_ns, total_ns)
            if not waiter.place:
                pool_ns = ready_ns + int(self._deadlines.pool_s * NS_PER_S)
                return Fault.POOL_TIMEOUT if pool_ns <= total_ns else Fault.TOTAL_TIMEOUT
            if waiter.connection is None:
                return self._open(total_ns)
            if not waiter.connection.is_stale():
                return waiter.connection
            self._connections.discard(waiter.connection)
            waiter.connection.close()
            return self._open(total_ns)
        return Fault.POOL_TIMEOUT

    def _wait_in_line(self, ready_ns: int, total_ns: int) -> _Waiter:
        deadline_ns = min(ready_ns + int(self._deadlines.pool_s * NS_PER_S), total_ns)
        waiter = _Waiter(getcurrent(), deadline_ns)
        self._waiting.append(waiter)
        try:
            get_hub().switch()
        except BaseException:
            # A greenlet that is killed in line must not take its place, or a place it was just granted, with it.
            if waiter.place:
                self._hand_on(waiter.connection)
            elif waiter in self._waiting:
                self._waiting.remove(waiter)
            raise
        finally:
            waiter.greenlet = None
        return waiter

    def _release(self, connection: Connection) -> None:
        if connection.reusable and self._keeps and not self._closed:
            self._hand_on(connection)
        else:
            self._connections.discard(connection)
            connection.close()
            self._hand_on(None)

    def _hand_on(self, connection: Connection | None) -> None:
        """Give a connection, or the bare right to open one, to the first in line; without a line it idles or lapses."""
        if self._waiting:
            waiter = self._waiting.popleft()
            waiter.place = True
            waiter.connection = connection
            get_hub().loop.run_callback(waiter.wake)
        elif connection is None:
            self._taken -= 1
        else:
            connection.on_lost = self._on_lost
            self._idle.append(connection)

    def _drop_idle(self, connection: Connection) -> None:
        self._idle.remove(connection)
        self._connections.discard(connection)
        connection.close()
        self._hand_on(None)

    # Opening.

    def _open(self, total_ns: int) -> Connection | Fault:
        """Open a connection on a place that is already taken; the place is given up when that fails."""
        opened: Connection | Fault | None = None
        try:
            opened = self._connect(total_ns)
        finally:
            if not isinstance(opened, Connection):
                self._hand_on(None)
        return opened

    def _connect(self, total_ns: int) -> Connection | Fault:
        hub = get_hub()
        if self._sweep is None:
            self._sweep = Sweep(hub, self._expire_overdue)
        self._sweep.start()
        deadline_ns = min(_monotonic_ns() + int(self._deadlines.connect_s * NS_PER_S), total_ns)
        fault = self._resolve_once(deadline_ns)
        for place, address in enumerate(self._addresses):
            if self._halted:
                self._never()
            now_ns = _monotonic_ns()
            share_ns = (deadline_ns - now_ns) // (len(self._addresses) - place)
            connected = self._connect_to(address, hub, now_ns + share_ns)
            if isinstance(connected, Connection):
                if place:  # the next connection tries what works first
                    self._addresses = [address, *(other for other in self._addresses if other != address)]
                return connected
            fault = connected
        return fault

    def _resolve_once(self, deadline_ns: int) -> Fault:
        """Fill in the addresses; a crowd that arrives before they are known shares one look-up. Told: why there are none."""
        if self._addresses:
            return Fault.CONNECT_FAILED
        if not self._resolving.acquire(timeout=max(0.0, (deadline_ns - _monotonic_ns()) / NS_PER_S)):
            return Fault.CONNECT_TIMEOUT
        try:
            if not self._addresses:
                self._addresses = resolve(self.origin, max(0.0, (deadline_ns - _monotonic_ns()) / NS_PER_S))
        finally:
            self._resolving.release()
        return Fault.CONNECT_FAILED

    def _connect_to(self, address: Address, hub: Any, deadline_ns: int) -> Connection | Fault:
        try:
            connection = Connection(address.family, hub, self._deadlines, self._limits)
        except OSError:
            return Fault.CONNECT_FAILED
        self._connections.add(connection)
        fault: Fault | None = Fault.CONNECT_FAILED
        try:
            fault = connection.connect(address, deadline_ns)
            if fault is None and self._context is not None:
                fault = connection.secure(self._context, self.origin.host, deadline_ns)
        finally:
            if fault is not None:
                self._connections.discard(connection)
                connection.close()
        return connection if fault is None else fault

    def _expire_overdue(self) -> None:
        """End every wait whose deadline has passed; runs in the hub."""
        now_ns = _monotonic_ns()
        overdue = [connection for connection in self._connections if 0 < connection.deadline_ns <= now_ns]
        for connection in overdue:
            if 0 < connection.deadline_ns <= now_ns:
                connection.expire()
        while self._waiting and self._waiting[0].deadline_ns <= now_ns:
            self._waiting.popleft().wake()
        if not self._taken and self._sweep is not None:
            self._sweep.stop()
