"""A clock whose time passes only when a test says so."""

import asyncio
import heapq
from typing import Any


class VirtualClock:
    """Starts at the given instants; `advance_to` wakes the sleepers that are due, in the order of their instants."""

    def __init__(self, *, monotonic_ns: int = 0, unix_ns: int = 1_770_000_000_000_000_000) -> None:
        """Put the clock at two instants, both in nanoseconds."""
        self._monotonic_ns = monotonic_ns
        self._ahead_ns = unix_ns - monotonic_ns
        self._sleepers: list[tuple[int, int, asyncio.Future[None]]] = []
        self._slept = 0

    def unix_ns(self) -> int:
        """Nanoseconds since the Unix epoch, moving with the monotonic time."""
        return self._monotonic_ns + self._ahead_ns

    def monotonic_ns(self) -> int:
        """Nanoseconds of virtual time."""
        return self._monotonic_ns

    async def sleep_until(self, monotonic_ns: int) -> None:
        """Return when virtual time has reached the instant."""
        if monotonic_ns <= self._monotonic_ns:
            await asyncio.sleep(0)
            return
        woken: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._slept += 1
        heapq.heappush(self._sleepers, (monotonic_ns, self._slept, woken))
        await woken

    def set_to(self, monotonic_ns: int) -> None:
        """Move the time without waking anybody, for code that only reads the clock."""
        self._monotonic_ns = monotonic_ns

    async def advance_to(self, monotonic_ns: int) -> None:
        """Let time pass up to the instant, running everything that becomes due on the way."""
        await settle()
        while self._sleepers and self._sleepers[0][0] <= monotonic_ns:
            at_ns, _, woken = heapq.heappop(self._sleepers)
            self._monotonic_ns = max(self._monotonic_ns, at_ns)
            if not woken.done():
                woken.set_result(None)
            await settle()
        self._monotonic_ns = max(self._monotonic_ns, monotonic_ns)
        await settle()

    async def advance_until(self, done: asyncio.Task[Any], *, limit_ns: int) -> None:
        """Let time pass until the task is done; raises AssertionError when it is not by `limit_ns`."""
        await settle()
        while not done.done():
            assert self._sleepers, "nobody sleeps and the task is not done: the code under test is stuck"
            assert self._sleepers[0][0] <= limit_ns, f"not done by {limit_ns} ns of virtual time"
            await self.advance_to(self._sleepers[0][0])


async def settle() -> None:
    """Let every task that can run now run until it waits for time."""
    for _ in range(20):
        await asyncio.sleep(0)
