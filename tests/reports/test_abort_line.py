"""Only what a part of a run can prove missed may end one early."""

import pytest

from reports.abort_line import parse_abort_line
from reports.slo_fields import SloError


@pytest.mark.parametrize(
    "line",
    [
        pytest.param("order.confirmed: rate > 50%", id="a share"),
        pytest.param("pay.step_ms: p(99) < 2s while offered <= 300/s", id="a percentile at a load"),
        pytest.param("chat.first_content_ms: med < 2s", id="a median"),
        pytest.param("order.unknown: count < 10", id="a count that only grows"),
        pytest.param("pay.step_ms: max < 30s", id="a maximum"),
    ],
)
def test_what_may_end_a_run(line: str) -> None:
    """Its name is the line, as of any objective on one line."""
    assert parse_abort_line(line).name == line


@pytest.mark.parametrize(
    "line",
    [
        pytest.param("order.confirmed: count > 1000", id="not yet reached is not missed"),
        pytest.param("order.confirmed: rate > 80/s", id="the curve may still rise"),
        pytest.param("pay.step_ms: avg < 2s", id="a mean may come back"),
        pytest.param("order.unknown: count == 0", id="an exact number"),
        pytest.param("pay.step_ms: min < 1s", id="a minimum that may still fall"),
    ],
)
def test_what_only_the_whole_run_can_miss(line: str) -> None:
    """The sentence names the option, the line and what can be asked instead."""
    with pytest.raises(SloError, match=r"--abort-on .*: only the whole run can miss that; ask for p"):
        parse_abort_line(line)


def test_a_typo() -> None:
    """A mistake is told as of any other line, under the option's own name."""
    with pytest.raises(SloError, match=r"^--abort-on 'order.confimed: rate > 5%': unknown .* did you mean confirmed"):
        parse_abort_line("order.confimed: rate > 5%")
