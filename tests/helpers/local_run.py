"""Locust's environment with its local runner, as the stock command makes it, without the command."""

import contextlib
from argparse import Namespace
from collections.abc import Iterator
from pathlib import Path

from locust.argument_parser import get_parser
from locust.env import Environment

from locustfiles.session.options import offer_on
from locustfiles.session.scenarios import FESTIVAL

CURVE = ("--scale", "0.01", "--duration", "400ms", "--patience", "2s")
"""A short curve of few wishes."""
REFUSAL = (
    b"HTTP/1.1 429 Too Many Requests\r\nContent-Type: application/json\r\nContent-Length: 35\r\n\r\n"
    b'{"error":{"code":"limit_requests"}}'
)


def options(*flags: str) -> Namespace:
    """What Locust's own parser, with our options, makes of command-line words."""
    parser = get_parser(default_config_files=[])
    offer_on(parser, FESTIVAL.options)
    parsed: Namespace = parser.parse_args(args=["--headless", *flags])
    return parsed


@contextlib.contextmanager
def local_environment(runs: Path, host: str, *flags: str) -> Iterator[Environment]:
    """An environment with a local runner whose runs go to a folder and whose target is at ``host``."""
    parsed = options("--runs", str(runs), *CURVE, *flags)
    environment = Environment(parsed_options=parsed, host=host, catch_exceptions=False)
    runner = environment.create_local_runner()
    try:
        yield environment
    finally:
        runner.quit()
