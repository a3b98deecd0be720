"""An onset is dated by what lies before and after it, never by when the alarm came."""

import pytest

from reports.run_record.onset_dating import base_share, date_end, date_onset

RISING = [0] * 60 + [0, 1, 0, 0, 0, 0, 1, 0, 0, 0] + [3, 5, 4, 6, 3, 5, 4, 5, 6, 4] + [5] * 30
N = [300] * len(RISING)


def base(bad: list[int], alarm: int, warm_up_s: int = 0) -> float:
    """The share before the episode, of 300 events a second and .1 % tolerated."""
    return base_share(bad, [300] * len(bad), tolerated_share=0.001, warm_up_s=warm_up_s, alarm=alarm)


def test_the_reference_series_is_dated() -> None:
    """The rise in second 70 is dated there with probability .9913, certain to the second."""
    assert base(RISING, 73) == 0.0002
    dated = date_onset(RISING, N, floor=0, alarm=73, base=0.0002)

    assert (dated.second, dated.first, dated.last) == (70, 70, 70)
    assert dated.weight == pytest.approx(0.9913, abs=5e-5)


@pytest.mark.parametrize(
    ("before", "alarm", "warm_up_s", "expected"),
    [
        pytest.param(0, 200, 0, 0.0002, id="never below a fifth of the tolerated share"),
        pytest.param(3, 200, 0, 0.001, id="never above the tolerated share"),
        pytest.param(0, 1, 0, 0.001, id="an alarm at once leaves no baseline"),
        pytest.param(0, 12, 20, 0.001, id="an alarm in the warm-up leaves none either"),
    ],
)
def test_the_baseline_is_bounded(before: int, alarm: int, warm_up_s: int, expected: float) -> None:
    """The baseline's share lies between .2 and 1 of the tolerated one, whatever the first seconds held."""
    assert base([before] * 300, alarm, warm_up_s) == expected


def test_the_baseline_counts_at_most_sixty_seconds() -> None:
    """The 61st second after warm-up is no baseline: (K + 1/2) / (N + 1) of the sixty before it."""
    bad = [0] * 10 + [1, 0, 0, 0, 0, 0] * 10 + [300] * 330

    assert base(bad, 300, warm_up_s=10) == pytest.approx(10.5 / 18001)


def test_the_baseline_ends_before_an_early_episode() -> None:
    """In a run that is refused from its 15th second on, the baseline is the first nine seconds and knows no refusal."""
    bad = [0] * 15 + [100] * 75
    whole_minute = (sum(bad[:60]) + 0.5) / (60 * 300 + 1)

    assert base(bad, 18) == 0.0002
    assert whole_minute > 0.2


@pytest.mark.parametrize(
    ("onset", "share"),
    [
        pytest.param(15, 0.66, id="a jump to two thirds after 15 s"),
        pytest.param(15, 0.01, id="a jump to one per cent after 15 s"),
        pytest.param(70, 0.02, id="later"),
        pytest.param(0, 0.3, id="from the first second"),
    ],
)
def test_exact_steps_are_dated_to_the_second(onset: int, share: float) -> None:
    """A step without noise is dated where it is, and its set holds it."""
    bad = [0] * onset + [round(300 * share)] * 80
    alarm = onset + 3
    dated = date_onset(bad, [300] * len(bad), floor=0, alarm=alarm, base=base(bad, alarm))

    assert dated.second == onset
    assert dated.first <= onset <= dated.last


def test_calm_before_the_floor_is_not_looked_at() -> None:
    """A second episode is dated within what follows the first one."""
    bad = [5] * 40 + [0] * 60 + [5] * 40
    dated = date_onset(bad, [300] * 140, floor=70, alarm=103, base=0.0002)

    assert dated.second == 100


def test_an_uncertain_onset_has_a_wide_set() -> None:
    """With a bad event in every tenth second the set spans many seconds."""
    bad = [0] * 100 + [1, 0, 0, 0, 0, 0, 0, 0, 0, 0] * 8
    dated = date_onset(bad, [10] * 180, floor=0, alarm=160, base=0.0002)

    assert dated.last - dated.first > 5
    assert dated.first <= 100 <= dated.last


def test_the_end_is_dated_by_the_same_model() -> None:
    """A step back to calm in second 90 is dated there."""
    bad = [0] * 70 + [5] * 20 + [0] * 40
    dated = date_end(bad, [300] * 130, onset=70, closed=120, base=0.0002)

    assert (dated.second, dated.first, dated.last) == (90, 90, 90)


@pytest.mark.parametrize(
    ("bad", "n", "onset"),
    [
        pytest.param(
            [4, 1, 6, 10, 34, 75, 90, 101], [58, 50, 66, 67, 77, 75, 90, 101], 14, id="a waiting room on a ramp"
        ),
        pytest.param([2, 3, 8, 20, 60, 100, 100, 100], [100] * 8, 14, id="a door that shuts within seconds"),
        pytest.param([60] * 8, [100] * 8, 14, id="a jump has one share"),
    ],
)
def test_few_refusals_before_many_belong_to_the_episode(bad: list[int], n: list[int], onset: int) -> None:
    """Refusals that begin with a few and become many are dated where the few begin, not where the many do."""
    before = 14
    bads, ns = [0] * before + bad + bad[-1:] * 20, [30] * before + n + n[-1:] * 20
    dated = date_onset(bads, ns, floor=0, alarm=17, base=base(bads, 17))

    assert dated.second == onset
    assert dated.first <= onset <= dated.last
