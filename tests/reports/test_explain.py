"""How verdicts are explained: every number that decided is in a sentence, and no sentence contradicts the verdict."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.error_budget import Budget, BurnWindow
from reports.explain import (
    amount,
    budget_lines,
    interval_explanation,
    percent,
    quantile_line,
    seconds_line,
    share_explanation,
)
from reports.verdict import Interval, Verdict, dispersion, events_needed, share_test, threshold_verdict

BAD = np.array([1, 0, 2, 1, 0, 3, 1, 0, 1, 2, 0, 1, 4, 6, 3, 1, 0, 1, 2, 1])
N = np.full(20, 300)


@pytest.mark.parametrize(
    ("target", "verdict", "decision"),
    [
        pytest.param(0.99, "PASS", "Even the high end, 0.801 %, is within the 1 % allowed: PASS.", id="pass"),
        pytest.param(0.995, "INCONCLUSIVE", "The 0.5 % allowed lie inside of that range", id="inconclusive"),
        pytest.param(0.998, "FAIL", "Even the low end, 0.29 %, is beyond the 0.2 % allowed: FAIL.", id="fail"),
    ],
)
def test_a_share_test_is_told_with_each_number(target: float, verdict: str, decision: str) -> None:
    """The sheet's example: 30 of 6,000 bad, phi 1.59, n_e 3,781, [.29 %, .80 %]."""
    judged = share_test(BAD, BAD, N, target)
    found = share_explanation(judged, target, (dispersion(BAD, N), 1.0), 20, events_needed(target) * judged.phi, "late")
    said = " ".join(found.lines)

    assert judged.verdict == verdict
    for number in (
        "6,000 events, 30 of them bad (0.5 %)",
        "Bad is: late",
        "phi 1.59",
        "as much as 3,781",
        "between 0.29 % and 0.801 %",
    ):
        assert number in said
    assert found.lines[-1].startswith(decision)
    assert found.n_effective == pytest.approx(3781, abs=1)
    assert (found.margin or 0.0) * {"PASS": 1, "FAIL": -1, "INCONCLUSIVE": -1}[verdict] > 0


def test_independent_events_and_a_straddling_bucket_are_told() -> None:
    """Phi 1 says that all events count; bad at least and at most says why."""
    judged = share_test(np.zeros(20, dtype=int), np.eye(20, dtype=int)[3], N, 0.99)
    lines = share_explanation(judged, 0.99, (1.0, 1.0), 20, 399.0, "slow").lines

    assert "0 to 1 of them bad" in lines[0]
    assert "stored to within 0.8 %" in lines[0]
    assert "so all 6,000 count" in lines[2]


def test_too_few_events_say_what_a_pass_takes() -> None:
    """Where even no bad event could pass, the explanation counts how many could."""
    nothing, few = np.zeros(20, dtype=int), np.full(20, 5)
    judged = share_test(nothing, nothing, few, 0.99)

    assert "takes 399 events" in share_explanation(judged, 0.99, (1.0, 1.0), 20, events_needed(0.99), "x").lines[-1]


@given(
    st.lists(st.tuples(st.integers(0, 9), st.integers(10, 400)), min_size=2, max_size=20), st.sampled_from([0.9, 0.99, 0.999])
)  # fmt: skip
def test_the_last_sentence_ends_with_the_verdict(batches: list[tuple[int, int]], target: float) -> None:
    """Whatever the counts, the explanation says the verdict that the test gave, and no other."""
    bad, n = (np.array(column) for column in zip(*batches, strict=True))
    judged = share_test(bad, bad, n, target)
    last = share_explanation(judged, target, (1.0, 1.0), len(batches), 1.0, "x").lines[-1]

    assert [verdict for verdict in Verdict if f": {verdict}." in last] == [judged.verdict]


@pytest.mark.parametrize(
    ("interval", "op", "limit", "margin", "says"),
    [
        pytest.param(
            Interval(1.2, 1.1, 1.3),
            "lt",
            1.5,
            0.2,
            "All of that range keeps the limit < 1.5: PASS.",
            id="below a ceiling",
        ),
        pytest.param(
            Interval(1.2, 1.1, 1.3), "lt", 1.0, -0.1, "All of that range breaks the limit < 1: FAIL.", id="above it"
        ),
        pytest.param(Interval(1.2, 1.1, 1.3), "gte", 1.0, 0.1, "keeps the limit >= 1: PASS.", id="above a floor"),
        pytest.param(Interval(1.2, 1.1, 1.3), "gte", 1.5, -0.2, "breaks the limit >= 1.5: FAIL.", id="below it"),
        pytest.param(Interval(1.2, 1.1, 1.3), "gte", 1.2, -0.1, "prove neither side: INCONCLUSIVE.", id="on it"),
    ],
)
def test_an_interval_is_told(interval: Interval, op: str, limit: float, margin: float, says: str) -> None:
    """A mean or a rate: measured, the range, and on which side of the limit all of it lies."""
    sign = {"lt": "<", "gte": ">="}[op]
    verdict = threshold_verdict(interval, op, limit)
    found = interval_explanation(
        "t interval", verdict, interval, f"{sign} {limit:g}", unit="per s", n=900, batches=20, limit=limit, sign=1 if op == "gte" else -1
    )  # fmt: skip

    assert found.lines[-1].endswith(says)
    assert found.margin == pytest.approx(margin)
    assert "between 1.1/s and 1.3/s" in found.lines[1]
    assert "19 degrees of freedom" in found.lines[1]


def test_an_exact_number_has_no_chance_in_it() -> None:
    """A maximum is what it is."""
    found = interval_explanation(
        "exact", Verdict.FAIL, Interval(22.0, 22.0, 22.0), "< 21 ms", unit="ms", n=5, batches=0, limit=21.0, sign=-1
    )

    assert found.lines == [
        "Counted: 5 events. The number is exact, so no chance is in it: 22 ms.", "It breaks the limit < 21 ms: FAIL.",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        pytest.param(1234.4, "ms", "1,234 ms", id="ms"),
        pytest.param(0.0123456, "share", "1.23 %", id="a share"),
        pytest.param(0.9, "of capacity", "90 % of capacity", id="of capacity"),
        pytest.param(2.345, "per s", "2.35/s", id="a small rate"),
        pytest.param(7.0, "count", "7", id="a count"),
        pytest.param(61.0, "s", "61 s", id="a second"),
        pytest.param(math.inf, "ms", "beyond an hour or never answered", id="never"),
        pytest.param(math.inf, "count", "without end", id="no end"),
    ],
)
def test_amounts(value: float, unit: str, text: str) -> None:
    """A number is written with its unit, as short as it tells."""
    assert amount(value, unit) == text


def test_which_seconds() -> None:
    """First and last, how many, and whether some between are not judged."""
    assert seconds_line("orders", np.arange(5, 60), 5.0) == (
        "Judged: orders, in 55 seconds from 5 to 59; the warm-up of 5 s was declared before the run."
    )
    assert "from 0 to 9, with gaps between; no warm-up was declared" in seconds_line("orders", np.array([0, 1, 9]), 0.0)


def test_the_budget_in_words() -> None:
    """Planned, spent, how fast, how long it would last, and each pair of windows."""
    alarm = BurnWindow(300, 25, 0.05, 5.4, 8.0, 3899, alerts=True)
    unseen = BurnWindow(1800, 150, 0.1, 1.8, None, None, alerts=False)
    lines = budget_lines(Budget(0.01, 10_000.0, 50, 0.5, 2.0, 32_400.0, period_is_window=True, windows=[alarm, unseen]))

    assert lines == [
        "Error budget: 10,000 events were planned, 1 % of them, 100.0, may be bad; 50 were, so 50 % of the budget is spent.",
        "Burn rate: 2 times as fast as the budget allows; at this rate the budget of the time window (9 h) would last 4.5 h.",
        "Windows of 5 min and 25 s alert above 5.4: at worst 8, up to second 3899: ALERT.",
        "Windows of 30 min and 2.5 min alert above 1.8: the run is shorter than the window.",
    ]
    calm = budget_lines(Budget(0.01, 100.0, 0, 0.0, 0.0, 60.0, period_is_window=False, windows=[]))
    assert calm[1:] == [
        "Burn rate: 0 times as fast as the budget allows.", "A period of 60 s is too short for windows of burn rates.",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("low", "value", "high", "is_wide"),
    [
        pytest.param(95.0, 100.0, 110.0, False, id="narrow"),
        pytest.param(90.0, 100.0, 111.0, True, id="wider than a fifth"),
        pytest.param(90.0, 100.0, math.inf, True, id="no upper end"),
        pytest.param(90.0, math.inf, math.inf, False, id="never answered, however long the run"),
    ],
)
def test_a_quantile_that_the_run_is_too_short_for(low: float, value: float, high: float, is_wide: bool) -> None:
    """An interval wider than a fifth of the quantile is told."""
    assert ("too short" in quantile_line(value, low, high)) is is_wide


def test_percent_keeps_three_digits() -> None:
    """Small shares stay readable."""
    assert (percent(0.000458), percent(0.5), percent(0.0)) == ("0.0458 %", "50 %", "0 %")
