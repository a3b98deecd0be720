"""Steady: one rate all the time, to see how a service does under a load that does not change.

locust -f locustfiles/steady.py --headless --rate 50 --duration 60s
"""

from typing import Any

from locust import events, task

from locustfiles.journeys.shopper import Shopper
from locustfiles.recording.install import install
from locustfiles.session.options import offer_on
from locustfiles.session.scenarios import STEADY


@events.init_command_line_parser.add_listener  # type: ignore[untyped-decorator]  # Locust has no annotations
def offer_options(parser: Any) -> None:
    """Offer the steady rate's options on the command line and in the web form."""
    offer_on(parser, STEADY.options)


@events.init.add_listener  # type: ignore[untyped-decorator]  # Locust has no annotations
def carry_out(environment: Any, **_: Any) -> None:
    """Make every test of this environment a recorded steady run."""
    install(environment, STEADY)


class SteadyShopper(Shopper):
    """Wants one thing, with a free-order card."""

    @task
    def buy(self) -> None:
        """Live one journey: a purchase, or what the target file says."""
        self.live(self.generator.journey)
