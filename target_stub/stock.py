"""How many units of each product are left: a table that sells whole baskets and never goes below zero.

Pure. Units are held from the moment a payment starts, not while a checkout is open: a shopper who walks away costs nobody
a sale, and whoever pays first has them. They come back when the payment fails and when its order is canceled.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence

from target_stub.checkout_session import Line


class Stock:
    """Units by product; a product that is not in the table has no end."""

    def __init__(self, left: Mapping[str, int]) -> None:
        """Raises ValueError for a negative number of units."""
        below = [sku for sku, units in left.items() if units < 0]
        if below:
            raise ValueError(f"{below[0]} has {left[below[0]]} units: give 0 or more")
        self._left = dict(left)

    def __bool__(self) -> bool:
        return bool(self._left)

    def left(self, sku: str) -> int | None:
        """Units left, or None for a product without an end."""
        return self._left.get(sku)

    def items(self) -> list[tuple[str, int]]:
        """Products that have an end, with their units left."""
        return list(self._left.items())

    def counted(self, lines: Iterable[Line]) -> list[Line]:
        """The lines whose product has an end."""
        return [line for line in lines if line.sku in self._left]

    def short_of(self, lines: Sequence[Line]) -> list[int]:
        """The places of the lines that ask for more than is left."""
        return [place for place, line in enumerate(lines) if line.quantity > self._left.get(line.sku, line.quantity)]

    def take(self, lines: Sequence[Line]) -> bool:
        """Take every line, or none and say so."""
        if self.short_of(lines):
            return False
        for line in self.counted(lines):
            self._left[line.sku] -= line.quantity
        return True

    def give_back(self, lines: Iterable[Line]) -> None:
        """Undo a `take`."""
        for line in self.counted(lines):
            self._left[line.sku] += line.quantity

    def replace(self, left: Mapping[str, int]) -> None:
        """Take over what the books say of the products that they know."""
        self._left.update(left)


def supply_of(text: str, skus: Collection[str]) -> dict[str, int]:
    """Units by product from `50` (of each product) or `pearl-milk-tea=50,cinema-2d=0`.

    Raises ValueError with one sentence for a product that the shop does not sell or a number that is none.
    """
    if text.isdecimal():
        return dict.fromkeys(skus, int(text))
    supply = {}
    for part in text.split(","):
        sku, _, units = part.partition("=")
        if sku not in skus:
            raise ValueError(f"the shop does not sell {sku[:64]!r}; it sells {', '.join(skus)}")
        if not units.isdecimal():
            raise ValueError(f"{units[:64]!r} is no number of {sku}: give 0 or more")
        supply[sku] = int(units)
    return supply
