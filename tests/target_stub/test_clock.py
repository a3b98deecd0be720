"""Behaviour of the machine's clock as the stub uses it."""

import asyncio

from target_stub.clock import SystemClock


def test_sleeping_never_ends_early() -> None:
    """A sleeper wakes at or after its instant, also when the instant is between two milliseconds."""

    async def woken_early_ns() -> int:
        clock = SystemClock()
        until_ns = clock.monotonic_ns() + 1_300_001
        await clock.sleep_until(until_ns)
        return until_ns - clock.monotonic_ns()

    assert asyncio.run(woken_early_ns()) <= 0


def test_sleeping_until_the_past_lets_others_run() -> None:
    """An instant that has passed costs one turn of the event loop, so that a late task cannot starve the others."""

    async def turns() -> list[str]:
        seen: list[str] = []

        async def other() -> None:
            seen.append("other")

        task = asyncio.ensure_future(other())
        clock = SystemClock()
        await clock.sleep_until(clock.monotonic_ns() - 1)
        seen.append("sleeper")
        await task
        return seen

    assert asyncio.run(turns()) == ["other", "sleeper"]


def test_wall_time_and_monotonic_time_are_both_nanoseconds() -> None:
    """Wall time counts from the epoch; monotonic time never goes back."""
    clock = SystemClock()
    before_ns = clock.monotonic_ns()

    assert clock.unix_ns() > 1_700_000_000 * 10**9
    assert clock.monotonic_ns() >= before_ns
