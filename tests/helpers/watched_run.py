"""Locust's environment with its local runner and what records it, without a user or the command."""

import contextlib
import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from locust.argument_parser import get_parser
from locust.env import Environment

from locustfiles.session.options import offer_on
from locustfiles.session.watch_master import WATCH_OPTIONS, WatchMaster
from locustfiles.session.watch_worker import WatchWorker


@dataclass(slots=True)
class Watched:
    """An environment that is recorded, and what was said."""

    environment: Environment
    master: WatchMaster
    worker: WatchWorker
    output: io.StringIO

    def request(self, name: str = "/basket") -> None:
        """A user of somebody's has had an answer."""
        self.environment.events.request.fire(
            request_type="GET", name=name, response_time=12.0, response_length=2, exception=None, response=None
        )


@contextlib.contextmanager
def watched(runs: Path, *flags: str) -> Iterator[Watched]:
    """An environment whose runs go to a folder; the test starts and ends them."""
    parser = get_parser(default_config_files=[])
    offer_on(parser, WATCH_OPTIONS)
    parsed = parser.parse_args(args=["--headless", "--runs", str(runs), *flags])
    environment = Environment(parsed_options=parsed, host="http://user:secret@shop.test", catch_exceptions=False)
    runner = environment.create_local_runner()
    output = io.StringIO()
    worker = WatchWorker(environment)
    here = Watched(environment, WatchMaster(environment, output=output), worker, output)
    worker.hello()
    try:
        yield here
    finally:
        here.worker.finish()
        runner.quit()
