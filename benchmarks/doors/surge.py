"""A surge of impatient shoppers at one technique, in virtual time, and what came of each wish.

A shopper takes a card from the campaign, sends a prompt, and pays: two requests at the station, the second when the first is
answered. Who is refused asks again after the stated time and some; who waits too long leaves and asks again at once,
as people do who type "try again", and the work left behind is done for nobody.
"""

import random
from typing import Final

import msgspec

from benchmarks.doors.techniques import SERVERS, SERVICE_MS, WISHES_PER_S, Technique
from benchmarks.doors.virtual_service import VirtualService
from target_stub.admission.arrival import Arrival, Step
from target_stub.admission.ticket import Outcome, Refusal, Ticket
from target_stub.campaign_pause import NO_CAUSE, PauseSample, causes_after
from target_stub.capacity.service_time import service_times
from target_stub.clock import NS_PER_S

STEPS: Final = ((20.0, 0.5), (40.0, 3.0), (60.0, 0.5))
"""Seconds, and how many times the capacity is offered: an ordinary stretch, the surge, and the time after it."""
SURGE_FROM_S: Final = STEPS[0][0]
SURGE_UNTIL_S: Final = STEPS[0][0] + STEPS[1][0]
PATIENCE_S: Final = 4.0
WISH_PATIENCE_S: Final = 30.0
ATTEMPTS_MAX: Final = 8
SHOPPERS: Final = 2000
_WISH: Final[tuple[Step, ...]] = ("chat", "payment")


class Wish(msgspec.Struct):
    """One wish: when it began and ended, whether a card was promised, and whether it was confirmed."""

    shopper: int
    began_s: float
    has_card: bool = False
    ended_s: float | None = None
    confirmed: bool = False
    attempts: int = 0
    """Of the step at hand; looks at a waiting room's place are none."""


class Surge:
    """All shoppers of one run; `requests` and `refused` count what they asked and how often the answer was no."""

    def __init__(self, technique: Technique, seed: int) -> None:
        times = service_times("lognormal", SERVICE_MS, cv=0.5, rng=random.Random(f"{seed}/service"))
        self.service = VirtualService(
            SERVERS,
            times,
            door=technique.door,
            limit=technique.limit,
            discipline=technique.discipline,
            queue_limit=technique.queue_limit,
        )
        self.wishes: list[Wish] = []
        self.requests = 0
        self.refused = 0
        self._pause = technique.pause
        self._paused_by = NO_CAUSE
        self._tokens: dict[int, str] = {}
        self._rng = random.Random(f"{seed}/shoppers")
        arrivals = random.Random(f"{seed}/arrivals")
        begin_s = 0.0
        for duration_s, factor in STEPS:
            at_s = begin_s
            while (at_s := at_s + arrivals.expovariate(factor * WISHES_PER_S)) < begin_s + duration_s:
                wish = Wish(arrivals.randrange(SHOPPERS), at_s)
                self.service.at(round(at_s * NS_PER_S), lambda wish=wish: self._begin(wish))  # type: ignore[misc]  # mypy infers no default of a lambda
            begin_s += duration_s

    def run(self) -> None:
        """Let all of it happen."""
        self.service.run()

    def _begin(self, wish: Wish) -> None:
        self.wishes.append(wish)
        if self._pause.queue_high is not None:
            sample = PauseSample(self.service.now_s, 0.0, self.service.controller.queue_length())
            self._paused_by = causes_after(self._pause, self._paused_by, sample)
        if self._paused_by:
            self.requests += 1
            self.refused += 1
            wish.ended_s = self.service.now_s
            return
        wish.has_card = True
        self._ask(wish, 0)

    def _ask(self, wish: Wish, step: int) -> None:
        now_s = self.service.now_s
        if now_s - wish.began_s > WISH_PATIENCE_S or wish.attempts >= ATTEMPTS_MAX:
            wish.ended_s = now_s
            return
        self.requests += 1
        attempt = _Attempt(self, wish, step)
        arrival = Arrival(_WISH[step], f"shopper-{wish.shopper}", self._tokens.get(wish.shopper))
        attempt.ticket = self.service.ask(arrival, attempt.told)
        if attempt.ticket is not None and attempt.ticket.room_token is not None:
            self._tokens[wish.shopper] = attempt.ticket.room_token

    def answered(self, wish: Wish, step: int) -> None:
        """The step is done: the next one, or the order is confirmed and the card redeemed."""
        wish.attempts = 0
        if step + 1 < len(_WISH):
            self._ask(wish, step + 1)
        else:
            wish.confirmed = True
            wish.ended_s = self.service.now_s

    def said_no(self, wish: Wish, step: int, refusal: Refusal) -> None:
        """Ask again after what the refusal says and some; a place in a waiting room is looked after."""
        self.refused += 1
        if refusal.place is None:
            wish.attempts += 1
        else:
            self._tokens[wish.shopper] = refusal.place.token
        again_s = refusal.retry_after_s * self._rng.uniform(1.0, 2.0)
        self.service.at(self.service.clock.now_ns + round(again_s * NS_PER_S), lambda: self._ask(wish, step))

    def lost_patience(self, wish: Wish, step: int) -> None:
        """Ask again at once."""
        wish.attempts += 1
        self._ask(wish, step)


class _Attempt:
    """One request of a wish, until its answer, its refusal or the end of the shopper's patience."""

    __slots__ = ("_given_up", "_step", "_surge", "_wish", "ticket")

    def __init__(self, surge: Surge, wish: Wish, step: int) -> None:
        self.ticket: Ticket | None = None
        self._surge = surge
        self._wish = wish
        self._step = step
        self._given_up = False
        service = surge.service
        service.at(service.clock.now_ns + round(PATIENCE_S * NS_PER_S), self._give_up)

    def told(self, outcome: Outcome) -> None:
        """The placement, whose end is the answer, or the refusal."""
        if self._given_up:
            return
        if isinstance(outcome, Refusal):
            self._given_up = True
            self._surge.said_no(self._wish, self._step, outcome)
        else:
            self._surge.service.at(outcome.end_ns, self._answered)

    def _answered(self) -> None:
        if not self._given_up:
            self._given_up = True
            self._surge.answered(self._wish, self._step)

    def _give_up(self) -> None:
        if not self._given_up and self.ticket is not None:
            self._given_up = True
            self.ticket.ignored()
            self._surge.lost_patience(self._wish, self._step)
