"""A worker that takes no part is told in a sentence, whatever it says of itself."""

from locustfiles.recording.clock_bounds import QUESTIONS
from locustfiles.recording.roster import Roster

HOUR_NS = 3600 * 10**9


def test_settled() -> None:
    """It is known of a worker whether it takes part when its clock is known or it is left out."""
    roster = Roster()
    roster.leave_out("a", "It cannot.")
    for _ in range(QUESTIONS):
        assert not roster.is_settled("b")
        roster.ready("b").add(0, 5, 10)

    assert (roster.is_settled("a"), roster.is_settled("b"), roster.is_settled("c")) == (True, True, False)
    assert (roster.notes(), roster.problems()) == ([], [])


def test_what_a_worker_says_is_bounded() -> None:
    """A reason from elsewhere is one line of bounded length."""
    roster = Roster()
    roster.leave_out("a", "no\x1b[2J\n" + "x" * 10_000)

    told = roster.left_out["a"]
    assert told.startswith("Worker a cannot take part. no [2J xxx")
    assert told.endswith("x ...")
    assert len(told) < 500


def test_workers_beyond_number() -> None:
    """However many workers come late or cannot take part, a hundred of each are named."""
    roster = Roster()
    late = [roster.came_late(f"w{number}") for number in range(1_000)]
    for number in range(1_000):
        roster.leave_out(f"w{number}", "It cannot.")

    assert sum(map(bool, late)) == len(roster.notes()) == len(roster.left_out) == 100


def test_a_late_worker_is_told_once() -> None:
    """A worker that says hello again and again is one sentence."""
    roster = Roster()

    assert (
        roster.came_late("a")
        == "Worker a came after the run had begun and gets no load; it takes part in the next one."
    )
    assert roster.came_late("a") == ""
    assert len(roster.notes()) == 1


def test_a_clock_that_is_off() -> None:
    """A clock that is an hour ahead and known to a microsecond is corrected and told; known to a second, it is a problem."""
    near, far = Roster(), Roster()
    near.ready("a").add(0, HOUR_NS, 2_000)
    far.ready("a").add(0, HOUR_NS, 2 * 10**9)

    assert near.notes() == [
        "The wall clock of worker a is +3600000.0 ms off the master's, known to 0.0 ms; its start is corrected by that."
    ]
    assert near.problems() == []
    assert far.problems() == [
        (
            "The wall clock of worker a is off the master's by 3598000 to 3600000 ms, and 50 ms either way is the most that a start "
            "may be uncertain: set the clocks of both hosts by NTP."
        )
    ]
