"""What one connection makes of what a target does to it: every fault is a value, whatever the bytes and whenever it ends."""

import threading
import time

import gevent
import pytest

from locustfiles.transport.exchange import Fault
from tests.helpers.scripted_server import (
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
    signal,
    wait_for,
)
from tests.helpers.transport import OK, POST, ask, pool_to

HEAD_OK = b"HTTP/1.1 200 OK\r\n"
CHUNKED = (
    b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nTransfer-Encoding: chunked\r\n\r\n"
    b"4\r\nspri\r\n5\r\nngtid\r\n1\r\ne\r\n0\r\n\r\n"
)


class Sink:
    """Keeps what it is fed."""

    def __init__(self) -> None:
        """Begin empty."""
        self.pieces: list[tuple[bytes, int]] = []

    def feed(self, data: bytes, at_ns: int) -> None:
        """Keep a piece and its instant."""
        self.pieces.append((data, at_ns))


def test_one_exchange() -> None:
    """A request goes out as it is, and its answer comes back with every instant."""
    with scripted_server([request, send(CHUNKED)]) as server, pool_to(server.url) as pool:
        exchange = ask(pool, POST)
        assert server.requests == [POST]
    assert exchange.fault is None
    assert (exchange.status, exchange.body, exchange.received_bytes) == (200, b"springtide", len(CHUNKED))
    assert exchange.headers == {"content-type": "text/plain", "transfer-encoding": "chunked"}
    assert exchange.sent_ns is not None
    assert exchange.first_byte_ns is not None


def test_answer_in_single_bytes() -> None:
    """An answer that arrives byte by byte is the same answer."""
    steps: list[Step] = [request, *(send(CHUNKED[place : place + 1]) for place in range(len(CHUNKED)))]
    with scripted_server(steps) as server, pool_to(server.url) as pool:
        exchange = ask(pool)
    assert (exchange.status, exchange.body, exchange.fault) == (200, b"springtide", None)


@pytest.mark.parametrize(
    ("steps", "fault", "status"),
    [
        pytest.param([request, close], Fault.CLOSED_BEFORE_ANSWER, 0, id="closed after the request"),
        pytest.param([request, half_close, hold], Fault.CLOSED_BEFORE_ANSWER, 0, id="half closed after the request"),
        pytest.param([request, reset], Fault.RESET, 0, id="reset after the request"),
        pytest.param([request, hold], Fault.FIRST_BYTE_TIMEOUT, 0, id="never answers"),
        pytest.param([request, send(HEAD_OK), hold], Fault.IDLE_TIMEOUT, 0, id="stops in the head"),
        pytest.param(
            [request, send(HEAD_OK + b"Content-Length: 5\r\n\r\nok"), hold],
            Fault.IDLE_TIMEOUT,
            200,
            id="stops in the body",
        ),
        pytest.param([request, send(HEAD_OK), close], Fault.TRUNCATED, 0, id="closed in the head"),
        pytest.param([request, send(CHUNKED[:-5]), close], Fault.TRUNCATED, 200, id="closed before the last chunk"),
        pytest.param([request, send(b"<h1>busy</h1>"), close], Fault.MALFORMED_ANSWER, 0, id="HTTP/0.9"),
        pytest.param([request, send(b"\x00\xff" * 50), hold], Fault.MALFORMED_ANSWER, 0, id="garbage"),
        pytest.param(
            [request, send(HEAD_OK + b"Transfer-Encoding: chunked\r\n\r\n9x\r\n"), hold],
            Fault.MALFORMED_ANSWER,
            200,
            id="wrong chunk size",
        ),
        pytest.param(
            [request, send(HEAD_OK + b"X: "), send_forever(b"a" * 4096)], Fault.HEADER_TOO_LARGE, 0, id="endless header"
        ),
        pytest.param(
            [request, send(HEAD_OK + b"\r\n"), send_forever(b"a" * 4096)], Fault.BODY_TOO_LARGE, 200, id="endless body"
        ),
        pytest.param(
            [request, send(HEAD_OK + b"Transfer-Encoding: chunked\r\n\r\n"), send_forever(b"1\r\na\r\n")],
            Fault.BODY_TOO_LARGE,
            200,
            id="endless chunks",
        ),
    ],
)
def test_fault(steps: list[Step], fault: Fault, status: int) -> None:
    """Every way to break off has its name, leaves no connection behind, and the next request is served on a new one."""
    short = {"first_byte_s": 0.05, "between_bytes_s": 0.05}
    bounds = {"header_bytes": 8192, "body_bytes": 16384}
    with (
        scripted_server(steps, [request, send(OK)]) as server,
        pool_to(server.url, deadlines=short if "TIMEOUT" in fault.name else {}, limits=bounds) as pool,
    ):
        exchange = ask(pool)
        assert (exchange.fault, exchange.status) == (fault, status)
        assert pool.open_connections == 0
        assert ask(pool).body == b"ok"


@pytest.mark.parametrize("piece", [pytest.param(b"a", id="a trickle"), pytest.param(b"a" * 65536, id="a flood")])
def test_endless_answer_ends_at_the_total_deadline(piece: bytes) -> None:
    """An answer that never stalls and never ends is ended by the total deadline."""
    deadlines = {"total_s": 0.1, "between_bytes_s": 5.0}
    steps = [request, send(HEAD_OK + b"\r\n"), send_forever(piece)]
    limits = {"body_bytes": 1 << 40}
    with scripted_server(steps) as server, pool_to(server.url, deadlines=deadlines, limits=limits) as pool:
        exchange = ask(pool, sink=Sink())
    assert exchange.fault is Fault.TOTAL_TIMEOUT
    assert exchange.end_ns - exchange.ready_ns >= 100_000_000


@pytest.mark.parametrize("cut", range(len(CHUNKED)))
def test_close_at_every_byte(cut: int) -> None:
    """A close at any byte of an answer is a fault that says whether an answer had begun."""
    with scripted_server([request, send(CHUNKED[:cut]), close]) as server, pool_to(server.url) as pool:
        exchange = ask(pool)
        assert pool.open_connections == 0
    assert exchange.fault is (Fault.TRUNCATED if cut else Fault.CLOSED_BEFORE_ANSWER)
    assert b"springtide".startswith(exchange.body)


@pytest.mark.parametrize("cut", range(len(CHUNKED)))
def test_reset_at_every_byte(cut: int) -> None:
    """A reset at any byte of an answer is a reset."""
    with scripted_server([request, send(CHUNKED[:cut]), reset]) as server, pool_to(server.url) as pool:
        exchange = ask(pool)
        assert pool.open_connections == 0
    assert exchange.fault is Fault.RESET
    assert b"springtide".startswith(exchange.body)


def test_close_delimited_body() -> None:
    """A body without a length ends with the connection, which is not used again."""
    with scripted_server([request, send(HEAD_OK + b"\r\nto the end"), close]) as server, pool_to(server.url) as pool:
        exchange = ask(pool)
        assert pool.open_connections == 0
    assert (exchange.status, exchange.body, exchange.fault) == (200, b"to the end", None)


def test_second_answer_closes_the_connection() -> None:
    """Of two answers to one request the first counts, and the connection that carried a second is closed."""
    two = OK + b"HTTP/1.1 500 Never asked\r\nContent-Length: 0\r\n\r\n"
    with scripted_server([request, send(two), hold], [request, send(OK)]) as server, pool_to(server.url) as pool:
        assert (ask(pool).status, pool.open_connections) == (200, 0)
        assert ask(pool).status == 200
        assert server.accepted == 2


def test_head_and_no_content_keep_the_connection() -> None:
    """Answers without a body leave the connection usable: to HEAD, 204, 304."""
    head = HEAD_OK + b"Content-Length: 1000\r\n\r\n"
    steps = [
        request, send(head),
        request, send(b"HTTP/1.1 204 No Content\r\n\r\n"),
        request, send(b"HTTP/1.1 304 Not Modified\r\nContent-Length: 7\r\n\r\n"),
        request, send(b"HTTP/1.1 100 Continue\r\n\r\n" + OK),
    ]  # fmt: skip
    with scripted_server(steps) as server, pool_to(server.url) as pool:
        assert ask(pool, b"HEAD / HTTP/1.1\r\nHost: test\r\n\r\n").status == 200
        assert [ask(pool).status for _ in range(3)] == [204, 304, 200]
        assert server.accepted == 1


def test_big_request_waits_for_room() -> None:
    """A request that the kernel has no room for goes out in parts, whole and in order."""
    body = bytes(range(256)) * 16384
    wire = b"POST / HTTP/1.1\r\nHost: test\r\nContent-Length: %d\r\n\r\n" % len(body) + body
    go_on = threading.Event()
    with scripted_server([wait_for(go_on), request, send(OK)]) as server, pool_to(server.url) as pool:
        asked = gevent.spawn(ask, pool, wire)
        gevent.sleep(0)
        go_on.set()
        assert asked.get(timeout=8).status == 200
        assert server.requests == [wire]


def test_answer_before_the_request_is_out() -> None:
    """A target that says no before it has read everything is heard, and the connection is closed."""
    body = bytes(16 * 1024 * 1024)
    wire = b"POST / HTTP/1.1\r\nHost: test\r\nContent-Length: %d\r\n\r\n" % len(body) + body
    no = b"HTTP/1.1 413 Too much\r\nContent-Length: 2\r\n\r\nno"
    never = threading.Event()
    with scripted_server([read_at_least(100), send(no), wait_for(never)]) as server, pool_to(server.url) as pool:
        exchange = ask(pool, wire)
        assert pool.open_connections == 0
        never.set()
    assert (exchange.status, exchange.body, exchange.fault) == (413, b"no", None)


def test_send_that_never_gets_through_ends_at_a_deadline() -> None:
    """A target that reads nothing is given up at the first-byte deadline."""
    never = threading.Event()
    wire = b"POST / HTTP/1.1\r\nHost: test\r\nContent-Length: 16777216\r\n\r\n" + bytes(16 * 1024 * 1024)
    with (
        scripted_server([wait_for(never)]) as server,
        pool_to(server.url, deadlines={"first_byte_s": 0.05}) as pool,
    ):
        exchange = ask(pool, wire)
        never.set()
    assert exchange.fault is Fault.FIRST_BYTE_TIMEOUT
    assert exchange.sent_ns is not None


def test_sink_takes_the_body_of_a_200() -> None:
    """With a sink the decoded body goes there piece by piece, and the exchange holds none."""
    sink = Sink()
    first, second = threading.Event(), threading.Event()
    head, rest = CHUNKED[:90], CHUNKED[90:]
    with (
        scripted_server([request, send(head), signal(first), wait_for(second), send(rest)]) as server,
        pool_to(server.url) as pool,
    ):
        asked = gevent.spawn(ask, pool, sink=sink)
        while not sink.pieces:
            gevent.sleep(0.001)
        second.set()
        exchange = asked.get(timeout=8)
    assert exchange.body == b""
    assert b"".join(data for data, _ in sink.pieces) == b"springtide"
    assert len(sink.pieces) >= 2
    assert exchange.first_byte_ns is not None
    assert all(exchange.first_byte_ns <= at_ns <= exchange.end_ns for _, at_ns in sink.pieces)


def test_sink_leaves_other_bodies_alone() -> None:
    """The body of any other status stays in the exchange, bounded, so that the error can be understood."""
    sink = Sink()
    answer = b"HTTP/1.1 429 Busy\r\nContent-Length: 1000\r\n\r\n" + b"b" * 1000
    with (
        scripted_server([request, send(answer)]) as server,
        pool_to(server.url, limits={"error_body_bytes": 10}) as pool,
    ):
        exchange = ask(pool, sink=sink)
    assert (exchange.status, exchange.body, exchange.fault) == (429, b"b" * 10, None)
    assert sink.pieces == []


@pytest.mark.parametrize(
    "thrown", [gevent.GreenletExit, KeyboardInterrupt, gevent.Timeout], ids=lambda kind: kind.__name__
)
def test_what_is_thrown_in_passes_through(thrown: type[BaseException]) -> None:
    """A greenlet that is killed while it waits for an answer dies of it, and its connection is closed."""
    with scripted_server([request, hold]) as server, pool_to(server.url) as pool:
        seen: list[BaseException] = []

        def shop() -> None:
            try:
                ask(pool)
            except BaseException as error:  # noqa: BLE001 - what arrives is the statement
                seen.append(error)

        shopper = gevent.spawn(shop)
        while not server.requests:
            gevent.sleep(0.001)
        shopper.kill(thrown)
        assert [type(error) for error in seen] == [thrown]
        assert pool.open_connections == 0


def test_killed_on_a_kept_connection_leaves_its_answer_to_nobody() -> None:
    """The answer to a request whose greenlet died is never taken for the answer to the next request."""
    go_on = threading.Event()
    late = b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nlate"
    scripts: list[list[Step]] = [[request, send(OK), request, wait_for(go_on), send(late)], [request, send(OK)]]
    with scripted_server(*scripts) as server, pool_to(server.url) as pool:
        assert ask(pool).body == b"ok"
        killed = gevent.spawn(ask, pool)
        while len(server.requests) < 2:
            gevent.sleep(0.001)
        killed.kill()
        go_on.set()
        assert pool.open_connections == 0
        assert ask(pool).body == b"ok"


def test_bytes_in_the_kernel_are_not_late() -> None:
    """An answer that came in time is taken, even when the event loop was too busy to look before the deadline."""
    answered = threading.Event()
    with (
        scripted_server([request, send(OK), signal(answered)]) as server,
        pool_to(server.url, deadlines={"first_byte_s": 1.0}) as pool,
    ):
        asked = gevent.spawn(ask, pool)
        while not server.requests:
            gevent.sleep(0.001)  # a turn of the hub that also lets the server's thread have its own
        assert answered.wait(8)
        busy_until_ns = time.monotonic_ns() + 1_100_000_000
        while time.monotonic_ns() < busy_until_ns:
            pass
        assert asked.get(timeout=8).fault is None


def test_sink_that_raises_is_a_programmer_error() -> None:
    """What a sink raises reaches its programmer, and the connection is closed."""

    class Broken:
        def feed(self, data: bytes, at_ns: int) -> None:
            raise ZeroDivisionError

    with scripted_server([request, send(OK)]) as server, pool_to(server.url) as pool:
        with pytest.raises(ZeroDivisionError):
            ask(pool, sink=Broken())
        assert pool.open_connections == 0


def test_closed_right_after_accept() -> None:
    """A target that closes before it has read the request is a fault without an answer, told by FIN or by RST."""
    with scripted_server([close]) as server, pool_to(server.url) as pool:
        exchange = ask(pool)
        assert pool.open_connections == 0
    assert exchange.fault in (Fault.CLOSED_BEFORE_ANSWER, Fault.RESET)
    assert (exchange.status, exchange.received_bytes) == (0, 0)
