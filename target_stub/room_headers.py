"""What the waiting room says in headers: the token that a client sends back, and a place's position and wait."""

from typing import Final

from target_stub.admission.arrival import Arrival, RoomPlace, Step
from target_stub.web import Headers, Request

ROOM_HEADER: Final = "x-waiting-room"
ROOM_COOKIE: Final = "springtide_waiting_room"
_SHOPPER_CHARACTERS_MAX: Final = 255


def arrival_of(request: Request, step: Step) -> Arrival:
    """Return what a door may know of a request: what it is for, whose it is, its place in the waiting room."""
    headers = request.headers
    shopper_id = headers.get("x-shopper-id", "")[:_SHOPPER_CHARACTERS_MAX]
    return Arrival(step, shopper_id, headers.get(ROOM_HEADER) or _cookie(headers.get("cookie", "")))


def _cookie(header: str) -> str | None:
    pairs = (pair.strip().partition("=") for pair in header.split(";"))
    return next((value for name, _, value in pairs if name == ROOM_COOKIE), None)


def session_headers(token: str | None) -> Headers:
    """Return the headers that hand a token out, as header and as cookie; none without one."""
    if token is None:
        return []
    return [(ROOM_HEADER, token), ("set-cookie", f"{ROOM_COOKIE}={token}; Path=/; HttpOnly")]


def place_headers(place: RoomPlace | None) -> Headers:
    """Return the headers of a refusal with a place in the room; none without one."""
    if place is None:
        return []
    told = [(f"{ROOM_HEADER}-position", str(place.position)), (f"{ROOM_HEADER}-wait-s", f"{place.wait_s:.0f}")]
    return [*session_headers(place.token), *told]
