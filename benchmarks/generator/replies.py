"""What the bench server says, encoded once: a chat stream in four writes, a card, and a session at its three stages.

A session's id says what it holds, so the server keeps no sessions. Amounts follow the shop's own catalogue and card.
"""

from itertools import pairwise
from typing import Any, Final, NamedTuple

import msgspec

from target_stub.assistant import QUANTITY_MAX
from target_stub.catalogue import CATALOGUE, Product, delivery_minor, delivery_title
from target_stub.sse import cut

FACE_MINOR: Final = 2500
CARD_NAME: Final = "Spring card"
ID_BYTES: Final = len("cs_00_1_0000000000")
CODE_BYTES: Final = len("SPRING-0000000000")
JSON_ANSWER_BYTES: Final = 300
EVENTS: Final = 20
SKUS: Final = tuple(CATALOGUE)
_EXPIRES: Final = "2026-02-13T15:59:59Z"
_STREAM_HEAD: Final = (
    b"HTTP/1.1 200 OK\r\nConnection: keep-alive\r\nContent-Type: text/event-stream; charset=utf-8\r\n"
    b"Cache-Control: no-cache\r\nTransfer-Encoding: chunked\r\n\r\n"
)
_CONTENT: Final = {
    "zh": "好的，马上为您下单：{}，{}份。请在页面上确认。",
    "en": "Sure, ordering this now: {}, quantity {}.",
}


class Session(NamedTuple):
    """The replies of one basket as templates: each takes the session's id, the later two the card's code as well."""

    created: bytes
    applied: bytes
    completed: bytes


def plain() -> bytes:
    """The answer to a JSON POST, 300 bytes with its head."""
    said = {"id": "cs_bench", "status": "ready_for_payment", "currency": "cny", "note": ""}
    head = len(_head(200, JSON_ANSWER_BYTES))
    said["note"] = "x" * (JSON_ANSWER_BYTES - head - len(msgspec.json.encode(said)))
    return _whole(200, msgspec.json.encode(said))


def health() -> bytes:
    """The answer to anybody who asks whether the server is up."""
    return _whole(200, b'{"status":"ok"}')


def card(number: int, user_id: str = "bench") -> bytes:
    """A fresh card."""
    code = f"SPRING-{number:010d}"
    told = {
        "id": f"card_{code}",
        "code": code,
        "user_id": user_id,
        "state": "issued",
        "face_value": FACE_MINOR,
        "currency": "CNY",
        "reason": "first",
        "expires_at": _EXPIRES,
    }
    return _whole(201, msgspec.json.encode({"card": told}))


def stream(product: Product, quantity: int, language: str) -> tuple[bytes, bytes, bytes, bytes]:
    """A chat answer of 20 events and its end, as the bytes of four writes; the first holds no content.

    The first is the head and the role; then the text, the tool call, and the finish reason with usage and ``[DONE]``.
    """
    name = product.zh if language == "zh" else product.en
    arguments = msgspec.json.encode({"items": [{"sku": product.sku, "quantity": quantity}]}).decode()
    calls = [_call({"arguments": piece}) for piece in cut(arguments)]
    opened = {"id": "call_bench", "type": "function", "function": {"name": "create_checkout", "arguments": ""}}
    calls.insert(0, {"tool_calls": [{"index": 0, **opened}]})
    words = _pieces(_CONTENT[language].format(name, quantity), EVENTS - 1 - len(calls))
    texts = [{"content": word} for word in words]
    usage = {"prompt_tokens": 180, "completion_tokens": 60, "total_tokens": 240}
    end = _event({}, finish="tool_calls") + _data({**_envelope(), "choices": [], "usage": usage}) + b"data: [DONE]\n\n"
    return (
        _STREAM_HEAD + _chunk(_event({"role": "assistant", "content": ""})),
        _chunk(b"".join(_event(delta) for delta in texts)),
        _chunk(b"".join(_event(delta) for delta in calls)),
        _chunk(end) + b"0\r\n\r\n",
    )


def session(product: Product, quantity: int) -> Session:
    """The session of one basket: opened, with delivery and card, and paid."""
    return Session(
        _template(_session_body(product, quantity, "not_ready_for_payment"), status=201),
        _template(_session_body(product, quantity, "ready_for_payment")),
        _template(_session_body(product, quantity, "completed")),
    )


def _session_body(product: Product, quantity: int, status: str) -> dict[str, Any]:
    price, delivery = product.price_minor * quantity, delivery_minor(product.vertical)
    has_card = status != "not_ready_for_payment"
    discount = min(FACE_MINOR, price + delivery - 1) if has_card else 0
    body: dict[str, Any] = {
        "id": "%(id)b",
        "status": status,
        "currency": "cny",
        "line_items": [{"id": "li_1", "item": {"id": product.sku}, "quantity": quantity}],
        "fulfillment_options": [
            {
                "type": "shipping",
                "id": "std",
                "title": delivery_title(product.vertical),
                "totals": [{"type": "total", "display_text": "Delivery", "amount": delivery}],
            }
        ],
        "totals": _totals(price, delivery, discount),
        "messages": [],
        "links": [],
        "expires_at": _EXPIRES,
    }
    if has_card:
        applied = {"id": "di_1", "code": "%(code)b", "amount": discount}
        body["discounts"] = {"codes": ["%(code)b"], "applied": [applied], "rejected": []}
    if status == "completed":
        order = {"id": "order_%(id)b", "checkout_session_id": "%(id)b", "permalink_url": "/orders/order_%(id)b"}
        body["order"] = order
    return body


def _totals(price: int, delivery: int, discount: int) -> list[dict[str, Any]]:
    bill = [("subtotal", "Subtotal", price), ("fulfillment", "Delivery", delivery)]
    if discount:
        bill.append(("discount", CARD_NAME, discount))
    bill.append(("total", "Total", price + delivery - discount))
    return [{"type": kind, "display_text": text, "amount": amount} for kind, text, amount in bill]


def _template(body: dict[str, Any], status: int = 200) -> bytes:
    """A whole answer that takes ``id`` and ``code``, whose sizes are fixed, so that its length is known."""
    encoded = msgspec.json.encode(body)
    filled = encoded % {b"id": b"i" * ID_BYTES, b"code": b"c" * CODE_BYTES}
    return _head(status, len(filled)) + encoded


def _whole(status: int, body: bytes) -> bytes:
    return _head(status, len(body)) + body


def _head(status: int, size: int) -> bytes:
    reason = {200: b"OK", 201: b"Created"}[status]
    return (
        b"HTTP/1.1 %d %s\r\nConnection: keep-alive\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
        % (status, reason, size)
    )


def _call(function: dict[str, str]) -> dict[str, Any]:
    return {"tool_calls": [{"index": 0, "function": function}]}


def _envelope() -> dict[str, Any]:
    return {
        "id": "chatcmpl-bench",
        "object": "chat.completion.chunk",
        "created": 1770336000,
        "model": "springtide-shop",
    }


def _event(delta: dict[str, Any], finish: str | None = None) -> bytes:
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    return _data({**_envelope(), "choices": [choice], "usage": None})


def _data(value: dict[str, Any]) -> bytes:
    return b"data: " + msgspec.json.encode(value) + b"\n\n"


def _chunk(data: bytes) -> bytes:
    return b"%x\r\n%s\r\n" % (len(data), data)


def _pieces(text: str, count: int) -> list[str]:
    """The text in so many pieces of about the same length."""
    marks = [len(text) * place // count for place in range(count + 1)]
    return [text[begin:end] for begin, end in pairwise(marks)]


STREAMS: Final = {
    (product.sku, quantity, language): stream(product, quantity, language)
    for product in CATALOGUE.values()
    for quantity in range(1, QUANTITY_MAX + 1)
    for language in ("zh", "en")
}
SESSIONS: Final = {
    b"%02d_%d" % (place, quantity): session(CATALOGUE[sku], quantity)
    for place, sku in enumerate(SKUS)
    for quantity in range(1, QUANTITY_MAX + 1)
}
