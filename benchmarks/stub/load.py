"""The load of the stub's benchmark: closed loops on keep-alive connections, requests encoded beforehand, answers cut by hand.

It must cost less than the stub, so it reads of an answer only its status, its end and the one id that the next request
needs. It never sleeps: on a virtual machine a send that wakes a sleeping core costs the sender, here the stub, a call of
the hypervisor. Prints a JSON line when the counted window begins, one at the window's end, and one when all has been answered.

``bare``      a create's bytes to any server: what HTTP itself costs
``checkout``  first a card for every purchase, uncounted; then create, apply card and complete in turn on every connection
``streams``   one chat answer after the other
"""

import argparse
import asyncio
import json
import sys
import time
from collections.abc import Callable, Generator
from typing import Any, Final

import uvloop

from benchmarks.stub import wire

BARE, CHECKOUT, STREAMS = "bare", "checkout", "streams"
_GOOD: Final = frozenset({b"200", b"201"})
_SHOWN_BYTES: Final = 300
Story = Generator[bytes, bytes, None]
"""What one connection does: it yields a request and is sent the whole answer."""


class Load:
    """What all connections count, and the shoppers who still wait for a card or for their purchase."""

    def __init__(self, purchases: int = 0, *, first_user: int = 0) -> None:
        self.answered = 0
        self.created = 0
        self.completed = 0
        self.wrong_streams = 0
        self.failures = 0
        self.first_failure = ""
        self.goes_on = True
        self.acknowledged: dict[str, str] = {}
        self._without_card = [b"u%07d" % number for number in range(first_user, first_user + purchases)]
        self._cards: list[tuple[bytes, bytes]] = []

    def failed(self, data: bytes) -> None:
        """Count an answer that is none of those wanted, and keep the first."""
        self.failures += 1
        self.first_failure = self.first_failure or data[:_SHOWN_BYTES].decode("utf-8", "replace")

    def claims(self) -> Story:
        """Claim cards until every shopper has one."""
        while self._without_card:
            user = self._without_card.pop()
            self._cards.append((user, wire.code((yield wire.claim(user)))))

    def purchases(self) -> Story:
        """Make purchases until the load ends or the cards do."""
        while self.goes_on and self._cards:
            user, code = self._cards.pop()
            session_id = wire.session_id((yield wire.create(user)))
            self.created += 1
            yield wire.apply(user, session_id, code)
            order_id = wire.order_id((yield wire.complete(user, session_id)))
            self.completed += 1
            self.acknowledged[user.decode()] = order_id.decode()

    def streams(self) -> Story:
        """Read chat answers until the load ends; one with another number of writes is counted as wrong."""
        while self.goes_on:
            answer = yield wire.CHAT
            self.wrong_streams += wire.writes(answer) != wire.EVENTS

    def plain(self) -> Story:
        """Send the same request until the load ends."""
        request = wire.create(b"u0000000")
        while self.goes_on:
            yield request

    def counts(self) -> dict[str, object]:
        """The counters and the instant at which they were read."""
        return {
            "at_ns": time.monotonic_ns(),
            "answered": self.answered,
            "created": self.created,
            "completed": self.completed,
            "wrong_streams": self.wrong_streams,
            "failures": self.failures,
            "first_failure": self.first_failure,
        }


class Caller(asyncio.Protocol):
    """One connection, which lives through one story after the other."""

    def __init__(self, load: Load) -> None:
        self.load = load
        self.rest = b""
        self.transport: Any = None
        self.story: Story | None = None
        self.ended: asyncio.Future[None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport."""
        self.transport = transport

    def connection_lost(self, exc: Exception | None) -> None:
        """A connection that is closed within a story has failed."""
        if self.story is not None:
            self.load.failed(f"the connection was closed: {exc or 'by the stub'}".encode())
            self._end()

    def begin(self, story: Story) -> "asyncio.Future[None]":
        """Send the story's first request; the future is done when the story has ended."""
        self.ended = asyncio.get_running_loop().create_future()
        self.story = story
        try:
            self.transport.write(next(story))
        except StopIteration:
            self._end()
        return self.ended

    def data_received(self, data: bytes) -> None:
        """Hand one whole answer to the story and send the request that follows it."""
        if self.rest:
            data, self.rest = self.rest + data, b""
        if not wire.is_whole(data):
            self.rest = data
            return
        if self.story is None:
            return
        if wire.status(data) not in _GOOD:
            self.load.failed(data)
            self._end()
            return
        self.load.answered += 1
        try:
            self.transport.write(self.story.send(data))
        except StopIteration:
            self._end()

    def _end(self) -> None:
        self.story = None
        if self.ended is not None:
            self.ended.set_result(None)


async def run(options: argparse.Namespace, tell: Callable[[dict[str, object]], None]) -> None:
    """Connect, claim cards if there are any, warm up, tell the counters twice around the window, and once at the end."""
    loop = asyncio.get_running_loop()
    load = Load(options.purchases)
    callers: list[Caller] = []
    for _ in range(options.connections):
        _transport, caller = await loop.create_connection(lambda: Caller(load), options.host, options.port)
        callers.append(caller)
    _stay_awake(loop)
    await asyncio.gather(*(caller.begin(load.claims()) for caller in callers))
    load.answered = 0
    story = {BARE: load.plain, CHECKOUT: load.purchases, STREAMS: load.streams}[options.mode]
    ends = [caller.begin(story()) for caller in callers]
    await asyncio.sleep(options.warm_up)
    tell(load.counts())
    await asyncio.sleep(options.seconds)
    tell(load.counts())
    load.goes_on = False
    await asyncio.gather(*ends)
    tell(load.counts())


def _stay_awake(loop: asyncio.AbstractEventLoop) -> None:
    loop.call_soon(_stay_awake, loop)


def _tell(counts: dict[str, object]) -> None:
    sys.stdout.write(json.dumps(counts) + "\n")
    sys.stdout.flush()


def options() -> argparse.ArgumentParser:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("mode", choices=(BARE, CHECKOUT, STREAMS), help="what the connections do")
    parser.add_argument("--host", default="127.0.0.1", help="a loopback address")
    parser.add_argument("--port", type=int, required=True, help="port of the stub")
    parser.add_argument("--connections", type=int, default=256, help="closed loops (256)")
    parser.add_argument("--purchases", type=int, default=0, help="cards claimed before the load (0)")
    parser.add_argument("--warm-up", type=float, default=2.0, help="seconds before the window (2)")
    parser.add_argument("--seconds", type=float, default=5.0, help="length of the window (5)")
    return parser


if __name__ == "__main__":
    uvloop.run(run(options().parse_args(), _tell))
