"""What an adapter is written with: sessions of checked values, the three ways to say no, amounts."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from locustfiles.adapters.rest_shop import RestShop
from locustfiles.adapters.shop_adapter import (
    NO_ORDER,
    PENDING,
    Answer,
    ShopAdapter,
    declined,
    degraded,
    minor_units,
    refused,
)
from locustfiles.protocols.checkout import BasketItem

SHOP = RestShop(currency="EUR", credential="tok-canary")


def test_an_adapter_needs_all_four_verbs() -> None:
    """A class without its verbs cannot be made."""
    with pytest.raises(TypeError, match="apply_card"):
        ShopAdapter()  # type: ignore[abstract]  # that it is abstract is the statement


def test_a_session_as_told() -> None:
    """A session holds what was told: ids as text, lines of one product added up, and nothing for what was left out."""
    told = SHOP.session(
        17, items=[("tea", 1), ("milk", 2), ("tea", 3)], amount_minor=900, order_id="o-1", notes={"v": 2}
    )

    assert (told.id, told.order_id, told.currency, told.notes) == ("17", "o-1", "EUR", {"v": 2})
    assert told.items == (BasketItem("tea", 4), BasketItem("milk", 2))
    assert (told.amount_minor, told.price_minor, told.discount_minor) == (900, None, None)


@pytest.mark.parametrize(
    "told",
    [
        pytest.param({"session_id": None}, id="no id"),
        pytest.param({"session_id": ""}, id="an empty id"),
        pytest.param({"session_id": True}, id="an id that is a truth"),
        pytest.param({"session_id": "x" * 256}, id="an id beyond the bound"),
        pytest.param({"session_id": "b", "order_id": ["o"]}, id="an order id that is a list"),
        pytest.param({"session_id": "b", "amount_minor": "900"}, id="an amount that is text"),
        pytest.param({"session_id": "b", "amount_minor": 9.5}, id="an amount with a fraction"),
        pytest.param({"session_id": "b", "discount_minor": 2**60}, id="an amount beyond the bound"),
        pytest.param({"session_id": "b", "items": [("tea", "2")]}, id="a quantity that is text"),
        pytest.param({"session_id": "b", "items": [(None, 2)]}, id="a product without a name"),
        pytest.param({"session_id": "b", "items": [(f"p{n}", 1) for n in range(101)]}, id="too many products"),
    ],
)
def test_a_session_of_garbage(told: dict) -> None:
    """What is not of its kind is not taken, and the sentence quotes a bounded part of it."""
    with pytest.raises(ValueError, match=r"The shop told") as caught:
        SHOP.session(**told)

    assert len(str(caught.value)) < 300


def test_what_the_books_may_say() -> None:
    """The books hold no order, or one that is still being paid."""
    session = SHOP.session("b-1", order_id="o-1")

    assert (SHOP.no_order(session).status, SHOP.no_order(session).order_id) == (NO_ORDER, None)
    assert SHOP.pending(session).status == PENDING


@pytest.mark.parametrize(
    ("no", "outcome", "reason"),
    [
        (declined("out_of_stock", "none left"), "declined", "out_of_stock"),
        (declined(), "declined", ""),
        (refused("capacity_refusal", retry_after_s=3.0), "refused_soft", "capacity_refusal"),
        (refused(), "refused_soft", "busy_canned"),
        (degraded(words={"not": "text"}), "degraded", "no_progress"),
    ],
)
def test_a_no(no, outcome: str, reason: str) -> None:
    """Each no is an outcome with a reason of the record's own list."""
    assert (no.outcome, no.reason) == (outcome, reason)


@pytest.mark.parametrize(
    ("reason", "sentence"),
    [
        ("out_of_stok", "There is no reason 'out_of_stok'; did you mean 'out_of_stock'?"),
        ("zzzz", "There is no reason 'zzzz'; known are out_of_stock, "),
        ("z" * 41, "There is no reason of so many characters; known are out_of_stock, "),
    ],
)
def test_a_reason_that_no_report_knows(reason: str, sentence: str) -> None:
    """A reason out of the list is refused with the nearest name."""
    with pytest.raises(ValueError) as caught:
        declined(reason)

    assert str(caught.value).startswith(sentence)


def test_words_are_bounded() -> None:
    """The shop's words are kept to their bound."""
    assert len(declined(words="x" * 5000).words) == 1000


@pytest.mark.parametrize(
    ("amount", "minor"),
    [("12.50", 1250), ("12.5", 1250), (7.25, 725), (12, 1200), ("-0.01", -1), ("1e3", 100_000), ("0", 0)],
)
def test_amounts(amount: object, minor: int) -> None:
    """Decimal text and numbers become whole minor units."""
    assert minor_units(amount) == minor


@pytest.mark.parametrize("amount", ["", "1,50", "12.505", "NaN", "Infinity", None, [], "9" * 300, "1e999999", True])
def test_what_is_no_amount(amount: object) -> None:
    """What is no amount, or finer than a minor unit, is told as that."""
    with pytest.raises(ValueError, match="no amount"):
        minor_units(amount)


@given(st.integers(-(2**53), 2**53))
def test_amounts_come_back(minor: int) -> None:
    """An amount written with two digits is read as the same amount."""
    sign, whole, rest = "-" if minor < 0 else "", *divmod(abs(minor), 100)

    assert minor_units(f"{sign}{whole}.{rest:02d}") == minor


@given(st.binary())
def test_an_answer_never_raises(content: bytes) -> None:
    """Any body can be looked at as text and as JSON; what is no JSON is None."""
    answer = Answer(200, {}, content)

    assert isinstance(answer.text, str)
    assert answer.json() is None or content


def test_a_credential_is_not_shown() -> None:
    """The object's text does not hold what payments are made with."""
    assert "canary" not in repr(SHOP)
