"""The waiting room in headers."""

import pytest

from target_stub.admission.arrival import Arrival, RoomPlace
from target_stub.room_headers import arrival_of, place_headers, session_headers
from target_stub.web import Request


@pytest.mark.parametrize(
    ("headers", "arrival"),
    [
        pytest.param({}, Arrival("card"), id="nothing is said"),
        pytest.param({"x-shopper-id": "u1", "x-waiting-room": "t"}, Arrival("card", "u1", "t"), id="both in headers"),
        pytest.param(
            {"cookie": "a=b; springtide_waiting_room=t"}, Arrival("card", "", "t"), id="the token as a cookie"
        ),
        pytest.param({"cookie": "springtide_waiting"}, Arrival("card"), id="another cookie"),
        pytest.param({"x-shopper-id": "u" * 999}, Arrival("card", "u" * 255), id="a very long id"),
    ],
)
def test_an_arrival_is_read_from_headers(headers: dict[str, str], arrival: Arrival) -> None:
    """Shopper and token come from the headers, the token also from its cookie."""
    assert arrival_of(Request("POST", "/", {}, headers, b""), "card") == arrival


def test_a_place_is_told_in_headers() -> None:
    """A refusal with a place has the token, as header and as cookie, the position and the wait."""
    assert place_headers(RoomPlace("t", 3, 4.4, 20.0)) == [
        ("x-waiting-room", "t"),
        ("set-cookie", "springtide_waiting_room=t; Path=/; HttpOnly"),
        ("x-waiting-room-position", "3"),
        ("x-waiting-room-wait-s", "4"),
    ]


def test_without_a_room_there_are_no_headers() -> None:
    """Other doors say nothing of a waiting room."""
    assert session_headers(None) == place_headers(None) == []
