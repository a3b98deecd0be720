"""What a shopper asks for: one prompt for every arrival, with the basket it means and the shopper who asks.

Text, basket and buyer are a function of (seed, index), so a rerun asks the same questions on any number of workers; with a returning
shopper, of the arrival with which the shopper came first too (``returning``). The idempotency key depends on the run as well: a
second run against the same shop must not be answered with the first's orders.
"""

from dataclasses import dataclass

import msgspec

from locustfiles.journeys import prompt_words_en, prompt_words_zh
from locustfiles.journeys.buyers import buyer_of, place_of
from locustfiles.journeys.catalogue import PRODUCTS, Language, Product, Vertical
from locustfiles.journeys.prompt_grammar import Draws, Layout, Table, sentence
from locustfiles.protocols.checkout import BasketItem, Buyer
from locustfiles.protocols.idempotency import uuid_of

LANGUAGE_PERCENT: dict[Language, int] = {"zh": 80, "en": 20}
"""How many of a hundred prompts are in each language."""
VERTICAL_PERCENT: dict[Vertical, int] = {"milk_tea": 50, "groceries": 25, "cinema": 15, "travel": 10}
"""How many of a hundred prompts are of each vertical: mostly drinks, as in the campaign of 2026; the split is ours."""
QUANTITY_PERCENT = {1: 60, 2: 30, 3: 10}
"""How many of a hundred baskets hold so many of their product; ours too."""


class Prompt(msgspec.Struct, frozen=True, gc=False):
    """One shopper's wish in words and in values."""

    id: str
    text: str
    language: Language
    vertical: str
    items: tuple[BasketItem, ...]
    buyer: Buyer
    idempotency_key: str
    returning: bool = False
    """Whether the shopper has wished before in this run."""


@dataclass(frozen=True, slots=True)
class _Order:
    """Everything about a product and a quantity that does not change from prompt to prompt."""

    items: tuple[BasketItem, ...]
    phrases: dict[Language, Table]
    layouts: dict[Language, tuple[Layout, ...]]


def _order(product: Product, quantity: int) -> _Order:
    return _Order(
        (BasketItem(product.sku, quantity),),
        {"zh": prompt_words_zh.orders(product, quantity), "en": prompt_words_en.orders(product, quantity)},
        {"zh": prompt_words_zh.layouts(product, quantity), "en": prompt_words_en.layouts(product, quantity)},
    )


LANGUAGES: tuple[Language, ...] = tuple(name for name, percent in LANGUAGE_PERCENT.items() for _ in range(percent))
_VERTICALS: tuple[Vertical, ...] = tuple(name for name, percent in VERTICAL_PERCENT.items() for _ in range(percent))
QUANTITIES = tuple(quantity for quantity, percent in QUANTITY_PERCENT.items() for _ in range(percent))
_ORDERS = {(product.sku, quantity): _order(product, quantity) for product in PRODUCTS for quantity in QUANTITY_PERCENT}
# What is drawn together is drawn at once: one large table costs less than several small ones.
_KINDS = len(LANGUAGES) * len(_VERTICALS)
_ORDERS_OF: dict[Vertical, tuple[_Order, ...]] = {
    vertical: tuple(
        _ORDERS[product.sku, quantity]
        for quantity in QUANTITIES
        for product in PRODUCTS
        if product.vertical == vertical
    )
    for vertical in VERTICAL_PERCENT
}


def prompt_for(run_id: str, seed: int, index: int, first: int | None = None) -> Prompt:
    """The prompt of arrival ``index`` in a run; ``first`` is the arrival with which its shopper came first, None = it is this one."""
    draws = Draws(f"{seed}/{index}")
    vertical_at, language_at = divmod(draws.below(_KINDS), len(LANGUAGES))
    language, vertical = LANGUAGES[language_at], _VERTICALS[vertical_at]
    order = draws.pick(_ORDERS_OF[vertical])
    if first is None:
        place = place_of(draws, language)
        buyer = buyer_of(draws, language, f"shopper-{seed}-{index}", index, place)
    else:
        before = prompt_for(run_id, seed, first)
        language, buyer, place = before.language, before.buyer, before.buyer.address_line
    text = sentence(draws.pick(order.layouts[language]), draws, draws.pick(order.phrases[language]), place)
    return made_prompt(
        run_id, seed, index, text, language, vertical, order.items, buyer, is_returning=first is not None
    )


def made_prompt(
    run_id: str,
    seed: int,
    index: int,
    text: str,
    language: Language,
    vertical: str,
    items: tuple[BasketItem, ...],
    buyer: Buyer,
    *,
    is_returning: bool = False,
) -> Prompt:
    """A prompt with the id and the key that every prompt of this place in a run has, whatever it says."""
    key = uuid_of(f"{run_id}/{seed}/{index}")
    return Prompt(f"prompt-{seed}-{index}", text, language, vertical, items, buyer, key, is_returning)
