"""The festival: the February 2026 surge against an AI-shopping service, from purchase prompts to a verdict.

locust -f locustfiles/festival.py --headless            against the embedded stub
locust -f locustfiles/festival.py --host URL            against a service that runs on this machine
"""

from typing import Any

from locust import events, task

from locustfiles.journeys.shopper import Shopper
from locustfiles.recording.install import install
from locustfiles.session.options import offer_on
from locustfiles.session.scenarios import FESTIVAL


@events.init_command_line_parser.add_listener  # type: ignore[untyped-decorator]  # Locust has no annotations
def offer_options(parser: Any) -> None:
    """Offer the festival's options on the command line and in the web form."""
    offer_on(parser, FESTIVAL.options)


@events.init.add_listener  # type: ignore[untyped-decorator]  # Locust has no annotations
def carry_out(environment: Any, **_: Any) -> None:
    """Make every test of this environment a recorded festival run."""
    install(environment, FESTIVAL)


class FestivalShopper(Shopper):
    """Wants one thing, with a free-order card."""

    @task
    def buy(self) -> None:
        """Live one journey: a purchase, or what the target file says."""
        self.live(self.generator.journey)
