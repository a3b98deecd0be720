"""The pause that keeps arrivals on time while a second is recorded."""

import gevent

from locustfiles.session.breath import breathe


def test_a_breath_lets_timers_fire() -> None:
    """What has become due meanwhile runs before the bookkeeping goes on."""
    fired: list[str] = []
    timer = gevent.get_hub().loop.timer(0.0)
    timer.start(fired.append, "due")

    breathe()

    assert fired == ["due"]
    timer.close()
