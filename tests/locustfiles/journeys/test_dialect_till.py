"""What becomes of a payment whose answer leaves it open: the session is read, and at most the same payment is sent again."""

from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from locustfiles.journeys.dialect_till import DialectTill
from locustfiles.journeys.purchase import purchase
from locustfiles.protocols.ucp import UcpDialect
from locustfiles.protocols.ucp_discovery import UcpVersion
from reports.run_record.schema import PurchaseRow
from tests.helpers.acp_replies import READY
from tests.helpers.scripted_shop import (
    ARRIVAL,
    CALL,
    CARD,
    GOOD,
    NO_CONNECTION,
    PAID,
    PROMPT,
    REFUSED_HARD,
    SILENCE,
    Answer,
    ScriptedShop,
    json_answer,
    scripted_shop,
)
from tests.helpers.ucp_profiles import CHECKOUT

RUNNING = json_answer(409, {"type": "invalid_request", "code": "idempotency_in_flight", "message": "running"})
ENDED = json_answer(405, {"type": "invalid_request", "code": "session_not_modifiable", "message": "ended"})
CONFLICT = json_answer(409, {"type": "invalid_request", "code": "idempotency_conflict", "message": "other body"})
SOLD = json_answer(409, {"detail": "sold", "code": "OUT_OF_STOCK"})
CRASH = Answer(500, b"Internal Server Error")
PAYING = json_answer(200, {**READY, "status": "complete_in_progress"})
OPEN = json_answer(200, READY)
CANCELED = json_answer(200, {**READY, "status": "canceled"})
GONE = json_answer(404, {"type": "invalid_request", "code": "not_found", "message": "gone"})
DECLINED = json_answer(200, {**READY, "messages": [{"type": "error", "code": "payment_declined", "content": "no"}]})


def bought(tmp_path: Path, *after_pay: Answer, **till: Any) -> tuple[PurchaseRow, ScriptedShop]:
    """One purchase whose payment and what follows are answered so; the last answer is given again and again."""
    shop = scripted_shop(tmp_path, (*GOOD[:4], *after_pay))
    for name, value in till.items():
        setattr(shop.store.till, name, value)
    return purchase(shop.store, PROMPT, ARRIVAL).row(), shop


def sent(shop: ScriptedShop) -> list[str]:
    """Method and last part of the path of every request from the payment on."""
    lines = [request.split(b" ", 2)[:2] for request in shop.wire.requests[4:]]
    return [f"{method.decode()} {path.decode().rpartition('/')[2]}" for method, path in lines]


PAY, READ = "POST complete", "GET cs_1"


@pytest.mark.parametrize(
    ("answers", "requests", "outcome"),
    [
        pytest.param((PAID,), [PAY], "confirmed", id="an answer needs no reading"),
        pytest.param((ENDED, PAID), [PAY, READ], "confirmed", id="the session has ended by our order"),
        pytest.param((RUNNING, PAID), [PAY, READ], "confirmed", id="the running payment is through"),
        pytest.param((RUNNING, PAYING, PAYING, PAID), [PAY, READ, READ, READ], "confirmed", id="it is waited for"),
        pytest.param((RUNNING, OPEN, PAID), [PAY, READ, PAY], "confirmed", id="still open: the same payment again"),
        pytest.param((RUNNING, OPEN, DECLINED), [PAY, READ, PAY], "declined", id="which is declined"),
        pytest.param(
            (RUNNING, OPEN, RUNNING, PAID), [PAY, READ, PAY, READ], "confirmed", id="which is running, and then through"
        ),
        pytest.param(
            (RUNNING, OPEN, NO_CONNECTION, SILENCE, PAID),
            [PAY, READ, PAY, READ, READ],
            "confirmed",
            id="faults on the way",
        ),
        pytest.param((ENDED, CANCELED), [PAY, READ], "unknown", id="the session has ended without an order"),
        pytest.param(
            (ENDED, GONE), [PAY, READ], "unknown", id="the session is not there: asking again changes nothing"
        ),
        pytest.param((SOLD, OPEN), [PAY, READ], "declined", id="sold out and still open: no second payment"),
        pytest.param((SOLD, PAID), [PAY, READ], "confirmed", id="sold out, to ourselves"),
        pytest.param((CONFLICT, OPEN), [PAY, READ], "degraded", id="our own mistake is not repeated"),
        pytest.param((SILENCE,), [PAY], "unknown", id="silence is left to the audit"),
        pytest.param((CRASH,), [PAY], "unknown", id="so is a crash"),
        pytest.param((NO_CONNECTION,), [PAY], "shed", id="what was never sent needs no reading"),
        pytest.param((REFUSED_HARD,), [PAY], "refused_hard", id="a definite no"),
    ],
)
def test_a_conflict_is_looked_into(
    tmp_path: Path, answers: tuple[Answer, ...], requests: list[str], outcome: str
) -> None:
    """409 and 405 on complete lead to reading the session; the outcome is the payment's, as it is found out."""
    row, shop = bought(tmp_path, *answers)
    assert (sent(shop), row.outcome, row.last_step) == (requests, outcome, "pay")


@pytest.mark.parametrize(
    ("answers", "requests", "outcome"),
    [
        pytest.param((SILENCE, PAID), [PAY, READ], "confirmed", id="paid, and the answer was lost"),
        pytest.param((SILENCE, OPEN, PAID), [PAY, READ, PAY], "confirmed", id="the request was lost"),
        pytest.param((CRASH, PAYING, PAID), [PAY, READ, READ], "confirmed", id="a crash of a server that goes on"),
        pytest.param((SILENCE, OPEN, REFUSED_HARD, PAID), [PAY, READ, PAY, READ], "confirmed", id="refused in between"),
        pytest.param((NO_CONNECTION,), [PAY], "shed", id="what was never sent needs no reading"),
    ],
)
def test_silence_is_looked_into_when_told_so(
    tmp_path: Path, answers: tuple[Answer, ...], requests: list[str], outcome: str
) -> None:
    """With ``resolve_unknown`` every payment that may have happened is looked into."""
    row, shop = bought(tmp_path, *answers, resolve_unknown=True)
    assert (sent(shop), row.outcome) == (requests, outcome)


def test_a_repeated_payment_is_the_same_bytes(tmp_path: Path) -> None:
    """A second payment is the first one again: key, body and all."""
    _, shop = bought(tmp_path, RUNNING, OPEN, PAID)
    first, _, second = shop.wire.requests[4:]
    assert first == second


@pytest.mark.parametrize("answer", [PAYING, OPEN, SILENCE, REFUSED_HARD])
def test_an_open_payment_is_left_to_the_audit_in_the_end(tmp_path: Path, answer: Answer) -> None:
    """However the shop goes on, the look ends within its time, and the outcome stays unknown with the payment's own reason."""
    row, shop = bought(tmp_path, RUNNING, answer, resolve_s=10.0)
    assert (row.outcome, row.reason, row.last_step) == ("unknown", "client_error", "pay")
    assert row.intent_us <= 11_000_000
    assert len(shop.wire.requests) <= 20


def test_reads_wait_longer_each_time(tmp_path: Path) -> None:
    """Half a second, then twice as long each time, and never more than four seconds."""
    _, shop = bought(tmp_path, RUNNING, PAYING, resolve_s=12.0)
    reads = shop.wire.intended_ns[5:]
    waits_s = [round((later - earlier) / 1e9, 1) for earlier, later in pairwise(reads)]
    assert waits_s == [0.5, 1.0, 2.0, 4.0, 4.0]


def test_reading_is_a_step_of_its_own(tmp_path: Path) -> None:
    """The record holds the conflict, the reading and one confirmed wish, and Locust's table a GET."""
    row, shop = bought(tmp_path, ENDED, PAID)
    batch = shop.cut()
    assert [(o.step, o.outcome, o.reason) for o in batch.outcomes[4:]] == [
        ("pay", "unknown", "client_error"),
        ("read_session", "done", ""),
        ("order", "confirmed", ""),
    ]
    assert batch.methods == {"read_session": "GET"}
    assert (row.order_id, row.requests, row.amount_minor) == ("ord_1", 6, 1)


def test_ucp_is_looked_into_in_its_own_words(tmp_path: Path) -> None:
    """The till speaks any dialect: a UCP shop's 409 leads to a GET of its checkout."""
    ready = json_answer(200, CHECKOUT)
    ended = json_answer(409, {"detail": "completed", "code": "CHECKOUT_NOT_MODIFIABLE"})
    paid = json_answer(200, {**CHECKOUT, "status": "completed", "order": {"id": "ord_9"}})
    shop = scripted_shop(tmp_path, (CALL, ready, CARD, ready, ended, paid))
    shop.store.till = DialectTill(UcpDialect("shop.test", version=UcpVersion.APRIL_08, headers={}))
    row = purchase(shop.store, PROMPT, ARRIVAL).row()
    assert sent(shop) == [PAY, "GET chk_1"]
    assert (row.outcome, row.order_id, row.discount_minor) == ("confirmed", "ord_9", 1799)
