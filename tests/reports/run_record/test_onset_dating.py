"""An onset is dated by what lies before and after it, never by when the alarm came."""

import pytest

from reports.run_record.onset_dating import Few, base_share, date_end, date_onset, date_step, few_before, few_beyond

RISING = [0] * 60 + [0, 1, 0, 0, 0, 0, 1, 0, 0, 0] + [3, 5, 4, 6, 3, 5, 4, 5, 6, 4] + [5] * 30
N = [300] * len(RISING)


def base(bad: list[int], alarm: int, warm_up_s: int = 0) -> float:
    """The share before the episode, of 300 events a second and .1 % tolerated."""
    return base_share(bad, [300] * len(bad), tolerated_share=0.001, warm_up_s=warm_up_s, alarm=alarm)


def test_the_reference_series_is_dated() -> None:
    """The rise in second 70 is dated there with probability .9913, certain to the second."""
    assert base(RISING, 73) == 0.0002
    dated = date_step(RISING, N, floor=0, alarm=73, base=0.0002)

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
    dated = date_step(bad, [300] * len(bad), floor=0, alarm=alarm, base=base(bad, alarm))

    assert dated.second == onset
    assert dated.first <= onset <= dated.last


def test_calm_before_the_floor_is_not_looked_at() -> None:
    """A second episode is dated within what follows the first one."""
    bad = [5] * 40 + [0] * 60 + [5] * 40
    dated = date_step(bad, [300] * 140, floor=70, alarm=103, base=0.0002)

    assert dated.second == 100


def test_an_uncertain_onset_has_a_wide_set() -> None:
    """With a bad event in every tenth second the set spans many seconds."""
    bad = [0] * 100 + [1, 0, 0, 0, 0, 0, 0, 0, 0, 0] * 8
    dated = date_step(bad, [10] * 180, floor=0, alarm=160, base=0.0002)

    assert dated.last - dated.first > 5
    assert dated.first <= 100 <= dated.last


@pytest.mark.parametrize(
    ("after", "end"),
    [
        pytest.param([0] * 40, 90, id="back to calm at once"),
        pytest.param([3, 2] + [0] * 40, 92, id="a few more before calm"),
        pytest.param([1] + [0] * 40, 90, id="one of 300 proves nothing"),
    ],
)
def test_the_end_is_dated_by_the_same_model(after: list[int], end: int) -> None:
    """The first second of calm after twenty seconds with five refusals each, or after the few that follow them."""
    bad = [0] * 70 + [5] * 20 + after
    n = [300] * len(bad)

    assert date_end(bad, n, onset=70, closed=len(bad) - 1, base=0.0002, tolerated_share=0.001) == end


@pytest.mark.parametrize(
    ("bad", "n", "onset"),
    [
        pytest.param(
            [4, 1, 6, 10, 34, 75, 90, 101], [58, 50, 66, 67, 77, 75, 90, 101], 14, id="a waiting room on a ramp"
        ),
        pytest.param(
            [1, 0, 3, 0, 16, 7, 24, 31], [58, 50, 66, 67, 77, 75, 90, 101], 14, id="a cap on concurrency on a ramp"
        ),
        pytest.param([8, 0, 0, 0, 6, 2, 4, 17], [56, 60, 59, 53, 72, 61, 66, 92], 14, id="a burst, and then a pause"),
        pytest.param([2, 3, 8, 20, 60, 100, 100, 100], [100] * 8, 14, id="a door that shuts within seconds"),
        pytest.param([30, 60, 60, 60, 60, 60, 60, 60], [100] * 8, 14, id="a jump in the middle of a second"),
        pytest.param([60] * 8, [100] * 8, 14, id="a jump has one share"),
    ],
)
def test_few_refusals_before_many_belong_to_the_episode(bad: list[int], n: list[int], onset: int) -> None:
    """Refusals that begin with a few and become many are dated where the few begin, not where the many do."""
    before = 14
    bads, ns = [0] * before + bad + bad[-1:] * 20, [30] * before + n + n[-1:] * 20
    alarm = before + 5

    assert date_onset(bads, ns, floor=0, alarm=alarm, base=base(bads, alarm), tolerated_share=0.001) == onset


NOTHING: list[int] = []


@pytest.mark.parametrize(
    ("bad", "expected"),
    [
        pytest.param(NOTHING, Few(0, 0, 0), id="the edge is that of what may be looked at"),
        pytest.param([0] * 30, Few(0, 0, 0), id="calm"),
        pytest.param([1] + [0] * 29, Few(0, 0, 1), id="one of 300, which calm gives as well"),
        pytest.param([2, 0, 1] + [0] * 27, Few(3, 0, 7), id="two of 300, and perhaps the one soon after"),
        pytest.param([9] + [0] * 29, Few(1, 1, 1), id="one second with many"),
        pytest.param([9, 9, 9, 2, 2, 2, 2] + [0] * 23, Few(7, 6, 7), id="fewer and fewer"),
        pytest.param([0] * 59 + [9], Few(0, 0, 0), id="a blip a minute away"),
        pytest.param([3] * 90, Few(90, 90, 90), id="more than a minute of them"),
    ],
)
def test_the_few_beyond_an_edge(bad: list[int], expected: Few) -> None:
    """Seconds of 300 events, nearest first, are of the episode while more than the tolerated share of them is bad."""
    assert few_beyond(bad, [300] * len(bad), base=0.0002, tolerated_share=0.001) == expected


@pytest.mark.parametrize(
    ("floor", "expected"),
    [
        pytest.param(10, Few(5, 5, 6), id="calm before them"),
        pytest.param(23, Few(2, 2, 2), id="only what lies after the floor"),
        pytest.param(25, Few(0, 0, 0), id="nothing to look at"),
    ],
)
def test_the_few_before_an_onset_are_counted_from_it(floor: int, expected: Few) -> None:
    """Seconds before the floor are not looked at, and those from the onset on are not either."""
    bad = [9] * 10 + [0] * 10 + [3] * 5 + [50] * 5

    assert few_before(bad, [300] * 30, floor=floor, second=25, base=0.0002, tolerated_share=0.001) == expected


def test_scattered_counts_prove_less() -> None:
    """What is likely of independent shoppers is not of those that come in bunches of twenty."""
    bad = [3] + [0] * 29

    assert few_beyond(bad, [300] * 30, base=0.0002, tolerated_share=0.001, phi=1.0).seconds == 1
    assert few_beyond(bad, [300] * 30, base=0.0002, tolerated_share=0.001, phi=20.0).seconds == 0
