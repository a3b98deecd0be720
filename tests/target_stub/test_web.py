"""Behaviour of the ASGI helpers: routing, bounded bodies, replies and streams."""

import asyncio
from typing import cast

import pytest

from target_stub.web import (
    BODY_BYTES_MAX,
    AsgiApp,
    Reply,
    Request,
    Reset,
    Route,
    RouteTable,
    Stream,
    Write,
    application,
    json_reply,
)
from tests.helpers.asgi import AsgiCall, ask
from tests.helpers.clocks import settle


async def echo(request: Request) -> Reply:
    """Answer with what the request was."""
    return json_reply(200, [request.method, request.path_params, request.query, request.body.decode()])


def shop_like() -> AsgiApp:
    """Return an application with a fixed path and two patterns."""
    return application(
        [
            Route("GET", "/orders", echo),
            Route("POST", "/sessions/{id}", echo),
            Route("POST", "/sessions/{id}/complete", echo),
            Route("GET", "/sessions/{id}", echo),
        ]
    )


@pytest.mark.parametrize(
    ("method", "target", "status", "body"),
    [
        pytest.param("GET", "/orders", 200, b'["GET",{},{},""]', id="a fixed path"),
        pytest.param("GET", "/orders?user_id=u%201&x=", 200, b'["GET",{},{"user_id":"u 1","x":""},""]', id="a query"),
        pytest.param("POST", "/sessions/cs_1", 200, b'["POST",{"id":"cs_1"},{},""]', id="a path with a parameter"),
        pytest.param("POST", "/sessions/cs_1/complete", 200, b'["POST",{"id":"cs_1"},{},""]', id="a longer one"),
    ],
)
def test_a_route_gets_its_parameters(method: str, target: str, status: int, body: bytes) -> None:
    """A request reaches the handler of its method and path, with path parameters and query decoded."""
    call = asyncio.run(ask(shop_like(), method, target))

    assert (status, body) == (call.status, call.body)


@pytest.mark.parametrize(
    ("method", "path", "status", "allow"),
    [
        pytest.param("GET", "/nothing", 404, None, id="an unknown path"),
        pytest.param("POST", "/sessions//complete", 404, None, id="an empty parameter"),
        pytest.param("DELETE", "/orders", 405, "GET", id="a known path, another method"),
        pytest.param("PUT", "/sessions/cs_1", 405, "GET, POST", id="a known pattern, another method"),
    ],
)
def test_what_no_route_takes_is_refused(method: str, path: str, status: int, allow: str | None) -> None:
    """A path nobody serves is a 404, and a method nobody serves on it is a 405 that names the others."""
    call = asyncio.run(ask(shop_like(), method, path))

    assert (status, allow) == (call.status, call.headers.get("allow"))


def test_two_routes_cannot_claim_the_same_place() -> None:
    """A route table with two rows for one method and pattern is refused when it is made."""
    with pytest.raises(ValueError, match="two routes claim GET /orders"):
        RouteTable([Route("GET", "/orders", echo), Route("GET", "/orders", echo)])


def test_a_body_in_pieces_is_one_body() -> None:
    """A handler gets the whole body, however many messages it came in."""
    call = asyncio.run(ask(shop_like(), "POST", "/sessions/cs_1", body=[b"a", b"", b"bc"]))

    assert call.body.endswith(b'"abc"]')


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"x" * (BODY_BYTES_MAX + 1), id="in one piece"),
        pytest.param([b"x" * BODY_BYTES_MAX, b"x", b"never read"], id="in pieces"),
    ],
)
def test_a_body_over_the_bound_is_refused(body: bytes | list[bytes]) -> None:
    """More than 1 MiB of body is a 413, after which the connection closes."""
    call = asyncio.run(ask(shop_like(), "POST", "/sessions/cs_1", body=body))

    assert (call.status, call.headers["connection"]) == (413, "close")


def test_a_body_of_exactly_the_bound_is_taken() -> None:
    """1 MiB of body is accepted."""
    call = asyncio.run(ask(shop_like(), "POST", "/sessions/cs_1", body=b"x" * BODY_BYTES_MAX))

    assert call.status == 200


def test_a_handler_that_fails_is_a_500(capsys: pytest.CaptureFixture[str]) -> None:
    """A defect in a handler is answered with a 500 that says nothing of its inside, and logged on standard error."""

    async def broken(_request: Request) -> Reply:
        raise KeyError("secret detail")

    call = asyncio.run(ask(application([Route("GET", "/", broken)]), "GET", "/"))

    assert call.status == 500
    assert b"secret detail" not in call.body
    assert "secret detail" in capsys.readouterr().err


def streaming(go_on: asyncio.Event, told: list[str]) -> AsgiApp:
    """Return an application that writes `one`, waits, writes `two`, and notes how it ends."""

    async def produce(write: Write) -> None:
        try:
            await write(b"one")
            await go_on.wait()
            await write(b"two")
        except asyncio.CancelledError:
            told.append("cancelled")
            raise
        told.append("done")

    async def handler(_request: Request) -> Reply | Stream:
        return Stream(200, [("content-type", "text/plain")], produce, lambda: told.append("left"))

    return application([Route("GET", "/", handler)])


def test_a_stream_is_sent_as_it_is_written() -> None:
    """Each write of a stream is sent at once, chunked, and the end is sent when the producer returns."""

    async def scenario() -> None:
        go_on = asyncio.Event()
        told: list[str] = []
        call = AsgiCall(streaming(go_on, told), "GET", "/")
        await settle()
        assert (call.body, call.ended, call.headers["transfer-encoding"]) == (b"one", False, "chunked")

        go_on.set()
        await call.task
        assert (call.body, call.ended, told) == (b"onetwo", True, ["done"])

    asyncio.run(scenario())


def test_a_stream_whose_client_leaves_is_told_so_and_cancelled() -> None:
    """When the client leaves, the stream hears that first and is cancelled then; nothing more is sent."""

    async def scenario() -> None:
        told: list[str] = []
        call = AsgiCall(streaming(asyncio.Event(), told), "GET", "/")
        await settle()
        call.leave()
        await call.task

        assert (call.body, call.ended, told) == (b"one", False, ["left", "cancelled"])

    asyncio.run(scenario())


def test_a_stream_that_the_server_ends_is_only_cancelled() -> None:
    """A cancelled request is not a client that left."""

    async def scenario() -> None:
        told: list[str] = []
        call = AsgiCall(streaming(asyncio.Event(), told), "GET", "/")
        await settle()
        call.task.cancel()
        await asyncio.wait([call.task])

        assert call.task.cancelled()
        assert told == ["cancelled"]

    asyncio.run(scenario())


def test_a_stream_that_fails_breaks_off(capsys: pytest.CaptureFixture[str]) -> None:
    """A producer that fails makes the call fail, so that the server cuts the connection in place of ending the body."""

    async def produce(write: Write) -> None:
        await write(b"half")
        raise RuntimeError("the rest is lost")

    async def handler(_request: Request) -> Reply | Stream:
        return Stream(200, [], produce, lambda: None)

    async def scenario() -> AsgiCall:
        call = AsgiCall(application([Route("GET", "/", handler)]), "GET", "/")
        await asyncio.wait([cast("asyncio.Future[None]", call.task)])
        return call

    call = asyncio.run(scenario())

    assert isinstance(call.task.exception(), RuntimeError)
    assert not call.ended
    assert "the rest is lost" in capsys.readouterr().err


def test_a_client_that_leaves_during_its_body_gets_nothing() -> None:
    """A request whose client leaves before the end of the body is dropped without an answer."""

    async def scenario() -> AsgiCall:
        call = AsgiCall(shop_like(), "POST", "/sessions/cs_1", body=[b"half", b""])
        call._incoming.get_nowait()
        call._incoming.get_nowait()
        call.leave()
        await call.task
        return call

    assert asyncio.run(scenario()).sent == []


def test_a_reset_is_no_answer() -> None:
    """A handler that resets sends nothing; the server is told to break the connection."""

    async def refuse(_request: Request) -> Reset:
        return Reset()

    call = asyncio.run(ask(application([Route("GET", "/x", refuse)]), "GET", "/x"))

    assert (call.was_reset, call.sent) == (True, [])


@pytest.mark.parametrize(
    ("instead", "status", "body"),
    [
        pytest.param(Reply(429, [], b"no"), 429, b"no", id="a reply"),
        pytest.param(Stream(200, [], lambda write: write(b"busy"), lambda: None), 200, b"busy", id="another stream"),
    ],
)
def test_a_stream_that_has_not_begun_may_turn_out_to_be_something_else(
    instead: Reply | Stream, status: int, body: bytes
) -> None:
    """What `produce` returns before its first write is sent in place of the stream."""

    async def produce(write: Write) -> Reply | Stream:
        return instead

    async def handler(request: Request) -> Stream:
        return Stream(200, [], produce, lambda: None)

    call = asyncio.run(ask(application([Route("GET", "/x", handler)]), "GET", "/x"))

    assert (call.status, call.body) == (status, body)


def test_a_stream_that_has_not_begun_may_turn_out_to_be_a_reset() -> None:
    """A queue that sends a shopper away late can reset the connection, as a door can."""

    async def produce(write: Write) -> Reset:
        return Reset()

    async def handler(request: Request) -> Stream:
        return Stream(200, [], produce, lambda: None)

    async def scenario() -> AsgiCall:
        call = AsgiCall(application([Route("GET", "/x", handler)]), "GET", "/x")
        await settle()
        call.leave()
        await call.task
        return call

    call = asyncio.run(scenario())

    assert (call.status, call.was_reset) == (None, True)
