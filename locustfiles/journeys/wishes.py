"""Which prompts a run's shoppers bring: drawn ones about Springtide's own goods or a shop's catalogue, or those of a file.

Every source gives a prompt for an arrival's index, the same on every worker and in every run of a seed. A returning shopper wishes
something else and is the same person: name, address, phone and mail, and the language too where prompts are drawn.
"""

import random
from collections.abc import Callable
from functools import partial
from typing import Protocol

from locustfiles.journeys.buyers import buyer_of, place_of
from locustfiles.journeys.prompt_file import FilePrompt, read_prompts
from locustfiles.journeys.prompt_grammar import Draws
from locustfiles.journeys.prompts import LANGUAGES, QUANTITIES, Prompt, made_prompt, prompt_for
from locustfiles.journeys.returning import Returning
from locustfiles.protocols.checkout import BasketItem
from locustfiles.target.target import Goods, Target

PromptSource = Callable[[int], Prompt]
_ZH = (
    *("我想买{order}，送到{place}。", "帮我下单{order}，地址是{place}，谢谢。", "来{order}，送到{place}"),
    *("麻烦买{order}，寄到{place}", "{order}，送{place}，用我的优惠", "在吗？想要{order}，地址{place}"),
)
_EN = (
    *(
        "I'd like {order}, delivered to {place}.",
        "Please order {order} to {place}, thanks.",
        "Get me {order}. Deliver to {place}",
    ),
    *(
        "Can you buy {order} for me? Address: {place}",
        "{order} to {place} please, with my coupon.",
        "Order {order}, ship to {place}.",
    ),
)


class _Source(Protocol):
    def __call__(self, index: int, first: int | None = None) -> Prompt:
        """The prompt of arrival ``index``; ``first`` is the arrival with which its shopper came first, None = it is this one."""
        ...


def prompts_of(target: Target, run_id: str, returning: Returning) -> PromptSource:
    """The prompts of a run against this target."""
    source = _source_of(target, run_id, returning.seed)
    if not returning.share:
        return source

    def prompt(index: int) -> Prompt:
        first = returning.first(index)
        return source(index, first if first != index else None)

    return prompt


def _source_of(target: Target, run_id: str, seed: int) -> _Source:
    if target.prompts:
        return FilePrompts(read_prompts(target.prompts, target.goods), run_id, seed).at
    if target.goods:
        return partial(foreign_prompt, target.goods, run_id, seed)
    return partial(prompt_for, run_id, seed)


class FilePrompts:
    """The prompts of a file in a seeded order, each once before any comes again."""

    def __init__(self, prompts: tuple[FilePrompt, ...], run_id: str, seed: int) -> None:
        """Shuffle them."""
        self._prompts = list(prompts)
        random.Random(seed).shuffle(self._prompts)
        self._run_id, self._seed = run_id, seed

    def at(self, index: int, first: int | None = None) -> Prompt:
        """The prompt of arrival ``index``; ``first`` is the arrival with which its shopper came first, None = it is this one."""
        told = self._prompts[index % len(self._prompts)]
        if first is None:
            draws = Draws(f"{self._seed}/{index}")
            place = place_of(draws, told.language)
            buyer = buyer_of(draws, told.language, f"shopper-{self._seed}-{index}", index, place)
        else:
            buyer = self.at(first).buyer
        return made_prompt(
            self._run_id, self._seed, index, told.text, told.language, told.vertical, told.items, buyer,
            is_returning=first is not None,
        )  # fmt: skip


def foreign_prompt(goods: tuple[Goods, ...], run_id: str, seed: int, index: int, first: int | None = None) -> Prompt:
    """A drawn prompt about one of a shop's own goods, each as likely as another; in Chinese only when it has a Chinese name.

    ``first`` is the arrival with which its shopper came first, None = it is this one.
    """
    draws = Draws(f"{seed}/{index}")
    product, quantity, language = draws.pick(goods), draws.pick(QUANTITIES), draws.pick(LANGUAGES)
    before = None if first is None else foreign_prompt(goods, run_id, seed, first)
    if before is not None:
        language = before.language
    if not product.name_zh:
        language = "en"
    if before is None:
        place = place_of(draws, language)
        buyer = buyer_of(draws, language, f"shopper-{seed}-{index}", index, place)
    else:
        buyer, place = before.buyer, before.buyer.address_line
    order = f"{quantity}件{product.name_zh}" if language == "zh" else f"{quantity} x {product.name}"
    layout = draws.pick(_ZH if language == "zh" else _EN)
    text = layout.replace("{place}", place).replace("{order}", order)
    items = (BasketItem(product.sku, quantity),)
    return made_prompt(
        run_id, seed, index, text, language, product.vertical, items, buyer, is_returning=first is not None
    )
