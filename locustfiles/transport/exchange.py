"""What one request did: its instants, its answer or its fault. A failed request is a value, never an exception.

This module must not know sockets (``connection``) nor what an answer means (``protocols``, ``recording.classify``).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class Fault(StrEnum):
    """Why a request has no complete answer: a closed set, each with a sentence."""

    CONNECT_REFUSED = "connect_refused"
    CONNECT_FAILED = "connect_failed"
    CONNECT_TIMEOUT = "connect_timeout"
    TLS_FAILED = "tls_failed"
    SEND_FAILED = "send_failed"
    CLOSED_BEFORE_ANSWER = "closed_before_answer"
    RESET = "reset"
    FIRST_BYTE_TIMEOUT = "first_byte_timeout"
    IDLE_TIMEOUT = "idle_timeout"
    TOTAL_TIMEOUT = "total_timeout"
    TRUNCATED = "truncated"
    HEADER_TOO_LARGE = "header_too_large"
    BODY_TOO_LARGE = "body_too_large"
    MALFORMED_ANSWER = "malformed_answer"
    POOL_TIMEOUT = "pool_timeout"

    @property
    def sentence(self) -> str:
        """The fault in one sentence, for reports and for Locust's error table."""
        return _SENTENCES[self]


_SENTENCES: dict[Fault, str] = {
    Fault.CONNECT_REFUSED: "The target refused the connection.",
    Fault.CONNECT_FAILED: "No connection could be made to the target.",
    Fault.CONNECT_TIMEOUT: "The connection was not made before its deadline.",
    Fault.TLS_FAILED: "The TLS handshake or the certificate check failed.",
    Fault.SEND_FAILED: "The connection broke while the request was being sent.",
    Fault.CLOSED_BEFORE_ANSWER: "The target closed the connection without answering.",
    Fault.RESET: "The target reset the connection.",
    Fault.FIRST_BYTE_TIMEOUT: "No byte of the answer came before the first-byte deadline.",
    Fault.IDLE_TIMEOUT: "The answer stopped for longer than the between-bytes deadline.",
    Fault.TOTAL_TIMEOUT: "The answer was not complete before the total deadline.",
    Fault.TRUNCATED: "The connection ended in the middle of the answer.",
    Fault.HEADER_TOO_LARGE: "The answer's header is larger than the bound.",
    Fault.BODY_TOO_LARGE: "The answer's body is larger than the bound.",
    Fault.MALFORMED_ANSWER: "The answer is not HTTP/1.1.",
    Fault.POOL_TIMEOUT: "No connection of the pool became free before the deadline.",
}


class Headers(Mapping[str, str]):
    """An answer's header lines as a mapping by lower-cased name; a repeated one is joined by ", ".

    Decoded when first looked at: most answers are judged without their headers.
    """

    __slots__ = ("_decoded", "_lines")

    def __init__(self, lines: Sequence[tuple[bytes, bytes]] = ()) -> None:
        """Names and values as they came on the wire."""
        self._lines = lines
        self._decoded: dict[str, str] | None = None

    def __getitem__(self, name: str) -> str:
        """The value of a lower-cased name; KeyError when the answer has none."""
        return self._by_name()[name]

    def get(self, name: str, default: Any = None) -> Any:
        """The value of a lower-cased name, found without decoding the other lines while nobody has asked for them all."""
        if self._decoded is None:
            wanted = name.encode("latin-1", "replace")
            values = [value for raw_name, value in self._lines if raw_name.lower() == wanted]
            if len(values) == 1:
                return values[0].decode("latin-1")
            if not values:
                return default
        return self._by_name().get(name, default)

    def __iter__(self) -> Iterator[str]:
        """The names, in the order of their first lines."""
        return iter(self._by_name())

    def __len__(self) -> int:
        """How many different names there are."""
        return len(self._by_name())

    def __repr__(self) -> str:
        """As a dictionary's."""
        return repr(self._by_name())

    def _by_name(self) -> dict[str, str]:
        if self._decoded is None:
            self._decoded = {}
            for raw_name, raw_value in self._lines:
                name, value = raw_name.decode("latin-1").lower(), raw_value.decode("latin-1")
                known = self._decoded.get(name)
                self._decoded[name] = value if known is None else f"{known}, {value}"
        return self._decoded


NO_HEADERS = Headers()


@dataclass(slots=True)
class Exchange:
    """One request and what came of it; instants are nanoseconds of the monotonic clock, None = never reached.

    Invariant: intended <= ready <= sent <= first byte <= end for the instants that were reached.
    """

    intended_ns: int
    ready_ns: int
    end_ns: int
    sent_ns: int | None = None
    """First byte handed to the kernel; not None means that the target may have acted."""
    first_byte_ns: int | None = None
    """First byte of the answer, head included."""
    status: int = 0
    """HTTP status; 0 = no complete head arrived."""
    headers: Mapping[str, str] = field(default_factory=lambda: NO_HEADERS)
    """By lower-cased name; a repeated header is joined by ", "."""
    body: bytes = b""
    """The decoded body; empty when the request had a sink that took it."""
    fault: Fault | None = None
    received_bytes: int = 0
