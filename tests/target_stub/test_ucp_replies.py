"""A session of the table as UCP tells it."""

from typing import Any

import msgspec
import pytest

from target_stub.catalogue import CATALOGUE
from target_stub.checkout_session import CheckoutSession, Line, Notice, Rejected, Status
from target_stub.ucp_contents import Echo
from target_stub.ucp_dialect import UcpVersion
from target_stub.ucp_replies import bill, checkout_body, permalink
from target_stub.ucp_requests import Address, Buyer

JANUARY, APRIL = UcpVersion.JANUARY, UcpVersion.APRIL


def session(**changed: Any) -> CheckoutSession:
    """A checkout of two lemon teas."""
    known: dict[str, Any] = {
        "id": "chk_1",
        "user_id": "u1",
        "lines": (Line("lemon-tea", 2, 1400),),
        "delivery_minor": 300,
        "delivery_title": "Standard delivery",
        "expires_unix_ns": 1_770_000_000_000_000_000,
        "status": Status.NOT_READY,
    }
    return CheckoutSession(**{**known, **changed})


def told(version: UcpVersion, one: CheckoutSession, *notices: Notice) -> dict[str, Any]:
    """The reply, decoded."""
    body: dict[str, Any] = msgspec.json.decode(
        checkout_body(version, one, list(notices), CATALOGUE, "http://shop.test")
    )
    return body


@pytest.mark.parametrize(
    ("status", "word"),
    [
        (Status.NOT_READY, "incomplete"),
        (Status.READY, "ready_for_complete"),
        (Status.IN_PROGRESS, "complete_in_progress"),
        (Status.COMPLETED, "completed"),
        (Status.CANCELED, "canceled"),
        (Status.EXPIRED, "canceled"),
    ],
)
def test_every_status_has_a_word(status: Status, word: str) -> None:
    """UCP knows six states; what has expired is canceled, and a message says why."""
    body = told(APRIL, session(status=status))
    assert body["status"] == word
    assert ("expired" in [message["code"] for message in body["messages"]]) is (status is Status.EXPIRED)


def test_groups_are_made_once_a_destination_is_known() -> None:
    """Before that the method stands alone."""
    (method,) = told(APRIL, session())["fulfillment"]["methods"]
    assert method == {"id": "m_1", "type": "shipping", "line_item_ids": ["li_lemon-tea"]}
    echo = Echo(destinations=(Address(id="home"),), destination_id="home")
    (method,) = told(APRIL, session(echo=echo, has_option=True))["fulfillment"]["methods"]
    assert method["groups"][0]["selected_option_id"] == "std"


def test_what_was_asked_is_told_back() -> None:
    """The buyer as given, and nothing when nothing was."""
    assert told(JANUARY, session(echo=Echo(Buyer(email="a@shop.test"))))["buyer"] == {"email": "a@shop.test"}
    assert not {"buyer", "payment", "discounts", "order"} & set(told(JANUARY, session()))


def test_an_order_has_a_page() -> None:
    """Its address stands in the checkout."""
    order = told(APRIL, session(status=Status.COMPLETED, order_id="ord_1"))["order"]
    assert order == {"id": "ord_1", "permalink_url": permalink("ord_1", "http://shop.test")}


PATHS: list[tuple[str, str, str, str]] = [
    ("payment_declined", "$.payment_data", "payment_failed", "$.payment"),
    ("missing", "$.fulfillment_details", "missing", "$.fulfillment.methods[0].destinations"),
    ("missing", "$.selected_fulfillment_options", "missing", "$.fulfillment.methods[0].groups[0].selected_option_id"),
    ("invalid", "$.selected_fulfillment_options[1].option_id", "invalid", "$.fulfillment.methods[0].groups[0].selected_option_id"),
    ("invalid", "$.selected_fulfillment_options[0].item_ids", "invalid", "$.fulfillment.methods[0].line_item_ids"),
    ("coupon_expired", "$.discounts.codes[0]", "discount_code_expired", "$.discounts.codes[0]"),
    ("out_of_stock", "$.line_items[0]", "out_of_stock", "$.line_items[0]"),
]  # fmt: skip


@pytest.mark.parametrize(("code", "param", "word", "path"), PATHS, ids=[f"{row[0]} {row[1]}" for row in PATHS])
def test_the_rules_words_are_said_in_ucp(code: str, param: str, word: str, path: str) -> None:
    """Codes and places of the rules, which are ACP's, have their UCP counterparts; others stay."""
    message = told(APRIL, session(status=Status.READY), Notice("error", code, param, "No"))["messages"][0]
    assert message == {"type": "error", "code": word, "content": "No", "path": path, "severity": "recoverable"}


def test_a_refused_code_stays_and_is_warned_of() -> None:
    """UCP lists no rejected codes; a used card is called invalid, and a warning has no severity."""
    rejected = (Rejected(0, "USED", "discount_code_usage_limit_reached", "Used"),)
    body = told(APRIL, session(status=Status.READY, codes=("USED",), rejected=rejected))
    assert body["discounts"] == {"codes": ["USED"], "applied": []}
    assert body["messages"] == [
        {"type": "warning", "code": "discount_code_invalid", "content": "Used", "path": "$.discounts.codes[0]"}
    ]


def test_the_bill_adds_up_in_each_version() -> None:
    """Delivery counts once it is chosen, a discount only when there is one, with the sign of the version."""
    assert [one.amount for one in bill(JANUARY, 1400, 300, 1699, 1)] == [1400, 300, 1699, 1]
    assert [one.amount for one in bill(APRIL, 1400, 300, 1699, 1)] == [1400, 300, -1699, 1]
    assert [one.type for one in bill(APRIL, 1400, None, 0, 1400)] == ["subtotal", "total"]
