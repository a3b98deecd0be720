"""The main job as a user runs it, in short: record, verdict, truth and ledger of one throttled festival."""

import json
import re
import sqlite3
from contextlib import closing
from pathlib import Path

import msgspec
import pytest

from reports.run_record.schema import PurchaseRow
from tests.helpers.festival_run import Ended, Festival, festival, processes, springtide, start_festival
from tests.helpers.ports import free_port
from tests.helpers.web_ui import numbers_when_stopped, press_start

pytestmark = pytest.mark.load

SHORT = ("--duration", "24s", "--scale", "0.08", "--seed", "3")


@pytest.fixture(scope="module")
def throttled(tmp_path_factory: pytest.TempPathFactory) -> tuple[Ended, Festival]:
    """One short festival whose peak is three times the stub's capacity."""
    return festival(tmp_path_factory.mktemp("festival"), *SHORT)


def record(name: str, running: Festival) -> list[dict[str, object]]:
    """A table of the run as rows."""
    rows: list[dict[str, object]] = running.run().table(name).to_pylist()
    return rows


def purchases(running: Festival) -> list[PurchaseRow]:
    """The table of ended wishes."""
    return [msgspec.convert(list(row.values()), PurchaseRow) for row in record("purchases", running)]


def wishes(running: Festival, *outcomes: str) -> int:
    """How many wishes ended so."""
    return sum(row["outcome"] in outcomes for row in record("purchases", running))


def truth(running: Festival) -> list[dict[str, int]]:
    """The stub's own account, second by second."""
    lines = (running.runs / "latest" / "stub" / "truth.jsonl").read_text().splitlines()
    return [json.loads(line) for line in lines]


def test_progress_and_verdict(throttled: tuple[Ended, Festival]) -> None:
    """The output has the progress line with its five figures, then one screen with every objective and the run directory."""
    ended, _ = throttled

    assert re.search(
        r"\d+ s of 24 s  offered \d+/s  confirmed \d+/s  refused .+  in flight \d+  generator late [\d.]+ ms",
        ended.output,
    )
    screen = ended.output[ended.output.rindex("exit code ") :]
    for words in ("Throttle onset", "Refused hard", "Refused soft", "Ledger", "Validity", "Run"):
        assert words in screen
    # A passing run has about 35 lines; every objective that does not pass adds its reason.
    assert screen.count("\n") <= 60


def test_record_equals_truth(throttled: tuple[Ended, Festival]) -> None:
    """What shoppers saw is what the stub did: every refusal, hard and soft, and every admitted wish confirmed."""
    _, running = throttled
    told = truth(running)

    assert wishes(running, "refused_hard") == sum(row["refused_hard"] for row in told) > 0
    assert wishes(running, "refused_soft") == sum(row["refused_soft"] for row in told) > 0
    assert wishes(running, "confirmed") == sum(row["admitted"] for row in told)


def test_conservation(throttled: tuple[Ended, Festival]) -> None:
    """The sums hold: scheduled = released + dropped, released = outcomes + in flight, and Locust's own total equals the record's."""
    _, running = throttled
    finished = running.run().finished
    assert finished is not None
    requests = sum(int(str(row["n"])) for row in record("outcomes", running) if row["step"] != "order")

    assert finished.scheduled == finished.released + finished.dropped
    assert finished.released == sum(finished.outcomes.values()) + finished.in_flight
    assert finished.locust_requests == requests
    shown = springtide("show", running.runs / "latest").output
    assert f"scheduled {finished.scheduled} = released {finished.released} + dropped {finished.dropped}" in shown
    assert f"Locust's total {requests} = record's {requests}" in shown


def test_onset_is_the_truth(throttled: tuple[Ended, Festival]) -> None:
    """The reported onset is within a second of the stub's own account."""
    _, running = throttled
    told = springtide("onset", running.runs / "latest", "--truth", running.runs / "latest" / "stub" / "truth.jsonl")

    off_s = re.search(r"the estimate is ([+-]?[\d.]+) s off", told.output)
    assert off_s is not None, told.output
    assert abs(float(off_s[1])) <= 1.0


def test_audit_of_the_run_is_clean(throttled: tuple[Ended, Festival]) -> None:
    """The ledger of a throttled run has no violation."""
    run_path = throttled[1].runs / "latest"

    assert springtide("audit", run_path, "--ledger", run_path / "stub" / "ledger.sqlite").exit_code == 0


@pytest.mark.parametrize(
    ("change", "named"),
    [
        pytest.param("DELETE FROM orders WHERE seq = 5", "ORDER", id="a deleted order is named"),
        pytest.param(
            "INSERT INTO orders SELECT 999999, 'ord_again', idempotency_key || '-again', session_id || '-again', user_id, "
            "items, currency, price_minor, fulfillment_minor, discount_minor, amount_minor, NULL, committed_unix_ns "
            "FROM orders WHERE seq = 5",
            "ord_again",
            id="a duplicated order is named",
        ),
        pytest.param(
            "UPDATE orders SET amount_minor = amount_minor + 1 WHERE seq = 5",
            "ORDER",
            id="an altered amount is named",
        ),
    ],
)
def test_audit_finds_one_changed_row(
    throttled: tuple[Ended, Festival], tmp_path: Path, change: str, named: str
) -> None:
    """One row changed in a copy of the clean ledger gives exit code 98 and is named."""
    _, running = throttled
    run_path = running.runs / "latest"
    ledger, copy = run_path / "stub" / "ledger.sqlite", tmp_path / "copy.sqlite"
    with closing(sqlite3.connect(ledger)) as books, closing(sqlite3.connect(copy)) as other, other:
        books.backup(other)
        for (trigger,) in other.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            other.execute(f"DROP TRIGGER {trigger}")
        (order_id,) = other.execute("SELECT order_id FROM orders WHERE seq = 5").fetchone()
        other.execute(change)

    told = springtide("audit", run_path, "--ledger", copy)

    assert told.exit_code == 98
    assert (named.replace("ORDER", order_id)) in told.output


@pytest.mark.workers
def test_same_seed_same_wishes_on_two_workers(throttled: tuple[Ended, Festival], tmp_path: Path) -> None:
    """A master with two workers sends the very same wishes, and loses nothing on the way."""
    _, alone = throttled
    _, together = festival(tmp_path, *SHORT, *processes(2))
    finished = together.run().finished

    assert finished is not None
    assert (len(finished.workers), finished.problems, finished.complete) == (2, [], True)
    assert together.run().manifest.workers == 2

    def asked(running: Festival) -> list[tuple[int, int, str]]:
        return sorted((row.wish, row.second, row.user_id) for row in purchases(running))

    assert asked(together) == asked(alone)
    assert {row.wish: row.items for row in together.run().intents()} == {
        row.wish: row.items for row in alone.run().intents()
    }
    assert (
        springtide("audit", together.runs / "latest", "--ledger", together.runs / "latest/stub/ledger.sqlite").exit_code
        == 0
    )


def test_no_onset_below_capacity(calm: Festival) -> None:
    """A stub with four times the peak refuses nobody, and no onset is reported."""
    onset = json.loads(springtide("onset", calm.runs / "latest", "--json").output)["onset"]

    assert wishes(calm, "confirmed") == len(calm.run().intents()) > 0
    assert onset["ran"] is True
    assert onset["episodes"] == []


def test_no_admission_control_collapses(tmp_path: Path) -> None:
    """Without admission control the queue outgrows patience, shoppers retry, and long after the peak nobody gets an order."""
    _, running = festival(
        tmp_path, "--incident", "--duration", "16s", "--scale", "0.05", "--patience", "1s", "--seed", "2"
    )
    finished = running.run().finished
    assert finished is not None
    ended = purchases(running)
    last = [row for row in ended if row.second >= 8]

    assert {row.outcome for row in last} == {"shed"}
    assert max(row.requests for row in last) == 3
    assert (
        springtide("audit", running.runs / "latest", "--ledger", running.runs / "latest/stub/ledger.sqlite").exit_code
        == 0
    )
    gate = springtide("gate", running.runs / "latest", "--slo", "reports/slos/festival.yaml")
    assert gate.exit_code in {99, 3}
    assert "admitted-ends-well" in gate.output


def test_web_ui_shows_equal_numbers(tmp_path: Path) -> None:
    """Started from Locust's web form, a run is recorded all the same, and Locust's page shows the record's totals."""
    port = free_port()
    flags = ("--web-host", "127.0.0.1", "--web-port", str(port))
    with start_festival(tmp_path, *flags, headless=False) as running:
        press_start(port, duration="4", scale="0.04", user_count="300", spawn_rate="300")
        shown = numbers_when_stopped(port)
        finished = running.run().finished
        running.interrupt()
        ended = running.ended()

    assert finished is not None
    assert shown["Aggregated"] == (finished.locust_requests, finished.locust_failures)
    assert shown["pay"][0] == finished.outcomes["confirmed"]
    assert "Throttle onset" in ended.output
