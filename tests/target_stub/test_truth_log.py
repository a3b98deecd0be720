"""Behaviour of the truth log over virtual seconds."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from target_stub.capacity.station import Station
from target_stub.clock import NS_PER_S
from target_stub.truth_log import TruthLog
from tests.helpers.clocks import VirtualClock

START_S = 1_770_000_000


class Diary:
    """A truth log on a virtual clock with a station of one server, and the lines it wrote."""

    def __init__(self) -> None:
        """Begin at second 0 of monotonic time."""
        self.clock = VirtualClock()
        self.station = Station(1)
        self.lines: list[bytes] = []
        self.log = TruthLog(self.clock, self.station.in_system, self.lines.append)

    def at(self, second: float) -> TruthLog:
        """Move the clock and return the log."""
        self.clock.set_to(round(second * NS_PER_S))
        return self.log

    def written(self) -> list[dict[str, object]]:
        """Return the lines as objects without what is zero or null, the seconds counted from the start."""
        rows = [msgspec.json.decode(line) for line in self.lines]
        return [{k: v - START_S if k == "second_unix" else v for k, v in row.items() if v} for row in rows]


def test_a_second_is_one_line() -> None:
    """All that happens within a second of wall time is counted in its line, written when the second is over."""
    diary = Diary()
    diary.at(0.1).admitted(wait_ns=0)
    diary.at(0.2).admitted(wait_ns=1_234_567)
    diary.at(0.3).refused("hard")
    diary.at(0.4).refused("soft")
    diary.at(0.5).overflowed()
    diary.at(0.6).served()
    diary.at(0.999).abandoned()
    assert diary.lines == []

    diary.at(1.0).roll()

    line = (
        b'{"second_unix":1770000000,"arrived":5,"admitted":2,"refused_hard":1,"refused_soft":1,"refused_queued":0,"refused_shed":0,"overflowed":1,'
        b'"served":1,"abandoned":1,"in_system":0,"queue_wait_max_ms":1.235,'
        b'"first_refusal_unix_ns":1770000000300000000}\n'
    )
    assert diary.lines == [line]


def test_a_second_without_events_and_without_work_has_no_line() -> None:
    """Silence is not written."""
    diary = Diary()
    diary.at(0.5).admitted(wait_ns=0)
    diary.at(5.5).served()
    diary.at(9.0).close()

    assert [row["second_unix"] for row in diary.written()] == [0, 5]


def test_seconds_with_work_in_the_system_have_a_line() -> None:
    """While the station works there is a line a second, with the work that is left at the second's end."""
    diary = Diary()
    diary.log.roll()
    for service_s in (1.5, 2.0):
        diary.station.place(0, round(service_s * NS_PER_S))
        diary.log.admitted(wait_ns=0)
    diary.at(9.2).roll()

    assert [(row["second_unix"], row.get("in_system")) for row in diary.written()] == [
        (0, 2),
        (1, 1),
        (2, 1),
        (3, None),
    ]


def test_closing_writes_the_unfinished_second() -> None:
    """The last second is written although it is not over."""
    diary = Diary()
    diary.at(0.5).refused("hard")
    diary.log.close()

    assert [row["refused_hard"] for row in diary.written()] == [1]


def test_a_wall_clock_that_goes_back_reopens_nothing() -> None:
    """Events after a clock was set back are counted in the latest second."""
    diary = Diary()
    diary.at(5.5).served()
    diary.at(3.0).served()
    diary.log.close()

    assert [(row["second_unix"], row["served"]) for row in diary.written()] == [(5, 2)]


def test_a_wall_clock_that_jumps_ahead_writes_no_years_of_silence() -> None:
    """After a jump of more than an hour the log goes on at the new second."""
    diary = Diary()
    diary.station.place(0, 10**9 * NS_PER_S)
    diary.at(0.5).admitted(wait_ns=0)
    diary.at(500_000.0).served()
    diary.log.close()

    assert [row["second_unix"] for row in diary.written()] == [0, 500_000]


def test_the_log_keeps_its_latest_lines() -> None:
    """The finished lines can be read back, the unfinished second is not among them."""
    diary = Diary()
    diary.at(0.5).served()
    diary.at(1.5).served()

    assert diary.log.lines() == diary.lines
    assert len(diary.lines) == 1


EVENTS = st.sampled_from(["admitted", "hard", "soft", "overflowed", "served", "abandoned"])


@pytest.mark.filterwarnings("error")
@given(st.lists(st.tuples(st.floats(0, 2), EVENTS), max_size=60))
def test_every_second_conserves_and_the_seconds_sum_to_the_totals(history: list[tuple[float, str]]) -> None:
    """In each line arrived = admitted + refused_hard + refused_soft + overflowed, and the lines add up to the totals."""
    diary = Diary()
    now_s = 0.0
    for gap_s, event in history:
        now_s += gap_s
        log = diary.at(now_s)
        if event == "admitted":
            log.admitted(wait_ns=0)
        elif event in {"hard", "soft"}:
            log.refused("hard" if event == "hard" else "soft")
        else:
            getattr(log, event)()
    diary.log.close()

    rows = [msgspec.json.decode(line) for line in diary.lines]
    for row in rows:
        assert row["arrived"] == row["admitted"] + row["refused_hard"] + row["refused_soft"] + row["overflowed"]
    totals = msgspec.to_builtins(diary.log.totals)
    del totals["dropped"]
    assert {name: sum(row[name] for row in rows) for name in totals} == totals
