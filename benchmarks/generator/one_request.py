"""Arrivals of one request each, W1, by the client of own journeys: paced, written ahead and recorded like any wish.

locust -f benchmarks/generator/one_request.py --headless --host URL -u 512 --rate 2000 --duration 32s
"""

from locust import events, task

from benchmarks.generator.workload import W1, posts
from locustfiles.journeys.shopper import Shopper
from locustfiles.recording.install import carry_out
from locustfiles.session.scenarios import STEADY

(POST,) = posts(W1)

carry_out(events, STEADY, steps=(POST.path,))


class OneRequestShopper(Shopper):
    """Sends one request."""

    @task
    def send(self) -> None:
        """The JSON POST of W1."""
        self.client.post(POST.path, data=POST.body, headers={"Content-Type": "application/json"}, name=POST.path)
