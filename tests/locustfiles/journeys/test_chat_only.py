"""A journey that only asks."""

from pathlib import Path

import pytest
from msgspec import structs

from locustfiles.journeys.chat_only import chat_only
from locustfiles.protocols.chat_request import ChatDoor
from tests.helpers.chat_answers import DONE, ROLE, STOP, USAGE, chunk
from tests.helpers.scripted_shop import (
    ARRIVAL,
    CALL,
    PROMPT,
    REFUSED_HARD,
    REFUSED_SOFT,
    Answer,
    scripted_shop,
    streamed,
)

TEXT = streamed(ROLE, chunk('{"content":"Tea is a drink."}'), STOP, USAGE, DONE)


@pytest.mark.parametrize(
    ("answer", "offers_tool", "has_items", "outcome"),
    [
        pytest.param(CALL, True, True, "done", id="the call that was asked for"),
        pytest.param(TEXT, True, True, "degraded", id="text where a call was due"),
        pytest.param(TEXT, False, True, "done", id="text, and no tool"),
        pytest.param(TEXT, True, False, "done", id="text, and no basket"),
        pytest.param(CALL, True, False, "done", id="a call, and no basket"),
        pytest.param(streamed(ROLE, STOP, USAGE, DONE), False, True, "degraded", id="nothing"),
        pytest.param(REFUSED_SOFT, False, False, "refused_soft", id="a busy phrase"),
        pytest.param(REFUSED_HARD, False, False, "refused_hard", id="a refusal"),
    ],
)
def test_outcomes(tmp_path: Path, answer: Answer, offers_tool: bool, has_items: bool, outcome: str) -> None:
    """The wish ends with the one answer, and nothing is bought."""
    shop = scripted_shop(tmp_path, (answer,))
    if not offers_tool:
        shop.store.chat = ChatDoor("shop.test", tools=())
    prompt = PROMPT if has_items else structs.replace(PROMPT, items=())
    wish = chat_only(shop.store, prompt, ARRIVAL)
    (row,) = shop.cut().purchases

    assert (wish.verdict.outcome.value, row.outcome, row.last_step, row.requests) == (outcome, outcome, "chat", 1)
    assert len(shop.wire.requests) == 1
    assert (row.pay_sent, row.coupon_due, row.coupon_ok) == (False, False, True)
