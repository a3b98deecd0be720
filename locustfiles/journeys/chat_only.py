"""The assistant alone: a prompt is put to it, and the wish is done when its answer does what was asked for.

With items to hold a tool call against, that is the call; without the tool or without items, a whole answer with text.
"""

from locustfiles.arrivals.arrival import Arrival
from locustfiles.journeys.prompts import Prompt
from locustfiles.journeys.storefront import Storefront
from locustfiles.journeys.wish import Wish


def chat_only(store: Storefront, prompt: Prompt, arrival: Arrival) -> Wish:
    """Ask, starting at the arrival's intended time; how it ended."""
    wish = store.write_ahead(prompt, arrival)
    store.ask(wish)
    return store.end(wish)
