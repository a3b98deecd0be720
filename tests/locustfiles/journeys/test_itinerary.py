"""What a target's journey is made of."""

import pytest

from locustfiles.journeys.itinerary import JOURNEYS, spoken_to, steps_of
from locustfiles.target.target import CardService, ChatService, CheckoutService, Target

CHAT = ChatService("https://chat.test", "m")
SHOP = CheckoutService("ucp", "https://shop.test", version="2026-04-08")
DOOR = CardService("door")


@pytest.mark.parametrize(
    ("target", "steps", "words"),
    [
        pytest.param(
            Target("t", chat=CHAT, checkout=SHOP, cards=DOOR),
            ("chat", "create", "claim_card", "apply_card", "pay"),
            "chat completions, UCP 2026-04-08, campaign",
            id="whole",
        ),
        pytest.param(
            Target("t", chat=CHAT, checkout=SHOP, cards=CardService("codes", codes=("A",))),
            ("chat", "create", "apply_card", "pay"),
            "chat completions, UCP 2026-04-08, fixed codes",
            id="with codes",
        ),
        pytest.param(
            Target("t", "checkout-only", chat=CHAT, checkout=SHOP, cards=DOOR),
            ("create", "claim_card", "apply_card", "pay"),
            "UCP 2026-04-08, campaign",
            id="the checkout alone",
        ),
        pytest.param(
            Target("t", "chat-only", chat=CHAT, checkout=SHOP), ("chat",), "chat completions", id="the chat alone"
        ),
        pytest.param(
            Target("t", "checkout-only", checkout=CheckoutService("adapter", "https://s.test", adapter="a.py:MyShop")),
            ("create", "apply_card", "pay"),
            "MyShop, no cards",
            id="an adapter",
        ),
    ],
)
def test_steps(target: Target, steps: tuple[str, ...], words: str) -> None:
    """A journey has the steps of its doors, in order, and the record says what is spoken."""
    assert (steps_of(target), spoken_to(target)) == (steps, words)
    assert target.journey in JOURNEYS
