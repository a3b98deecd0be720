"""Calls an ASGI application without a server or a socket, and shows what it sent."""

import asyncio
from collections.abc import Mapping

from target_stub.web import RESET, AsgiApp, Message


class AsgiCall:
    """One request in flight; `leave()` is the client closing its connection."""

    def __init__(
        self,
        app: AsgiApp,
        method: str,
        target: str,
        *,
        headers: Mapping[str, str] | None = None,
        body: bytes | list[bytes] = b"",
    ) -> None:
        """Start the request; `body` as a list arrives in that many pieces."""
        path, _, query = target.partition("?")
        scope = {
            "type": "http",
            "method": method,
            "path": path,
            "query_string": query.encode(),
            "headers": [(name.lower().encode(), value.encode()) for name, value in (headers or {}).items()],
            "extensions": {RESET: {"now": self._reset}},
        }
        self.was_reset = False
        pieces = body if isinstance(body, list) else [body]
        self._incoming: asyncio.Queue[Message] = asyncio.Queue()
        for number, piece in enumerate(pieces, start=1):
            more = number < len(pieces)
            self._incoming.put_nowait({"type": "http.request", "body": piece, "more_body": more})
        self.sent: list[Message] = []
        self.task = asyncio.ensure_future(app(scope, self._incoming.get, self._send))

    async def _send(self, message: Message) -> None:
        self.sent.append(message)

    def _reset(self) -> None:
        self.was_reset = True
        self.leave()

    def leave(self) -> None:
        """Tell the application that the client is gone."""
        self._incoming.put_nowait({"type": "http.disconnect"})

    @property
    def status(self) -> int | None:
        """The status, None before the head was sent."""
        return int(self.sent[0]["status"]) if self.sent else None

    @property
    def headers(self) -> dict[str, str]:
        """The reply's headers."""
        return {name.decode(): value.decode() for name, value in self.sent[0]["headers"]}

    @property
    def body(self) -> bytes:
        """The body as far as it was sent."""
        return b"".join(message["body"] for message in self.sent[1:])

    @property
    def ended(self) -> bool:
        """True when the whole reply was sent."""
        return len(self.sent) > 1 and not self.sent[-1].get("more_body", False)


async def ask(
    app: AsgiApp,
    method: str,
    target: str,
    *,
    headers: Mapping[str, str] | None = None,
    body: bytes | list[bytes] = b"",
) -> AsgiCall:
    """Return a request that the application has answered without waiting for time."""
    call = AsgiCall(app, method, target, headers=headers, body=body)
    await call.task
    return call
