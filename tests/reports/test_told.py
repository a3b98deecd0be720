"""Every wish of the record is confirmed, failed or unknown."""

from pathlib import Path

import msgspec
import pandas as pd
import pytest

from reports.run_record.outcome import Outcome, Reason
from reports.run_record.run_directory import open_run
from reports.told import Told, among, basket, what_was_told
from tests.helpers.histories import purchase, write_wishes


def told(path: Path, *words: str) -> Told:
    """What the shoppers of a run were told."""
    return what_was_told(open_run(write_wishes(path / "run", words)))


def test_three_sets_and_those_who_were_cut_off(tmp_path: Path) -> None:
    """A wish without a recorded end is unknown beside those that timed out."""
    found = told(tmp_path, "c1", "u2", "f3", "i4", "c5")

    assert found.confirmed["wish"].tolist() == [1, 5]
    assert found.failed["wish"].tolist() == [3]
    assert found.unknown["wish"].tolist() == [2, 4]
    assert found.unknown["discount_minor"].tolist() == [2500, -1]
    assert set(found.keys) == {f"key-{n}" for n in range(1, 6)}
    assert found.intents["items"].tolist() == ["2 x pearl-milk-tea"] * 5


@pytest.mark.parametrize(
    ("outcome", "reason", "pay_sent", "fate"),
    [
        pytest.param(Outcome.CONFIRMED, Reason.NONE, True, "confirmed", id="an order id was received"),
        pytest.param(Outcome.UNKNOWN, Reason.TIMED_OUT, True, "unknown", id="no answer to the payment"),
        pytest.param(Outcome.SHED, Reason.TIMED_OUT, True, "unknown", id="shed with a payment under way"),
        pytest.param(Outcome.SHED, Reason.TIMED_OUT, False, "failed", id="shed before any payment"),
        pytest.param(Outcome.UNKNOWN, Reason.TIMED_OUT, False, "unknown", id="called unknown is unknown"),
        pytest.param(Outcome.DECLINED, Reason.PAYMENT_DECLINED, True, "failed", id="the payment was declined"),
        pytest.param(Outcome.REFUSED_HARD, Reason.RATE_LIMITED, True, "failed", id="the payment was refused"),
        pytest.param(Outcome.REFUSED_SOFT, Reason.BUSY_CANNED, False, "failed", id="the prompt was refused"),
        pytest.param(Outcome.DEGRADED, Reason.CLIENT_ERROR, True, "failed", id="the payment was a bad request"),
        pytest.param(Outcome.DEGRADED, Reason.SERVER_ERROR, True, "unknown", id="an error of the server is no no"),
        pytest.param(Outcome.DEGRADED, Reason.TRUNCATED, True, "unknown", id="half an answer is no no"),
        pytest.param(Outcome.DEGRADED, Reason.TRUNCATED, False, "failed", id="half an answer before any payment"),
        pytest.param(Outcome.QUEUED, Reason.WAITING_ROOM, False, "failed", id="told to wait"),
        pytest.param(Outcome.DONE, Reason.NONE, True, "unknown", id="an outcome that a wish cannot have"),
    ],
)
def test_what_a_wish_came_to(tmp_path: Path, outcome: Outcome, reason: Reason, pay_sent: bool, fate: str) -> None:
    """Failed is a definite no or no payment; whatever may have bought is unknown."""
    row = msgspec.structs.replace(purchase("f", 1), outcome=outcome, reason=reason, pay_sent=pay_sent)
    found = what_was_told(open_run(write_wishes(tmp_path / "run", ["i1"], row)))

    sets = {"confirmed": found.confirmed, "failed": found.failed, "unknown": found.unknown}
    assert {name: len(rows) for name, rows in sets.items() if len(rows)} == {fate: 1}


def test_damage_is_told(tmp_path: Path) -> None:
    """Files of the record that are missing or cut are named, and the rest is read."""
    run = write_wishes(tmp_path / "run", ["c1", "u2"])
    (run / "purchases.arrows").unlink()
    with (run / "intents.jsonl").open("ab") as file:
        file.write(b'{"wish": 3')
    found = what_was_told(open_run(run))

    assert found.unknown["wish"].tolist() == [1, 2]
    assert found.damage == [
        "intents.jsonl is cut or garbled at line 3",
        "purchases.arrows is missing or holds no readable table",
    ]


def test_a_basket_has_one_text() -> None:
    """The order of items does not matter, their number and kind do."""
    one: dict[str, object] = {"sku": "eggs-30", "quantity": 1}
    two: dict[str, object] = {"quantity": 2, "sku": "milk-12"}

    assert basket([two, one]) == basket([one, two]) == "1 x eggs-30 + 2 x milk-12"
    assert basket([]) == ""


def test_an_absent_text_is_among_none() -> None:
    """Texts are found among others, absent ones never."""
    texts = pd.Series(["a", None, "b"], dtype="str", index=[5, 6, 7])
    found = among(texts, pd.Series(["b", None, "b"], dtype="str"))

    assert found.to_dict() == {5: False, 6: False, 7: True}
