"""The stock table: whole baskets, and never below zero."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from target_stub.checkout_session import Line
from target_stub.stock import Stock


def lines(**quantities: int) -> tuple[Line, ...]:
    """A basket by product."""
    return tuple(Line(sku, quantity, 100) for sku, quantity in quantities.items())


def test_a_basket_is_taken_whole_or_not_at_all() -> None:
    """A basket that lacks one unit of one product takes nothing of the others either."""
    stock = Stock({"tea": 5, "rice": 1})

    assert not stock.take(lines(tea=2, rice=2))
    assert (stock.left("tea"), stock.left("rice")) == (5, 1)
    assert stock.take(lines(tea=5, rice=1))
    assert stock.short_of(lines(milk=9, tea=1, rice=1)) == [1, 2]
    stock.give_back(lines(tea=5, rice=1))
    assert (stock.left("tea"), stock.left("rice")) == (5, 1)


def test_a_product_outside_the_table_has_no_end() -> None:
    """What is not counted can always be taken, and giving it back counts nothing."""
    stock = Stock({})

    assert not stock
    assert stock.take(lines(tea=1_000_000))
    stock.give_back(lines(tea=1))
    assert stock.left("tea") is None
    assert stock.counted(lines(tea=1)) == []


def test_the_books_win_over_the_configuration() -> None:
    """What the books know of replaces what was supplied, and only that."""
    stock = Stock({"tea": 5, "rice": 5})
    stock.replace({"tea": 2})

    assert (stock.left("tea"), stock.left("rice")) == (2, 5)


def test_a_negative_stock_is_refused() -> None:
    """Nobody can supply less than nothing."""
    with pytest.raises(ValueError, match="tea has -1 units: give 0 or more"):
        Stock({"tea": -1})


BASKET = st.dictionaries(st.sampled_from(["a", "b", "c"]), st.integers(1, 4), min_size=1).map(lambda d: lines(**d))


@given(st.dictionaries(st.sampled_from(["a", "b", "c"]), st.integers(0, 9)), st.lists(st.tuples(BASKET, st.booleans())))
def test_no_order_of_sales_and_returns_goes_below_zero(
    supply: dict[str, int], steps: list[tuple[tuple[Line, ...], bool]]
) -> None:
    """Whatever is sold and returned, what is left and what is out add up to the supply, and neither is negative."""
    stock = Stock(supply)
    out: list[tuple[Line, ...]] = []
    for basket, gives_back in steps:
        if gives_back and out:
            stock.give_back(out.pop())
        elif stock.take(basket):
            out.append(basket)
        for sku, supplied in supply.items():
            left = stock.left(sku)
            assert left is not None
            assert left >= 0
            assert left + sum(line.quantity for held in out for line in held if line.sku == sku) == supplied
