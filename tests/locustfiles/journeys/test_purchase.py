"""One purchase is five requests in order, and the first that does not get what it asked for ends it."""

from pathlib import Path

import pytest

from locustfiles.journeys.purchase import purchase
from tests.helpers.scripted_shop import (
    ARRIVAL,
    GOOD,
    PROMPT,
    REFUSED_HARD,
    SILENCE,
    Answer,
    called,
    json_answer,
    scripted_shop,
)

STEPS = ("chat", "create", "claim_card", "apply_card", "pay")
PATHS = (
    "/v1/chat/completions",
    "/checkout_sessions",
    "/campaign/cards",
    "/checkout_sessions/cs_1",
    "/checkout_sessions/cs_1/complete",
)


def test_the_whole_way(tmp_path: Path) -> None:
    """A wish that nobody refuses sends its five requests and ends with an order id."""
    shop = scripted_shop(tmp_path, GOOD)
    wish = purchase(shop.store, PROMPT, ARRIVAL)

    assert [request.split()[1].decode() for request in shop.wire.requests] == list(PATHS)
    assert (wish.row().outcome, wish.row().order_id) == ("confirmed", "ord_1")


@pytest.mark.parametrize("failing", range(5), ids=[f"{step} is refused" for step in STEPS])
def test_the_first_no_ends_the_wish(tmp_path: Path, failing: int) -> None:
    """Nothing is sent after a step that failed, and the wish ends with that step's outcome."""
    shop = scripted_shop(tmp_path, (*GOOD[:failing], REFUSED_HARD))
    row = purchase(shop.store, PROMPT, ARRIVAL).row()

    assert len(shop.wire.requests) == failing + 1
    assert (row.last_step, row.outcome, row.reason) == (STEPS[failing], "refused_hard", "rate_limited")
    assert row.order_id == ""


@pytest.mark.parametrize(
    ("failing", "answer", "outcome"),
    [
        pytest.param(0, called('[{"sku":"coffee","quantity":1}]'), "degraded", id="another basket"),
        pytest.param(1, json_answer(400, {"type": "error", "code": "out_of_stock"}), "declined", id="an empty shelf"),
        pytest.param(2, SILENCE, "shed", id="no answer to the claim"),
        pytest.param(4, SILENCE, "unknown", id="no answer to the payment"),
    ],
)
def test_every_kind_of_no_ends_the_wish(tmp_path: Path, failing: int, answer: Answer, outcome: str) -> None:
    """A wish is recorded once, however it ends."""
    shop = scripted_shop(tmp_path, (*GOOD[:failing], answer))
    purchase(shop.store, PROMPT, ARRIVAL)
    batch = shop.cut()

    assert [(row.wish, row.outcome) for row in batch.purchases] == [(ARRIVAL.index, outcome)]
    assert [(row.step, row.n) for row in batch.outcomes if row.step == "order"] == [("order", 1)]
