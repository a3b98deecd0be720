"""What a door may know of who asks to come in, and what it answers."""

from typing import Final, Literal

import msgspec

Step = Literal["payment", "checkout", "card", "chat"]
Cause = Literal["rate", "priority", "waiting_room", "concurrency", "queue_full", "queue_delay"]


class Arrival(msgspec.Struct, frozen=True, gc=False):
    """One request at a station: what it is for, whose it is, and the place that a waiting room gave it."""

    step: Step = "chat"
    shopper_id: str = ""
    """Header X-Shopper-Id; empty: nobody says who it is."""
    room_token: str | None = None
    """As the waiting room handed it out, from the header X-Waiting-Room or the cookie of that name."""


class RoomPlace(msgspec.Struct, frozen=True, gc=False):
    """A place in the waiting room. Who asks again without the token begins at the end."""

    token: str
    position: int
    """1 = next to enter; those ahead who have left are counted until their turn."""
    wait_s: float
    """Position / entry rate."""
    refresh_s: float
    """After how long to ask again, at the latest."""


class Yes(msgspec.Struct, frozen=True, gc=False):
    """Come in; `room_token` is the session's, to be sent with every further request."""

    room_token: str | None = None


class No(msgspec.Struct, frozen=True, gc=False):
    """Stay out, and why; `retry_after_s` in whole seconds as the header says it."""

    cause: Cause
    retry_after_s: int
    place: RoomPlace | None = None


# The least that the header's whole seconds can say; a bucket has tokens again well before.
SOON_S: Final = 1
YES: Final = Yes()
