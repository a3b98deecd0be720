"""``self.client`` of a shopper: one method for each kind of request, sent over the run's pool, answered by a ``Response``.

Raises only for what the journey itself does wrong: a path without its slash, a header with a line end, a body beyond the bound.
"""

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from locustfiles.journeys.own_wish import OwnWish
from locustfiles.journeys.response import Response
from locustfiles.protocols.request_heads import BODY_LIMIT, RequestHeads
from locustfiles.recording.classify_answer import classify_answer
from locustfiles.transport.content_coding import inflated_exchange
from reports.run_record.outcome import ARRIVAL, ORDER

MOST_STEPS = 300
"""Different names of requests that are kept apart; a name with a number in it would fill memory and every table."""
OTHER = "other requests"
"""The name of all that come after them."""
_encode_json = msgspec.json.Encoder().encode


class Client:
    """The requests of one shopper; each belongs to the present task's wish. ``wish`` gives it, written ahead."""

    def __init__(self, wish: Callable[[], OwnWish], heads: RequestHeads) -> None:
        """Send nothing yet."""
        self._wish = wish
        self._heads = heads

    def get(self, path: str, *, headers: Mapping[str, str] | None = None, name: str = "") -> Response:
        """Send a GET; ``name`` is the step's name in record and tables, by default the path with ``{id}`` for keys."""
        return self._send("GET", path, b"", None, headers, name)

    def head(self, path: str, *, headers: Mapping[str, str] | None = None, name: str = "") -> Response:
        """Send a HEAD."""
        return self._send("HEAD", path, b"", None, headers, name)

    def delete(
        self,
        path: str,
        *,
        data: bytes | str = b"",
        json: Any = None,
        headers: Mapping[str, str] | None = None,
        name: str = "",
    ) -> Response:
        """Send a DELETE."""
        return self._send("DELETE", path, data, json, headers, name)

    def post(
        self,
        path: str,
        *,
        data: bytes | str = b"",
        json: Any = None,
        headers: Mapping[str, str] | None = None,
        name: str = "",
    ) -> Response:
        """Send a POST with ``data`` as it is, or with ``json`` encoded."""
        return self._send("POST", path, data, json, headers, name)

    def put(
        self,
        path: str,
        *,
        data: bytes | str = b"",
        json: Any = None,
        headers: Mapping[str, str] | None = None,
        name: str = "",
    ) -> Response:
        """Send a PUT."""
        return self._send("PUT", path, data, json, headers, name)

    def patch(
        self,
        path: str,
        *,
        data: bytes | str = b"",
        json: Any = None,
        headers: Mapping[str, str] | None = None,
        name: str = "",
    ) -> Response:
        """Send a PATCH."""
        return self._send("PATCH", path, data, json, headers, name)

    def _send(
        self, method: str, path: str, data: bytes | str, json: Any, headers: Mapping[str, str] | None, name: str
    ) -> Response:
        raw = data.encode() if isinstance(data, str) else data
        body = raw if json is None else _encode_json(json)
        head = self._heads.head(method, path, is_json=json is not None, headers=headers)
        request = head.with_body(body)
        own = self._wish()
        step = _step_of(own, name or head.name, method)
        exchange = own.store.wire.exchange(request, intended_ns=own.next_start_ns())
        if head.asks_gzip:
            exchange = inflated_exchange(exchange, limit=BODY_LIMIT)
        response = Response(step, (method, path), exchange, classify_answer(exchange))
        own.answered(response)
        return response


def _step_of(own: OwnWish, name: str, method: str) -> str:
    """The name under which a request is counted; Locust's table shows it with its first method."""
    methods = own.store.recorder.methods
    if name not in methods:
        if name in (ORDER, ARRIVAL):
            raise ValueError(f"A request cannot be named {name!r}, which is counted by itself; give it another name.")
        if len(methods) >= MOST_STEPS:
            return OTHER
        methods[name] = method
    return name
