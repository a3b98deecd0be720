"""Work that does not end with whoever asked for it."""

import asyncio

import pytest

from target_stub.eager import to_its_end


def test_work_that_never_waits_takes_no_turn_of_the_loop() -> None:
    """It returns, or raises, within the caller's own turn."""
    turns: list[str] = []

    async def work() -> str:
        return "done"

    async def broken() -> str:
        raise ValueError("broken")

    async def story() -> None:
        asyncio.get_running_loop().call_soon(turns.append, "another turn")
        assert await to_its_end(work()) == "done"
        with pytest.raises(ValueError, match="broken"):
            await to_its_end(broken())
        assert turns == []

    asyncio.run(story())


def test_work_that_waits_gets_every_result_and_every_error() -> None:
    """Futures that come true, futures that fail, and plain turns of the loop reach the work in order."""

    async def work(first: "asyncio.Future[int]", second: "asyncio.Future[int]") -> list[object]:
        seen: list[object] = [await first]
        await asyncio.sleep(0)
        try:
            await second
        except ValueError as error:
            seen.append(str(error))
        return seen

    async def story(begins_with_a_turn: bool) -> None:
        loop = asyncio.get_running_loop()
        first, second = loop.create_future(), loop.create_future()
        if begins_with_a_turn:
            first.set_result(1)
        else:
            loop.call_soon(first.set_result, 1)
        loop.call_later(0.001, second.set_exception, ValueError("no"))
        assert await to_its_end(work(first, second)) == [1, "no"]

    asyncio.run(story(True))
    asyncio.run(story(False))


def test_a_cancelled_caller_leaves_the_work_running() -> None:
    """Who waits is cancelled at once; the work ends by itself."""
    ended: list[str] = []

    async def work(go_on: asyncio.Event) -> None:
        await go_on.wait()
        ended.append("work")

    async def story() -> None:
        go_on = asyncio.Event()
        caller = asyncio.ensure_future(to_its_end(work(go_on)))
        await asyncio.sleep(0)
        caller.cancel()
        with pytest.raises(asyncio.CancelledError):
            await caller
        assert ended == []
        go_on.set()
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        assert ended == ["work"]

    asyncio.run(story())
