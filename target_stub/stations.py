"""The stations of a running stub: each with who decides about it and its own account of what it saw.

chat, card, checkout and payment; a station without a configured capacity is not there, is never a limit and costs nothing.
"""

import asyncio
import random
from collections.abc import Callable, Mapping

import msgspec

from target_stub.admission.arrival import Arrival
from target_stub.admission.controller import Controller
from target_stub.admission.doors import OpenDoor
from target_stub.admission.limits import NoLimit
from target_stub.admission.policy import discipline_of, door_of, limit_of
from target_stub.admission.queue_discipline import Fifo
from target_stub.admission.ticket import Refusal, Ticket
from target_stub.api_door import Turn, TurnedAwayError
from target_stub.capacity.service_time import service_times
from target_stub.capacity.station import StationName
from target_stub.clock import Clock
from target_stub.config import Config
from target_stub.sizing import Capacity, Sizing, capacity_of, sizings
from target_stub.truth_log import TruthLog


class Desk:
    """A station that shop requests pass through, one after another; not for use from several threads."""

    def __init__(self, name: StationName, controller: Controller, truth: TruthLog, clock: Clock) -> None:
        self.name = name
        self.controller = controller
        self.truth = truth
        self._clock = clock

    async def turn(self) -> None:
        """Return when the station has done its part of a request that arrives now; raises TurnedAwayError."""
        decision = self.controller.admit(Arrival(self.name))
        refusal = decision if isinstance(decision, Refusal) else await self._served(decision)
        if refusal is None:
            return
        if refusal.cause == "queue_full":
            raise TurnedAwayError(503, f"the {self.name} station's queue is full", refusal.retry_after_s)
        raise TurnedAwayError(429, f"too many requests reach the {self.name} station", refusal.retry_after_s)

    async def _served(self, ticket: Ticket) -> Refusal | None:
        try:
            placement = await ticket.placed()
            if isinstance(placement, Refusal):
                return placement
            await self._clock.sleep_until(placement.end_ns)
        except asyncio.CancelledError:
            ticket.dropped()
            raise
        ticket.served()
        return None


class Stations(msgspec.Struct, frozen=True):
    """The desks of the stations that there are, chat always among them, and what they add up to."""

    desks: Mapping[StationName, Desk]
    capacity: Capacity

    @property
    def turns(self) -> dict[StationName, Turn]:
        """What the shop's requests pass through, by the name of the station."""
        return {name: desk.turn for name, desk in self.desks.items()}

    @property
    def chat(self) -> Desk:
        """The station of the assistant."""
        return self.desks["chat"]

    def roll(self) -> None:
        """Finish the seconds of every account that are over."""
        for desk in self.desks.values():
            desk.truth.roll()

    def close(self) -> None:
        """Write the unfinished second of every account; nothing is counted afterwards."""
        for desk in self.desks.values():
            desk.truth.close()

    def truth_lines(self) -> list[bytes]:
        """Return the latest finished seconds, station after station."""
        return [line for desk in self.desks.values() for line in desk.truth.lines()]

    def gauges(self) -> dict[str, dict[str, object]]:
        """Return what each station holds, what it has counted and the orders a second it is good for."""
        return {
            name: {
                **desk.controller.gauges(),
                **msgspec.to_builtins(desk.truth.totals),
                "capacity_orders_per_s": self.capacity.stations[name],
            }
            for name, desk in self.desks.items()
        }


def open_stations(config: Config, clock: Clock, truth_sink: Callable[[bytes], None] = lambda _line: None) -> Stations:
    """Return the stations of a configuration, idle; raises ConfigError with a sentence. `truth_sink` gets every account's lines."""
    sizes = sizings(config)
    return Stations(
        {name: _desk(config, name, size, clock, truth_sink) for name, size in sizes.items()}, capacity_of(config)
    )


def _desk(config: Config, name: StationName, size: Sizing, clock: Clock, truth_sink: Callable[[bytes], None]) -> Desk:
    is_chat = name == "chat"
    station = size.station()
    truth = TruthLog(clock, station.in_system, truth_sink, station=None if is_chat else name)
    # The chat's stream of numbers has no name of its own: a seed repeats what it drew before there were other stations.
    seed = f"{config.seed}/service-time" if is_chat else f"{config.seed}/service-time/{name}"
    controller = Controller(
        clock=clock,
        station=station,
        service_time=service_times(size.law, size.mean_ms, cv=config.service_cv, rng=random.Random(seed)),
        door=door_of(config) if is_chat else OpenDoor(),
        voice=config.voice if is_chat else "hard",
        truth=truth,
        limit=limit_of(config) if is_chat else NoLimit(),
        discipline=discipline_of(config) if is_chat else Fifo(),
        seed=config.seed,
    )
    return Desk(name, controller, truth, clock)
