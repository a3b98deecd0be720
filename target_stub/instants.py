"""Instants as the doors tell them."""

from datetime import UTC, datetime
from functools import lru_cache


def rfc3339(unix_ns: int) -> str:
    """Unix nanoseconds as an RFC 3339 instant in UTC, whole seconds, rounded down."""
    return _in_seconds(unix_ns // 1_000_000_000)


@lru_cache(maxsize=1024)
def _in_seconds(unix_s: int) -> str:
    return datetime.fromtimestamp(unix_s, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
