"""The pool: who gets which connection, what happens in line, and when a request may be repeated."""

import socket
import threading
import time
from itertools import pairwise

import gevent
import pytest
from hypothesis import given
from hypothesis import strategies as st

from locustfiles.protocols.chat_completions import ChatDecoder
from locustfiles.transport.connection_pool import Assignment, ConnectionPool, Deadlines, Limits, Origin, assign
from locustfiles.transport.exchange import Exchange, Fault
from locustfiles.transport.origin import address_of
from tests.helpers.scripted_server import (
    Peer,
    Step,
    answer_each,
    close,
    hold,
    request,
    reset,
    scripted_server,
    send,
    signal,
    wait_for,
)
from tests.helpers.transport import OK, POST, ask, pool_to


@pytest.mark.parametrize(
    ("idle", "taken", "limit", "decision"),
    [
        pytest.param(1, 1, 1, Assignment.REUSE, id="an idle connection is used before anything else"),
        pytest.param(3, 3, 9, Assignment.REUSE, id="also while there is room for more"),
        pytest.param(0, 0, 1, Assignment.OPEN, id="the first request opens one"),
        pytest.param(0, 8, 9, Assignment.OPEN, id="busy connections do not stop a new one below the limit"),
        pytest.param(0, 9, 9, Assignment.WAIT, id="at the limit a request waits in line"),
    ],
)
def test_assign(idle: int, taken: int, limit: int, decision: Assignment) -> None:
    """The decision follows from three numbers."""
    assert assign(idle=idle, taken=taken, limit=limit) is decision


@given(st.integers(0, 50), st.integers(0, 50), st.integers(1, 50))
def test_assign_never_exceeds_the_limit(idle: int, busy: int, limit: int) -> None:
    """Whatever the state, a connection is opened only below the limit and nobody waits while one is idle."""
    decision = assign(idle=idle, taken=idle + busy, limit=limit)
    assert decision is not Assignment.OPEN or idle + busy < limit
    assert (decision is Assignment.REUSE) == (idle > 0)


def test_one_connection_carries_many_requests() -> None:
    """A kept connection is used again, and the pool's repr tells its state."""
    with scripted_server([answer_each(lambda _: OK)]) as server, pool_to(server.url) as pool:
        assert repr(pool) == f"<ConnectionPool {server.url}: 0 active, 0 idle, 0 waiting, limit 4>"
        assert [ask(pool).body for _ in range(20)] == [b"ok"] * 20
        assert server.accepted == 1
        assert repr(pool) == f"<ConnectionPool {server.url}: 0 active, 1 idle, 0 waiting, limit 4>"
        pool.close()
        assert repr(pool) == f"<ConnectionPool {server.url}: 0 active, 0 idle, 0 waiting, limit 4, closed>"


def test_a_server_that_closes_on_the_hundredth_request() -> None:
    """llama.cpp says so with its hundredth answer: that answer is whole, and the next request has a new connection."""
    head = b"HTTP/1.1 200 OK\r\nServer: llama.cpp\r\nAccess-Control-Allow-Origin: \r\n%b\r\nContent-Length: 2\r\n\r\nok"
    kept = send(head % b"Keep-Alive: timeout=5, max=100")
    script = [step for _ in range(99) for step in (request, kept)] + [request, send(head % b"Connection: close"), close]
    with scripted_server(script, [answer_each(lambda _: OK)]) as server, pool_to(server.url) as pool:
        answers = [ask(pool) for _ in range(101)]
        assert [answer.status for answer in answers] == [200] * 101
        assert answers[0].headers["access-control-allow-origin"] == ""
        assert server.accepted == 2


def test_fresh_mode_uses_each_connection_once() -> None:
    """In fresh mode every request has its own connection."""
    with scripted_server([request, send(OK), hold]) as server, pool_to(server.url, mode="fresh") as pool:
        assert [ask(pool).status for _ in range(3)] == [200] * 3
        assert server.accepted == 3
        assert pool.open_connections == 0


def test_waiting_in_line_is_between_ready_and_sent() -> None:
    """At the limit requests wait in order, each gets its own answer, and the wait shows as sent - ready."""
    go_on = threading.Event()

    def path_of(wire: bytes) -> bytes:
        path = wire.split(b" ")[1]
        assert go_on.wait(8)
        return b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(path), path)

    wires = [b"GET /%d HTTP/1.1\r\nHost: test\r\n\r\n" % number for number in range(30)]
    with (
        scripted_server([answer_each(path_of)]) as server,
        pool_to(server.url, limits={"connections": 1}) as pool,
    ):
        asked = [gevent.spawn(ask, pool, wire) for wire in wires]
        while "29 waiting" not in repr(pool):
            gevent.sleep(0.001)
        assert repr(pool) == f"<ConnectionPool {server.url}: 1 active, 0 idle, 29 waiting, limit 1>"
        go_on.set()
        gevent.joinall(asked, timeout=8, raise_error=True)
        answers: list[Exchange] = [job.get() for job in asked]
        assert [answer.body for answer in answers] == [b"/%d" % number for number in range(30)]
        assert server.requests == wires
        assert server.accepted == 1
        for earlier, later in pairwise(answers):
            assert later.ready_ns <= earlier.end_ns <= (later.sent_ns or 0)


def test_waiting_too_long_is_a_pool_timeout() -> None:
    """A request that gets no connection before its deadline says so, and was never sent."""
    with (
        scripted_server([request, hold]) as server,
        pool_to(server.url, limits={"connections": 1}, deadlines={"pool_s": 0.05, "first_byte_s": 0.2}) as pool,
    ):
        first = gevent.spawn(ask, pool)
        gevent.sleep(0)
        exchange = ask(pool)
        assert exchange.fault is Fault.POOL_TIMEOUT
        assert exchange.sent_ns is None
        assert exchange.end_ns - exchange.ready_ns >= 50_000_000
        assert first.get(timeout=8).fault is Fault.FIRST_BYTE_TIMEOUT
        assert repr(pool) == f"<ConnectionPool {server.url}: 0 active, 0 idle, 0 waiting, limit 1>"


def test_killed_in_line_gives_its_place_away() -> None:
    """A greenlet that dies in line leaves the line, and whoever is next is served."""
    go_on = threading.Event()
    with (
        scripted_server([request, wait_for(go_on), send(OK), answer_each(lambda _: OK)]) as server,
        pool_to(server.url, limits={"connections": 1}) as pool,
    ):
        first, second, third = (gevent.spawn(ask, pool) for _ in range(3))
        while "2 waiting" not in repr(pool):
            gevent.sleep(0.001)
        second.kill()
        go_on.set()
        assert [first.get(timeout=8).status, third.get(timeout=8).status] == [200, 200]
        assert repr(pool) == f"<ConnectionPool {server.url}: 0 active, 1 idle, 0 waiting, limit 1>"


def test_killed_with_a_place_granted_hands_it_on() -> None:
    """A greenlet that dies between being granted a connection and using it hands the connection on."""
    line: list[gevent.Greenlet] = []

    class KillsTheNextInLine:
        def feed(self, data: bytes, at_ns: int) -> None:
            # Scheduled before the release that follows schedules the wake-up, so it strikes with the place granted.
            line[0].kill(block=False)

    with (
        scripted_server([answer_each(lambda _: OK)]) as server,
        pool_to(server.url, limits={"connections": 1}) as pool,
    ):
        first = gevent.spawn(ask, pool, sink=KillsTheNextInLine())
        gevent.sleep(0)
        line += [gevent.spawn(ask, pool), gevent.spawn(ask, pool)]
        assert line[1].get(timeout=8).status == 200
        assert first.get(timeout=8).status == 200
        assert isinstance(line[0].value, gevent.GreenletExit)
        assert len(server.requests) == 2
        assert repr(pool) == f"<ConnectionPool {server.url}: 0 active, 1 idle, 0 waiting, limit 1>"


def test_connection_closed_while_idle_is_replaced_unseen() -> None:
    """A kept connection that the target closes while it is idle is dropped, and no request is risked on it."""
    closed = threading.Event()
    with (
        scripted_server([request, send(OK), close, signal(closed)], [answer_each(lambda _: OK)]) as server,
        pool_to(server.url) as pool,
    ):
        assert ask(pool).status == 200
        while pool.open_connections:
            gevent.sleep(0.001)
        assert ask(pool, POST).status == 200
        assert (server.accepted, len(server.requests)) == (2, 2)


def test_close_that_the_loop_has_not_seen_is_seen_before_reuse() -> None:
    """A close that arrived while the event loop was busy elsewhere is noticed before the next request is sent."""
    closed = threading.Event()
    with (
        scripted_server([request, send(OK), close, signal(closed)], [answer_each(lambda _: OK)]) as server,
        pool_to(server.url, deadlines={"trusted_idle_s": 1e-9}) as pool,
    ):
        assert ask(pool).status == 200
        assert closed.wait(8)
        exchange = ask(pool, POST)
        assert (exchange.status, exchange.fault) == (200, None)
        assert server.requests.count(POST) == 1


def test_close_after_a_stream_is_seen_before_reuse() -> None:
    """A connection that carried a stream is never trusted: llama.cpp closes it behind the last chunk and has not said so."""
    closed = threading.Event()
    stream = (
        b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\nKeep-Alive: timeout=5, max=100\r\n\r\n"
        b"e\r\ndata: [DONE]\n\n\r\n0\r\n\r\n"
    )
    with (
        scripted_server([request, send(stream), close, signal(closed)], [answer_each(lambda _: OK)]) as server,
        pool_to(server.url, deadlines={"trusted_idle_s": 60.0}) as pool,
    ):
        decoder = ChatDecoder(time.monotonic_ns())
        assert ask(pool, POST, sink=decoder).fault is None
        assert closed.wait(8)
        assert ask(pool, POST).status == 200
        assert (server.accepted, len(server.requests)) == (2, 2)


def test_refused_send_on_a_trusted_connection_goes_to_another() -> None:
    """A connection that was trusted and is gone takes no byte of the request, which then travels on a new one, once."""
    gone = threading.Event()
    with (
        scripted_server([request, send(OK), reset, signal(gone)], [answer_each(lambda _: OK)]) as server,
        pool_to(server.url, deadlines={"trusted_idle_s": 60.0}) as pool,
    ):
        assert ask(pool).status == 200
        assert gone.wait(8)
        exchange = ask(pool, POST)
        assert (exchange.status, exchange.fault) == (200, None)
        assert server.requests.count(POST) == 1


@pytest.mark.parametrize(
    ("ending", "fault"),
    [
        pytest.param(close, Fault.CLOSED_BEFORE_ANSWER, id="closed without an answer"),
        pytest.param(reset, Fault.RESET, id="reset without an answer"),
    ],
)
def test_request_lost_after_the_send_is_not_repeated(ending: Step, fault: Fault) -> None:
    """A request that the target may have read is never sent twice, on a kept connection neither."""
    with scripted_server([request, send(OK), request, ending]) as server, pool_to(server.url) as pool:
        assert ask(pool).status == 200
        exchange = ask(pool, POST)
        assert exchange.fault is fault
        assert exchange.sent_ns is not None
        assert (server.accepted, server.requests.count(POST)) == (1, 1)


def test_last_used_is_used_first() -> None:
    """Of two idle connections the one that was used last carries the next request."""
    both = threading.Barrier(2, timeout=8)

    def meet(peer: Peer) -> None:
        both.wait()
        peer.sock.sendall(OK)

    def named(name: bytes) -> Step:
        return answer_each(lambda _: b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n" + name)

    with (
        scripted_server([request, meet, named(b"1")], [request, meet, named(b"2")]) as server,
        pool_to(server.url) as pool,
    ):
        gevent.joinall([gevent.spawn(ask, pool) for _ in range(2)], timeout=8, raise_error=True)
        assert repr(pool) == f"<ConnectionPool {server.url}: 0 active, 2 idle, 0 waiting, limit 4>"
        assert len({ask(pool).body for _ in range(5)}) == 1


def test_refused_connection() -> None:
    """A port where nobody listens refuses, and the pool holds nothing afterwards."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
        with pool_to(f"http://127.0.0.1:{port}") as pool:
            exchange = ask(pool)
            assert (exchange.fault, exchange.sent_ns, exchange.status) == (Fault.CONNECT_REFUSED, None, 0)
            assert pool.open_connections == 0


def test_connect_deadline() -> None:
    """A target whose queue of connections is full is given up at the connect deadline."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        port = listener.getsockname()[1]
        fillers = [socket.socket() for _ in range(3)]
        try:
            for filler in fillers:
                filler.setblocking(False)
                filler.connect_ex(("127.0.0.1", port))
            with pool_to(f"http://127.0.0.1:{port}", deadlines={"connect_s": 0.05}) as pool:
                exchange = ask(pool)
                assert (exchange.fault, exchange.sent_ns) == (Fault.CONNECT_TIMEOUT, None)
                assert pool.open_connections == 0
        finally:
            for filler in fillers:
                filler.close()


def test_name_without_an_address() -> None:
    """A name that does not resolve is a failed connection, not an exception."""
    with pool_to("http://no-such-host.invalid:1", deadlines={"connect_s": 1.0}) as pool:
        assert ask(pool).fault is Fault.CONNECT_FAILED
        assert pool.open_connections == 0


def test_name_is_resolved() -> None:
    """A host name works, whichever of its addresses listens."""
    with scripted_server([answer_each(lambda _: OK)]) as server, pool_to(f"http://localhost:{server.port}") as pool:
        assert [ask(pool).status for _ in range(2)] == [200, 200]


def test_ipv6_literal() -> None:
    """An IPv6 literal works."""
    with (
        scripted_server([request, send(OK)], family=socket.AF_INET6) as server,
        pool_to(f"http://[::1]:{server.port}") as pool,
    ):
        assert ask(pool).status == 200


def test_closed_pool_answers_with_a_fault() -> None:
    """After close nobody is served: neither those in line nor those who come later; who is under way may end."""
    go_on = threading.Event()
    with (
        scripted_server([request, wait_for(go_on), send(OK)]) as server,
        pool_to(server.url, limits={"connections": 1}) as pool,
    ):
        under_way, in_line = gevent.spawn(ask, pool), gevent.spawn(ask, pool)
        while "1 waiting" not in repr(pool):
            gevent.sleep(0.001)
        pool.close()
        assert in_line.get(timeout=8).fault is Fault.POOL_TIMEOUT
        assert ask(pool).fault is Fault.POOL_TIMEOUT
        go_on.set()
        assert under_way.get(timeout=8).status == 200
        assert pool.open_connections == 0


def test_overdue_requests_end_together() -> None:
    """One sweep ends every overdue wait, each with its own instants."""
    with (
        scripted_server([request, hold]) as server,
        pool_to(server.url, limits={"connections": 20}, deadlines={"first_byte_s": 0.05}) as pool,
    ):
        started_ns = time.monotonic_ns()
        asked = [gevent.spawn(ask, pool) for _ in range(20)]
        gevent.joinall(asked, timeout=8, raise_error=True)
        assert {job.get().fault for job in asked} == {Fault.FIRST_BYTE_TIMEOUT}
        assert all(job.get().end_ns - started_ns >= 50_000_000 for job in asked)
        assert pool.open_connections == 0


def test_pool_needs_no_hub_before_its_first_request() -> None:
    """A pool can be made before a process forks: it opens nothing until it is asked."""
    pool = ConnectionPool(Origin.parse("http://127.0.0.1:1"), deadlines=Deadlines(), limits=Limits())
    assert pool.open_connections == 0


def test_pinned_addresses_are_the_only_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    """A pool with addresses goes there whatever its host's name stands for, and never asks; no proxy of the environment has a say."""
    with scripted_server([answer_each(lambda _: OK)]) as server, scripted_server([answer_each(lambda _: OK)]) as proxy:
        for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "all_proxy"):
            monkeypatch.setenv(name, proxy.url)
        url = f"http://no-such-host.invalid:{server.port}"
        with pool_to(url, addresses=[address_of("127.0.0.1", server.port)], mode="fresh") as pool:
            assert [ask(pool).status for _ in range(3)] == [200, 200, 200]

    assert (server.accepted, proxy.accepted) == (3, 0)


def test_a_redirect_is_an_answer() -> None:
    """A redirect is handed back as it is; nobody goes where it leads."""
    with scripted_server([answer_each(lambda _: OK)]) as elsewhere:
        moved = f"HTTP/1.1 307 Moved\r\nLocation: {elsewhere.url}/\r\nContent-Length: 0\r\n\r\n".encode()
        with scripted_server([answer_each(lambda _: moved)]) as server, pool_to(server.url) as pool:
            assert [ask(pool).status, ask(pool).status] == [307, 307]

    assert (len(server.requests), elsewhere.accepted) == (2, 0)


def test_a_halted_pool_sends_nothing_more() -> None:
    """After a halt a request on its way gets its answer, and whoever asks for another waits until it is killed."""
    go_on, sent = threading.Event(), threading.Event()
    script = [request, signal(sent), wait_for(go_on), send(OK), answer_each(lambda _: OK)]
    with scripted_server(script) as server, pool_to(server.url, limits={"connections": 1}) as pool:
        first = gevent.spawn(ask, pool)
        in_line = gevent.spawn(ask, pool)
        while not sent.is_set():
            gevent.sleep(0.005)
        pool.halt()
        late = gevent.spawn(ask, pool)
        gevent.sleep(0)
        go_on.set()
        first.join(10)
        gevent.joinall([in_line, late], timeout=0.1)
        assert first.value is not None
        assert (first.value.status, in_line.ready(), late.ready()) == (200, False, False)
        gevent.killall([in_line, late])

    assert (len(server.requests), server.accepted) == (1, 1)
