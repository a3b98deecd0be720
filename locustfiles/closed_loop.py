"""Closed loop: so many shoppers that think, buy and think again, to find the most that a service can do, and to compare with tools
that know no other model. What it makes shoppers wait is load that never comes, so it says little of a crowd's waiting.

locust -f locustfiles/closed_loop.py --headless -u 50 --think 1s --duration 60s
"""

from typing import Any

from locust import events, task

from locustfiles.journeys.shopper import Shopper
from locustfiles.recording.install import install
from locustfiles.session.options import offer_on
from locustfiles.session.scenarios import CLOSED_LOOP


@events.init_command_line_parser.add_listener  # type: ignore[untyped-decorator]  # Locust has no annotations
def offer_options(parser: Any) -> None:
    """Offer the closed loop's options on the command line and in the web form."""
    offer_on(parser, CLOSED_LOOP.options)


@events.init.add_listener  # type: ignore[untyped-decorator]  # Locust has no annotations
def carry_out(environment: Any, **_: Any) -> None:
    """Make every test of this environment a recorded closed loop."""
    install(environment, CLOSED_LOOP)


class ClosedLoopShopper(Shopper):
    """Wants one thing after another, with a free-order card each."""

    @task
    def buy(self) -> None:
        """Live one journey: a purchase, or what the target file says."""
        self.live(self.generator.journey)
