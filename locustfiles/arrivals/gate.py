"""Where idle shoppers wait for an arrival and the pacer hands one over.

A shopper is a greenlet that Locust owns and may kill at any moment, also between the choice of a shopper and the switch
into it. So a waiting shopper has a place in line, and the place is void from the moment its shopper leaves for any reason:
switching into a greenlet that waits for something else by then (its ``on_stop``, say) would hand it a wrong answer.

This module must not know schedules, clocks or Locust.
"""

from collections.abc import Callable

from gevent import get_hub, getcurrent
from greenlet import greenlet

from locustfiles.arrivals.arrival import Arrival

Handed = Callable[[Arrival, bool], None]
"""Told once for every arrival that ``Gate.release`` accepted: True = a shopper has it, False = the shopper was gone."""


class _Place:
    """One shopper's place in line; ``shopper`` is None when nobody waits here any more."""

    __slots__ = ("shopper",)

    def __init__(self, shopper: greenlet) -> None:
        self.shopper: greenlet | None = shopper


class Gate:
    """A line of idle shoppers; the last to come is the first to go, so that the warmest connections are used."""

    def __init__(self) -> None:
        # A dict is a line that a killed shopper leaves in constant time: thousands are killed at the end of a run.
        self._line: dict[_Place, None] = {}

    @property
    def idle(self) -> int:
        """Shoppers that wait for an arrival."""
        return len(self._line)

    def take(self) -> Arrival:
        """Block the calling greenlet until an arrival is handed to it; raises what the greenlet is killed with."""
        place = _Place(getcurrent())
        self._line[place] = None
        try:
            arrival: Arrival = get_hub().switch()
        except BaseException:
            self._line.pop(place, None)
            place.shopper = None
            raise
        return arrival

    def release(self, arrival: Arrival, handed: Handed) -> bool:
        """Send an idle shopper on its way; False when there is none, and then ``handed`` is never called.

        The switch runs in the hub after the caller has let go, so that a caller can release many arrivals in one go.
        """
        if not self._line:
            return False
        place, _ = self._line.popitem()
        get_hub().loop.run_callback(self._hand_over, place, arrival, handed)
        return True

    @staticmethod
    def _hand_over(place: _Place, arrival: Arrival, handed: Handed) -> None:
        shopper, place.shopper = place.shopper, None
        handed(arrival, shopper is not None)
        if shopper is not None:
            shopper.switch(arrival)
