"""The values of a chart on their way to JSON."""

import msgspec
import numpy as np
import pytest

from reports.render.chart import Series, numbers


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (0.0, "0"),
        (133.3333, "133.3"),
        (123_456.0, "123500"),
        (0.000123456, "0.0001235"),
        (-2.5, "-2.5"),
        (float("nan"), "null"),
        (float("inf"), "null"),
    ],
)
def test_numbers_are_short(value: float, written: str) -> None:
    """Four significant digits, whole numbers without a point, and what is no number is a gap."""
    assert msgspec.json.encode(numbers(np.array([value]))).decode() == f"[{written}]"


def test_what_is_usual_is_left_out() -> None:
    """A plain line without extremes is a name, a colour and its values."""
    assert msgspec.to_builtins(Series("offered", "offered", [1])) == {
        "name": "offered",
        "colour": "offered",
        "values": [1],
    }
