"""Baskets as numbers by sku, so that what was called can be held against what was wished, on however many lines. Pure."""

from collections.abc import Sequence
from typing import Any

from locustfiles.protocols.checkout import BasketItem


def counted(items: Sequence[BasketItem]) -> dict[str, int]:
    """Quantity by sku."""
    counts: dict[str, int] = {}
    for item in items:
        counts[item.sku] = counts.get(item.sku, 0) + item.quantity
    return counts


def basket_of(arguments: dict[str, Any]) -> dict[str, int] | None:
    """Quantity by sku of a tool call's ``items``, None when they are not what the tool asks for."""
    items = arguments.get("items")
    if not isinstance(items, list):
        return None
    counts: dict[str, int] = {}
    for item in items:
        sku, quantity = (item.get("sku"), item.get("quantity")) if isinstance(item, dict) else (None, None)
        if not isinstance(sku, str) or isinstance(quantity, bool) or not isinstance(quantity, int):
            return None
        counts[sku] = counts.get(sku, 0) + quantity
    return counts
