"""The audit of a ledger: clean books pass, each single change is found and named, and what cannot be judged is not clean."""

import shutil
import sqlite3
from pathlib import Path

import msgspec
import pytest

from reports.ledger_audit import RULES, AuditReport, audit
from reports.run_record.run_directory import open_run
from reports.run_record.schema import TargetFacts
from tests.helpers.histories import audited, rows_of, violated, write_orders, write_wishes
from tests.helpers.synthetic_run import STARTED_UNIX_NS, Wishes, batch_of, write_ledger, write_run

IDS = [rule.id for rule in RULES]
TABLES = ("orders", "payments", "card_events", "campaign_events")
COPY = (
    "INSERT INTO orders SELECT NULL, 'copy', 'other-key', 'other-session', user_id, items, currency, price_minor, "
    "fulfillment_minor, discount_minor, amount_minor, card_code, committed_unix_ns FROM orders WHERE seq = 7"
)

PAUSE = (
    "INSERT INTO campaign_events SELECT NULL, 'paused', redeeming, budget_minor, cards_per_user, expires_unix_ns, "
    f"{STARTED_UNIX_NS + 60 * 10**9} FROM campaign_events"
)


@pytest.fixture(scope="module")
def clean(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """5,000 confirmed orders, and the stub's own tables with their constraints and triggers."""
    folder = tmp_path_factory.mktemp("clean")
    truth = Wishes(rates=((50, 100.0),))
    batch = batch_of(truth)
    write_run(folder / "run", truth, batch=batch)
    write_ledger(folder / "ledger.sqlite", batch)
    return folder


def changed(clean: Path, folder: Path, *statements: str) -> AuditReport:
    """The audit after some SQL statements on a copy of the clean ledger, whose triggers are dropped first."""
    ledger = folder / "ledger.sqlite"
    shutil.copy(clean / "ledger.sqlite", ledger)
    books = sqlite3.connect(ledger)
    for table in TABLES:
        books.execute(f"DROP TRIGGER {table}_refuse_update")
        books.execute(f"DROP TRIGGER {table}_refuse_delete")
    for statement in statements:
        books.execute(statement)
    books.commit()
    books.close()
    return audit(open_run(clean / "run"), ledger)


def test_a_clean_ledger_of_five_thousand_orders_is_clean(clean: Path) -> None:
    """No check finds anything in books that agree with every shopper, and only stock cannot be checked."""
    report = audit(open_run(clean / "run"), clean / "ledger.sqlite")

    assert (report.ran, report.confirmed, report.ledger_orders, report.recovered, report.unknown) == (
        True,
        5000,
        5000,
        0,
        0,
    )
    assert {check.id: check.state for check in report.checks} == {
        **dict.fromkeys(IDS, "clean"), "stock": "not_run",
    }  # fmt: skip
    assert not any(check.rows for check in report.checks)


@pytest.mark.parametrize(
    ("statements", "expected"),
    [
        pytest.param(["DELETE FROM orders WHERE seq = 7"], "lost", id="a row is dropped"),
        pytest.param([COPY], "phantom", id="a row is copied under a new order id and key"),
        pytest.param([COPY], "coupon", id="and its card pays twice"),
        pytest.param(["UPDATE orders SET amount_minor = amount_minor + 1 WHERE seq = 7"], "mismatch", id="a fen more"),
        pytest.param(["UPDATE orders SET amount_minor = amount_minor + 1 WHERE seq = 7"], "money", id="does not add up"),
        pytest.param(
            [
                "UPDATE orders SET order_id = 'swap' WHERE seq = 7", "UPDATE orders SET order_id = 'order-6' WHERE seq = 8",
                "UPDATE orders SET order_id = 'order-7' WHERE seq = 7",
            ],
            "mismatch", id="two order ids are swapped",
        ),
        pytest.param(
            ["UPDATE orders SET idempotency_key = 'nobody' WHERE seq = 7"], "phantom", id="an order that nobody asked for"
        ),
        pytest.param(
            ["UPDATE orders SET card_code = (SELECT card_code FROM orders WHERE seq = 8) WHERE seq = 7"], "coupon",
            id="a card is reused",
        ),
        pytest.param(["UPDATE card_events SET user_id = 'thief' WHERE card_code = 'card-6'"], "coupon", id="another owner"),
        pytest.param(
            [f"UPDATE card_events SET expires_unix_ns = {STARTED_UNIX_NS - 1} WHERE card_code = 'card-6'"], "coupon",
            id="an expired card",
        ),
        pytest.param(
            [
                PAUSE,
                f"UPDATE card_events SET at_unix_ns = {STARTED_UNIX_NS + 61 * 10**9} WHERE event = 'issued' AND card_code = 'card-6'",
            ],
            "pause", id="a grant in the pause",
        ),
        pytest.param(
            [f"UPDATE campaign_events SET budget_minor = {4999 * 2500}"], "budget", id="the last order overspends"
        ),
        pytest.param(
            ["INSERT INTO payments SELECT NULL, 'again', order_id, amount_minor, 0 FROM payments WHERE seq = 7"], "money",
            id="a second capture",
        ),
    ],
)  # fmt: skip
def test_each_single_change_is_found(clean: Path, tmp_path: Path, statements: list[str], expected: str) -> None:
    """One changed row among five thousand breaks its statement, which names that row and no other than it touches."""
    report = changed(clean, tmp_path, *statements)

    assert 1 <= violated(report)[expected] <= 2
    assert all("seq" in row or "wish" in row for row in rows_of(report, expected))


def test_a_failed_key_that_was_charged_is_found(tmp_path: Path) -> None:
    """Told no and yet charged is a violation of its own."""
    assert "false_failure" in violated(audited(tmp_path, "c1 f2 | 1 2"))


def test_a_prefix_that_overspends_is_found_though_the_total_does_not(tmp_path: Path) -> None:
    """The same orders, committed before the budget was raised, overspend it."""
    raise_budget = (
        f"INSERT INTO campaign_events SELECT 2, issuing, redeeming, 7500, cards_per_user, expires_unix_ns, "
        f"{STARTED_UNIX_NS + 25 * 10**8} FROM campaign_events"
    )
    terms = ["UPDATE campaign_events SET budget_minor = 5000", raise_budget]
    early = f"UPDATE orders SET committed_unix_ns = {STARTED_UNIX_NS + 22 * 10**8} WHERE seq = 3"

    assert violated(audited(tmp_path, "c1 c2 c3 | 1 2 3", *terms)) == {}
    (tmp_path / "again").mkdir()
    assert set(violated(audited(tmp_path / "again", "c1 c2 c3 | 1 2 3", *terms, early))) == {"budget"}


def test_unknown_wishes_are_recovered_or_absent(tmp_path: Path) -> None:
    """An unknown wish that the ledger holds is recovered; one that it does not hold is no loss."""
    report = audited(tmp_path, "c1 u2 u3 i4 i5 | 1 2 4")

    assert (report.confirmed, report.ledger_orders, report.recovered, report.unknown) == (1, 3, 2, 4)
    assert violated(report) == {}


@pytest.mark.parametrize(
    ("history", "statements", "not_run"),
    [
        pytest.param("c1 | 1", ["DROP TABLE payments"], {"money": "the ledger has no table payments"}, id="no payments"),
        pytest.param(
            "c1 | 1", ["DROP TABLE card_events"],
            dict.fromkeys(("coupon", "coupon_back", "cap", "pause"), "the ledger has no table card_events"), id="no cards",
        ),
        pytest.param(
            "c1 | 1", ["DELETE FROM campaign_events"],
            dict.fromkeys(("cap", "budget", "pause"), "the ledger tells no terms of a campaign (campaign_events)"),
            id="no campaign",
        ),
        pytest.param(
            "i1 | 1", [],
            dict.fromkeys(("lost", "replay", "false_failure", "mismatch", "between"), "the run recorded no purchases"),
            id="no wish has a recorded end",
        ),
        pytest.param(
            "c1 i2 | 1 2", ["DELETE FROM card_events"],
            {"between": "some unknown wishes were not told their discount, and the ledger tells no card's face value"},
            id="no face value",
        ),
    ],
)  # fmt: skip
def test_a_check_whose_need_is_missing_is_not_run(
    tmp_path: Path, history: str, statements: list[str], not_run: dict[str, str]
) -> None:
    """Without what it needs a check is not clean but not run, and says why."""
    report = audited(tmp_path, history, *statements)
    skipped = {check.id: check.why_not for check in report.checks if check.state == "not_run"}

    assert skipped == {"stock": "the ledger holds no stock", **not_run}


def test_a_shared_ledger_holds_orders_of_others(tmp_path: Path) -> None:
    """Orders under unknown keys are phantoms only where the ledger is the run's alone, as the embedded stub's is."""
    service = TargetFacts("service", "http://127.0.0.1:1")
    for folder, exclusive, target in (("stub", None, None), ("service", None, service), ("told", True, service)):
        (tmp_path / folder).mkdir()
        facts = {"target": target} if target else {}
        report = audited(tmp_path / folder, "c1 | 1 9", exclusive=exclusive, **facts)
        states = {check.id: check.state for check in report.checks}

        assert states["phantom"] == ("not_run" if folder == "service" else "violated")
        assert report.ledger_orders == (1 if folder == "service" else 2)
        assert states["between"] == ("clean" if folder == "service" else "violated")


def test_a_key_may_be_lost_from_a_cut_log(tmp_path: Path) -> None:
    """With a cut write-ahead log an unknown key is no proof of a phantom, nor its discount of one too many."""
    run = write_wishes(tmp_path / "run", ["c1"])
    with (run / "intents.jsonl").open("ab") as file:
        file.write(b'{"wish": 2')
    report = audit(open_run(run), write_orders(tmp_path / "l.sqlite", [1, 2]))
    told = {check.id: (check.state, check.why_not) for check in report.checks}

    assert told["phantom"] == told["between"] == ("not_run", "intents.jsonl is cut or garbled at line 2")


def test_a_run_without_wishes_has_nothing_to_compare(tmp_path: Path) -> None:
    """An audit of nothing has not run."""
    report = audited(tmp_path, "| ")

    assert (report.ran, report.why_not, report.checks) == (
        False,
        "the record holds no wish to compare the ledger with",
        [],
    )


def test_a_report_becomes_json(tmp_path: Path) -> None:
    """Every field is a plain number or text."""
    report = audited(tmp_path, "c1 c2 | 1 9")

    assert msgspec.json.decode(msgspec.json.encode(report), type=AuditReport) == report


def test_every_check_has_a_name_and_a_statement() -> None:
    """The fourteen checks are those of the audit's own table, once each."""
    assert IDS == [
        "lost", "phantom", "doubled", "replay", "false_failure", "mismatch", "money", "coupon", "coupon_back", "cap", "budget",
        "between", "stock", "pause",
    ]  # fmt: skip
