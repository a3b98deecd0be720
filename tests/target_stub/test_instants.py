"""Instants as the doors tell them."""

import pytest

from target_stub.instants import rfc3339


@pytest.mark.parametrize(
    ("unix_ns", "told"),
    [
        pytest.param(0, "1970-01-01T00:00:00Z", id="the epoch"),
        pytest.param(1_770_000_000_000_000_000, "2026-02-02T02:40:00Z", id="a whole second"),
        pytest.param(1_770_000_000_999_999_999, "2026-02-02T02:40:00Z", id="the last nanosecond of it"),
    ],
)
def test_an_instant_is_told_in_utc_seconds(unix_ns: int, told: str) -> None:
    """An instant is RFC 3339 in UTC, and a fraction of a second is left out."""
    assert rfc3339(unix_ns) == told
