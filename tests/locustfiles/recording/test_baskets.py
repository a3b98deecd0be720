"""What was called is held against what was wished, on however many lines."""

from typing import Any

import pytest

from locustfiles.protocols.checkout import BasketItem
from locustfiles.recording.baskets import basket_of, counted


def test_wished() -> None:
    """Lines of one sku add up."""
    assert counted([BasketItem("tea", 1), BasketItem("cake", 2), BasketItem("tea", 3)]) == {"tea": 4, "cake": 2}


@pytest.mark.parametrize(
    ("arguments", "basket"),
    [
        pytest.param(
            {"items": [{"sku": "tea", "quantity": 1}, {"sku": "tea", "quantity": 2}]}, {"tea": 3}, id="two lines"
        ),
        pytest.param({"items": []}, {}, id="nothing"),
        pytest.param({}, None, id="no items"),
        pytest.param({"items": {"sku": "tea", "quantity": 1}}, None, id="items are no list"),
        pytest.param({"items": ["tea"]}, None, id="a line that is no object"),
        pytest.param({"items": [{"sku": 7, "quantity": 1}]}, None, id="a sku that is no text"),
        pytest.param({"items": [{"sku": "tea", "quantity": True}]}, None, id="a quantity that is no number"),
        pytest.param({"items": [{"sku": "tea", "quantity": 1.5}]}, None, id="half a tea"),
    ],
)
def test_called(arguments: dict[str, Any], basket: dict[str, int] | None) -> None:
    """A call's items become a basket, or none when they are not what the tool asks for."""
    assert basket_of(arguments) == basket
