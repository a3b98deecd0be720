"""A live row is right when report and truth agree as finely as the first refusal can be seen."""

from pathlib import Path

import pytest
from msgspec import structs

from benchmarks.onset_live.results import Result, Row, read, write

ROW = Row("token bucket", "hard", "jump", 1, "refused", 15, 15.4, 132.0, 60.0)


@pytest.mark.parametrize(
    ("change", "off_s", "is_right"),
    [
        pytest.param({}, 0.0, True, id="within the reported second"),
        pytest.param({"true_s": 16.5}, -0.5, True, id="half a second early"),
        pytest.param({"true_s": 13.7}, 1.3, False, id="more than a second late"),
        pytest.param({"true_s": 13.7, "turned_away_per_s": 0.5}, 1.3, True, id="as late as the first refusal of .5/s is on average"),
        pytest.param({"true_s": 13.7, "turned_away_per_s": None}, 1.3, False, id="with no refusal a second is allowed"),
        pytest.param({"true_s": None}, 0.0, False, id="an onset that is none"),
        pytest.param({"reported_s": None}, 0.0, False, id="an onset that was not seen"),
        pytest.param({"reported_s": None, "true_s": None}, 0.0, True, id="calm on both sides"),
    ],
)  # fmt: skip
def test_a_row_is_held_to_its_truth(change: dict[str, float | None], off_s: float, is_right: bool) -> None:
    """Off counts from the edges of the reported second."""
    row = structs.replace(ROW, **change)

    assert (row.off_s, row.is_right) == (pytest.approx(off_s), is_right)


def test_a_row_takes_the_place_of_its_case(tmp_path: Path) -> None:
    """A case that is run again has one row, and what is written is read."""
    other, again = structs.replace(ROW, load="ramp"), structs.replace(ROW, reported_s=16)
    result = Result([ROW, other]).with_row(again)
    write(result, tmp_path / "live.json")

    assert result.rows == [other, again]
    assert read(tmp_path / "live.json") == result
    assert read(tmp_path / "none.json") == Result()
