"""An onset is dated by the model that explains the counts best, and an end where calm returns."""

import numpy as np
import pytest

from reports.onset_evidence import HARD, REFUSED, SHED
from reports.onset_model import Dating, Span, date_episode, date_fall, date_rise
from reports.run_record.cusum import Excursion, Rule
from tests.helpers.counted_evidence import evidence_of

RULE = Rule(0.001, 600)
FLAT = np.full(300, 300.0)


def test_a_jump_is_dated_by_the_step() -> None:
    """Where the load does not rise there is no hinge, and the second of the step is the onset."""
    bad = np.repeat([0, 20], 150)
    dated = date_rise(evidence_of(bad, FLAT), RULE, REFUSED, Excursion(0, 153, None, 1.0), 0.0002)

    assert dated == Dating(150, 150, 150)


@pytest.mark.parametrize(
    ("signal", "is_hinge"),
    [pytest.param(HARD, True, id="a refusal"), pytest.param(SHED, False, id="a queue that is too long gives no hinge")],
)
def test_a_rising_load_is_dated_by_the_hinge(signal: str, is_hinge: bool) -> None:
    """On a ramp through a limit of 300/s refusals give the limit; what no limit gives keeps the step's date."""
    offered = np.linspace(200, 400, 300)
    bad = np.maximum(0, np.floor(offered) - 300).astype(np.int64)
    excursion = Excursion(0, int(np.flatnonzero(bad)[3]), None, 1.0)
    dated = date_rise(evidence_of(bad, offered, signal), RULE, signal, excursion, 0.0002)

    assert (dated.hinge is not None) == is_hinge
    assert dated.hinge is None or dated.hinge.first_throttle_per_s == pytest.approx(300, rel=0.01)


@pytest.mark.parametrize(
    ("few", "onset", "has_limit"),
    [
        pytest.param({}, 151, True, id="nobody is refused below the limit"),
        pytest.param({149: 3}, 149, True, id="three at the limit, which its interval holds"),
        pytest.param({130: 5, 138: 4, 145: 9}, 130, False, id="a few long before it, as a cap on concurrency does"),
        pytest.param({20: 5}, 151, True, id="a blip two minutes before it"),
    ],
)
def test_a_few_before_the_hinge_are_the_onset(few: dict[int, int], onset: int, has_limit: bool) -> None:
    """On a ramp through 300/s the date is that of the first who are refused; where they come too early, no limit explains them."""
    offered = np.linspace(200, 400, 300)
    bad = np.maximum(0, np.floor(offered) - 300).astype(np.int64)
    bad[list(few)] = list(few.values())
    excursion = Excursion(0, 160, None, 1.0)
    dated = date_rise(evidence_of(bad, offered), RULE, REFUSED, excursion, 0.0002)

    assert (dated.second, dated.hinge is not None) == (onset, has_limit)
    assert dated.first <= onset <= dated.last


@pytest.mark.parametrize(
    ("closed", "end"),
    [pytest.param(None, None, id="still open"), pytest.param(190, 170, id="certain that it is over")],
)
def test_an_end_is_dated_when_it_is_certain(closed: int | None, end: int | None) -> None:
    """The end is the first calm second, once the mirror test was sure of one."""
    bad = np.repeat([0, 20, 0], [150, 20, 130])

    assert date_fall(evidence_of(bad, FLAT), RULE, REFUSED, Excursion(0, 153, closed, 1.0), 0.0002, 150) == end


def test_an_episode_is_dated_at_both_ends() -> None:
    """Rise and fall above the share of the run's first seconds; an open one lasts to the run's end."""
    bad = np.repeat([0, 20, 0], [150, 20, 130])
    whole, still_open = (
        date_episode(evidence_of(bad, FLAT), RULE, REFUSED, Excursion(0, 153, closed, 1.0), 153)
        for closed in (190, None)
    )

    assert whole == Span(Dating(150, 150, 150), 170)
    assert (whole.inside, still_open.inside) == (slice(150, 170), slice(150, None))
