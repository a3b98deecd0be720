"""Limits with units: what each quantity reads, and one sentence for what it does not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.slo_fields import SloError
from reports.slo_values import Quantity, limit, quantity_of


@pytest.mark.parametrize(
    ("written", "quantity", "expected"),
    [
        pytest.param(1500, Quantity.DURATION, 1500.0, id="a number is in ms"),
        pytest.param("2s", Quantity.DURATION, 2000.0, id="seconds"),
        pytest.param("1.5 ms", Quantity.DURATION, 1.5, id="milliseconds, with a blank"),
        pytest.param("250us", Quantity.DURATION, 0.25, id="microseconds"),
        pytest.param(0.95, Quantity.SHARE, 0.95, id="a number is a share of 1"),
        pytest.param("99.9%", Quantity.SHARE, 0.999, id="per cent, without the float's last digits"),
        pytest.param("300/s", Quantity.RATE, 300.0, id="a rate"),
        pytest.param(300, Quantity.RATE, 300.0, id="a rate as a number"),
        pytest.param("90s", Quantity.SECOND, 90.0, id="a second of the run"),
        pytest.param("12", Quantity.COUNT, 12.0, id="a count as a text"),
    ],
)
def test_a_limit_with_its_unit(written: object, quantity: Quantity, expected: float) -> None:
    """Each quantity is read into its own unit."""
    assert limit(written, quantity, "value") == expected


@pytest.mark.parametrize(
    ("written", "quantity", "sentence"),
    [
        pytest.param("2 hours", Quantity.DURATION, "'2 hours' is not a number with a unit; units are us, ms, s, %, /s", id="unit"),
        pytest.param("95%", Quantity.DURATION, "'95%' is not a duration; write us or ms or s", id="a share for a duration"),
        pytest.param("2s", Quantity.SHARE, "'2s' is not a share; write %", id="a duration for a share"),
        pytest.param("2s", Quantity.COUNT, "'2s' is not a count; write a number alone", id="a duration for a count"),
        pytest.param(95, Quantity.SHARE, "95 is no share of 1; write 95% for a share of a hundred", id="per cent without a sign"),
        pytest.param(True, Quantity.RATE, "must be a number, got True", id="yes"),
        pytest.param(float("nan"), Quantity.RATE, "must be a finite number", id="nan"),
        pytest.param("", Quantity.RATE, "'' is not a number", id="nothing"),
    ],
)  # fmt: skip
def test_what_is_no_limit_is_told(written: object, quantity: Quantity, sentence: str) -> None:
    """The path, the value and what to write."""
    with pytest.raises(SloError) as caught:
        limit(written, quantity, "spec.value")

    assert str(caught.value).startswith(f"spec.value: {sentence}")


@given(st.floats(0, 100).map(lambda number: round(number, 3)))
def test_a_percentage_is_a_hundredth(percent: float) -> None:
    """Whatever the number, per cent and share mean the same."""
    assert limit(f"{percent:.3f}%", Quantity.SHARE, "value") == pytest.approx(percent / 100)


def test_measures_know_their_quantity() -> None:
    """What ends in _ms is a duration, the others are counts."""
    assert (quantity_of("step_ms"), quantity_of("attempts")) == (Quantity.DURATION, Quantity.COUNT)
