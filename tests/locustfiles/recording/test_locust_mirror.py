"""Locust's own table, a real one, shows what the record holds.

``tests/conftest.py`` imports Locust without its monkey-patching, so the environment here is real and the process is not patched.
"""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from locust.env import Environment
from locust.stats import StatsEntry

from locustfiles.recording.binning import histogram_rows, outcome_rows
from locustfiles.recording.locust_mirror import METHOD, LocustMirror
from reports.run_record.outcome import ARRIVAL, ORDER, Outcome
from reports.run_record.schema import Batch, HistogramRow, OutcomeRow
from tests.helpers.exchanges import column

SECOND = 1_770_363_000


def batch(*requests: tuple[str, Outcome, str, int]) -> Batch:
    """A batch of these requests: step, outcome, reason, response time in microseconds."""
    kinds = [(step, outcome.value, reason) for step, outcome, reason, _ in requests]
    places = column(list(range(len(requests))))
    zeros = column([0] * len(requests))
    times = column([us for *_, us in requests])
    groups = [(step, outcome) for step, outcome, _ in kinds]
    return Batch(
        "run-1",
        "w1",
        0,
        outcomes=outcome_rows(zeros, places, kinds),
        histograms=histogram_rows(zeros, places, groups, "response", times),
    )


def table(environment: Environment, step: str) -> StatsEntry:
    """The entry of a step."""
    return environment.stats.get(step, METHOD)


def test_the_table_equals_the_record() -> None:
    """Requests, failures, average, extremes and the second's rate of each step are those of the batch."""
    environment = Environment()
    LocustMirror(environment).add(
        [
            batch(
                ("chat", Outcome.DONE, "", 120_000),
                ("chat", Outcome.REFUSED_HARD, "rate_limited", 3_000),
                ("pay", Outcome.CONFIRMED, "", 40_000),
            )
        ],
        SECOND,
    )
    chat, pay = table(environment, "chat"), table(environment, "pay")

    assert (chat.num_requests, chat.num_failures, pay.num_requests, pay.num_failures) == (2, 1, 1, 0)
    assert chat.avg_response_time == pytest.approx(61.5)
    assert (chat.min_response_time, chat.max_response_time) == (pytest.approx(3.0, rel=0.01), 120.0)
    assert dict(chat.num_reqs_per_sec) == {SECOND: 2}
    assert dict(chat.num_fail_per_sec) == {SECOND: 1}
    assert chat.get_response_time_percentile(1.0) == 120
    assert [(error.name, error.error, error.occurrences) for error in environment.stats.errors.values()] == [
        ("chat", "refused_hard: rate_limited", 1)
    ]


@pytest.mark.parametrize(
    ("outcome", "fails"),
    [
        pytest.param(Outcome.DONE, False, id="done"),
        pytest.param(Outcome.CONFIRMED, False, id="confirmed"),
        pytest.param(Outcome.DECLINED, False, id="declined: a correct business no"),
        pytest.param(Outcome.DEGRADED, True, id="degraded"),
        pytest.param(Outcome.REFUSED_HARD, True, id="refused hard"),
        pytest.param(Outcome.REFUSED_SOFT, True, id="refused soft, which Locust alone would call a success"),
        pytest.param(Outcome.QUEUED, True, id="queued"),
        pytest.param(Outcome.SHED, True, id="shed"),
        pytest.param(Outcome.UNKNOWN, True, id="unknown"),
    ],
)
def test_what_counts_as_a_failure(outcome: Outcome, fails: bool) -> None:
    """Every request that was not served is a failure, with its outcome as the error."""
    environment = Environment()
    mirror = LocustMirror(environment)
    mirror.add([batch(("chat", outcome, "", 1000))], SECOND)

    assert mirror.totals() == (1, int(fails))
    assert [error.error for error in environment.stats.errors.values()] == ([outcome.value] if fails else [])


def test_wishes_and_lateness_are_no_requests() -> None:
    """The steps order and arrival stay out of Locust's table."""
    environment = Environment()
    mirror = LocustMirror(environment)
    rows = [OutcomeRow(0, ORDER, "confirmed", "", 4), OutcomeRow(0, ARRIVAL, "done", "", 4)]
    times = [HistogramRow(0, ARRIVAL, "done", "lateness", 1, 5, 5, [5], [1])]
    mirror.add([Batch("run-1", "w1", 0, outcomes=rows, histograms=times)], SECOND)

    assert mirror.totals() == (0, 0)
    assert len(environment.stats.entries) == 0


def test_the_table_of_a_new_run_is_fed() -> None:
    """Locust replaces its total when a run starts, and the mirror feeds the new one."""
    environment = Environment()
    mirror = LocustMirror(environment)
    mirror.add([batch(("chat", Outcome.DONE, "", 1000))], SECOND)
    environment.stats.clear_all()
    mirror.add([batch(("chat", Outcome.DONE, "", 1000))] * 2, SECOND + 1)

    assert mirror.totals() == (2, 0)


REQUESTS = st.lists(
    st.tuples(
        st.sampled_from(["chat", "pay"]),
        st.sampled_from([Outcome.DONE, Outcome.SHED]),
        st.just(""),
        st.integers(0, 9_000_000),
    ),
    min_size=1,
    max_size=30,
)


@given(st.lists(REQUESTS, min_size=1, max_size=4))
def test_bulk_feeding_equals_one_by_one(seconds: list[list[tuple[str, Outcome, str, int]]]) -> None:
    """Counts and sums equal those of Locust's own logging, and percentiles differ by no more than the buckets' widths."""
    bulk, single = Environment(), Environment()
    for number, requests in enumerate(seconds):
        LocustMirror(bulk).add([batch(*requests)], SECOND + number)
        for step, outcome, _, us in requests:
            single.stats.log_request(METHOD, step, us / 1000, 0)  # type: ignore[arg-type]  # Locust logs floats itself
            if outcome is Outcome.SHED:
                single.stats.log_error(METHOD, step, "shed")
    ours, theirs = bulk.stats.total, single.stats.total

    assert (ours.num_requests, ours.num_failures) == (theirs.num_requests, theirs.num_failures)
    assert ours.total_response_time == pytest.approx(theirs.total_response_time)
    assert ours.max_response_time == theirs.max_response_time
    assert sum(error.occurrences for error in bulk.stats.errors.values()) == ours.num_failures
    for share in (0.5, 0.95, 1.0):
        expected = theirs.get_response_time_percentile(share)
        assert ours.get_response_time_percentile(share) == pytest.approx(expected, rel=0.11, abs=1)
