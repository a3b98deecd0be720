"""The stub comes up as a process of its own, says where it is, and is gone when it is ended."""

import sqlite3
from contextlib import closing
from pathlib import Path

import httpx
import pytest

from locustfiles.session.embedded_stub import LEDGER, TRUTH, EmbeddedStub, StubError, StubOrder

ORDER = StubOrder(capacity_per_s=12.5, incident=False, voice="mixed", seed=3)


def test_a_stub_from_its_start_to_its_end(tmp_path: Path) -> None:
    """A started stub answers at its URL with the capacity it was given; ended, it has left its books and answers no more."""
    stub = EmbeddedStub.start(ORDER, tmp_path)
    try:
        health = httpx.get(f"{stub.url}/healthz", trust_env=False)
    finally:
        stub.end()

    assert stub.url.startswith("http://127.0.0.1:")
    assert stub.capacity_orders_per_s == 12.5
    assert health.json() == {"status": "ok"}
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"{stub.url}/healthz", trust_env=False)
    with closing(sqlite3.connect(tmp_path / LEDGER)) as ledger:
        assert ledger.execute("SELECT count(*) FROM orders").fetchone() == (0,)
    ledger.close()
    assert (tmp_path / TRUTH).is_file()


def test_ending_twice(tmp_path: Path) -> None:
    """A stub that is gone may be ended again."""
    stub = EmbeddedStub.start(ORDER, tmp_path)
    stub.end()
    stub.end()


def test_a_stub_that_cannot_start(tmp_path: Path) -> None:
    """A stub that does not come up gives one sentence: the last line that it wrote, and where its log is."""
    (tmp_path / LEDGER).mkdir(parents=True)

    with pytest.raises(StubError) as raised:
        EmbeddedStub.start(ORDER, tmp_path)

    log = tmp_path / "stub" / "stderr.log"
    said = log.read_text().strip().splitlines()[-1]
    assert str(raised.value) == f"The embedded stub did not start: {said}. Its log is {log}."


@pytest.mark.parametrize(("incident", "preset"), [(False, "graceful"), (True, "incident")])
def test_arguments(incident: bool, preset: str) -> None:
    """The order becomes the stub's command line: a free port, books in the run directory, an end with standard input."""
    words = StubOrder(capacity_per_s=133.25, incident=incident, voice="hard", seed=7).arguments(Path("/runs/r1"))
    flags = dict(zip(words[:-1:2], words[1:-1:2], strict=True))

    assert flags == {
        "--port": "0",
        "--preset": preset,
        "--capacity-per-s": "133.25",
        "--voice": "hard",
        "--seed": "7",
        "--replicas": "1",
        "--replica-sigma": "0",
        "--ledger": "/runs/r1/stub/ledger.sqlite",
        "--truth": "/runs/r1/stub/truth.jsonl",
    }
    assert words[-1] == "--until-stdin-closes"


def test_replicas_are_ordered() -> None:
    """A stub of four replicas that do 3 % of the work one at a time is asked for in the stub's own words."""
    order = StubOrder(capacity_per_s=10.0, incident=False, voice="hard", seed=1, replicas=4, contention=0.03)
    words = order.arguments(Path("/runs/r1"))

    assert words[words.index("--replicas") + 1] == "4"
    assert words[words.index("--replica-sigma") + 1] == "0.03"
