"""A UCP checkout as told: ids to repeat, the money of three versions, codes that were refused or passed over."""

import json
from typing import Any

import pytest

from locustfiles.protocols.checkout import BasketItem, Message, ProtocolFault
from locustfiles.protocols.ucp_discovery import UcpVersion
from locustfiles.protocols.ucp_session import NOT_APPLIED, UcpSession, decode_told, session_of
from tests.helpers.ucp_profiles import CHECKOUT, told

APRIL, JANUARY_23, JANUARY_11 = UcpVersion.APRIL_08, UcpVersion.JANUARY_23, UcpVersion.JANUARY_11


def bill(**amounts: int) -> list[dict[str, Any]]:
    """Totals by type."""
    return [{"type": kind, "amount": amount} for kind, amount in amounts.items()]


def test_a_ready_checkout() -> None:
    """A checkout tells basket, bill, codes, and every id that the next request repeats."""
    assert told() == UcpSession(
        id="chk_1",
        status="ready_for_complete",
        currency="CNY",
        items=(BasketItem("milk-tea", 1),),
        price_minor=1500,
        fulfillment_minor=300,
        discount_minor=1799,
        amount_minor=1,
        option_ids=("std",),
        applied_codes=("SPRING25",),
        rejected_codes=(),
        messages=(),
        order_id=None,
        payment_handler="stub_card",
        adds_up=True,
        lines=(("li_1", "milk-tea", 1),),
        method_id="m_1",
        destination_id="d_1",
        groups=(("g_1", "std"),),
    )


@pytest.mark.parametrize(
    ("version", "totals", "discount_minor", "adds_up"),
    [
        pytest.param(APRIL, bill(subtotal=3000, discount=-350, total=2650), 350, True, id="2026-04-08: negative"),
        pytest.param(APRIL, bill(subtotal=3000, discount=350, total=2650), -350, False, id="2026-04-08: positive is wrong"),
        pytest.param(
            APRIL,
            bill(subtotal=3000, items_discount=-100, discount=-50, tax=10, total=2860),
            150,
            True,
            id="2026-04-08: two discounts and a tax",
        ),
        pytest.param(APRIL, bill(subtotal=3000, gift_wrap=5, total=3005), None, True, id="2026-04-08: types are open"),
        pytest.param(APRIL, bill(total=3000), None, False, id="2026-04-08: no subtotal"),
        pytest.param(APRIL, None, None, False, id="2026-04-08: no bill at all"),
        pytest.param(
            APRIL, [*bill(subtotal=3000, total=3000), *bill(total=0)], None, False, id="2026-04-08: two totals"
        ),
        pytest.param(JANUARY_23, bill(subtotal=3000, discount=350, total=2650), 350, True, id="2026-01-23: positive"),
        pytest.param(
            JANUARY_11, bill(subtotal=3000, discount=350, total=9999), 350, True, id="2026-01-11: no rule of a client's"
        ),
    ],
)  # fmt: skip
def test_money(
    version: UcpVersion, totals: list[dict[str, Any]] | None, discount_minor: int | None, adds_up: bool
) -> None:
    """A discount is a positive amount whatever its sign on the wire; only 2026-04-08 tells a client to add up."""
    session = told(version, totals=totals)
    assert (session.discount_minor, session.adds_up) == (discount_minor, adds_up)


def warning(code: str, path: str = "$.discounts.codes[0]", kind: str = "warning") -> dict[str, str]:
    """A message about a code."""
    return {"type": kind, "code": code, "content": "no", "path": path}


SILENT = {"codes": ["10OFF", "10off-2"], "applied": [{"code": "10off", "amount": 5}]}


@pytest.mark.parametrize(
    ("version", "changes", "rejected"),
    [
        pytest.param(
            APRIL,
            {"messages": [warning("discount_code_expired")]},
            (("SPRING25", "discount_code_expired"),),
            id="a warning names the code by its place",
        ),
        pytest.param(
            APRIL,
            {"messages": [warning("discount_code_invalid", path="$.discounts.codes[7]")]},
            (("", "discount_code_invalid"),),
            id="a place that there is not",
        ),
        pytest.param(APRIL, {"messages": [warning("low_stock")]}, (), id="a warning about something else"),
        pytest.param(
            APRIL, {"messages": [warning("discount_code_x", kind="info")]}, (), id="a piece of information refuses nothing"
        ),
        pytest.param(APRIL, {"discounts": SILENT}, (), id="silence is no refusal"),
        pytest.param(
            JANUARY_11, {"discounts": SILENT}, (("10off-2", NOT_APPLIED),), id="but it is one in 2026-01-11"
        ),
        pytest.param(JANUARY_11, {"discounts": None, "messages": None}, (), id="no codes, and members that are null"),
    ],
)  # fmt: skip
def test_refused_codes(version: UcpVersion, changes: dict[str, Any], rejected: tuple[tuple[str, str], ...]) -> None:
    """A refused code is known by a warning; in 2026-01-11 by not standing among those applied."""
    assert told(version, **changes).rejected_codes == rejected


@pytest.mark.parametrize(
    ("changes", "member", "value"),
    [
        pytest.param({"messages": None}, "messages", (), id="messages are null"),
        pytest.param({"fulfillment": {"methods": None}}, "groups", (), id="no way of delivery"),
        pytest.param(
            {"fulfillment": {"methods": [{"groups": [{"id": "g", "options": None}]}]}},
            "groups",
            (),
            id="a group that offers nothing",
        ),
        pytest.param(
            {"fulfillment": {"methods": [{"destinations": [{"id": "d_7"}]}]}},
            "destination_id",
            "d_7",
            id="no destination is chosen: the first",
        ),
        pytest.param({"line_items": [{"item": None}]}, "items", (), id="a line without a product"),
        pytest.param({"line_items": [{"item": {"id": "x"}}]}, "items", (BasketItem("x", 1),), id="no quantity is one"),
        pytest.param({"order": {"id": "ord_9"}}, "order_id", "ord_9", id="an order"),
        pytest.param({"order": {}}, "order_id", None, id="an order without an id"),
        pytest.param({"ucp": "x", "payment": []}, "payment_handler", "", id="handlers in no known shape"),
        pytest.param(
            {"ucp": None, "payment": {"handlers": [{"id": "shop_pay"}]}}, "payment_handler", "shop_pay", id="as 2026-01-11"
        ),
        pytest.param(
            {"messages": [{"type": "error", "code": None, "content": "x" * 5000}]},
            "messages",
            (Message("error", "", "x" * 1000),),
            id="a message is bounded",
        ),
        pytest.param({"fulfillment": {"methods": [{"id": "m" * 300}]}}, "method_id", "", id="an id too long to repeat"),
    ],
)  # fmt: skip
def test_lenient(changes: dict[str, Any], member: str, value: object) -> None:
    """What is absent or null is not told, what is unknown is ignored, what is long is bounded."""
    assert getattr(told(**changes), member) == value


@pytest.mark.parametrize("changes", [{"id": None}, {"id": ""}, {"id": "x" * 256}, {"status": None}])
def test_no_checkout(changes: dict[str, Any]) -> None:
    """Without an id or a status there is no checkout."""
    body = json.dumps({**CHECKOUT, **changes}).encode()
    assert isinstance(session_of(decode_told(body), APRIL, body), ProtocolFault)
