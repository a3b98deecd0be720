"""Generator and stub each write down the catalogue; a purchase can only be checked when both wrote the same."""

from locustfiles.journeys import catalogue as generator
from target_stub import catalogue as stub


def test_both_sides_sell_the_same_products() -> None:
    """Every product has the same key, vertical, names and price on both sides."""
    generated = {one.sku: (one.vertical, one.zh, one.en, one.price_minor) for one in generator.PRODUCTS}
    sold = {sku: (one.vertical, one.zh, one.en, one.price_minor) for sku, one in stub.CATALOGUE.items()}

    assert generated == sold
    assert len(generator.PRODUCTS) == len(sold)


def test_both_sides_price_delivery_alike() -> None:
    """The one delivery option costs the same on both sides, whatever the vertical."""
    verticals = {one.vertical for one in stub.CATALOGUE.values()}

    assert {one: stub.delivery_minor(one) for one in verticals} == generator.DELIVERY_MINOR


def test_every_product_is_listed_under_its_own_sku() -> None:
    """The key of the stub's catalogue is the product's sku."""
    assert all(key == product.sku for key, product in stub.CATALOGUE.items())
