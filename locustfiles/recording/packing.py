"""Purchase rows as MessagePack, some at a time: a batch carries most of its wishes so.

A second of a worker may hold thousands of wishes. Packed as they end and unpacked when they are written, they never hold the loop
of either side for longer than some rows take. This module must not know what a row says.
"""

from collections.abc import Sequence

import msgspec

from reports.run_record.schema import PurchaseRow

PACKED_ROWS = 100
"""Rows that are packed at a time: a twentieth of a millisecond."""

_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(list[PurchaseRow])


def pack(rows: Sequence[PurchaseRow]) -> bytes:
    """The rows as bytes."""
    return _encoder.encode(rows)


def unpack(data: bytes) -> list[PurchaseRow] | None:
    """The rows in the bytes, None when they hold none."""
    try:
        return _decoder.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
