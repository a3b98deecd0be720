"""Which prompts a run's shoppers bring: drawn ones about Springtide's own goods or a shop's catalogue, or those of a file.

Every source gives a prompt for an arrival's index, the same on every worker and in every run of a seed.
"""

import random
from collections.abc import Callable
from functools import partial

from locustfiles.journeys.buyers import buyer_of, place_of
from locustfiles.journeys.prompt_file import FilePrompt, read_prompts
from locustfiles.journeys.prompt_grammar import Draws
from locustfiles.journeys.prompts import LANGUAGES, QUANTITIES, Prompt, made_prompt, prompt_for
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


def prompts_of(target: Target, run_id: str, seed: int) -> PromptSource:
    """The prompts of a run against this target."""
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

    def at(self, index: int) -> Prompt:
        """The prompt of arrival ``index``."""
        told = self._prompts[index % len(self._prompts)]
        draws = Draws(f"{self._seed}/{index}")
        buyer = buyer_of(draws, told.language, f"shopper-{self._seed}-{index}", index, place_of(draws, told.language))
        return made_prompt(self._run_id, self._seed, index, told.text, told.language, told.vertical, told.items, buyer)


def foreign_prompt(goods: tuple[Goods, ...], run_id: str, seed: int, index: int) -> Prompt:
    """A drawn prompt about one of a shop's own goods, each as likely as another; in Chinese only when it has a Chinese name."""
    draws = Draws(f"{seed}/{index}")
    product, quantity, language = draws.pick(goods), draws.pick(QUANTITIES), draws.pick(LANGUAGES)
    if not product.name_zh:
        language = "en"
    place = place_of(draws, language)
    buyer = buyer_of(draws, language, f"shopper-{seed}-{index}", index, place)
    order = f"{quantity}件{product.name_zh}" if language == "zh" else f"{quantity} x {product.name}"
    layout = draws.pick(_ZH if language == "zh" else _EN)
    text = layout.replace("{place}", place).replace("{order}", order)
    return made_prompt(
        run_id, seed, index, text, language, product.vertical, (BasketItem(product.sku, quantity),), buyer
    )
