"""The time that every part of the stub is told through; tests put a virtual clock in its place."""

import asyncio
import time
import types
from collections.abc import Generator
from typing import Protocol

NS_PER_S = 1_000_000_000
NS_PER_MS = 1_000_000


class Clock(Protocol):
    """Wall time for records, monotonic time for durations, and sleeping on the monotonic one."""

    def unix_ns(self) -> int:
        """Nanoseconds since the Unix epoch; may jump when the machine's clock is set."""
        ...

    def monotonic_ns(self) -> int:
        """Nanoseconds since an arbitrary instant; never goes back."""
        ...

    async def sleep_until(self, monotonic_ns: int) -> None:
        """Return at or after `monotonic_ns`; yields to the event loop even when that instant has passed."""
        ...


@types.coroutine
def _turn() -> Generator[None, None, None]:
    """Let the loop do everything else once."""
    yield


class SystemClock:
    """The clock of the machine."""

    def unix_ns(self) -> int:
        """Nanoseconds since the Unix epoch."""
        return time.time_ns()

    def monotonic_ns(self) -> int:
        """Nanoseconds of the machine's monotonic clock."""
        return time.monotonic_ns()

    async def sleep_until(self, monotonic_ns: int) -> None:
        """Return at or after `monotonic_ns`, at most about one millisecond late on an idle loop."""
        left_ns = monotonic_ns - time.monotonic_ns()
        if left_ns <= 0:
            await _turn()
            return
        # uvloop rounds a timer to the nearest millisecond, so the delay is rounded up here: never early, never a spin.
        left_ms = -(-left_ns // NS_PER_MS)
        await asyncio.sleep(left_ms / 1000)
