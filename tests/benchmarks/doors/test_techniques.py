"""The nine techniques and the campaign's pause."""

import pytest

from benchmarks.doors.techniques import TECHNIQUES, is_paused


def test_there_are_nine_of_them() -> None:
    """Each technique of the comparison is another one."""
    assert len({technique.name for technique in TECHNIQUES}) == 9


@pytest.mark.parametrize(
    ("queue", "was_paused", "paused"),
    [(99, False, False), (100, False, True), (51, True, True), (50, True, False)],
)
def test_a_pause_lasts_until_the_queue_is_half_as_long(queue: int, was_paused: bool, paused: bool) -> None:
    """A queue that trembles around its limit does not switch the campaign on and off."""
    assert is_paused(100, queue, was_paused=was_paused) is paused
    assert not is_paused(None, queue, was_paused=was_paused)
