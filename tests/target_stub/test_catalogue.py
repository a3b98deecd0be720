"""Behaviour of the catalogue: what it promises to assistant and checkout."""

import pytest

from target_stub.catalogue import CATALOGUE, Product, delivery_minor, delivery_title


def test_a_product_is_found_by_its_sku() -> None:
    """A product carries its vertical, its names in both languages and its price in fen."""
    assert Product("pearl-milk-tea", "milk_tea", "珍珠奶茶", "pearl milk tea", 1500) == CATALOGUE["pearl-milk-tea"]


def test_every_vertical_has_six_products() -> None:
    """Prompts of the four verticals can vary equally."""
    verticals = [product.vertical for product in CATALOGUE.values()]

    assert {"milk_tea": 6, "cinema": 6, "travel": 6, "groceries": 6} == {v: verticals.count(v) for v in verticals}


def test_names_are_unique() -> None:
    """A name in a prompt means one product only."""
    names = [name for product in CATALOGUE.values() for name in (product.zh, product.en.lower())]

    assert len(names) == len(set(names))


@pytest.mark.parametrize(
    ("sku", "minor", "title"),
    [
        pytest.param("lemon-tea", 300, "Standard delivery", id="a drink is carried for 3 yuan"),
        pytest.param("rice-5kg", 500, "Standard delivery", id="groceries are carried for 5 yuan"),
        pytest.param("cinema-2d", 0, "Electronic delivery", id="a film ticket is sent for nothing"),
        pytest.param("airport-bus", 0, "Electronic delivery", id="a travel ticket is sent for nothing"),
    ],
)
def test_delivery_depends_on_the_vertical(sku: str, minor: int, title: str) -> None:
    """The one delivery option has its price and its name by vertical."""
    vertical = CATALOGUE[sku].vertical

    assert (minor, title) == (delivery_minor(vertical), delivery_title(vertical))


def test_every_vertical_has_its_merchant() -> None:
    """Products of one vertical are sold by one merchant, and no two verticals share theirs."""
    sold = {(product.vertical, product.merchant) for product in CATALOGUE.values()}

    assert len(sold) == len({vertical for vertical, _ in sold}) == len({merchant for _, merchant in sold})
