"""The store of open sessions: bounded in number and in time."""

from target_stub.checkout_session import CheckoutSession, Event, Status
from target_stub.sessions import Sessions


class Shelf:
    """A store of sessions that live ten nanoseconds, and the names of those that ended unpaid."""

    def __init__(self, limit: int = 100) -> None:
        self.ended: list[str] = []
        self.store = Sessions(lambda session, _now: self.ended.append(session.id), limit=limit, ttl_ns=10)

    def add(self, name: str, now_ns: int, *events: Event) -> CheckoutSession:
        """Open a session at an instant and let it meet events."""
        session = CheckoutSession(name, "u1", (), 0, "", now_ns + self.store.ttl_ns)
        session.take(Event.FILLED)
        for event in events:
            session.take(event)
        self.store.add(session, now_ns)
        return session


def test_a_session_expires_at_its_instant() -> None:
    """A session is open until its expiry, expired from it on, and still readable."""
    shelf = Shelf()
    session = shelf.add("a", 0)

    assert shelf.store.find("a", 9) is session
    assert session.status is Status.READY
    assert shelf.store.find("a", 10) is session
    assert session.status is Status.EXPIRED
    assert shelf.ended == ["a"]


def test_sessions_expire_without_being_asked_for() -> None:
    """A look at any session expires all whose time has passed, each once, in their order."""
    shelf = Shelf()
    for name, at_ns in (("a", 0), ("b", 1), ("c", 5)):
        shelf.add(name, at_ns)
    shelf.store.sweep(11)
    shelf.store.sweep(12)

    assert shelf.ended == ["a", "b"]
    assert shelf.store.expired == 2


def test_an_ended_session_does_not_end_again() -> None:
    """A paid or canceled session is not expired, however late it is."""
    shelf = Shelf()
    paid = shelf.add("paid", 0, Event.PAY, Event.PAID)
    canceled = shelf.add("canceled", 0, Event.CANCEL)
    shelf.store.sweep(1000)

    assert (paid.status, canceled.status) == (Status.COMPLETED, Status.CANCELED)
    assert shelf.ended == []


def test_a_payment_that_runs_ends_before_its_session_expires() -> None:
    """A session that is being paid does not expire; declined afterwards, it expires at the next sweep."""
    shelf = Shelf()
    session = shelf.add("a", 0, Event.PAY)
    shelf.store.sweep(50)
    assert session.status is Status.IN_PROGRESS
    session.take(Event.DECLINED)
    shelf.store.sweep(51)

    assert session.status is Status.EXPIRED


def test_the_oldest_session_makes_room() -> None:
    """Past the bound the oldest session is forgotten and ends unpaid; an unknown id finds nothing."""
    shelf = Shelf(limit=2)
    for name in ("a", "b", "c"):
        shelf.add(name, 0)

    assert len(shelf.store) == 2
    assert shelf.store.find("a", 1) is None
    assert shelf.ended == ["a"]
    assert shelf.store.find("c", 1) is not None


def test_a_paid_session_that_makes_room_ends_silently() -> None:
    """A completed session that is pushed out keeps its status and gives nothing back."""
    shelf = Shelf(limit=1)
    paid = shelf.add("a", 0, Event.PAY, Event.PAID)
    shelf.add("b", 0)

    assert paid.status is Status.COMPLETED
    assert shelf.ended == []
