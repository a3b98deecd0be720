"""Who gets in: the rules of the four doors, and the door in force with what it remembers."""

from collections.abc import Callable
from typing import Final, Literal

import msgspec

from target_stub.admission.arrival import SOON_S, YES, Arrival, No, Yes
from target_stub.admission.dagor import Dagor, DagorGate
from target_stub.admission.token_bucket import Bucket, TokenBucket, full_bucket, refilled, take
from target_stub.admission.waiting_room import Room, WaitingRoom

DoorKind = Literal["open", "token-bucket", "dagor", "waiting-room"]
_NO_TOKEN: Final = No("rate", SOON_S)


class OpenDoor(msgspec.Struct, frozen=True, tag="open", tag_field="kind", forbid_unknown_fields=True):
    """Everybody gets in; the queue is the only limit."""


Door = OpenDoor | TokenBucket | Dagor | WaitingRoom


class Entrance:
    """The door in force. What it holds (tokens, cut, sessions) outlasts a switch to the same kind, not to another."""

    def __init__(self, door: Door, now_ns: int, new_token: Callable[[], str]) -> None:
        """`new_token` names the sessions of a waiting room."""
        self._new_token = new_token
        self._held: tuple[TokenBucket, Bucket] | DagorGate | Room | None = None
        self.switch(door, now_ns)

    @property
    def door(self) -> Door:
        """The rule in force."""
        match self._held:
            case None:
                return OpenDoor()
            case (rule, _):
                return rule
            case DagorGate() | Room() as held:
                return held.rule

    @property
    def dagor(self) -> DagorGate | None:
        """The door that wants to know how long requests waited, if it is that one."""
        return self._held if isinstance(self._held, DagorGate) else None

    def switch(self, door: Door, now_ns: int) -> None:
        """Put another door in place."""
        held = self._held
        match door:
            case OpenDoor():
                self._held = None
            case TokenBucket():
                # The time before the switch counts at the old rate.
                bucket = refilled(*held, now_ns) if isinstance(held, tuple) else full_bucket(door, now_ns)
                self._held = (door, refilled(door, bucket, now_ns))
            case Dagor():
                if isinstance(held, DagorGate):
                    held.switch(door)
                else:
                    self._held = DagorGate(door, now_ns)
            case WaitingRoom():
                if isinstance(held, Room):
                    held.switch(door, now_ns)
                else:
                    self._held = Room(door, now_ns, self._new_token)

    def ask(self, arrival: Arrival, *, now_ns: int, unix_ns: int, load: float) -> Yes | No:
        """Decide on one arrival; `load` is requests in flight per server, `unix_ns` tells DAGOR the hour."""
        match self._held:
            case None:
                return YES
            case (rule, bucket):
                bucket, lets_in = take(rule, bucket, now_ns)
                self._held = (rule, bucket)
                return YES if lets_in else _NO_TOKEN
            case DagorGate() as gate:
                return gate.ask(arrival, now_ns, unix_ns)
            case Room() as room:
                return room.ask(arrival, now_ns, load)
