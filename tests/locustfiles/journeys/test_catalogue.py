"""The generator's own copy of the catalogue."""

from collections import Counter

import pytest

from locustfiles.journeys.catalogue import DELIVERY_MINOR, PRODUCTS, Product


def test_every_vertical_has_six_products_and_a_delivery_price() -> None:
    """Four verticals of six products each, all of them deliverable."""
    assert Counter(product.vertical for product in PRODUCTS) == dict.fromkeys(DELIVERY_MINOR, 6)


@pytest.mark.parametrize("product", PRODUCTS, ids=lambda product: product.sku)
def test_a_product_is_found_by_one_name_in_each_language(product: Product) -> None:
    """No name of one product lies inside a name of another, in any mix of languages and cases."""
    others = [name for other in PRODUCTS if other is not product for name in (other.zh, other.en)]
    for name in (product.name("zh"), product.name("en")):
        assert not any(name.casefold() in other.casefold() for other in others)


def test_keys_are_unique_and_prices_positive() -> None:
    """A sku names one product, and nothing is free."""
    assert len({product.sku for product in PRODUCTS}) == len(PRODUCTS)
    assert all(product.price_minor > 0 for product in PRODUCTS)
