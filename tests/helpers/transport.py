"""A pool against a scripted server, with short deadlines and small bounds, closed at the end of the test."""

import contextlib
import time
from collections.abc import Iterator
from typing import Any

from locustfiles.transport.connection_pool import ConnectionPool, Deadlines, Limits, Origin
from locustfiles.transport.exchange import Exchange

GET = b"GET / HTTP/1.1\r\nHost: test\r\n\r\n"
POST = b"POST /orders HTTP/1.1\r\nHost: test\r\nContent-Length: 3\r\n\r\nbuy"
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
PATIENT: dict[str, float] = {"pool_s": 8, "connect_s": 8, "first_byte_s": 8, "between_bytes_s": 8, "total_s": 9}
"""Deadlines that no test is meant to reach."""


@contextlib.contextmanager
def pool_to(
    url: str, *, deadlines: dict[str, float] | None = None, limits: dict[str, int] | None = None, **options: Any
) -> Iterator[ConnectionPool]:
    """A pool to the URL; deadlines and limits that are not given are patient and wide."""
    pool = ConnectionPool(
        Origin.parse(url),
        deadlines=Deadlines(**{**PATIENT, **(deadlines or {})}),
        limits=Limits(**{"connections": 4, **(limits or {})}),
        **options,
    )
    try:
        yield pool
    finally:
        pool.close()


def ask(pool: ConnectionPool, request: bytes = GET, **options: Any) -> Exchange:
    """One exchange that is intended at this moment, its instants checked for order."""
    exchange = pool.exchange(request, intended_ns=time.monotonic_ns(), **options)
    reached = [exchange.intended_ns, exchange.ready_ns, exchange.sent_ns, exchange.first_byte_ns, exchange.end_ns]
    known = [instant for instant in reached if instant is not None]
    assert known == sorted(known), f"the instants are out of order: {reached}"
    assert (exchange.first_byte_ns is None) == (exchange.received_bytes == 0)
    return exchange
