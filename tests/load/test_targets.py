"""Services as they really stand: behind TLS, with the assistant elsewhere, loaded with what was recorded in production."""

import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from locustfiles.session.embedded_stub import LEDGER, TRUTH, EmbeddedStub, StubOrder
from tests.helpers.festival_run import festival, processes, springtide
from tests.helpers.tls_front import tls_front

pytestmark = pytest.mark.load

ORDER = StubOrder(capacity_per_s=100.0, incident=False, voice="hard", seed=1)
ARRIVALS_S = [k / 15 for k in range(30)]


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[EmbeddedStub]:
    """The shop."""
    stub = EmbeddedStub.start(ORDER, tmp_path / "shop")
    yield stub
    stub.end()


@pytest.fixture
def assistant(tmp_path: Path) -> Iterator[EmbeddedStub]:
    """A service of which only the assistant is used."""
    stub = EmbeddedStub.start(ORDER, tmp_path / "assistant")
    yield stub
    stub.end()


def test_production(tmp_path: Path, authority: Path, shop: EmbeddedStub, assistant: EmbeddedStub) -> None:
    """Two workers replay a recording to the microsecond, on fresh connections, to a shop behind TLS and an assistant elsewhere."""
    trace = tmp_path / "trace.csv"
    trace.write_text("".join(f"{at_s:.6f}\n" for at_s in ARRIVALS_S))
    with tls_front(shop.url, authority) as front:
        flags = ("--host", front.url, "--chat-host", assistant.url, "--ca-file", str(authority / "ca.pem"))
        ended, running = festival(
            tmp_path, *flags, "--connections", "fresh", "--arrivals", str(trace), "-u", "60", *processes(2), scenario="steady"
        )  # fmt: skip
        requests, accepted = len(front.server.requests), front.server.accepted
    run = running.run()
    shop.end()
    assistant.end()
    prompts = [json.loads(line)["arrived"] for line in (tmp_path / "assistant" / TRUTH).read_text().splitlines()]
    with sqlite3.connect(tmp_path / "shop" / LEDGER) as books:
        (orders,) = books.execute("SELECT count(*) FROM orders").fetchone()
    books.close()

    assert run.finished is not None, ended.output
    assert run.finished.outcomes == {"confirmed": 30}
    assert sorted(row.intended_us for row in run.intents()) == [round(at_s * 1e6) for at_s in ARRIVALS_S]
    assert (sum(prompts), orders) == (30, 30)
    # Four requests of each wish, and the question whether anybody answers, before the run and when it begins.
    assert requests == 4 * 30 + 2
    assert accepted >= requests
    assert (run.manifest.target.url, run.manifest.target.chat_url) == (front.url, assistant.url)
    assert (run.manifest.curve.process, run.manifest.curve.file) == ("trace", "trace.csv")
    assert [(s.start_s, s.end_s, s.start_per_s) for s in run.manifest.curve.segments] == [(0, 2, 15)]
    shown = springtide("show", running.runs / "latest").output
    assert "scheduled 30 ~ the curve's 30" in shown
    assert "BROKEN" not in shown
