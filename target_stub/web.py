"""Requests, replies and routes as values, and the ASGI application that carries them.

Knows HTTP and ASGI 3 and nothing of shops or chats. A handler takes a `Request` and returns a `Reply`, or a `Stream`
when its body takes time. Bodies are bounded; a handler that raises becomes a 500 and the stub stays up.
"""

import asyncio
import sys
import traceback
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from typing import Any, Final
from urllib.parse import parse_qsl

import msgspec

BODY_BYTES_MAX: Final = 1 << 20
_SERVER_ERRORS_FROM: Final = 500

# An ASGI message is an open mapping by its specification; its members are checked where they are read.
Message = MutableMapping[str, Any]
Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
AsgiApp = Callable[[Scope, Receive, Send], Awaitable[None]]
Headers = list[tuple[str, str]]
Write = Callable[[bytes], Awaitable[None]]


class Request(msgspec.Struct, frozen=True, gc=False):
    """One request, wholly read: header names in lower case (the last of several wins), `query` decoded."""

    method: str
    path: str
    path_params: dict[str, str]
    headers: dict[str, str]
    body: bytes
    query: dict[str, str] = {}


class Reply(msgspec.Struct, frozen=True, gc=False):
    """One whole answer; Content-Length is added unless the headers ask for the chunked transfer coding."""

    status: int
    headers: Headers
    body: bytes = b""


class Stream(msgspec.Struct, frozen=True, gc=False):
    """An answer whose body is written over time, chunked.

    The status line goes out with the first write; before that, `produce` may return another answer in its place.
    When the client leaves, `client_left()` is called and then `produce(write)` is cancelled; a cancellation without
    that call is the server's own end.
    """

    status: int
    headers: Headers
    produce: Callable[[Write], Awaitable["Reply | Stream | Reset | None"]]
    client_left: Callable[[], None]


class Reset(msgspec.Struct, frozen=True):
    """No answer: the connection is reset. Needs a server with the ASGI extension RESET."""


RESET: Final = "springtide.reset"
"""The extension's name; its member ``now`` is a function that resets the request's connection."""
Handler = Callable[[Request], Awaitable[Reply]]
StreamHandler = Callable[[Request], Awaitable["Reply | Stream | Reset"]]


class Route(msgspec.Struct, frozen=True):
    """One row of the route table; `{name}` in the pattern stands for one non-empty path segment."""

    method: str
    pattern: str
    handler: Handler | StreamHandler


def json_reply(status: int, value: object, headers: Iterable[tuple[str, str]] = ()) -> Reply:
    """Return `value` as a JSON reply; raises TypeError for what JSON cannot carry."""
    return Reply(status, [("content-type", "application/json"), *headers], msgspec.json.encode(value))


def flat_error(status: int, code: str, message: str, headers: Iterable[tuple[str, str]] = ()) -> Reply:
    """Return an error in the flat form of ACP 2026-04-17: `{type, code, message}`."""
    kind = "processing_error" if status >= _SERVER_ERRORS_FROM else "invalid_request"
    return json_reply(status, {"type": kind, "code": code, "message": message}, headers)


class RouteTable:
    """Finds the handler of a method and a path: fixed paths by one look-up, patterns by their segments."""

    def __init__(self, routes: Iterable[Route]) -> None:
        """Raise ValueError when two routes claim the same method and pattern."""
        self._fixed: dict[str, dict[str, Route]] = {}
        self._patterns: dict[int, list[tuple[list[str], Route]]] = {}
        seen: set[tuple[str, str]] = set()
        for route in routes:
            if (route.method, route.pattern) in seen:
                raise ValueError(f"two routes claim {route.method} {route.pattern}: keep one")
            seen.add((route.method, route.pattern))
            if "{" in route.pattern:
                segments = route.pattern.split("/")
                self._patterns.setdefault(len(segments), []).append((segments, route))
            else:
                self._fixed.setdefault(route.pattern, {})[route.method] = route

    def find(self, method: str, path: str) -> tuple[Route, dict[str, str]] | Reply:
        """Return the route and its path parameters, or the 404 or 405 that says why there is none."""
        by_method = self._fixed.get(path)
        if by_method is not None and method in by_method:
            return by_method[method], {}
        allowed = set(by_method or ())
        segments = path.split("/")
        for pattern, route in self._patterns.get(len(segments), ()):
            params = _match(pattern, segments)
            if params is None:
                continue
            if route.method == method:
                return route, params
            allowed.add(route.method)
        if allowed:
            ways = ", ".join(sorted(allowed))
            return flat_error(405, "method_not_allowed", f"this path takes {ways}", [("allow", ways)])
        return flat_error(404, "not_found", "no such path")


def _match(pattern: list[str], segments: list[str]) -> dict[str, str] | None:
    params: dict[str, str] = {}
    for wanted, got in zip(pattern, segments, strict=True):
        if wanted.startswith("{"):
            if not got:
                return None
            params[wanted[1:-1]] = got
        elif wanted != got:
            return None
    return params


def application(routes: Iterable[Route]) -> AsgiApp:
    """Return the ASGI application that serves a route table."""
    table = RouteTable(routes)

    async def serve(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            raise RuntimeError(f"only http is served, not {scope['type']}")
        found = table.find(scope["method"], scope["path"])
        body = await read_body(receive)
        if body is None:
            return
        if isinstance(body, Reply):
            await _send_reply(send, body)
            return
        if isinstance(found, Reply):
            await _send_reply(send, found)
            return
        route, params = found
        answer = await _handled(route, _request(scope, params, body))
        if isinstance(answer, Reply):
            await _send_reply(send, answer)
        elif isinstance(answer, Reset) or await _send_stream(receive, send, answer):
            scope["extensions"][RESET]["now"]()
            await _client_left(receive)

    return serve


def _request(scope: Scope, params: dict[str, str], body: bytes) -> Request:
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
    raw_query: bytes = scope["query_string"]
    query = dict(parse_qsl(raw_query.decode("latin-1"), keep_blank_values=True)) if raw_query else {}
    return Request(scope["method"], scope["path"], params, headers, body, query)


async def _handled(route: Route, request: Request) -> Reply | Stream | Reset:
    try:
        return await route.handler(request)
    except Exception:  # noqa: BLE001 - a defect in one handler is logged and answered; it must not end the stub under load
        traceback.print_exc(limit=8, file=sys.stderr)
        return flat_error(500, "internal_error", "the stub failed on this request; its log has the trace")


async def read_body(receive: Receive) -> bytes | Reply | None:
    """Return the request body, a 413 past BODY_BYTES_MAX, or None when the client left before its end."""
    message = await receive()
    if message["type"] == "http.disconnect":
        return None
    first: bytes = message.get("body", b"")
    if not message.get("more_body", False) and len(first) <= BODY_BYTES_MAX:
        return first
    parts = [first]
    size = len(first)
    while message.get("more_body", False) and size <= BODY_BYTES_MAX:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        parts.append(message.get("body", b""))
        size += len(parts[-1])
    if size > BODY_BYTES_MAX:
        text = f"the request body is over {BODY_BYTES_MAX} bytes"
        return flat_error(413, "body_too_large", text, [("connection", "close")])
    return b"".join(parts)


def _head(status: int, headers: Headers) -> Message:
    raw = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers]
    return {"type": "http.response.start", "status": status, "headers": raw}


async def _send_reply(send: Send, reply: Reply) -> None:
    headers = reply.headers
    if ("transfer-encoding", "chunked") not in headers:
        headers = [*headers, ("content-length", str(len(reply.body)))]
    await send(_head(reply.status, headers))
    await send({"type": "http.response.body", "body": reply.body})


async def _send_stream(receive: Receive, send: Send, stream: Stream) -> bool:
    """Send a stream, or what it turned out to be; returns whether that is a reset."""
    work = asyncio.current_task()
    has_left = False

    async def watch() -> None:
        nonlocal has_left
        await _client_left(receive)
        has_left = True
        stream.client_left()
        if work is not None:
            work.cancel()

    watcher = asyncio.ensure_future(watch())
    try:
        return await _produce(send, stream)
    except asyncio.CancelledError:
        if not has_left:
            raise
        return False
    except Exception as error:
        # Raised on, so that the server closes the connection: a client must not take half a body for a whole one.
        traceback.print_exception(error, limit=8, file=sys.stderr)
        raise
    finally:
        watcher.cancel()


async def _produce(send: Send, stream: Stream) -> bool:
    begun = False

    async def first(data: bytes) -> None:
        await send(_head(stream.status, [*stream.headers, ("transfer-encoding", "chunked")]))
        await send({"type": "http.response.body", "body": data, "more_body": True})

    def write(data: bytes) -> Awaitable[None]:
        nonlocal begun
        if begun:
            return send({"type": "http.response.body", "body": data, "more_body": True})
        begun = True
        return first(data)

    instead = await stream.produce(write)
    if isinstance(instead, Stream):
        return await _produce(send, instead)
    if isinstance(instead, Reply):
        await _send_reply(send, instead)
    if instead is not None:
        return isinstance(instead, Reset)
    if not begun:
        await send(_head(stream.status, [*stream.headers, ("transfer-encoding", "chunked")]))
    await send({"type": "http.response.body", "body": b""})
    return False


async def _client_left(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
