"""How many shoppers a run needs, and which numbers of them are refused."""

import math
import resource

import pytest
from hypothesis import given
from hypothesis import strategies as st

from locustfiles.arrivals.rate_curve import RateCurve
from locustfiles.session.crowd import MOST_UNASKED, SPARE_FILES, crowd_mistake, most_in_flight, patience_with
from locustfiles.target.target import Waits
from tests.helpers.curves import curves

LIMIT = resource.getrlimit(resource.RLIMIT_NOFILE)[1]


@given(curves(), st.floats(0.01, 30.0), st.floats(0.0, 1.0))
def test_nobody_is_missing(curve: RateCurve, longest_s: float, at: float) -> None:
    """In no window as long as the longest wish are more arrivals expected than there are shoppers, deviations included."""
    since_s = at * curve.duration_s
    expected = curve.expected(since_s + longest_s) - curve.expected(since_s)

    assert most_in_flight(curve, longest_s) >= expected + 4 * math.sqrt(expected)


@given(curves(), st.floats(0.01, 30.0))
def test_shoppers_are_bounded(curve: RateCurve, longest_s: float) -> None:
    """There is always a shopper, and never many more than the whole curve has arrivals."""
    total = curve.expected_total

    assert 1 <= most_in_flight(curve, longest_s) <= total + 4 * math.sqrt(total) + 6


@pytest.mark.parametrize(
    ("waits", "expected"),
    [
        pytest.param(None, 8.0, id="no target file"),
        pytest.param(Waits(), 8.0, id="a file without deadlines"),
        pytest.param(Waits(connect_s=60.0, between_bytes_s=60.0), 8.0, id="the others do not make an answer longer"),
        pytest.param(Waits(total_s=60.0), 30.0, id="a slow assistant: a minute in all is half a minute of patience"),
        pytest.param(Waits(first_byte_s=20.0), 20.0, id="a slow beginning"),
        pytest.param(Waits(first_byte_s=20.0, total_s=60.0), 30.0, id="the longer of the two"),
        pytest.param(Waits(first_byte_s=1.0, total_s=4.0), 2.0, id="a quick service"),
    ],
)
def test_deadlines_of_a_target_file_are_patience(waits: Waits | None, expected: float) -> None:
    """With --patience 8s, what a wish may last follows the file's deadlines, so that no shopper is missing and none is cut off."""
    assert patience_with(8.0, waits) == expected


def test_bursts_need_more_shoppers() -> None:
    """With burstiness 4 the deviations are twice as long and the few are four times as many; regular arrivals need no fewer."""
    curve = RateCurve.constant(100, 60)

    assert most_in_flight(curve, 9.0, 4.0) == math.ceil(1000 + 2 * 4 * math.sqrt(1000)) + 20
    assert most_in_flight(curve, 9.0, 0.5) == most_in_flight(curve, 9.0)


def test_a_constant_rate() -> None:
    """100 wishes per second that last at most 9 s are 1000 in ten seconds, 4 deviations of about 32, and a few."""
    assert most_in_flight(RateCurve.constant(100, 60), 9.0) == 1000 + 127 + 5


def test_too_many_unasked() -> None:
    """So many shoppers that nobody can have meant them are told with their number, the limit of open files and -u."""
    needed = max(MOST_UNASKED, LIMIT) + 1
    told = crowd_mistake(needed, None, origins=1, processes=1, longest_s=12.0)

    assert told == (
        f"Without -u this run starts {needed:,} shoppers, enough for every wish of the busiest 12 s, but it starts 50,000 at most "
        f"unasked and a process may open {LIMIT:,} files (ulimit -Hn); say with -u how many there are, or lower the rate."
    )


def test_more_than_files() -> None:
    """Who asks for more shoppers than a process can open files for is told so; two origins halve, two processes double the room."""
    room = LIMIT - SPARE_FILES

    def told(asked: int, origins: int = 1, processes: int = 1) -> str:
        return crowd_mistake(5, asked, origins=origins, processes=processes, longest_s=12.0)

    assert told(room) == told(room // 2, origins=2) == told(2 * room, processes=2) == ""
    assert told(room + 1).startswith(
        f"-u {room + 1}: each shopper needs 1 open file, but a process may open {LIMIT:,} files"
    )
    assert "needs 2 open files" in told(room, origins=2)


def test_enough() -> None:
    """What -u says counts, whatever would be needed without it."""
    assert crowd_mistake(10**6, 5, origins=1, processes=1, longest_s=12.0) == ""
    assert crowd_mistake(1_000, None, origins=1, processes=1, longest_s=12.0) == ""
