"""When the campaign pauses and resumes by itself."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from target_stub.campaign_pause import NO_CAUSE, Cause, PauseRule, PauseSample, causes_after

ROWS: list[tuple[str, PauseRule, set[Cause], PauseSample, set[Cause]]] = [
    ("no rule pauses nothing", PauseRule(), set(), PauseSample(1e9, 1.0, 10**9), set()),
    ("below the share", PauseRule(budget_share=0.8), set(), PauseSample(0, 0.79, 0), set()),
    ("at the share", PauseRule(budget_share=0.8), set(), PauseSample(0, 0.8, 0), {"budget"}),
    ("before the time", PauseRule(from_s=10, until_s=20), set(), PauseSample(9.9, 0, 0), set()),
    ("at the time", PauseRule(from_s=10, until_s=20), set(), PauseSample(10, 0, 0), {"time"}),
    ("at the end of the time", PauseRule(from_s=10, until_s=20), {"time"}, PauseSample(20, 0, 0), set()),
    ("without an end", PauseRule(from_s=10), set(), PauseSample(1e9, 0, 0), {"time"}),
    ("a queue below high", PauseRule(queue_high=100), set(), PauseSample(0, 0, 99), set()),
    ("a queue at high", PauseRule(queue_high=100), set(), PauseSample(0, 0, 100), {"queue"}),
    ("a queue on its way down", PauseRule(queue_high=100), {"queue"}, PauseSample(0, 0, 51), {"queue"}),
    ("a queue at half", PauseRule(queue_high=100), {"queue"}, PauseSample(0, 0, 50), set()),
    ("a queue at the given low", PauseRule(queue_high=100, queue_low=10), {"queue"}, PauseSample(0, 0, 11), {"queue"}),
    ("no hysteresis", PauseRule(queue_high=1, queue_low=0), {"queue"}, PauseSample(0, 0, 0), set()),
    ("the operator's switch stays", PauseRule(), {"switch"}, PauseSample(0, 0, 0), {"switch"}),
    ("all at once", PauseRule(budget_share=0.5, from_s=0, queue_high=1), {"switch"}, PauseSample(1, 1, 1),
     {"budget", "time", "queue", "switch"}),
]  # fmt: skip


@pytest.mark.parametrize(("rule", "causes", "sample", "after"), [row[1:] for row in ROWS], ids=[r[0] for r in ROWS])
def test_what_holds_the_campaign_paused(
    rule: PauseRule, causes: set[Cause], sample: PauseSample, after: set[Cause]
) -> None:
    """Each cause comes and goes by its own limit."""
    assert causes_after(rule, causes, sample) == after


@given(st.lists(st.integers(0, 20), max_size=60), st.integers(1, 20), st.integers(0, 19))
def test_a_queue_between_the_limits_changes_nothing(queues: list[int], high: int, low: int) -> None:
    """However a queue moves, the pause changes only at or past a limit, and the same queue twice is as once."""
    rule = PauseRule(queue_high=high, queue_low=min(low, high - 1))
    causes = NO_CAUSE
    for queue in queues:
        after = causes_after(rule, causes, PauseSample(0.0, 0.0, queue))
        if after != causes:
            assert queue >= high if after else queue <= rule.queue_resumes_at
        assert causes_after(rule, after, PauseSample(0.0, 0.0, queue)) == after
        causes = after
