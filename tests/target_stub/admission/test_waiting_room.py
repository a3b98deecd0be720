"""The waiting room: order, sessions, places."""

import itertools

from target_stub.admission.arrival import Arrival, No, RoomPlace, Yes
from target_stub.admission.waiting_room import Room, WaitingRoom
from target_stub.clock import NS_PER_S

RULE = WaitingRoom(sessions=1, entries_per_s=10.0, session_s=10.0, keep_s=30.0)


class Hall:
    """A room whose tokens are t1, t2 and so on."""

    def __init__(self, rule: WaitingRoom = RULE) -> None:
        """Open it at 0 s."""
        numbers = itertools.count(1)
        self.room = Room(rule, 0, lambda: f"t{next(numbers)}")

    def ask(self, token: str | None, at_s: float, load: float = 0.0) -> Yes | No:
        """Ask to come in."""
        return self.room.ask(Arrival(room_token=token), round(at_s * NS_PER_S), load)


def test_nobody_waits_while_there_is_room() -> None:
    """The first to come gets a session at once, and keeps it with the token."""
    hall = Hall()

    assert hall.ask(None, 0) == Yes("t1")
    assert hall.ask("t1", 1) == Yes("t1")


def test_a_refusal_tells_position_and_wait() -> None:
    """The second in the room learns its place, and when at the present rate of one session per 10 s it is its turn."""
    hall = Hall()
    hall.ask(None, 0)
    hall.ask(None, 0)

    assert hall.ask(None, 0) == No("waiting_room", 20, RoomPlace("t3", 2, 20.0, 20.0))


def test_who_came_first_enters_first() -> None:
    """When the session has ended the next in order enters, even if another asks before."""
    hall = Hall()
    for _ in range(3):
        hall.ask(None, 0)

    assert isinstance(hall.ask("t3", 10.1), No)
    assert isinstance(hall.ask("t2", 10.2), Yes)


def test_without_the_token_one_begins_at_the_end() -> None:
    """A client that forgets its token gets a later place each time it asks."""
    hall = Hall()
    hall.ask(None, 0)
    places = [hall.ask(None, second) for second in range(3)]

    assert [answer.place.position for answer in places if isinstance(answer, No) and answer.place] == [1, 2, 3]


def test_a_session_lasts_from_its_last_request() -> None:
    """Each request begins the session's time anew; a session that has ended waits like everybody."""
    hall = Hall()
    hall.ask(None, 0)

    assert isinstance(hall.ask("t1", 9), Yes)
    assert isinstance(hall.ask("t1", 18), Yes)
    hall.ask(None, 20)
    assert isinstance(hall.ask("t2", 28.1), Yes)
    assert isinstance(hall.ask("t1", 28.2), No)


def test_a_place_that_nobody_asks_for_is_passed_over() -> None:
    """Who has not asked for longer than places are kept loses the turn to the next."""
    hall = Hall()
    for _ in range(2):
        hall.ask(None, 0)
    hall.ask("t1", 9)
    hall.ask("t1", 18)
    hall.ask("t1", 27)
    hall.ask(None, 30)

    assert isinstance(hall.ask("t3", 37.1), Yes)


def test_the_room_opens_on_utilisation() -> None:
    """With the servers in use newcomers wait although there are sessions to be had."""
    hall = Hall(WaitingRoom(sessions=100, entries_per_s=10.0, opens_at=0.9))

    assert isinstance(hall.ask(None, 0, load=0.89), Yes)
    assert isinstance(hall.ask(None, 1, load=0.9), No)
    assert isinstance(hall.ask("t1", 1, load=2.0), Yes)


def test_entries_have_a_rate() -> None:
    """Of a crowd, as many enter in a second as the rate says, after one second's worth at once."""
    hall = Hall(WaitingRoom(sessions=100, entries_per_s=4.0))
    entered = [isinstance(hall.ask(None, 0), Yes) for _ in range(20)]
    later = [isinstance(hall.ask(f"t{number}", 1), Yes) for number in range(5, 21)]

    assert (sum(entered), sum(later)) == (4, 4)


def test_a_full_room_gives_no_place() -> None:
    """Past the places the refusal has none, and memory stays bounded."""
    hall = Hall(WaitingRoom(sessions=1, entries_per_s=1.0, places=1))
    hall.ask(None, 0)
    hall.ask(None, 0)

    assert hall.ask(None, 0) == No("waiting_room", 20)


def test_other_bounds_send_nobody_out() -> None:
    """After a switch sessions and places are those of before."""
    hall = Hall()
    for _ in range(3):
        hall.ask(None, 0)
    hall.room.switch(WaitingRoom(sessions=2, entries_per_s=10.0), 0)

    assert isinstance(hall.ask("t2", 1), Yes)
    assert isinstance(hall.ask("t1", 1), Yes)
    assert isinstance(hall.ask("t3", 1), No)
