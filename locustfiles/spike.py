"""Spike: an even load with one sudden peak, to see what a service does with it and how soon it is itself again.

locust -f locustfiles/spike.py --headless --base-rate 20 --peak-rate 150 --spike-at 20s --spike-length 10s
"""

from typing import Any

from locust import events, task

from locustfiles.journeys.shopper import Shopper
from locustfiles.recording.install import install
from locustfiles.session.options import offer_on
from locustfiles.session.scenarios import SPIKE


@events.init_command_line_parser.add_listener  # type: ignore[untyped-decorator]  # Locust has no annotations
def offer_options(parser: Any) -> None:
    """Offer the spike's options on the command line and in the web form."""
    offer_on(parser, SPIKE.options)


@events.init.add_listener  # type: ignore[untyped-decorator]  # Locust has no annotations
def carry_out(environment: Any, **_: Any) -> None:
    """Make every test of this environment a recorded spike run."""
    install(environment, SPIKE)


class SpikeShopper(Shopper):
    """Wants one thing, with a free-order card."""

    @task
    def buy(self) -> None:
        """Live one journey: a purchase, or what the target file says."""
        self.live(self.generator.journey)
