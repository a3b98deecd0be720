"""Bodies that were compressed because the request asked for it: inflated within a bound. No sockets.

A small body may inflate to gigabytes, so nothing is inflated beyond the bound: what would be larger is a fault.
"""

import zlib
from collections.abc import Mapping
from dataclasses import replace

from locustfiles.transport.exchange import Exchange, Fault

ASKING = "accept-encoding"
_GZIP_WINDOW = 16 + zlib.MAX_WBITS


def asks_for_gzip(headers: Mapping[str, str]) -> bool:
    """Whether a request with these headers, named in any case, may be answered compressed."""
    return any(name.lower() == ASKING and "gzip" in value.lower() for name, value in headers.items())


def inflated(body: bytes, coding: str, *, limit: int) -> bytes | Fault:
    """The body of an answer whose ``Content-Encoding`` is ``coding``, at most ``limit`` bytes of it.

    ``identity`` and "" leave it as it is. A fault: TRUNCATED when it ends too early, BODY_TOO_LARGE beyond the limit,
    MALFORMED_ANSWER when it is damaged or of a coding that was not asked for.
    """
    names = [name.strip().lower() for name in coding.split(",") if name.strip()]
    if all(name == "identity" for name in names):
        return body
    if names not in (["gzip"], ["x-gzip"]):
        return Fault.MALFORMED_ANSWER
    return _gunzipped(body, limit)


def inflated_exchange(exchange: Exchange, *, limit: int) -> Exchange:
    """The exchange with its body inflated; with a fault when that cannot be done within the bound."""
    if exchange.fault is not None or not exchange.body:
        return exchange
    body = inflated(exchange.body, exchange.headers.get("content-encoding", ""), limit=limit)
    return replace(exchange, body=b"", fault=body) if isinstance(body, Fault) else replace(exchange, body=body)


def _gunzipped(body: bytes, limit: int) -> bytes | Fault:
    """All members of a gzip body, one after another."""
    pieces: list[bytes] = []
    room = limit
    while body:
        member = zlib.decompressobj(_GZIP_WINDOW)
        try:
            # One byte more than there is room for tells a body that is too large from one that fits.
            piece = member.decompress(body, room + 1)
        except zlib.error:
            return Fault.MALFORMED_ANSWER
        room -= len(piece)
        if room < 0:
            return Fault.BODY_TOO_LARGE
        if not member.eof:
            return Fault.TRUNCATED
        pieces.append(piece)
        body = member.unused_data
    return b"".join(pieces)
