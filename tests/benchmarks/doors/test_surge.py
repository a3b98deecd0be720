"""Shoppers of the surge, on stretches of it."""

from benchmarks.doors.surge import ATTEMPTS_MAX, WISH_PATIENCE_S, Surge
from benchmarks.doors.techniques import TECHNIQUES, Technique
from target_stub.admission.limits import FixedLimit
from target_stub.admission.queue_discipline import Lifo


def surge(technique: Technique, until_s: float) -> Surge:
    """A surge as far as that second."""
    made = Surge(technique, 1)
    made.service.run(until_s)
    return made


def test_before_the_surge_everybody_is_served() -> None:
    """At half of the capacity every wish of the first ten seconds is confirmed by its two requests."""
    calm = surge(Technique("open"), 15)
    early = [wish for wish in calm.wishes if wish.began_s < 10]

    assert len(early) > 400
    assert all(wish.confirmed and wish.has_card for wish in early)
    assert (calm.refused, calm.requests >= 2 * len(early)) == (0, True)


def test_every_wish_ends() -> None:
    """Shoppers who are always refused give up after so many attempts or so long."""
    shut = Surge(Technique("shut", limit=FixedLimit(1), discipline=Lifo()), 1)
    shut.service.run(22)
    begun = list(shut.wishes)
    shut.service.run(22 + 2 * WISH_PATIENCE_S)

    lost = [wish for wish in begun if not wish.confirmed]
    assert lost
    assert all(wish.ended_s is not None and wish.attempts <= ATTEMPTS_MAX for wish in lost)


def test_a_paused_campaign_promises_nothing() -> None:
    """Whoever comes while it is paused has no card and asks no more."""
    paused = surge(TECHNIQUES[-1], 30)
    without = [wish for wish in paused.wishes if not wish.has_card]

    assert without
    assert all(wish.ended_s == wish.began_s or not wish.confirmed for wish in without)
    assert paused.refused == len(without)


def test_a_seed_repeats_a_surge() -> None:
    """The same seed gives the same wishes with the same ends."""
    first, again = (surge(TECHNIQUES[1], 22) for _ in range(2))

    assert first.wishes == again.wishes
