"""``self.checkout`` of a shopper: the storefront's verbs for the present task's wish.

Every verb gives what the next one needs, or None when it did not get it; None that is handed on is answered with None and nothing is
sent. A refused shopper repeats a step as ``--retry`` says.
"""

from collections.abc import Callable
from typing import TypeVar

from locustfiles.journeys.own_wish import OwnWish
from locustfiles.journeys.storefront import Storefront
from locustfiles.journeys.wish import Wish
from locustfiles.protocols.campaign import Card
from locustfiles.protocols.checkout import BasketItem, CheckoutSession

Told = TypeVar("Told")


class Checkout:
    """The purchase steps of one shopper; ``wish`` gives the present task's wish, written ahead."""

    def __init__(self, wish: Callable[[], OwnWish]) -> None:
        """Send nothing yet."""
        self._wish = wish

    def ask(self) -> tuple[BasketItem, ...] | None:
        """Put the wish's prompt to the assistant; the basket that it understood."""
        return self._step(lambda store, wish: store.ask(wish))

    def open(self, items: tuple[BasketItem, ...] | None) -> CheckoutSession | None:
        """Open a session for the basket."""
        return None if items is None else self._step(lambda store, wish: store.open_checkout(wish, items))

    def claim_card(self) -> Card | None:
        """The free-order card; None when it was not to be had, when the shopper had it before, and when the target gives none."""
        return self._step(lambda store, wish: store.claim_card(wish))

    def apply_card(self, session: CheckoutSession | None, card: Card | None) -> CheckoutSession | None:
        """Choose delivery and apply the card, when the target gives the shopper one."""
        if session is None or (card is None and self._is_card_due()):
            return None
        return self._step(lambda store, wish: store.apply_card(wish, session, card))

    def pay(self, session: CheckoutSession | None) -> CheckoutSession | None:
        """Complete the session; with an order id the wish is confirmed."""
        return None if session is None else self._step(lambda store, wish: store.pay(wish, session))

    def _is_card_due(self) -> bool:
        own = self._wish()
        return own.store.gives_cards and not own.wish.has_no_card_due

    def _step(self, verb: Callable[[Storefront, Wish], Told]) -> Told:
        own = self._wish()
        own.wish.next_intended_ns = own.next_start_ns()
        told = verb(own.store, own.wish)
        own.checked_out()
        return told
