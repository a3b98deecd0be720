"""The abstract Locust user of every scenario: it waits for an arrival, then lives one journey.

A shopper's ``wait_time`` is the arrival gate, so Locust's weights, tags and user counts stay true, and ``-u`` is the most
shoppers that can be busy at once.

Every task is one wish. It hands a whole journey to ``live``, or sends its own requests with ``client`` and ``checkout``: then the
wish is written ahead of its first byte and ends with its task, however that ends.
"""

import sys
import time
from collections.abc import Callable
from typing import Any

import gevent
from gevent import GreenletExit
from locust import User
from locust.exception import (
    InterruptTaskSet,
    RescheduleTask,
    RescheduleTaskImmediately,
    StopTest,
    StopUser,
)

from locustfiles.arrivals.arrival import Arrival
from locustfiles.journeys.client import Client
from locustfiles.journeys.own_checkout import Checkout
from locustfiles.journeys.own_wish import OwnWish
from locustfiles.journeys.prompts import Prompt
from locustfiles.journeys.storefront import Storefront
from locustfiles.session.registry import generator_of

Journey = Callable[[Storefront, Prompt, Arrival], object]
_ORDERLY = (InterruptTaskSet, RescheduleTask, RescheduleTaskImmediately, StopTest, StopUser)
"""What Locust raises to end a task: no mistake of the journey."""


class Shopper(User):
    """Takes one arrival before every task; ``self.arrival`` is the one being served."""

    abstract = True

    arrival: Arrival
    client: Client
    """Sends requests of one's own."""
    checkout: Checkout
    """The purchase steps for the wish of the present task."""
    _own: OwnWish | None = None
    _taken_ns: int = 0
    _has_waited = False

    def on_start(self) -> None:
        """Join the present run and wait for the first arrival: the first task needs one too."""
        self.generator = generator_of(self.environment)
        self.client = Client(self._own_wish, self.generator.heads)
        self.checkout = Checkout(self._own_wish)
        locusts: Any = self._taskset_instance
        self._execute = locusts.execute_task
        locusts.execute_task = self._execute_task
        locusts._sleep = self._sleep
        self.wait()  # type: ignore[no-untyped-call]  # Locust has no annotations

    def wait_time(self) -> float:
        """Block until an arrival is handed over; there is nothing more to wait for then."""
        self._end_wish(sys.exc_info()[1])  # of a task set within, whose tasks Locust runs by itself
        self.arrival = self.generator.gate.take()
        self._taken_ns = time.monotonic_ns()
        self._has_waited = True
        self.generator.due.add(self)
        return 0.0

    def _sleep(self, seconds: float) -> None:
        """In the place of Locust's: a shopper who comes from the gate begins at once, where Locust gives the hub one more turn."""
        if seconds or not self._has_waited:
            gevent.sleep(seconds)
        self._has_waited = False

    @property
    def prompt(self) -> Prompt:
        """What the present task's wish is for: words, basket, buyer and idempotency key."""
        return self._own_wish().wish.prompt

    def live(self, journey: Journey) -> None:
        """Carry out one journey for the arrival; a shopper killed on the way leaves the wish in flight, without an outcome."""
        self.generator.due.discard(self)
        try:
            journey(self.generator.store, self._new_prompt(), self.arrival)
        except OSError as error:
            self.generator.fail(error)
            return
        self.generator.pacer.ended()

    def write_ahead(self) -> OwnWish | None:
        """Put the wish of the arrival that is due on record, if one is; None when there is none or the disk refuses."""
        if self not in self.generator.due:
            return None
        self.generator.due.discard(self)
        try:
            self._own = OwnWish.begin(self.generator.store, self._new_prompt(), self.arrival, self._taken_ns)
        except OSError as error:
            self.generator.fail(error)
        return self._own

    def _new_prompt(self) -> Prompt:
        return self.generator.prompt(self.arrival.index)

    def _own_wish(self) -> OwnWish:
        """The present task's wish, written ahead when it is first needed; without one the task ends here."""
        own = self._own or self.write_ahead()
        if own is None:
            if self.generator.has_failed:
                raise RescheduleTask
            raise RuntimeError(
                "There is no arrival for this request: its task has ended, or the shopper has not begun."
            )
        return own

    def _execute_task(self, task: Any) -> None:
        """In the place of Locust's: the wish ends with its task, also when the user stops before it waits again."""
        try:
            self._execute(task)
        except GreenletExit:
            own = self._own or self.write_ahead()
            if own is not None:
                own.settle()  # the wish stays in flight, and what it has sent is on record
            raise
        except RescheduleTaskImmediately:
            raise  # the next task comes without an arrival of its own and goes on with this wish
        except Exception as error:
            self._end_wish(error)
            self.generator.keyring.redactor.clean_error(error)  # Locust logs it and shows it on its page
            raise
        self._end_wish(None)

    def _end_wish(self, error: BaseException | None) -> None:
        """Account for the present arrival, if that has not been done; a task that has sent nothing counts too."""
        own = self._own or self.write_ahead()
        self._own = None
        if own is not None:
            own.end(crashed=error is not None and not isinstance(error, _ORDERLY))
            self.generator.pacer.ended()
