"""The request bodies of ACP as closed objects: what is published is taken, what is not is refused."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from target_stub.acp_requests import CompleteRequest, CreateRequest, UpdateRequest
from tests.helpers.acp_schema import complaints
from tests.helpers.shops import PAYMENT, apply_body, create_body

CREATE = create_body("lemon-tea")
EXTENSION = {"name": "discount@2026-04-17", "extends": ["$.CheckoutSession.discounts"], "spec": "https://x.test/spec"}


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        pytest.param(CreateRequest, CREATE, id="the create of a purchase"),
        pytest.param(
            CreateRequest, {**CREATE, "locale": "zh-CN", "metadata": {"a": 1}}, id="members that change nothing"
        ),
        pytest.param(CreateRequest, {**CREATE, "capabilities": {"extensions": [EXTENSION]}}, id="an extension in full"),
        pytest.param(CreateRequest, {**CREATE, "coupons": ["A"]}, id="the deprecated coupons"),
        pytest.param(UpdateRequest, {}, id="an update that changes nothing"),
        pytest.param(UpdateRequest, apply_body(["lemon-tea"], "A"), id="the update of a purchase"),
        pytest.param(UpdateRequest, {"discounts": {"codes": []}}, id="clearing the codes"),
        pytest.param(CompleteRequest, {"payment_data": PAYMENT}, id="the complete of a purchase"),
        pytest.param(
            CompleteRequest, {"payment_data": PAYMENT, "risk_signals": {"ip_address": "::1"}}, id="risk signals"
        ),
    ],
)
def test_what_is_published_is_taken(kind: type[msgspec.Struct], body: dict[str, object]) -> None:
    """A body of the published shape decodes."""
    assert isinstance(msgspec.json.decode(msgspec.json.encode(body), type=kind), kind)


@pytest.mark.parametrize(
    ("kind", "body", "where"),
    [
        pytest.param(CreateRequest, {**CREATE, "items": []}, "items", id="the key of older releases"),
        pytest.param(CreateRequest, {**CREATE, "line_items": None}, "$.line_items", id="null"),
        pytest.param(CreateRequest, {**CREATE, "line_items": [{"id": ""}]}, "$.line_items[0].id", id="an empty id"),
        pytest.param(CreateRequest, {**CREATE, "line_items": [{"id": "a"}] * 101}, "$.line_items", id="an endless basket"),
        pytest.param(CreateRequest, {"currency": "cny", "line_items": [{"id": "a"}]}, "capabilities", id="no capabilities"),
        pytest.param(CreateRequest, {**CREATE, "buyer": {}}, "email", id="a buyer without email"),
        pytest.param(UpdateRequest, {"discounts": {"codes": ["A"] * 21}}, "$.discounts.codes", id="endless codes"),
        pytest.param(UpdateRequest, {"discounts": {"codes": [1]}}, "$.discounts.codes[0]", id="a code that is a number"),
        pytest.param(
            UpdateRequest, {"selected_fulfillment_options": [{"type": "drone", "option_id": "std", "item_ids": []}]},
            "$.selected_fulfillment_options[0].type", id="an unknown way to deliver",
        ),
        pytest.param(CompleteRequest, {"payment_data": {"token": "t", "provider": "p"}}, "token", id="an older payment"),
        pytest.param(CompleteRequest, {}, "payment_data", id="no payment"),
    ],
)  # fmt: skip
def test_what_is_not_published_is_refused(kind: type[msgspec.Struct], body: dict[str, object], where: str) -> None:
    """A body of another shape is refused with the name or the place of what is wrong."""
    with pytest.raises(msgspec.ValidationError) as refusal:
        msgspec.json.decode(msgspec.json.encode(body), type=kind)
    assert where in str(refusal.value)


MEMBERS = {
    "currency": st.sampled_from(["cny"]),
    "line_items": st.lists(st.fixed_dictionaries({"id": st.sampled_from(["a", "b"])}), min_size=1, max_size=3),
    "capabilities": st.sampled_from([{}, {"extensions": ["discount"]}]),
    "buyer": st.sampled_from([{"email": "a@b"}, {"email": "a@b", "full_name": "Li"}, {"full_name": "Li"}, None]),
    "discounts": st.sampled_from([{"codes": ["A"]}, {"codes": "A"}, {"code": "A"}]),
    "fulfillment_details": st.sampled_from([CREATE["fulfillment_details"], {}, {"address": {"name": "Li"}}, 3]),
    "quantity": st.just(2),
}


@given(st.fixed_dictionaries({}, optional=MEMBERS))
def test_stub_and_schema_agree(body: dict[str, object]) -> None:
    """A create that the schema admits decodes, and one that it refuses does not."""
    valid = not complaints("create_request", body)
    try:
        msgspec.json.decode(msgspec.json.encode(body), type=CreateRequest)
    except msgspec.ValidationError:
        assert not valid
    else:
        assert valid
