"""Locust's web UI as a browser uses it: its form and its statistics."""

import json
import threading
import time
from collections.abc import Callable

import httpx

DEADLINE_S = 60.0


def press_start(port: int, **form: str) -> None:
    """Wait for the page, fill in the form and start the test."""
    _until(lambda: httpx.get(f"http://127.0.0.1:{port}/", trust_env=False).status_code == httpx.codes.OK)
    answer = httpx.post(f"http://127.0.0.1:{port}/swarm", data={"host": "", **form}, trust_env=False, timeout=30)
    assert answer.json()["success"] is True


def numbers_when_stopped(port: int) -> dict[str, tuple[int, int]]:
    """(requests, failures) by row of the statistics page, once the test has begun and has stopped by itself."""
    url = f"http://127.0.0.1:{port}/stats/requests"
    # A test that was refused has left the page at "stopped", where it stays until the shoppers of the next one are there.
    _until(lambda: httpx.get(url, trust_env=False).json()["state"] in {"spawning", "running"})
    _until(lambda: httpx.get(url, trust_env=False).json()["state"] == "stopped")
    rows = httpx.get(url, trust_env=False).json()["stats"]
    return {row["name"]: (row["num_requests"], row["num_failures"]) for row in rows}


def sentences_told(port: int) -> list[str]:
    """The messages on the page's list of exceptions, once there is one."""
    url = f"http://127.0.0.1:{port}/exceptions"
    _until(lambda: bool(httpx.get(url, trust_env=False).json()["exceptions"]))
    return [row["msg"] for row in httpx.get(url, trust_env=False).json()["exceptions"]]


def form_fields(port: int) -> set[str]:
    """The names of the form's fields that are not Locust's own."""
    page = httpx.get(f"http://127.0.0.1:{port}/", trust_env=False).text
    arguments = json.loads(page.partition("window.templateArgs = ")[2].partition("\n")[0].rstrip().rstrip(";"))
    return set(arguments["extra_options"])


def _until(is_so: Callable[[], bool]) -> None:
    """Ask again and again until it is so; TimeoutError after a minute."""
    pause = threading.Event()
    until_s = time.monotonic() + DEADLINE_S
    while time.monotonic() < until_s:
        try:
            if is_so():
                return
        except httpx.HTTPError:
            pass
        pause.wait(0.2)
    raise TimeoutError(f"The web UI was not as expected within {DEADLINE_S:.0f} s.")
