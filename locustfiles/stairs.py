"""Stairs: one rate after the other, each higher than the one before, to see at which step a service begins to refuse.

locust -f locustfiles/stairs.py --headless --from-rate 20 --to-rate 120 --step-rate 20 --step-length 20s
"""

from typing import Any

from locust import events, task

from locustfiles.journeys.shopper import Shopper
from locustfiles.recording.install import install
from locustfiles.session.options import offer_on
from locustfiles.session.scenarios import STAIRS


@events.init_command_line_parser.add_listener  # type: ignore[untyped-decorator]  # Locust has no annotations
def offer_options(parser: Any) -> None:
    """Offer the stairs' options on the command line and in the web form."""
    offer_on(parser, STAIRS.options)


@events.init.add_listener  # type: ignore[untyped-decorator]  # Locust has no annotations
def carry_out(environment: Any, **_: Any) -> None:
    """Make every test of this environment a recorded stairs run."""
    install(environment, STAIRS)


class StairsShopper(Shopper):
    """Wants one thing, with a free-order card."""

    @task
    def buy(self) -> None:
        """Live one journey: a purchase, or what the target file says."""
        self.live(self.generator.journey)
