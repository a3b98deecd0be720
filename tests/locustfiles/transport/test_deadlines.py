"""Deadlines and limits refuse what cannot be kept, in one sentence."""

import math

import pytest

from locustfiles.transport.deadlines import Deadlines, Limits


@pytest.mark.parametrize("name", ["pool_s", "connect_s", "first_byte_s", "between_bytes_s", "total_s"])
@pytest.mark.parametrize("value", [0, -1.0, math.inf, math.nan])
def test_deadline_must_be_a_time(name: str, value: float) -> None:
    """Every deadline is a finite number of seconds above 0."""
    with pytest.raises(ValueError, match=f"The deadline {name} is"):
        Deadlines(**{name: value})


@pytest.mark.parametrize("name", ["connections", "header_bytes", "body_bytes", "error_body_bytes"])
def test_limit_must_hold_something(name: str) -> None:
    """Every limit is at least 1."""
    with pytest.raises(ValueError, match=f"The limit {name} is 0"):
        Limits(**{name: 0})
