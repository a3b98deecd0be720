"""What a run's shoppers do at its target: the journey by the target's word, and the requests that it is made of."""

from collections.abc import Callable

from locustfiles.arrivals.arrival import Arrival
from locustfiles.journeys.chat_only import chat_only
from locustfiles.journeys.checkout_only import checkout_only
from locustfiles.journeys.prompts import Prompt
from locustfiles.journeys.purchase import purchase
from locustfiles.journeys.storefront import Storefront
from locustfiles.target.target import Journey, Target
from reports.run_record.outcome import CHAT, CLAIM_CARD, PURCHASE_STEPS

JOURNEYS: dict[Journey, Callable[[Storefront, Prompt, Arrival], object]] = {
    "whole": purchase,
    "chat-only": chat_only,
    "checkout-only": checkout_only,
}


def steps_of(target: Target) -> tuple[str, ...]:
    """The requests of the target's journey, in order."""
    if target.journey == "chat-only":
        return (CHAT,)
    left_out = {CHAT} if target.journey == "checkout-only" else set()
    if target.cards.source != "door":
        left_out.add(CLAIM_CARD)
    return tuple(step for step in PURCHASE_STEPS if step not in left_out)


def spoken_to(target: Target) -> str:
    """What the target's journey speaks, in words for the record."""
    words = ["chat completions"] if target.journey != "checkout-only" else []
    shop = target.checkout
    if shop is not None and target.journey != "chat-only":
        words.append(
            f"{shop.protocol.upper() if shop.protocol != 'adapter' else shop.adapter.rpartition(':')[2]} {shop.version}".rstrip()
        )
        words.append({"door": "campaign", "codes": "fixed codes", "none": "no cards"}[target.cards.source])
    return ", ".join(words)
