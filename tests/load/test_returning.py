"""Shoppers who come again, as a user runs it: throttled, with workers, audited, and told apart in the report."""

import json
from collections import Counter, defaultdict
from typing import Any

import pytest

from locustfiles.journeys.returning import Returning
from tests.helpers.festival_run import Ended, Festival, festival, processes, springtide

pytestmark = pytest.mark.load

SHARE, SEED = 0.3, 3
SHORT = ("--duration", "20s", "--scale", "0.08", "--seed", str(SEED), "--returning", str(SHARE))


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> tuple[Ended, Festival]:
    """One short festival over two workers, whose peak is three times the stub's capacity."""
    return festival(tmp_path_factory.mktemp("returning"), *SHORT, *processes(2))


def wishes_of(running: Festival) -> list[dict[str, Any]]:
    """The table of ended wishes as rows."""
    rows: list[dict[str, Any]] = running.run().table("purchases").to_pylist()
    return rows


def test_the_record_says_who_returned(ran: tuple[Ended, Festival]) -> None:
    """Every wish is by the shopper whom seed and index give, on both workers, and says whether he had come before."""
    ended, running = ran
    rows, returning = wishes_of(running), Returning(SHARE, SEED)
    manifest = running.run().manifest

    assert manifest.arguments["returning"] == str(SHARE), ended.output
    assert manifest.workers == 2
    for row in rows:
        first = returning.first(row["wish"])
        assert (row["user_id"], row["returning"]) == (f"shopper-{SEED}-{first}", first != row["wish"])
    assert 0.2 < sum(row["returning"] for row in rows) / len(rows) < 0.4


def test_one_first_card_a_shopper(ran: tuple[Ended, Festival]) -> None:
    """Whoever had the card buys without one and none is missing, so no card is claimed twice and the audit is clean."""
    _, running = ran
    bought: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in wishes_of(running):
        if row["outcome"] == "confirmed":
            bought[row["user_id"]].append(row)
    cards = Counter(sum(row["coupon_due"] for row in rows) for rows in bought.values())
    audit = springtide("audit", running.runs / "latest")

    assert max(cards) == 1
    assert all(row["coupon_ok"] and row["correct"] for rows in bought.values() for row in rows)
    assert any(not row["coupon_due"] for rows in bought.values() for row in rows)
    assert (audit.exit_code, "clean in 13 checks" in audit.words) == (0, True), audit.output


def test_a_card_that_one_has_is_no_throttling(ran: tuple[Ended, Festival]) -> None:
    """The claims that were answered so are declined requests, and no wish ends by them."""
    _, running = ran
    counts: Counter[tuple[str, str, str]] = Counter()
    for row in running.run().table("outcomes").to_pylist():
        counts[row["step"], row["outcome"], row["reason"]] += row["n"]

    assert counts["claim_card", "declined", "card_cap_reached"] > 0
    assert not any(
        count for (step, _, reason), count in counts.items() if step == "order" and reason == "card_cap_reached"
    )
    assert not any(reason == "coupon_missing" for _, _, reason in counts)


def test_the_report_tells_them_apart(ran: tuple[Ended, Festival]) -> None:
    """The episode of refusals has a share for new and one for returning shoppers, in JSON, on the console and on the page."""
    _, running = ran
    run, page = running.runs / "latest", running.runs / "page.html"
    (refused,) = (
        one
        for one in json.loads(springtide("onset", run, "--json").output)["onset"]["episodes"]
        if one["signal"] == "refused"
    )
    shown = springtide("onset", run).words
    springtide("render", run, "--html", page)
    told = {one["name"]: one for one in refused["cohorts"] if one["what"] == "shopper"}

    assert told.keys() == {"new", "returning"}
    assert sum(one["of"] for one in told.values()) == refused["of"]
    assert sum(one["turned_away"] for one in told.values()) == refused["refused"] > 0
    assert "Who refused by new or returning: " in shown
    assert "not in the record" not in shown
    assert "had come before" in page.read_text(encoding="utf-8")
