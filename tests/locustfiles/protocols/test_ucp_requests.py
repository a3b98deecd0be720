"""The bodies that three versions of UCP want, as values."""

from typing import Any

import pytest

from locustfiles.protocols.checkout import BasketItem, Buyer, CheckoutSession
from locustfiles.protocols.ucp_discovery import UcpVersion
from locustfiles.protocols.ucp_requests import UcpBodies
from tests.helpers.exchanges import session as plain_session
from tests.helpers.ucp_profiles import told

JANUARY_11, JANUARY_23, APRIL = UcpVersion
LI = Buyer("u-1", "Li Wei", "s1@shop.test", "13800000000", "1 Lake Rd", "Hangzhou", "310000")
ZHU = Buyer("u-2", "朱晓潮", "s2@shop.test", "13800000000", "1 Lake Rd", "Hangzhou", "310000")
HOME = {
    "id": "home-u-1",
    "first_name": "Li",
    "last_name": "Wei",
    "street_address": "1 Lake Rd",
    "address_locality": "Hangzhou",
    "address_region": "Hangzhou",
    "postal_code": "310000",
    "address_country": "CN",
}


def bodies(version: UcpVersion, *, titles: bool = False) -> UcpBodies:
    """Bodies for a shop in China."""
    names = {"milk-tea": "Milk tea"}
    return UcpBodies(version, currency="CNY", country="CN", titles=names, sends_titles=titles)


@pytest.mark.parametrize(
    ("version", "shared", "method"),
    [
        pytest.param(JANUARY_11, {"currency": "CNY", "payment": {}}, {}, id="2026-01-11: currency and payment"),
        pytest.param(JANUARY_23, {}, {"line_item_ids": []}, id="2026-01-23: line ids, which there are none of"),
        pytest.param(APRIL, {}, {}, id="2026-04-08: lines alone"),
    ],
)
def test_create(version: UcpVersion, shared: dict[str, Any], method: dict[str, Any]) -> None:
    """A create has lines, buyer and a chosen address, so that the shop can offer delivery at once."""
    body = bodies(version).create((BasketItem("milk-tea", 2),), LI)
    destination = {"type": "shipping", "destinations": [HOME], "selected_destination_id": "home-u-1"}
    assert body == {
        **shared,
        "line_items": [{"item": {"id": "milk-tea"}, "quantity": 2}],
        "buyer": {"first_name": "Li", "last_name": "Wei", "email": "s1@shop.test"},
        "fulfillment": {"methods": [{**destination, **method}]},
    }


def test_update() -> None:
    """An update says everything again, with the shop's ids, the first option of each group, and the code."""
    body = bodies(APRIL).update(told(), "SPRING25", LI)
    assert body == {
        "line_items": [{"id": "li_1", "item": {"id": "milk-tea"}, "quantity": 1}],
        "buyer": {"first_name": "Li", "last_name": "Wei", "email": "s1@shop.test"},
        "fulfillment": {
            "methods": [
                {
                    "id": "m_1",
                    "type": "shipping",
                    "line_item_ids": ["li_1"],
                    "destinations": [{**HOME, "id": "d_1"}],
                    "selected_destination_id": "d_1",
                    "groups": [{"id": "g_1", "selected_option_id": "std"}],
                }
            ]
        },
        "discounts": {"codes": ["SPRING25"]},
    }


@pytest.mark.parametrize(("version", "has_type"), [(JANUARY_11, True), (JANUARY_23, False)])
def test_update_before_2026_04_08(version: UcpVersion, has_type: bool) -> None:
    """The checkout's id stands in the body, and 2026-01-23 leaves the type of delivery unsaid."""
    body = bodies(version).update(told(), "SPRING25", LI)
    assert body["id"] == "chk_1"
    assert ("type" in body["fulfillment"]["methods"][0]) == has_type


def test_update_without_a_code() -> None:
    """Without a code the codes are cleared: a shop that merges would keep the earlier ones."""
    assert bodies(JANUARY_11).update(told(), None, LI)["discounts"] == {"codes": []}


def test_update_of_a_checkout_that_told_no_ids() -> None:
    """What the shop has not named is said without a name."""
    bare: CheckoutSession = plain_session("incomplete", items=(BasketItem("milk-tea", 1),))
    (method,) = bodies(APRIL).update(bare, None, LI)["fulfillment"]["methods"]
    assert bodies(APRIL).update(bare, None, LI)["line_items"] == [{"item": {"id": "milk-tea"}, "quantity": 1}]
    assert (method["line_item_ids"], method["selected_destination_id"]) == ([], "home-u-1")
    assert not {"id", "groups"} & set(method)


CARD = {"id": "pi_1", "handler_id": "h", "type": "card", "credential": {"type": "token", "token": "t"}}
SHOWN = {"brand": "Visa", "last_digits": "4242"}


@pytest.mark.parametrize(
    ("version", "body"),
    [
        pytest.param(
            JANUARY_11, {"payment_data": {**CARD, **SHOWN}, "risk_signals": {}}, id="2026-01-11: one instrument"
        ),
        pytest.param(
            JANUARY_23,
            {"payment": {"instruments": [{**CARD, "selected": True, "display": SHOWN}]}, "risk_signals": {}},
            id="2026-01-23: a list, and what is shown apart",
        ),
        pytest.param(
            APRIL,
            {
                "payment": {"instruments": [{**CARD, "selected": True, "display": SHOWN}]},
                "signals": {"dev.ucp.buyer_ip": "192.0.2.7"},
            },
            id="2026-04-08: signals",
        ),
    ],
)
def test_complete(version: UcpVersion, body: dict[str, Any]) -> None:
    """A complete pays with one card of a handler."""
    assert bodies(version).complete("h", "t") == body


def test_titles() -> None:
    """A shop that wants titles gets the catalogue's, else the sku."""
    lines = bodies(JANUARY_11, titles=True).create((BasketItem("milk-tea", 1), BasketItem("x", 1)), LI)["line_items"]
    assert [line["item"] for line in lines] == [{"id": "milk-tea", "title": "Milk tea"}, {"id": "x", "title": "x"}]


def test_a_chinese_name_begins_with_the_familys() -> None:
    """First and last name of a name that is written without a space."""
    assert bodies(APRIL).create((), ZHU)["buyer"] == {
        "first_name": "晓潮",
        "last_name": "朱",
        "email": "s2@shop.test",
    }
