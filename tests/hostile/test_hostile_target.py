"""What a target may do to a generator, a sentence a row: the transport's fault, and the outcome of a prompt, of a checkout that is
opened and of a payment. After every row the generator serves the next shopper, holds no connection, and has kept a bounded amount.
"""

import gzip
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from locustfiles.transport.exchange import Fault
from tests.helpers.memory import held_bytes
from tests.helpers.scripted_server import (
    Peer,
    Step,
    close,
    half_close,
    hold,
    read_at_least,
    request,
    reset,
    scripted_server,
    send,
    send_forever,
)
from tests.helpers.steps import ASK, COMPLETE, EVENTS, JSON_HEAD, OPEN, STREAM_HEAD, chunked
from tests.helpers.transport import OK, pool_to

HEADER_BYTES, BODY_BYTES = 4096, 16384
KEPT_BYTES = 4 * (HEADER_BYTES + BODY_BYTES)
"""Bound on what an exchange and its decoder may hold, the objects that carry the bytes included."""
SHORT = {"first_byte_s": 0.1, "between_bytes_s": 0.1, "total_s": 0.25}
HEAD = b"HTTP/1.1 200 OK\r\n"
CHUNKS = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
TURN_S = 0.002


def trickle(data: bytes) -> Step:
    """Send these bytes one at a time, again and again, until the client or the test has had enough."""

    def step(peer: Peer) -> None:
        while True:
            for place in range(len(data)):
                peer.sock.sendall(data[place : place + 1])
                if peer.server.ended.wait(TURN_S):
                    return

    return step


def same(*steps: Step) -> Callable[[bytes], list[Step]]:
    """The same script whatever the request."""
    return lambda good: list(steps)


def says(wire: bytes, then: Step = hold) -> Callable[[bytes], list[Step]]:
    """Read the request, say these bytes, then this."""
    return same(request, send(wire), then)


@dataclass(frozen=True)
class Row:
    """What the target does with a connection, given the good answer, and what comes of it; ``fault`` a set where two may come."""

    script: Callable[[bytes], list[Step]]
    fault: Fault | frozenset[Fault] | None
    chat: str
    create: str
    pay: str


def row(why: str, script: Callable[[bytes], list[Step]], fault: Fault | frozenset[Fault] | None, words: str) -> object:
    """A row; ``words`` are the outcomes of chat, create and pay, one for all that is not a payment when there are two."""
    outcomes = words.split(" | ")
    chat, create, pay = outcomes if len(outcomes) == 3 else (outcomes[0], *outcomes)
    return pytest.param(Row(script, fault, chat, create, pay), id=why)


LOST = frozenset({Fault.RESET, Fault.CLOSED_BEFORE_ANSWER})
TIMED_OUT = "shed timed_out | unknown timed_out"
STALLED = "shed stalled | unknown stalled"
CUT = "shed truncated | unknown truncated"
GONE = "shed connection_lost | unknown connection_lost"
GARBLED = "shed protocol_fault | unknown protocol_fault"
GOOD = "done | done | confirmed"
UNREADABLE = "degraded protocol_fault | unknown protocol_fault"
BOMB = gzip.compress(bytes(1 << 20))
BIG = b"HTTP/1.1 413 Too Large\r\nConnection: close\r\nContent-Length: 2\r\n\r\nno"

SILENCE = [
    row("it never answers", same(request, hold), Fault.FIRST_BYTE_TIMEOUT, TIMED_OUT),
    row("it reads nothing and says nothing", same(hold), Fault.FIRST_BYTE_TIMEOUT, TIMED_OUT),
    row("it closes right after accept", same(close), LOST, GONE),
    row("it closes in the middle of the request", same(read_at_least(20), close), LOST, GONE),
    row("it says nothing more and listens on", same(request, half_close, hold), Fault.CLOSED_BEFORE_ANSWER, GONE),
    row("it stops in the middle of a header", says(HEAD + b"X-Hea"), Fault.IDLE_TIMEOUT, STALLED),
    row("it stops in the middle of a body", lambda good: [request, send(good[:-9]), hold], Fault.IDLE_TIMEOUT, STALLED),
]
ENDLESS = [
    row(
        "headers that come byte by byte for ever",
        same(request, send(HEAD), trickle(b"X: y\r\n")),
        Fault.TOTAL_TIMEOUT,
        TIMED_OUT,
    ),
    row(
        "a header line that comes byte by byte for ever",
        same(request, send(HEAD + b"X: "), trickle(b"a")),
        Fault.TOTAL_TIMEOUT,
        TIMED_OUT,
    ),
    row(
        "a body that comes byte by byte for ever",
        same(request, send(HEAD + b"\r\n"), trickle(b"a")),
        Fault.TOTAL_TIMEOUT,
        TIMED_OUT,
    ),
    row(
        "a header line without an end",
        same(request, send(HEAD + b"X: "), send_forever(b"a" * 4096)),
        Fault.HEADER_TOO_LARGE,
        GARBLED,
    ),
    row(
        "header lines without an end",
        same(request, send(HEAD), send_forever(b"X: y\r\n" * 99)),
        Fault.HEADER_TOO_LARGE,
        GARBLED,
    ),
    row(
        "a status line without an end",
        same(request, send(b"HTTP/1.1 200 "), send_forever(b"O" * 4096)),
        Fault.HEADER_TOO_LARGE,
        GARBLED,
    ),
    row(
        "interim answers without an end",
        same(request, send_forever(b"HTTP/1.1 100 Continue\r\n\r\n" * 9)),
        Fault.HEADER_TOO_LARGE,
        GARBLED,
    ),
    row(
        "a body without an end",
        same(request, send(HEAD + b"\r\n"), send_forever(b"a" * 4096)),
        Fault.BODY_TOO_LARGE,
        GARBLED,
    ),
    row(
        "a body within a length beyond all bounds",
        same(request, send(HEAD + b"Content-Length: 9223372036854775807\r\n\r\n"), send_forever(b"a" * 4096)),
        Fault.BODY_TOO_LARGE,
        GARBLED,
    ),
    row(
        "chunks without an end",
        same(request, send(CHUNKS), send_forever(b"1\r\na\r\n" * 99)),
        Fault.BODY_TOO_LARGE,
        GARBLED,
    ),
    row(
        "a chunk extension without an end",
        same(request, send(CHUNKS + b"1;"), send_forever(b"a" * 65536)),
        Fault.BODY_TOO_LARGE,
        GARBLED,
    ),
    row(
        "trailers without an end",
        same(request, send(CHUNKS + b"0\r\n"), send_forever(b"X: y\r\n" * 9999)),
        Fault.BODY_TOO_LARGE,
        GARBLED,
    ),
    row(
        "events without an end",
        same(request, send(STREAM_HEAD + b"\r\n"), send_forever(EVENTS[:-14])),
        Fault.BODY_TOO_LARGE,
        GARBLED,
    ),
    row(
        "comments without an end, one at a time",
        same(request, send(STREAM_HEAD + b"\r\n"), trickle(b":\n")),
        Fault.TOTAL_TIMEOUT,
        TIMED_OUT,
    ),
    row(
        "an event line without an end",
        same(request, send(STREAM_HEAD + b"\r\ndata: "), send_forever(b"x" * 4096)),
        Fault.BODY_TOO_LARGE,
        GARBLED,
    ),
]
NO_HTTP = [
    row("HTTP/0.9: a page without a head", says(b"<h1>busy</h1>", close), Fault.MALFORMED_ANSWER, GARBLED),
    row("HTTP/2 in binary", says(b"\x00\x00\x12\x04\x00\x00\x00\x00\x00", close), Fault.MALFORMED_ANSWER, GARBLED),
    row("NUL bytes and garbage", says(b"\x00\xff" * 99), Fault.MALFORMED_ANSWER, GARBLED),
    row("a status of letters", says(b"HTTP/1.1 abc OK\r\n\r\n"), Fault.MALFORMED_ANSWER, GARBLED),
    row(
        "a status of a thousand digits",
        says(b"HTTP/1.1 " + b"2" * 1000 + b" OK\r\n\r\n"),
        Fault.MALFORMED_ANSWER,
        GARBLED,
    ),
    row("a negative status", says(b"HTTP/1.1 -200 OK\r\n\r\n"), Fault.MALFORMED_ANSWER, GARBLED),
    row("a status below 100", says(b"HTTP/1.1 099 OK\r\nContent-Length: 0\r\n\r\n"), Fault.MALFORMED_ANSWER, GARBLED),
    row(
        "a switch of protocols that nobody asked for",
        says(b"HTTP/1.1 101 S\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n"),
        Fault.MALFORMED_ANSWER,
        GARBLED,
    ),
    row(
        "a NUL in a header's value",
        says(HEAD + b"X: a\x00b\r\nContent-Length: 0\r\n\r\n"),
        Fault.MALFORMED_ANSWER,
        GARBLED,
    ),
    row("a header without a colon", says(HEAD + b"nonsense\r\n\r\n"), Fault.MALFORMED_ANSWER, GARBLED),
    row(
        "the request, sent back",
        lambda good: [request, send(b"POST / HTTP/1.1\r\nHost: t\r\n\r\n"), hold],
        Fault.MALFORMED_ANSWER,
        GARBLED,
    ),
]
WRONG_SIZES = [
    row(
        "a length that is too long",
        lambda good: [request, send(HEAD + b"Content-Length: 99999\r\n\r\nshort"), close],
        Fault.TRUNCATED,
        CUT,
    ),
    row(
        "a length that is too long, on a kept connection",
        says(HEAD + b"Content-Length: 99\r\n\r\nshort"),
        Fault.IDLE_TIMEOUT,
        STALLED,
    ),
    row("a length that is too short", says(JSON_HEAD + b'Content-Length: 3\r\n\r\n{"id":"cs_1"}'), None, UNREADABLE),
    row(
        "two different lengths",
        says(HEAD + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\nok!"),
        Fault.MALFORMED_ANSWER,
        GARBLED,
    ),
    row("a negative length", says(HEAD + b"Content-Length: -1\r\n\r\n"), Fault.MALFORMED_ANSWER, GARBLED),
    row(
        "a length beyond 64 bits",
        says(HEAD + b"Content-Length: " + b"9" * 30 + b"\r\n\r\n"),
        Fault.MALFORMED_ANSWER,
        GARBLED,
    ),
    row("a length in hexadecimal", says(HEAD + b"Content-Length: 0x2\r\n\r\nok"), Fault.MALFORMED_ANSWER, GARBLED),
    row(
        "a length and chunks, as smugglers send",
        says(HEAD + b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
        Fault.MALFORMED_ANSWER,
        GARBLED,
    ),
    row("a chunk longer than its size", says(CHUNKS + b"2\r\nokay\r\n0\r\n\r\n"), Fault.MALFORMED_ANSWER, GARBLED),
    row("a chunk without its line end", says(CHUNKS + b"2\r\nok0\r\n\r\n"), Fault.MALFORMED_ANSWER, GARBLED),
    row("a chunk shorter than its size", says(CHUNKS + b"ff\r\nok\r\n0\r\n\r\n", close), Fault.TRUNCATED, CUT),
    row("a negative chunk size", says(CHUNKS + b"-2\r\nok\r\n0\r\n\r\n"), Fault.MALFORMED_ANSWER, GARBLED),
    row("a chunk size that is no number", says(CHUNKS + b"zz\r\nok\r\n0\r\n\r\n"), Fault.MALFORMED_ANSWER, GARBLED),
    row("a chunk size beyond 64 bits", says(CHUNKS + b"f" * 17 + b"\r\nok"), Fault.MALFORMED_ANSWER, GARBLED),
    row("no last chunk", says(CHUNKS + b"2\r\nok\r\n", close), Fault.TRUNCATED, CUT),
]
WRONG_TIMES = [
    row(
        "a no before the request was read",
        same(read_at_least(20), send(BIG), hold),
        None,
        "degraded client_error | degraded client_error",
    ),
    row("two answers to one request", lambda good: [request, send(good + good), hold], None, GOOD),
    row(
        "another answer, split off by a line end, behind the first",
        lambda good: [request, send(good + b"\r\nHTTP/1.1 500 No\r\n\r\n"), hold],
        None,
        GOOD,
    ),
    row(
        "an interim answer first",
        lambda good: [request, send(b"HTTP/1.1 103 Early\r\nX: y\r\n\r\n" + good), hold],
        None,
        GOOD,
    ),
    row(
        "the answer byte by byte",
        lambda good: [request, *(send(good[place : place + 1]) for place in range(len(good)))],
        None,
        GOOD,
    ),
    row("the answer, then a reset", lambda good: [request, send(good), reset], None, GOOD),
]
WRONG_BODIES = [
    row(
        "gzip that nobody asked for, 1 MiB from 1 KiB",
        says(
            HEAD
            + b"Content-Encoding: gzip\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%b"
            % (len(BOMB), BOMB)
        ),
        None,
        UNREADABLE,
    ),
    row(
        "invalid UTF-8 in JSON",
        says(JSON_HEAD + chunked(b'{"id":"\xff\xfe\xc0\x80abc"}')),
        None,
        UNREADABLE,
    ),
    row(
        "invalid UTF-8 in a stream", says(STREAM_HEAD + chunked(b'data: {"choices":"\xff\xc0"}\n\n')), None, UNREADABLE
    ),
    row("NUL bytes in JSON", says(JSON_HEAD + chunked(b'{"id":"a\x00"}')), None, UNREADABLE),
    row(
        "NUL bytes instead of events",
        says(STREAM_HEAD + chunked(b"\x00" * 500)),
        None,
        "degraded truncated | degraded protocol_fault | unknown protocol_fault",
    ),
    row("JSON nested beyond all depth", says(JSON_HEAD + chunked(b"[" * 9000)), None, UNREADABLE),
    row("an empty body", says(JSON_HEAD + b"Content-Length: 0\r\n\r\n"), None, UNREADABLE),
    row(
        "no content",
        says(b"HTTP/1.1 204 No Content\r\n\r\n"),
        None,
        "shed server_error | degraded protocol_fault | unknown protocol_fault",
    ),
    row(
        "bytes that are no text in a header",
        lambda good: [request, send(good.replace(b"\r\n", b"\r\nX-\x21: \xff\xfe\x80\r\n", 1)), hold],
        None,
        GOOD,
    ),
    row("a status nobody has heard of", says(b"HTTP/1.1 799 ?\r\nContent-Length: 0\r\n\r\n"), None, UNREADABLE),
    row(
        "an error page without a word",
        says(b"HTTP/1.1 500 \r\nContent-Length: 0\r\n\r\n"),
        None,
        "shed server_error | unknown server_error",
    ),
]


@pytest.mark.parametrize("case", [*SILENCE, *ENDLESS, *NO_HTTP, *WRONG_SIZES, *WRONG_TIMES, *WRONG_BODIES])
def test_target(case: Row) -> None:
    """Each thing a target does has its fault and its outcome; the generator lives, keeps little, and serves the next shopper."""
    steps = (ASK, OPEN, COMPLETE)
    scripts = [case.script(step.good) for step in steps]
    limits = {"header_bytes": HEADER_BYTES, "body_bytes": BODY_BYTES}
    is_slow = case.fault in (Fault.FIRST_BYTE_TIMEOUT, Fault.IDLE_TIMEOUT, Fault.TOTAL_TIMEOUT)
    with (
        scripted_server(*scripts, [request, send(OK)]) as server,
        pool_to(server.url, mode="fresh", limits=limits, deadlines=SHORT if is_slow else {}) as pool,
    ):
        told = [step.take(pool) for step in steps]
        assert pool.exchange(COMPLETE.request, intended_ns=0).body == b"ok"
        assert pool.open_connections == 0
    allowed = case.fault if isinstance(case.fault, frozenset) else {case.fault}

    assert {one.exchange.fault for one in told} <= allowed
    assert [one.words for one in told] == [case.chat, case.create, case.pay]
    assert max(held_bytes([one.exchange, one.decoder]) for one in told) < KEPT_BYTES


def test_reset_right_after_accept() -> None:
    """A target that resets what it has accepted may strike before a byte is out or after: then alone a payment is unknown."""
    scripts: list[list[Step]] = [[reset]] * 20
    with (
        scripted_server(*scripts, [request, send(OK)]) as server,
        pool_to(server.url, mode="fresh") as pool,
    ):
        told = [COMPLETE.take(pool) for _ in scripts]
        assert pool.exchange(COMPLETE.request, intended_ns=0).body == b"ok"
    for one in told:
        is_sent = one.exchange.sent_ns is not None
        assert one.exchange.fault in (
            LOST | {Fault.SEND_FAILED} if is_sent else {Fault.CONNECT_FAILED, Fault.SEND_FAILED}
        )
        assert one.verdict.outcome == ("unknown" if is_sent else "shed")
