"""Who is next, and who is sent away."""

import pytest

from target_stub.admission.queue_discipline import (
    Codel,
    CodelState,
    Fifo,
    FollyCodel,
    FollyState,
    Job,
    Lifo,
    QueueDiscipline,
    WaitingJobs,
    codel_step,
    folly_step,
)

MS = 1_000_000


def codel_drops(delay_ms: int, duration_ms: int) -> list[int]:
    """The instants, in ms, at which a queue with a constant delay and a look each ms drops."""
    state, drops = CodelState(), []
    for now_ms in range(1, duration_ms):
        state, is_dropped = codel_step(Codel(), state, delay_ms * MS, 9, now_ms * MS)
        if is_dropped:
            drops.append(now_ms)
    return drops


def test_codel_drops_after_an_interval_and_then_ever_more_often() -> None:
    """With the delay above the target, the first drop comes after 100 ms and the nth follows after 100 / sqrt(n)."""
    assert codel_drops(6, 400) == [101, 201, 272, 330, 380]
    assert codel_drops(4, 400) == []


def test_codel_spares_the_last_in_the_queue() -> None:
    """Whoever has nobody behind is served, however long they waited."""
    state = CodelState(first_above_ns=1)

    assert codel_step(Codel(), state, 10**12, 0, 10**12) == (CodelState(), False)


def test_codel_remembers_how_often_it_had_to_drop() -> None:
    """A dropping state that begins soon after another goes on near its rate."""
    state = CodelState(first_above_ns=1, drop_next_ns=1000 * MS, count=30, last_count=1)

    soon, _ = codel_step(Codel(), state, 6 * MS, 9, 1100 * MS)
    late, _ = codel_step(Codel(), state, 6 * MS, 9, 9000 * MS)

    assert (soon.count, late.count) == (29, 1)


def test_folly_judges_an_interval_by_its_least_delay() -> None:
    """Overloaded is an interval in which nobody waited less than the target; then twice the target is too long."""
    rule, state = FollyCodel(), FollyState()
    seen = []
    for now_ms, delay_ms in (
        (1, 4),
        (2, 50),
        (102, 50),
        (103, 11),
        (104, 11),
        (105, 10),
        (203, 4),
        (304, 50),
        (305, 50),
    ):
        state, is_dropped = folly_step(rule, state, delay_ms * MS, now_ms * MS)
        seen.append((now_ms, state.overloaded, is_dropped))

    assert [now_ms for now_ms, overloaded, _ in seen if overloaded] == [103, 104, 105, 203]
    assert [now_ms for now_ms, _, is_dropped in seen if is_dropped] == [104]


def jobs(rule: QueueDiscipline, count: int) -> WaitingJobs[int]:
    """A queue with jobs that came a ms apart, by number."""
    waiting: WaitingJobs[int] = WaitingJobs(rule)
    for number in range(count):
        waiting.push(Job(number, number * MS, MS))
    return waiting


@pytest.mark.parametrize(("rule", "first"), [(Fifo(), 0), (Lifo(), 2), (Codel(), 0), (FollyCodel(), 0)])
def test_who_is_served_first(rule: QueueDiscipline, first: int) -> None:
    """LIFO serves the newest, the others, without overload, the oldest."""
    job, dropped = jobs(rule, 3).take(3 * MS)

    assert job is not None
    assert (job.owner, dropped) == (first, [])


def test_under_overload_folly_serves_the_newest_and_sends_the_stale_away() -> None:
    """After an overloaded interval who waited over twice the target goes, and the newest is served."""
    waiting = jobs(FollyCodel(), 200)
    for now_ms in (200, 201):
        waiting.take(now_ms * MS)
    waiting.push(Job(999, 201 * MS, MS))

    job, dropped = waiting.take(202 * MS)

    assert job is not None
    assert job.owner == 999
    assert len(dropped) == 191


def test_a_full_lifo_queue_lets_the_oldest_go() -> None:
    """The newcomer takes the place of the oldest under LIFO and has none under FIFO."""
    newcomer = Job(7, 9 * MS, MS)

    assert jobs(Lifo(), 3).push_into_full(newcomer).owner == 0
    assert jobs(Lifo(), 0).push_into_full(newcomer).owner == 7
    assert jobs(Fifo(), 3).push_into_full(newcomer).owner == 7


def test_a_queue_that_is_switched_keeps_who_waits() -> None:
    """Those who wait are served by the new rule."""
    waiting = jobs(Fifo(), 3)
    waiting.switch(Lifo())

    job, _ = waiting.take(9 * MS)

    assert job is not None
    assert (job.owner, len(waiting)) == (2, 2)


def test_an_interval_under_the_target_is_refused() -> None:
    """CoDel looks longer than the delay that it aims at."""
    with pytest.raises(ValueError, match="longer than its target"):
        Codel(target_ms=100.0)
