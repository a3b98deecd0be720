"""The abstract Locust user of every open-model scenario: it waits for an arrival, then lives one journey.

A shopper's ``wait_time`` is the arrival gate, so Locust's weights, tags and user counts stay true, and ``-u`` is the most
shoppers that can be busy at once.
"""

from collections.abc import Callable

from locust import User

from locustfiles.arrivals.arrival import Arrival
from locustfiles.journeys.prompts import Prompt, prompt_for
from locustfiles.journeys.storefront import Storefront
from locustfiles.session.registry import generator_of

Journey = Callable[[Storefront, Prompt, Arrival], object]


class Shopper(User):
    """Takes one arrival before every task; ``self.arrival`` is the one being served."""

    abstract = True

    arrival: Arrival

    def on_start(self) -> None:
        """Join the present run and wait for the first arrival: the first task needs one too."""
        self.generator = generator_of(self.environment)
        self.wait()  # type: ignore[no-untyped-call]  # Locust has no annotations

    def wait_time(self) -> float:
        """Block until an arrival is handed over; there is nothing more to wait for then."""
        self.arrival = self.generator.gate.take()
        return 0.0

    def live(self, journey: Journey) -> None:
        """Carry out one journey for the arrival; a shopper killed on the way leaves the wish in flight, without an outcome."""
        plan = self.generator.plan
        prompt = prompt_for(plan.run_id, plan.seed, self.arrival.index)
        try:
            journey(self.generator.store, prompt, self.arrival)
        except OSError as error:
            self.generator.fail(error)
            return
        self.generator.pacer.ended()
