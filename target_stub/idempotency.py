"""What the shop remembers of POSTs by their Idempotency-Key, so that a repeated request acts once (protocols.md 2.5).

Knows digests, replies and instants; it must not know HTTP headers, doors or the event loop.
"""

from collections import OrderedDict
from enum import Enum
from hashlib import blake2b
from math import isinf
from typing import Final

import msgspec

from target_stub.web import Reply

TTL_NS: Final = 24 * 3600 * 1_000_000_000
"""The protocol asks for 24 hours at least."""
LIMIT: Final = 65_536
"""Replies kept, of about 1.5 kB each. Past it the oldest are forgotten; the ledger's unique key still allows one order."""
KEY_LENGTH_MAX: Final = 255


def _whole_number(text: str) -> int | float:
    number = float(text)
    if isinf(number):
        raise ValueError(f"{text} has no value in JSON's usual range")
    return int(number) if number.is_integer() else number


_JSON: Final = msgspec.json.Decoder(float_hook=_whole_number)
_CANONICAL: Final = msgspec.json.Encoder(order="sorted")


def fingerprint(body: bytes) -> bytes:
    """16 bytes that are equal for bodies of equal JSON value.

    Member order and the writing of a number do not count (1.0 = 1), list order and null against absent do. A body that
    is not JSON stands for its own bytes.
    """
    try:
        canonical = _CANONICAL.encode(_JSON.decode(body))
    except (msgspec.DecodeError, OverflowError, RecursionError, UnicodeDecodeError):
        return blake2b(body, digest_size=16, person=b"raw").digest()
    return blake2b(canonical, digest_size=16).digest()


def scope_of(identity: str, path: str, key: str) -> bytes:
    """16 bytes that name a key within its scope; the identity is a secret and is kept as a digest only."""
    return blake2b(f"{identity}\n{path}\n{key}".encode(), digest_size=16).digest()


class Standing(Enum):
    """Where a key stands when there is no stored reply to repeat."""

    FRESH = "fresh"
    RUNNING = "running"
    CONFLICT = "conflict"


class _Remembered(msgspec.Struct, gc=False):
    body: bytes
    begun_unix_ns: int
    reply: Reply | None = None  # None: the first request is still running


class IdempotencyStore:
    """Keys with the digest of their body and, once there is one, their reply; bounded, oldest forgotten first."""

    def __init__(self, *, limit: int = LIMIT, ttl_ns: int = TTL_NS) -> None:
        self._limit = limit
        self._ttl_ns = ttl_ns
        self._by_scope: OrderedDict[bytes, _Remembered] = OrderedDict()

    def __len__(self) -> int:
        return len(self._by_scope)

    def begin(self, scope: bytes, body: bytes, now_unix_ns: int) -> Reply | Standing:
        """The stored reply, or where the key stands; FRESH makes it running until `keep` or `forget`."""
        known = self._by_scope.get(scope)
        if known is not None and (known.reply is None or now_unix_ns - known.begun_unix_ns < self._ttl_ns):
            if known.body != body:
                return Standing.CONFLICT
            return Standing.RUNNING if known.reply is None else known.reply
        self._by_scope.pop(scope, None)
        self._by_scope[scope] = _Remembered(body, now_unix_ns)
        if len(self._by_scope) > self._limit:
            self._forget_oldest()
        return Standing.FRESH

    def _forget_oldest(self) -> None:
        # A plain dict is searched from the places of everything that was forgotten before: an OrderedDict begins at the oldest.
        for scope, known in self._by_scope.items():
            if known.reply is not None:
                del self._by_scope[scope]
                return

    def keep(self, scope: bytes, reply: Reply) -> None:
        """The first request has ended with a reply that repeats of it must see."""
        self._by_scope[scope].reply = reply

    def forget(self, scope: bytes) -> None:
        """The first request has ended with nothing to repeat: the next one runs fresh."""
        self._by_scope.pop(scope, None)
