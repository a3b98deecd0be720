"""A waiting room: who comes first enters first, a bounded number is inside, and each has a session of its own length.

Nobody waits while there is room: the room opens when the service's utilisation, the sessions or the entries of the moment
reach their bound. A place is a token. Whoever sends it back keeps the place, whoever does not begins at the end (incident
sheet 4.4: clients without cookies).
"""

import math
from collections import OrderedDict
from collections.abc import Callable
from typing import Annotated

import msgspec
from msgspec import Meta

from target_stub.admission.arrival import Arrival, No, RoomPlace, Yes
from target_stub.admission.token_bucket import TokenBucket, full_bucket, refilled, take
from target_stub.clock import NS_PER_S

Seconds = Annotated[float, Meta(gt=0, le=86_400)]


class WaitingRoom(msgspec.Struct, frozen=True, tag="waiting-room", tag_field="kind", forbid_unknown_fields=True):
    """At most `sessions` inside, `entries_per_s` more a second, in order of arrival.

    A session ends `session_s` after its last request, a place in the room `keep_s` after. `opens_at`: requests in flight
    per server from which newcomers wait. `places`: the most that wait; past them a no has no place.
    """

    sessions: Annotated[int, Meta(ge=1, le=10_000_000)]
    entries_per_s: Annotated[float, Meta(ge=1e-3, le=1e6)]
    session_s: Seconds = 300.0
    refresh_s: Seconds = 20.0
    keep_s: Seconds = 300.0
    opens_at: Annotated[float, Meta(gt=0, le=1000)] = 0.9
    places: Annotated[int, Meta(ge=1, le=1_000_000)] = 100_000

    @property
    def entry_rate_per_s(self) -> float:
        """How many enter a second in the long run, by Little's law when the sessions are the bound."""
        return min(self.entries_per_s, self.sessions / self.session_s)


class _Waiter(msgspec.Struct):
    number: int
    seen_ns: int


class Room:
    """Those inside and those who wait; `new_token` gives each newcomer a name that nobody guesses."""

    def __init__(self, rule: WaitingRoom, now_ns: int, new_token: Callable[[], str]) -> None:
        self.rule = rule
        self._new_token = new_token
        self._inside: OrderedDict[str, int] = OrderedDict()  # token: last request; the longest silent first
        self._waiting: OrderedDict[str, _Waiter] = OrderedDict()  # by number
        self._numbers = 0
        self._entries = full_bucket(self._entry_bucket, now_ns)

    @property
    def _entry_bucket(self) -> TokenBucket:
        return TokenBucket(self.rule.entries_per_s)

    @property
    def inside(self) -> int:
        """How many sessions there are; one that has ended is counted until somebody asks."""
        return len(self._inside)

    def switch(self, rule: WaitingRoom, now_ns: int) -> None:
        """Go on with the same sessions and places under other bounds; nobody is sent out."""
        self._entries = refilled(
            TokenBucket(rule.entries_per_s), refilled(self._entry_bucket, self._entries, now_ns), now_ns
        )
        self.rule = rule

    def ask(self, arrival: Arrival, now_ns: int, load: float) -> Yes | No:
        """Let a session in, give or keep a place; `load` is requests in flight per server."""
        self._end_sessions(now_ns)
        token = self._known(arrival.room_token, now_ns)
        if not token:
            self._enter(now_ns, load)  # who waits comes before a newcomer, also before a full room says no
            if len(self._waiting) >= self.rule.places:
                return No("waiting_room", math.ceil(self.rule.refresh_s))
            token = self._newcomer(now_ns)
        self._enter(now_ns, load)
        if token in self._inside:
            self._inside[token] = now_ns
            self._inside.move_to_end(token)
            return Yes(token)
        place = self._place(token)
        return No("waiting_room", math.ceil(min(place.refresh_s, max(1.0, place.wait_s))), place)

    def _known(self, token: str | None, now_ns: int) -> str:
        """Return the token of a session or a place, which is kept by this; empty for any other."""
        waiter = None if token is None else self._waiting.get(token)
        if waiter is not None:
            waiter.seen_ns = now_ns
        elif token not in self._inside:
            return ""
        return token or ""

    def _newcomer(self, now_ns: int) -> str:
        self._numbers += 1
        token = self._new_token()
        self._waiting[token] = _Waiter(self._numbers, now_ns)
        return token

    def _enter(self, now_ns: int, load: float) -> None:
        """Let in from the head as many as there is room for; who has not asked for too long is passed over."""
        rule = self.rule
        keep_ns = rule.keep_s * NS_PER_S
        while self._waiting and len(self._inside) < rule.sessions and load < rule.opens_at:
            token, waiter = next(iter(self._waiting.items()))
            if now_ns - waiter.seen_ns > keep_ns:
                del self._waiting[token]
                continue
            self._entries, has_entry = take(self._entry_bucket, self._entries, now_ns)
            if not has_entry:
                return
            del self._waiting[token]
            self._inside[token] = now_ns

    def _end_sessions(self, now_ns: int) -> None:
        session_ns = self.rule.session_s * NS_PER_S
        while self._inside:
            token, seen_ns = next(iter(self._inside.items()))
            if now_ns - seen_ns <= session_ns:
                return
            del self._inside[token]

    def _place(self, token: str) -> RoomPlace:
        head = next(iter(self._waiting.values()))
        position = self._waiting[token].number - head.number + 1
        return RoomPlace(token, position, position / self.rule.entry_rate_per_s, self.rule.refresh_s)
