"""Instants as the doors tell them."""

from datetime import UTC, datetime


def rfc3339(unix_ns: int) -> str:
    """Unix nanoseconds as an RFC 3339 instant in UTC, whole seconds, rounded down."""
    return datetime.fromtimestamp(unix_ns // 1_000_000_000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
