"""Each step is sent, decoded, judged, recorded, and repeated as the shopper is patient."""

import json
from pathlib import Path

import pytest

from locustfiles.arrivals.arrival import Arrival
from locustfiles.journeys.purchase import purchase
from locustfiles.journeys.retry import RetryPolicy
from locustfiles.protocols.chat_request import ChatDoor
from locustfiles.recording.text_sample import TextSample
from reports.run_record.outcome import Outcome, Reason
from reports.run_record.said import TextRow
from reports.run_record.schema import PurchaseRow
from tests.helpers.acp_replies import OPEN, READY
from tests.helpers.chat_answers import DONE, ROLE, STOP, chunk
from tests.helpers.exchanges import MS
from tests.helpers.scripted_shop import (
    APPLIED,
    ARRIVAL,
    CALL,
    CARD,
    CREATED,
    GOOD,
    HAS_CARD,
    KEY,
    NO_CARD,
    NO_CONNECTION,
    PAID,
    PAUSED,
    PROMPT,
    REFUSED_HARD,
    REFUSED_SOFT,
    SILENCE,
    TOOK_MS,
    Answer,
    ScriptedShop,
    called,
    json_answer,
    scripted_shop,
    streamed,
)


def bought(shop: ScriptedShop) -> PurchaseRow:
    """The row of one purchase at the shop."""
    return purchase(shop.store, PROMPT, ARRIVAL).row()


def sku_json(sku: str, quantity: int) -> str:
    """The items of a tool call."""
    return json.dumps([{"sku": sku, "quantity": quantity}])


def test_a_confirmed_purchase(tmp_path: Path) -> None:
    """A purchase that ends well is recorded in the target's own figures, each step once."""
    shop = scripted_shop(tmp_path, GOOD)
    row = bought(shop)
    batch = shop.cut()

    assert (row.outcome, row.reason, row.last_step, row.order_id, row.session_id) == (
        "confirmed",
        "",
        "pay",
        "ord_1",
        "cs_1",
    )
    assert (row.price_minor, row.fulfillment_minor, row.discount_minor, row.amount_minor) == (1500, 300, 1799, 1)
    assert (row.requests, row.prompts, row.pay_sent, row.card_code) == (5, 1, True, "SPRING25")
    assert (row.coupon_due, row.coupon_ok, row.correct) == (True, True, True)
    assert batch.purchases == [row]
    assert [(o.second, o.step, o.outcome, o.n) for o in batch.outcomes] == [
        (1, "chat", "done", 1),
        (1, "create", "done", 1),
        (1, "claim_card", "done", 1),
        (1, "apply_card", "done", 1),
        (1, "pay", "confirmed", 1),
        (1, "order", "confirmed", 1),
    ]


def test_each_step_starts_where_the_one_before_ended(tmp_path: Path) -> None:
    """The first request is intended when the curve says, each further one at the end of the one before."""
    shop = scripted_shop(tmp_path, GOOD)
    row = bought(shop)

    assert shop.wire.intended_ns == [ARRIVAL.intended_ns + TOOK_MS * MS * step for step in range(5)]
    assert row.intent_us == 5 * TOOK_MS * 1000


def test_a_wish_is_on_disk_before_its_first_byte(tmp_path: Path) -> None:
    """When the first request leaves, the write-ahead log holds the wish and its key."""
    shop = scripted_shop(tmp_path, GOOD)
    seen: list[str] = []
    shop.wire.look = lambda: seen.extend((tmp_path / "intents.jsonl").read_text().splitlines())
    bought(shop)

    assert [json.loads(line) for line in seen] == [
        {
            "wish": 7,
            "idempotency_key": KEY,
            "user_id": "shopper-1-7",
            "items": [{"sku": "milk-tea", "quantity": 1}],
            "vertical": "milk_tea",
            "intended_us": 1_500_000,
        }
    ]


def test_keys(tmp_path: Path) -> None:
    """The payment carries the wish's own key and every other post one that is derived from it."""
    shop = scripted_shop(tmp_path, GOOD)
    bought(shop)

    assert shop.wire.headers("Idempotency-Key") == ["", f"{KEY}-create", f"{KEY}-card", f"{KEY}-apply", KEY]


@pytest.mark.parametrize("clock", ["first_event", "first_content", "tpot"])
def test_the_clocks_of_a_stream_are_recorded_for_chat_alone(tmp_path: Path, clock: str) -> None:
    """Only the prompt has a clock of its first event, of its first words and of its tokens."""
    shop = scripted_shop(tmp_path, GOOD)
    bought(shop)
    rows = [row for row in shop.cut().histograms if row.clock == clock]

    assert [(row.step, row.n) for row in rows] == [("chat", 1)]


@pytest.mark.parametrize(
    ("policy", "attempts", "delay_ms"),
    [
        pytest.param("leave", 1, 0, id="who leaves asks once"),
        pytest.param("obey", 6, 1000, id="who obeys waits the second that was asked for, five times"),
        pytest.param("sdk", 3, 1000, id="an SDK takes the second that was asked for instead of its own delay, twice"),
        pytest.param("hammer", 11, 200, id="who hammers asks again after 200 ms, ten times"),
    ],
)
def test_refused_at_chat(tmp_path: Path, policy: str, attempts: int, delay_ms: int) -> None:
    """A hard refusal is answered as the policy says, and a retry is intended after its delay, whenever it is sent."""
    shop = scripted_shop(tmp_path, (REFUSED_HARD,), RetryPolicy(policy))
    row = bought(shop)

    period_ns = (TOOK_MS + delay_ms) * MS
    assert shop.wire.intended_ns == [ARRIVAL.intended_ns + period_ns * attempt for attempt in range(attempts)]
    assert len(set(shop.wire.requests)) == 1
    assert len(shop.pauses) == attempts - 1
    assert (row.outcome, row.reason, row.last_step) == ("refused_hard", "rate_limited", "chat")
    assert (row.requests, row.prompts, row.pay_sent) == (attempts, attempts, False)
    assert (row.session_id, row.card_code, row.amount_minor) == ("", "", -1)
    outcomes = shop.cut().outcomes
    assert sum(o.n for o in outcomes if (o.step, o.outcome) == ("chat", "refused_hard")) == attempts
    assert [(o.second, o.n) for o in outcomes if o.step == "order"] == [(1, 1)]


def test_the_words_of_a_refusal_are_kept(tmp_path: Path) -> None:
    """Two wishes that are refused three times each are two shoppers and six answers, in the words that came, by second."""
    shop = scripted_shop(tmp_path, (REFUSED_HARD,), RetryPolicy("sdk"))
    bought(shop)
    bought(shop)
    rows = shop.store.words.take()

    assert {(row.step, row.outcome, row.reason) for row in rows} == {("chat", "refused_hard", "rate_limited")}
    assert len({row.key for row in rows}) == 1
    assert (sum(row.n for row in rows), sum(row.wishes for row in rows)) == (6, 2)
    assert [row.second for row in rows] == sorted({row.second for row in rows})
    assert [row.sample for row in rows if row.sample] == ["429 limit_requests: Too many requests."]


def test_the_answers_to_a_chosen_wish_are_kept(tmp_path: Path) -> None:
    """Every attempt of the chat step is a text with its verdict and second, and no other step's answer is."""
    shop = scripted_shop(tmp_path, (REFUSED_HARD, *GOOD), RetryPolicy("sdk"))
    shop.store.texts = TextSample(share=1.0)
    bought(shop)

    assert shop.store.texts.take() == [
        TextRow(1, 7, "chat", "refused_hard", "rate_limited", -1, "429 limit_requests: Too many requests.", 0),
        TextRow(2, 7, "chat", "done", "", 1, "", 0),
    ]


def test_the_answers_to_other_wishes_are_not_kept(tmp_path: Path) -> None:
    """A wish that is not chosen leaves no text, whatever became of it."""
    shop = scripted_shop(tmp_path, (REFUSED_SOFT,))
    bought(shop)

    assert shop.store.texts.take() == []


def test_a_good_purchase_has_no_words(tmp_path: Path) -> None:
    """What is said with an order is not kept."""
    shop = scripted_shop(tmp_path, GOOD)
    bought(shop)

    assert shop.store.words.take() == []


@pytest.mark.parametrize(
    ("policy", "delay_ms"),
    [
        pytest.param("obey", 250, id="who obeys waits until there is room again"),
        pytest.param("sdk", 500, id="an SDK reads Retry-After alone, and takes its own delay"),
    ],
)
def test_told_by_other_headers_than_retry_after(tmp_path: Path, policy: str, delay_ms: int) -> None:
    """A target that tells only when its limit resets makes those wait who obey."""
    headers = {"x-ratelimit-remaining-requests": "0", "x-ratelimit-reset-requests": "250ms"}
    shop = scripted_shop(tmp_path, (Answer(429, headers=headers), *GOOD), RetryPolicy(policy))
    bought(shop)

    assert shop.wire.intended_ns[1] - shop.wire.intended_ns[0] == (TOOK_MS + delay_ms) * MS


def test_a_shopper_who_is_offered_no_tool(tmp_path: Path) -> None:
    """Where nothing is sold, any answer with text is what the shopper asked for."""
    shop = scripted_shop(tmp_path, (streamed(ROLE, chunk('{"content":"A fine choice."}'), STOP, DONE),))
    shop.store.chat = ChatDoor("shop.test", tools=())
    wish = shop.store.write_ahead(PROMPT, ARRIVAL)

    assert shop.store.ask(wish) == PROMPT.items
    assert (wish.verdict.outcome, wish.verdict.reason) == (Outcome.DONE, Reason.NONE)


def test_every_arrival_has_its_own_policy(tmp_path: Path) -> None:
    """What a refused shopper does depends on the index of the arrival."""
    shop = scripted_shop(tmp_path, (REFUSED_HARD,))
    shop.store.retry = {7: RetryPolicy.SDK, 8: RetryPolicy.LEAVE}.__getitem__
    for index in (7, 8):
        purchase(shop.store, PROMPT, Arrival(index, ARRIVAL.intended_ns))

    assert [(row.wish, row.prompts) for row in shop.cut().purchases] == [(7, 3), (8, 1)]


def test_a_retry_that_is_let_in(tmp_path: Path) -> None:
    """A shopper who is let in at the second prompt gets the order, and both prompts are on record."""
    shop = scripted_shop(tmp_path, (REFUSED_HARD, *GOOD), RetryPolicy.OBEY)
    row = bought(shop)

    assert (row.outcome, row.requests, row.prompts) == ("confirmed", 6, 2)
    assert row.intent_us == (6 * TOOK_MS + 1000) * 1000
    assert [(o.step, o.outcome) for o in shop.cut().outcomes][:2] == [("chat", "refused_hard"), ("chat", "done")]


@pytest.mark.parametrize(
    ("policy", "attempts"),
    [
        pytest.param("leave", 1, id="who leaves asks once"),
        pytest.param("obey", 1, id="who obeys is told no time and leaves"),
        pytest.param("sdk", 3, id="an SDK that understands the words backs off"),
        pytest.param("hammer", 11, id="who hammers goes on"),
    ],
)
def test_refused_softly(tmp_path: Path, policy: str, attempts: int) -> None:
    """A 200 whose words are no is a refusal like any other, without a time to come back."""
    shop = scripted_shop(tmp_path, (REFUSED_SOFT,), RetryPolicy(policy))
    row = bought(shop)

    assert (row.outcome, row.last_step, row.requests) == ("refused_soft", "chat", attempts)


@pytest.mark.parametrize(
    ("answers", "outcome", "reason", "step"),
    [
        pytest.param((called(sku_json("coffee", 1)),), "degraded", "wrong_answer", "chat", id="another product"),
        pytest.param((called(sku_json("milk-tea", 2)),), "degraded", "wrong_answer", "chat", id="another quantity"),
        pytest.param((Answer(200, b"<html>"),), "degraded", "protocol_fault", "chat", id="an answer nobody can read"),
        pytest.param(
            (CALL, json_answer(400, {"type": "error", "code": "out_of_stock"})),
            "declined",
            "out_of_stock",
            "create",
            id="an empty shelf",
        ),
        pytest.param((*GOOD[:4], SILENCE), "unknown", "timed_out", "pay", id="a payment that may have happened"),
    ],
)
def test_what_is_never_retried(
    tmp_path: Path, answers: tuple[Answer, ...], outcome: str, reason: str, step: str
) -> None:
    """Even a hammering shopper repeats only what was refused or shed, and never a payment that may have happened."""
    shop = scripted_shop(tmp_path, answers, RetryPolicy.HAMMER)
    row = bought(shop)

    assert (row.outcome, row.reason, row.last_step, row.requests) == (outcome, reason, step, len(answers))


def test_no_card_while_issuing_is_paused(tmp_path: Path) -> None:
    """A shopper who gets no card leaves the open session behind, and no coupon is due."""
    row = bought(scripted_shop(tmp_path, (CALL, CREATED, PAUSED)))

    assert (row.outcome, row.reason, row.last_step) == ("refused_hard", "issuing_paused", "claim_card")
    assert (row.session_id, row.price_minor, row.card_code, row.coupon_due) == ("cs_1", 1500, "", False)


def test_no_card_in_the_words_of_a_200(tmp_path: Path) -> None:
    """A card that is null is a soft refusal of the claim."""
    row = bought(scripted_shop(tmp_path, (CALL, CREATED, NO_CARD)))

    assert (row.outcome, row.last_step, row.card_code) == ("refused_soft", "claim_card", "")


BARE = {**READY, "discounts": None, "totals": [{"type": "total", "display_text": "Total", "amount": 1800}]}
WITHOUT_CARD = (json_answer(200, BARE), json_answer(200, {**BARE, "status": "completed", "order": {"id": "ord_1"}}))


def test_who_has_had_the_card_buys_without(tmp_path: Path) -> None:
    """Where shoppers return, being told that one has every card is a correct answer: no card is due, and the wish goes on."""
    shop = scripted_shop(tmp_path, (CALL, CREATED, HAS_CARD, *WITHOUT_CARD), RetryPolicy.HAMMER)
    shop.store.shoppers_return = True
    row = bought(shop)
    claims = [(one.outcome, one.reason, one.n) for one in shop.cut().outcomes if one.step == "claim_card"]

    assert (row.outcome, row.reason, row.order_id, row.requests) == ("confirmed", "", "ord_1", 5)
    assert (row.card_code, row.coupon_due, row.coupon_ok) == ("", False, True)
    assert claims == [("declined", "card_cap_reached", 1)]
    assert b"codes" not in shop.wire.requests[3]


@pytest.mark.parametrize(
    ("answer", "shoppers_return", "outcome", "reason"),
    [
        pytest.param(HAS_CARD, False, "declined", "card_cap_reached", id="nobody returns, so nobody has one"),
        pytest.param(PAUSED, True, "refused_hard", "issuing_paused", id="throttling"),
        pytest.param(json_answer(410, {"code": "sold_out"}), True, "declined", "sold_out", id="another no"),
    ],
)
def test_who_should_have_had_a_card_ends_without(
    tmp_path: Path, answer: Answer, shoppers_return: bool, outcome: str, reason: str
) -> None:
    """Any other no to the claim ends the wish with that outcome."""
    shop = scripted_shop(tmp_path, (CALL, CREATED, answer))
    shop.store.shoppers_return = shoppers_return
    row = bought(shop)

    assert (row.outcome, row.reason, row.last_step, row.requests) == (outcome, reason, "claim_card", 3)


def test_a_card_without_effect(tmp_path: Path) -> None:
    """An order that lacks the discount of a card that was issued is confirmed, and its coupon is not in order."""
    row = bought(scripted_shop(tmp_path, (CALL, CREATED, CARD, *WITHOUT_CARD)))

    assert (row.outcome, row.coupon_due, row.coupon_ok) == ("confirmed", True, False)
    assert (row.discount_minor, row.amount_minor) == (-1, 1800)


def test_an_order_for_another_basket(tmp_path: Path) -> None:
    """An order that is confirmed for another basket than the wished one is not correct."""
    lines = [{**OPEN["line_items"][0], "quantity": 3}]
    paid = json_answer(200, {**READY, "line_items": lines, "status": "completed", "order": {"id": "ord_1"}})
    row = bought(scripted_shop(tmp_path, (CALL, CREATED, CARD, APPLIED, paid)))

    assert (row.outcome, row.correct) == ("confirmed", False)


def test_a_payment_without_an_answer(tmp_path: Path) -> None:
    """A payment of which a byte was sent and nothing came back is unknown, since the order may exist."""
    row = bought(scripted_shop(tmp_path, (*GOOD[:4], SILENCE)))

    assert (row.outcome, row.reason, row.pay_sent, row.order_id) == ("unknown", "timed_out", True, "")


def test_a_payment_that_never_left(tmp_path: Path) -> None:
    """A payment of which no byte was sent is shed, and who retries it pays once under the same key."""
    assert bought(scripted_shop(tmp_path, (*GOOD[:4], NO_CONNECTION))).pay_sent is False

    shop = scripted_shop(tmp_path, (*GOOD[:4], NO_CONNECTION, PAID), RetryPolicy.SDK)
    row = bought(shop)
    assert (row.outcome, row.pay_sent, row.requests) == ("confirmed", True, 6)
    assert shop.wire.headers("Idempotency-Key")[4:] == [KEY, KEY]


def test_lateness(tmp_path: Path) -> None:
    """How late the wish was begun is recorded once, in its intended second."""
    shop = scripted_shop(tmp_path, (REFUSED_HARD,), RetryPolicy.HAMMER)
    bought(shop)
    rows = [row for row in shop.cut().histograms if row.clock == "lateness"]

    assert [(row.second, row.step, row.n) for row in rows] == [(1, "arrival", 1)]
