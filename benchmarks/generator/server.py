"""The server of the generator's benchmark: one uvloop protocol that parses by hand and answers from encoded templates.

It stands on a core of its own and must cost less than any generator, so it trusts its clients: every POST carries a
Content-Length, nobody pipelines. It counts what it answered, which is what the benchmark counts. With ``--log`` it keeps, for
every stream, the shopper, the instant of the request and the instant of the first content, on CLOCK_MONOTONIC.

It never sleeps: on a virtual machine a send that wakes the server's sleeping core costs the *sender* a call of the hypervisor,
more than all the rest of the send, and a real target's core would not be the generator's to wake. Its core is always full, so
it keeps the time of the turns in which there was nothing to do.

Doors: ``POST /json`` (W1), ``POST /v1/chat/completions`` (W2), the three ACP and campaign doors (W3), ``GET /bench/counts``.
"""

import argparse
import asyncio
import json
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, Protocol

import uvloop

from benchmarks.generator import replies
from target_stub.assistant import quantity_in
from target_stub.catalogue import CATALOGUE

CHAT: Final = b"/v1/chat/completions"
SESSIONS: Final = b"/checkout_sessions"
COUNTS: Final = b"/bench/counts"
_HEAD_END: Final = b"\r\n\r\n"
_LENGTH: Final = b"Content-Length: "
_USER: Final = b'"role":"user","content":"'
_SHOPPER: Final = b"X-Shopper-Id: "
_CODES: Final = b'"codes":["'
_CODE_AT, _CODE_END = len(_CODES), len(_CODES) + replies.CODE_BYTES
_ID_AT: Final = len(SESSIONS) + 1
_ID_END: Final = _ID_AT + replies.ID_BYTES
_BASKET: Final = slice(3, 7)
_NO_CODE: Final = b"SPRING-0000000000"
_PLACE_OF: Final = {sku.encode(): b"%02d" % place for place, sku in enumerate(replies.SKUS)}
_COUNTED_BYTES: Final = 12
"""The quantity stands right before the product's name; these bytes hold it with its measure word."""
_CACHED_COUNTS: Final = 65536
_ZH: Final = tuple((one.zh.lower().encode(), one.sku, "zh") for one in CATALOGUE.values())
_EN: Final = tuple((one.en.lower().encode(), one.sku, "en") for one in CATALOGUE.values())

_now_ns = time.monotonic_ns


class Turns(Protocol):
    """What the server needs of an event loop: a call in its next turn, or later."""

    def call_soon(self, callback: Callable[..., object], *args: Any) -> object:
        """Call it in the next turn."""
        ...

    def call_later(self, delay: float, callback: Callable[..., object], *args: Any) -> object:
        """Call it after so many seconds."""
        ...


class Bench:
    """What all connections share: counters, the hold before first content, and the log of streams."""

    def __init__(
        self, loop: Turns, *, hold_s: float = 0.0, keeps_log: bool = False, clock: Callable[[], int] = _now_ns
    ) -> None:
        self.loop = loop
        self._clock = clock
        self.hold_s = hold_s
        self.keeps_log = keeps_log
        self.requests = 0
        self.streams = 0
        self.journeys = 0
        self.number = 0
        self.idle_ns = 0
        self.has_worked = False
        self._turned_ns = clock()
        self.log: list[tuple[bytes, int, int]] = []
        self.plain = replies.plain()
        self.card = replies.card(0)
        self.quantities: dict[bytes, int] = {}

    def counts(self) -> bytes:
        """The counters and the instant at which they were read, as JSON."""
        told = {
            "at_ns": _now_ns(),
            "requests": self.requests,
            "streams": self.streams,
            "journeys": self.journeys,
            "idle_ns": self.idle_ns,
        }
        return json.dumps(told).encode()

    def stay_awake(self) -> None:
        """Begin the loop's next turn at once, and add this one to the idle time when nothing was done in it."""
        now_ns = self._clock()
        if not self.has_worked:
            self.idle_ns += now_ns - self._turned_ns
        self.has_worked, self._turned_ns = False, now_ns
        self.loop.call_soon(self.stay_awake)

    def stream_for(self, prompt: bytes) -> tuple[bytes, bytes, bytes, bytes]:
        """The stream whose tool call orders what the prompt asks for; a prompt without a product gets the first."""
        text = prompt.lower()  # ASCII letters alone: the other bytes of UTF-8 have no case here
        for name, sku, language in _EN if text.isascii() else (*_ZH, *_EN):
            at = text.find(name)
            if at >= 0:
                return replies.STREAMS[sku, self._quantity(text[max(0, at - _COUNTED_BYTES) : at]), language]
        return replies.STREAMS[replies.SKUS[0], 1, "en"]

    def _quantity(self, before: bytes) -> int:
        quantity = self.quantities.get(before)
        if quantity is None:
            quantity = quantity_in(before.decode("utf-8", "ignore"), "")
            if len(self.quantities) < _CACHED_COUNTS:
                self.quantities[before] = quantity
        return quantity

    def session(self, path: bytes, body: bytes) -> bytes:
        """The answer of a checkout door."""
        if len(path) < _ID_AT:
            self.number += 1
            lines = body[body.index(b'"line_items":[') : body.index(b"]")]
            sku = lines[lines.index(b'"id":"') + 6 :].partition(b'"')[0]
            basket = b"%b_%d" % (_PLACE_OF[sku], lines.count(b'"id"'))
            return replies.SESSIONS[basket].created % {b"id": b"cs_%b_%010d" % (basket, self.number)}
        session_id = path[_ID_AT:_ID_END]
        templates = replies.SESSIONS[session_id[_BASKET]]
        if len(path) > _ID_END:
            self.journeys += 1
            return templates.completed % {b"id": session_id, b"code": _NO_CODE}
        at = body.find(_CODES)
        code = body[at + _CODE_AT : at + _CODE_END] if at >= 0 else _NO_CODE
        return templates.applied % {b"id": session_id, b"code": code}


class Door(asyncio.Protocol):
    """One connection."""

    def __init__(self, bench: Bench) -> None:
        self.bench = bench
        self.rest = b""
        self.transport: Any = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport."""
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        """Answer every whole request; what is not whole waits for the rest."""
        if self.rest:
            data, self.rest = self.rest + data, b""
        head_end = data.find(_HEAD_END)
        if head_end < 0:
            self.rest = data
            return
        body_at = head_end + len(_HEAD_END)
        if data.startswith(b"GET"):
            self._get(data)
            return
        at = data.find(_LENGTH, 0, head_end)
        if at < 0:
            at = data.lower().index(b"content-length: ", 0, head_end)
        at += len(_LENGTH)
        if len(data) < body_at + int(data[at : data.index(b"\r", at)]):
            self.rest = data
            return
        self._post(data[5 : data.index(b" ", 5)], data, body_at)

    def _post(self, path: bytes, data: bytes, body_at: int) -> None:
        bench = self.bench
        bench.requests += 1
        bench.has_worked = True
        if path == CHAT:
            self._stream(data, body_at)
        elif path.startswith(SESSIONS):
            self.transport.write(bench.session(path, data[body_at:]))
        elif path == b"/campaign/cards":
            self.transport.write(bench.card)
        else:
            self.transport.write(bench.plain)

    def _stream(self, data: bytes, body_at: int) -> None:
        """Begin a stream: its head and role at once, its content after the hold."""
        bench = self.bench
        bench.streams += 1
        at = data.rfind(_USER, body_at) + len(_USER)
        head, words, call, end = bench.stream_for(data[at : data.rindex(b'"', at)])
        self.transport.write(head)
        if not bench.keeps_log:
            bench.loop.call_soon(self._more, words, call, end)
            return
        came_ns = _now_ns()
        shopper_at = data.find(_SHOPPER, 0, body_at) + len(_SHOPPER)
        shopper = data[shopper_at : data.index(b"\r", shopper_at)]
        bench.loop.call_later(bench.hold_s, self._logged, shopper, came_ns, words, call, end)

    def _logged(self, shopper: bytes, came_ns: int, words: bytes, call: bytes, end: bytes) -> None:
        self.bench.log.append((shopper, came_ns, _now_ns()))
        self._more(words, call, end)

    def _more(self, *parts: bytes) -> None:
        """Write one part of a stream, and the next one in the loop's next turn, so that each is a write of its own."""
        self.bench.has_worked = True
        self.transport.write(parts[0])
        if len(parts) > 1:
            self.bench.loop.call_soon(self._more, *parts[1:])

    def _get(self, data: bytes) -> None:
        if data.startswith(b"GET " + COUNTS):
            body = self.bench.counts()
            self.transport.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body))
        else:
            self.transport.write(replies.health())


async def serve(port: int, *, hold_s: float, keeps_log: bool) -> Bench:
    """Serve until SIGTERM or SIGINT; the first line on standard output says where."""
    loop = asyncio.get_running_loop()
    bench = Bench(loop, hold_s=hold_s, keeps_log=keeps_log)
    server = await loop.create_server(lambda: Door(bench), "127.0.0.1", port, backlog=4096)
    bench.stay_awake()
    ended = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, ended.set)
    sys.stdout.write(json.dumps({"url": f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"}) + "\n")
    sys.stdout.flush()
    await ended.wait()
    return bench


def main() -> None:
    """Read the options and serve."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--port", type=int, default=0, help="port on 127.0.0.1; 0 = any free one")
    parser.add_argument(
        "--log", type=Path, help="write 'shopper request_ns content_ns' of every stream here at the end"
    )
    parser.add_argument("--hold-ms", type=float, default=0.0, help="with --log, hold back first content by this")
    options = parser.parse_args()
    keeps_log = options.log is not None
    bench = uvloop.run(serve(options.port, hold_s=options.hold_ms / 1000, keeps_log=keeps_log))
    if keeps_log:
        rows = (f"{shopper.decode()} {came_ns} {content_ns}\n" for shopper, came_ns, content_ns in bench.log)
        options.log.write_text("".join(rows), encoding="ascii")
    sys.stdout.write(bench.counts().decode() + "\n")


if __name__ == "__main__":
    main()
