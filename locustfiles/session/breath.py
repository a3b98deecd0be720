"""A pause in the bookkeeping, in which arrivals that are due are released: a second's record is written in such parts."""

import gevent

BREATH_S = 0.0005


def breathe() -> None:
    """Let the loop look at its timers and sockets once; by a timer, since a mere change of greenlets would not."""
    gevent.sleep(BREATH_S)
