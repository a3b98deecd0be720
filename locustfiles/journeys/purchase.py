"""One purchase, top to bottom: a prompt becomes a tool call, a checkout, a card, a payment, an order id.

The write-ahead row exists before the first byte is sent. Every step leaves a record; the first step that does not get what it
asked for ends the wish, and its outcome is the wish's outcome.
"""

from locustfiles.arrivals.arrival import Arrival
from locustfiles.journeys.prompts import Prompt
from locustfiles.journeys.storefront import Storefront
from locustfiles.journeys.wish import Wish
from locustfiles.protocols.checkout import BasketItem


def purchase(store: Storefront, prompt: Prompt, arrival: Arrival) -> Wish:
    """Try to buy what the prompt asks for, starting at the arrival's intended time; how it ended."""
    wish = store.write_ahead(prompt, arrival)

    items = store.ask(wish)
    if items is None:
        return store.end(wish)
    return check_out(store, wish, items)


def check_out(store: Storefront, wish: Wish, items: tuple[BasketItem, ...]) -> Wish:
    """Try to buy the basket, with the card when the target gives the shopper one; how it ended."""
    session = store.open_checkout(wish, items)
    if session is None:
        return store.end(wish)

    card = None
    if store.gives_cards:
        card = store.claim_card(wish)
        if card is None and not wish.has_no_card_due:
            return store.end(wish)

    session = store.apply_card(wish, session, card)
    if session is None:
        return store.end(wish)

    store.pay(wish, session)
    return store.end(wish)
