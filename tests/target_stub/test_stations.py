"""The desks of a running stub: turns in virtual time, refusals, and an account for each station."""

import asyncio

import msgspec
import pytest

from target_stub.admission.token_bucket import TokenBucket
from target_stub.api_door import TurnedAwayError
from target_stub.clock import NS_PER_MS, NS_PER_S
from target_stub.config import Config
from target_stub.stations import Stations, open_stations
from tests.helpers.clocks import VirtualClock
from tests.helpers.shops import ShopClient, with_shop

ONE_AT_A_TIME = Config(
    payment_capacity_per_s=5.0, payment_service_ms=200.0, payment_service_law="deterministic", station_queue_limit=1
)


def hall(config: Config, clock: VirtualClock) -> tuple[Stations, list[bytes]]:
    """The stations of a configuration, and the lines of their accounts as they come."""
    lines: list[bytes] = []
    return open_stations(config, clock, lines.append), lines


def test_only_configured_stations_are_there() -> None:
    """Chat always has a station; the others have one when they have a capacity, and it is told."""
    stations, _ = hall(ONE_AT_A_TIME, VirtualClock())

    assert list(stations.turns) == ["chat", "payment"]
    assert (stations.capacity.orders_per_s, stations.capacity.binding) == (5.0, "payment")


def test_turns_end_one_after_another_and_a_full_queue_refuses() -> None:
    """One server and one place: the second waits for the first, the third is a 503 that says when to come again."""

    async def story() -> None:
        clock = VirtualClock()
        stations, _ = hall(ONE_AT_A_TIME, clock)
        ends: list[int] = []

        async def turn() -> None:
            await stations.turns["payment"]()
            ends.append(clock.monotonic_ns() // NS_PER_MS)

        tasks = [asyncio.ensure_future(turn()) for _ in range(2)]
        await clock.advance_to(0)
        with pytest.raises(TurnedAwayError, match="the payment station's queue is full") as caught:
            await turn()
        assert (caught.value.status, caught.value.retry_after_s) == (503, 1)
        await clock.advance_to(NS_PER_S)
        await asyncio.gather(*tasks)

        assert ends == [200, 400]

    asyncio.run(story())


def test_the_door_of_a_station_refuses_with_429() -> None:
    """A request that a station's door turns away is told apart from a full queue."""
    stations, _ = hall(ONE_AT_A_TIME, VirtualClock())
    stations.desks["payment"].controller.switch(TokenBucket(1.0, burst_s=1.0))

    async def story() -> None:
        task = asyncio.ensure_future(stations.turns["payment"]())
        await asyncio.sleep(0)
        with pytest.raises(TurnedAwayError, match="too many requests reach the payment station") as caught:
            await stations.turns["payment"]()
        assert caught.value.status == 429
        task.cancel()

    asyncio.run(story())


def test_each_station_keeps_its_own_account() -> None:
    """A line names its station, the chat's lines name none, and the gauges hold each station's counts and capacity."""

    async def story() -> None:
        clock = VirtualClock()
        stations, lines = hall(ONE_AT_A_TIME, clock)
        stations.chat.controller.admit()
        task = asyncio.ensure_future(stations.turns["payment"]())
        await clock.advance_to(NS_PER_S * 3 // 2)
        await task
        stations.roll()

        assert sorted(lines) == sorted(stations.truth_lines())
        rows = [msgspec.json.decode(line) for line in lines]
        assert [(row.get("station"), row["admitted"], row["served"]) for row in rows] == [
            (None, 1, 0),
            ("payment", 1, 1),
        ]
        assert lines[1].startswith(b'{"station":"payment","second_unix":1770000000,')
        gauges = stations.gauges()
        assert (
            gauges["payment"] | {"servers": 1, "busy": 0, "served": 1, "capacity_orders_per_s": 5.0}
            == gauges["payment"]
        )
        stations.close()

    asyncio.run(story())


def test_a_turn_that_the_stub_cuts_off_is_counted() -> None:
    """A request that still waits when the stub ends is dropped, not served."""

    async def story() -> None:
        clock = VirtualClock()
        stations, _ = hall(ONE_AT_A_TIME, clock)
        task = asyncio.ensure_future(stations.turns["payment"]())
        await clock.advance_to(0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

        totals = stations.desks["payment"].truth.totals
        assert (totals.admitted, totals.served, totals.dropped) == (1, 0, 1)

    asyncio.run(story())


def test_a_purchase_passes_through_its_stations() -> None:
    """One order takes two turns at the checkout, one at the card desk and one at the payment, and reads take none."""
    clock = VirtualClock()
    config = Config(
        card_capacity_per_s=5.0, checkout_capacity_per_s=5.0, payment_capacity_per_s=5.0, service_law="deterministic"
    )
    stations, _ = hall(config, clock)

    async def story(client: ShopClient, _clock: VirtualClock) -> None:
        async def purchase() -> None:
            session_id: str = (await client.create("popcorn-combo")).body["id"]
            await client.apply(session_id, await client.claimed_code())
            paid = await client.complete(session_id)
            assert (paid.status, paid.body["status"]) == (200, "completed")

        task = asyncio.ensure_future(purchase())
        for _ in range(400):
            # Commits run on a thread of their own, in real time: virtual time goes on while they do.
            await clock.advance_to(clock.monotonic_ns() + 100 * NS_PER_MS)
            await asyncio.sleep(0.005)
            if task.done():
                break
        await task

        served = {name: desk.truth.totals.served for name, desk in stations.desks.items()}
        assert served == {"chat": 0, "card": 1, "checkout": 2, "payment": 1}

    with_shop(story, clock=clock, stations=stations.turns)
