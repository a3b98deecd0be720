"""The shop without an assistant: the basket is the prompt's own, and the purchase begins with the checkout session."""

from locustfiles.arrivals.arrival import Arrival
from locustfiles.journeys.prompts import Prompt
from locustfiles.journeys.purchase import check_out
from locustfiles.journeys.storefront import Storefront
from locustfiles.journeys.wish import Wish


def checkout_only(store: Storefront, prompt: Prompt, arrival: Arrival) -> Wish:
    """Try to buy what the prompt means, starting at the arrival's intended time; how it ended."""
    wish = store.write_ahead(prompt, arrival)
    return check_out(store, wish, prompt.items)
