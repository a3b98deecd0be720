"""How long a request may take, how big an answer may be, and the sweep that ends what is overdue.

One sweep per pool instead of a timer per wait: arming a wait is then a single attribute store, whereas a
``gevent.Timeout`` costs as much as a tenth of a whole request. The price is that a deadline is noticed up to
``SWEEP_PERIOD_S`` late; the instant in the ``Exchange`` is the real one.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import Any

SWEEP_PERIOD_S = 0.02
NS_PER_S = 1_000_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Deadlines:
    """The patience of one request, in seconds; every wait ends at its own deadline or at the total, whichever is first.

    Raises ValueError when one of them is not a finite number above 0.
    """

    pool_s: float = 5.0
    """Waiting for a connection of the pool to become free, from ready."""
    connect_s: float = 3.0
    """Resolving, connecting and the TLS handshake together."""
    first_byte_s: float = 30.0
    """From the first byte sent to the first byte of the answer."""
    between_bytes_s: float = 15.0
    """Between two reads of the answer."""
    total_s: float = 120.0
    """From ready to the last byte."""
    trusted_idle_s: float = 0.001
    """For how long an idle connection is taken to stand; after it the kernel is asked, which is a system call."""

    def __post_init__(self) -> None:
        """Refuse what no clock can keep."""
        for item in fields(self):
            value = getattr(self, item.name)
            if not (math.isfinite(value) and value > 0):
                raise ValueError(f"The deadline {item.name} is {value!r}; give a number of seconds above 0.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Bounds on what a pool holds and on what a target can make it hold.

    Raises ValueError when one of them is below 1.
    """

    connections: int = 1024
    header_bytes: int = 64 * 1024
    """All heads of one answer together, interim ones included."""
    body_bytes: int = 8 * 1024 * 1024
    """The decoded body."""
    error_body_bytes: int = 64 * 1024
    """What is kept of a non-200 body when the request has a sink; the rest is read and thrown away."""

    def __post_init__(self) -> None:
        """Refuse bounds that hold nothing."""
        for item in fields(self):
            value = getattr(self, item.name)
            if value < 1:
                raise ValueError(f"The limit {item.name} is {value!r}; give a whole number from 1.")


class Sweep:
    """Calls ``tick`` every ``SWEEP_PERIOD_S`` on a gevent hub while it is started."""

    def __init__(self, hub: Any, tick: Callable[[], None]) -> None:
        """Bind to the hub; nothing runs yet."""
        # Not referenced: a sweep alone must not keep a finished program alive.
        self._timer = hub.loop.timer(SWEEP_PERIOD_S, SWEEP_PERIOD_S, ref=False)
        self._tick = tick
        self._started = False

    def start(self) -> None:
        """Begin ticking; starting twice is one start."""
        if not self._started:
            self._timer.start(self._tick)
            self._started = True

    def stop(self) -> None:
        """Stop ticking."""
        if self._started:
            self._timer.stop()
            self._started = False
