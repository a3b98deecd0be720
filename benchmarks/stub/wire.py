"""The requests of the stub's benchmark, encoded once, and what their answers are cut by.

A purchase is three requests of one shopper who already holds a card: create, apply the card, complete.
"""

import json
from typing import Final

HEAD_END: Final = b"\r\n\r\n"
STREAM_END: Final = b"\r\n0\r\n\r\n"
_CHUNK_WITH_EVENT: Final = b"\r\ndata: "
_LENGTH: Final = b"content-length: "
_STATUS: Final = slice(9, 12)  # "HTTP/1.1 200 OK"
_SESSION_ID: Final = b'"id":"'
_CODE: Final = b'"code":"'
_ORDER_ID: Final = b'"order":{"id":"'
SKU: Final = "pearl-milk-tea"
PROMPT: Final = "two mango pomelo sago"
EVENTS: Final = 20
"""Server-sent events of the answer to ``PROMPT``, when the stub cuts its words by ``PIECE_BYTES``."""
PIECE_BYTES: Final = 7
_ADDRESS: Final = {
    "name": "Li Wei",
    "line_one": "1 Lake Rd",
    "city": "Hangzhou",
    "state": "ZJ",
    "country": "CN",
    "postal_code": "310000",
}
_CREATE: Final = {
    "currency": "cny",
    "line_items": [{"id": SKU}, {"id": SKU}],
    "capabilities": {"extensions": ["discount"]},
    "buyer": {"email": "shopper@shop.test"},
    "fulfillment_details": {"name": "Li Wei", "phone_number": "13800000000", "address": _ADDRESS},
}
_OPTION: Final = {"type": "shipping", "option_id": "std", "item_ids": [SKU]}
_APPLY: Final = {"selected_fulfillment_options": [_OPTION], "discounts": {"codes": ["@"]}}
_CREDENTIAL: Final = {"type": "spt", "token": "spt_test_bench"}
_COMPLETE: Final = {
    "payment_data": {"handler_id": "card", "instrument": {"type": "card", "credential": _CREDENTIAL}},
}
_CHAT: Final = {
    "model": "springtide-shop",
    "stream": True,
    "stream_options": {"include_usage": True},
    "messages": [{"role": "system", "content": "You sell."}, {"role": "user", "content": PROMPT}],
    "tools": [{"type": "function", "function": {"name": "create_checkout", "parameters": {"type": "object"}}}],
}


def _post(path: bytes, headers: bytes, body: bytes) -> bytes:
    fixed = b"Host: 127.0.0.1\r\nAuthorization: Bearer bench\r\nContent-Type: application/json\r\n"
    return b"POST %b HTTP/1.1\r\n%b%bContent-Length: %d\r\n\r\n%b" % (path, fixed, headers, len(body), body)


def _encoded(body: object) -> bytes:
    return json.dumps(body, separators=(",", ":")).encode()


_KEYED: Final = b"API-Version: 2026-04-17\r\nX-Shopper-Id: %b\r\nIdempotency-Key: %b\r\n"
_CREATE_BODY: Final = _encoded(_CREATE)
_APPLY_BODY: Final = tuple(_encoded(_APPLY).split(b"@"))
_COMPLETE_BODY: Final = _encoded(_COMPLETE)
CHAT: Final = _post(b"/v1/chat/completions", b"", _encoded(_CHAT))


def claim(user: bytes) -> bytes:
    """Ask for the first card of a user."""
    body = b'{"user_id":"%b","reason":"first"}' % user
    return _post(b"/campaign/cards", b"Idempotency-Key: %b-card\r\n" % user, body)


def create(user: bytes) -> bytes:
    """Open a user's session."""
    return _post(b"/checkout_sessions", _KEYED % (user, user + b"-create"), _CREATE_BODY)


def apply(user: bytes, session_id: bytes, code: bytes) -> bytes:
    """Choose the delivery and give the card."""
    body = code.join(_APPLY_BODY)
    return _post(b"/checkout_sessions/" + session_id, _KEYED % (user, user + b"-apply"), body)


def complete(user: bytes, session_id: bytes) -> bytes:
    """Pay."""
    path = b"/checkout_sessions/%b/complete" % session_id
    return _post(path, _KEYED % (user, user), _COMPLETE_BODY)


def is_whole(data: bytes) -> bool:
    """Whether the bytes hold one whole answer, with a Content-Length or chunked."""
    head_end = data.find(HEAD_END)
    if head_end < 0:
        return False
    at = data.find(_LENGTH, 0, head_end)
    if at < 0:
        return data.endswith(STREAM_END)
    at += len(_LENGTH)
    return len(data) >= head_end + len(HEAD_END) + int(data[at : data.index(b"\r", at)])


def writes(data: bytes) -> int:
    """How many chunks with a server-sent event at their head a streamed answer holds: the stub writes each by itself."""
    return data.count(_CHUNK_WITH_EVENT)


def status(data: bytes) -> bytes:
    """The three digits."""
    return data[_STATUS]


def session_id(data: bytes) -> bytes:
    """The id of the session that the answer tells."""
    return _text(data, _SESSION_ID)


def code(data: bytes) -> bytes:
    """The code of the card that the answer tells."""
    return _text(data, _CODE)


def order_id(data: bytes) -> bytes:
    """The id of the order that the answer tells."""
    return _text(data, _ORDER_ID)


def _text(data: bytes, member: bytes) -> bytes:
    at = data.index(member, data.index(HEAD_END)) + len(member)
    return data[at : data.index(b'"', at)]
