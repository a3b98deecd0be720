"""The phases of a campaign, and the pause that lies over them."""

import pytest

from target_stub.campaign_issuing import Issuing, IssuingPlan, IssuingState
from target_stub.campaign_pause import PauseRule, PauseSample

PLAN = IssuingPlan(grey_at_s=10, opens_at_s=20, closes_at_s=30)


@pytest.mark.parametrize(
    ("since_start_s", "phase"),
    [(0, "announced"), (9.9, "announced"), (10, "grey"), (20, "open"), (29.9, "open"), (30, "closed"), (1e9, "closed")],
)
def test_a_plan_leads_through_the_phases(since_start_s: float, phase: str) -> None:
    """Each phase begins at its time, and a look that comes late finds the phase of that time."""
    state = IssuingState(PLAN)

    assert state.observe(PauseSample(since_start_s, 0, 0)) is (phase != "announced")
    assert state.told == phase


SWITCHES: list[tuple[str, list[str], str]] = [
    ("an announced campaign opens", ["open"], "open"),
    ("or begins with a grey release", ["grey"], "grey"),
    ("which opens", ["grey", "open"], "open"),
    ("or is paused", ["grey", "paused"], "paused"),
    ("and goes on as it was", ["grey", "paused", "grey"], "grey"),
    ("or opens after a pause", ["grey", "paused", "open"], "open"),
    ("a pause ends by a switch", ["open", "paused", "open"], "open"),
    ("a second pause changes nothing", ["open", "paused", "paused", "open"], "open"),
    ("a paused campaign closes", ["open", "paused", "closed"], "closed"),
    ("what is said again changes nothing", ["announced", "open", "open", "closed", "closed"], "closed"),
    ("a campaign that is open is never grey again", ["open", "grey"], "open cannot be grey again"),
    ("nor announced", ["open", "announced"], "open cannot be announced again"),
    ("a closed one does not open", ["closed", "open"], "closed cannot be open again"),
    ("nor is it paused", ["closed", "paused"], "closed gives no cards and cannot be paused"),
    ("nothing to pause", ["paused"], "announced gives no cards and cannot be paused"),
    ("an unknown word", ["shut"], "issuing is 'shut'; give one of announced, grey, open, paused, closed"),
]


@pytest.mark.parametrize(("words", "result"), [row[1:] for row in SWITCHES], ids=[row[0] for row in SWITCHES])
def test_a_switch_moves_a_campaign_on_or_is_refused(words: list[str], result: str) -> None:
    """Phases only move on; a refusal says why and changes nothing."""
    state = IssuingState(PLAN)
    for word in words[:-1]:
        state.switch(word)
    before = state.told, state.causes
    if result in set(Issuing):
        state.switch(words[-1])
        assert state.told == result
    else:
        with pytest.raises(ValueError, match=result):
            state.switch(words[-1])
        assert (state.told, state.causes) == before


def test_an_operator_does_not_end_a_pause_by_rule() -> None:
    """A switch to open takes away the operator's own pause; the queue's goes with the queue."""
    state = IssuingState(IssuingPlan(pause=PauseRule(queue_high=10)))
    state.observe(PauseSample(1, 0, 10))
    state.switch("paused")
    state.switch("open")
    assert (state.told, state.causes) == ("paused", {"queue"})

    assert state.observe(PauseSample(2, 0, 5))
    assert state.told == "open"


def test_a_plan_does_not_undo_what_an_operator_moved_on() -> None:
    """A campaign that was opened early stays open at the time of its grey release."""
    state = IssuingState(PLAN)
    state.switch("open")

    assert not state.observe(PauseSample(15, 0, 0))
    assert state.told == "open"
