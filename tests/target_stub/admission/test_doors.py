"""The door in force, and what outlasts a switch."""

import pytest

from target_stub.admission.arrival import YES, Arrival, No, Yes
from target_stub.admission.dagor import Dagor
from target_stub.admission.doors import Door, Entrance, OpenDoor
from target_stub.admission.token_bucket import TokenBucket
from target_stub.admission.waiting_room import WaitingRoom

ROOM = WaitingRoom(sessions=1, entries_per_s=1.0)


def ask(entrance: Entrance, at_ns: int = 0, token: str | None = None) -> Yes | No:
    """Ask as one shopper, with the servers idle."""
    return entrance.ask(Arrival("chat", "user-1", token), now_ns=at_ns, unix_ns=0, load=0.0)


@pytest.mark.parametrize(
    ("door", "first", "second"),
    [
        pytest.param(OpenDoor(), YES, YES, id="open"),
        pytest.param(TokenBucket(1.0), YES, No("rate", 1), id="a bucket of one token"),
        pytest.param(Dagor(), YES, YES, id="DAGOR without overload"),
        pytest.param(ROOM, Yes("token"), None, id="a waiting room of one session"),
    ],
)
def test_each_door_answers(door: Door, first: Yes, second: Yes | No | None) -> None:
    """The first of two gets in everywhere, the second where there is room."""
    entrance = Entrance(door, 0, iter(["token", "other"]).__next__)

    assert entrance.door == door
    assert ask(entrance) == first
    answer = ask(entrance)
    assert answer == second if second is not None else isinstance(answer, No)
    assert (entrance.dagor is not None) == isinstance(door, Dagor)


@pytest.mark.parametrize(
    ("door", "again"),
    [
        pytest.param(TokenBucket(2.0, burst_s=0.5), False, id="an emptied bucket stays empty"),
        pytest.param(WaitingRoom(sessions=1, entries_per_s=9.0), False, id="a session is not forgotten"),
        pytest.param(Dagor(alpha=0.2), True, id="DAGOR keeps its cut"),
        pytest.param(OpenDoor(), True, id="an open door remembers nothing"),
    ],
)
def test_a_switch_to_the_same_kind_remembers(door: Door, again: bool) -> None:
    """What a door holds outlasts other parameters."""
    begun: tuple[Door, ...] = (TokenBucket(1.0), ROOM, Dagor(), OpenDoor())
    before = next(rule for rule in begun if type(rule) is type(door))
    entrance = Entrance(before, 0, iter(["a", "b", "c"]).__next__)
    ask(entrance)
    entrance.switch(door, 0)

    assert entrance.door == door
    assert isinstance(ask(entrance), Yes) is again


def test_a_switch_to_another_kind_begins_anew() -> None:
    """A bucket that replaces another door is full."""
    entrance = Entrance(TokenBucket(1.0), 0, lambda: "token")
    ask(entrance)
    entrance.switch(OpenDoor(), 0)
    entrance.switch(TokenBucket(1.0), 0)

    assert ask(entrance) is YES
