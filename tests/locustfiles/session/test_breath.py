"""The pause that keeps arrivals on time while a second is recorded."""

import gevent

from locustfiles.recording.parts import Parts
from locustfiles.session.breath import HOLD_NS, breathe, in_breaths


def test_a_breath_lets_timers_fire() -> None:
    """What has become due meanwhile runs before the bookkeeping goes on."""
    fired: list[str] = []
    timer = gevent.get_hub().loop.timer(0.0)
    timer.start(fired.append, "due")

    breathe()

    assert fired == ["due"]
    timer.close()


def test_a_breath_is_taken_when_it_is_due() -> None:
    """Short parts are done one after another; a work that has held the loop for long breathes before its next part."""
    told: list[str] = []
    now_ns = [0]

    def work() -> Parts[int]:
        for number, takes_ns in enumerate((1, HOLD_NS // 2, HOLD_NS // 2, 1, HOLD_NS + 1)):
            told.append(f"part {number}")
            now_ns[0] += takes_ns
            yield
        return 7

    assert in_breaths(work(), breath=lambda: told.append("breath"), clock=lambda: now_ns[0]) == 7
    assert told == ["part 0", "part 1", "part 2", "breath", "part 3", "part 4", "breath"]
