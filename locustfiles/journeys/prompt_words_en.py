"""How shoppers write in English: plurals, tables and layouts by product.

Before the order stands no number and no article, so that every reader finds one quantity. Where the plural would break the
catalogue's name ("two trays of 30 eggs"), more than one is asked for as in a shopping list: "two tray of 30 eggs".
"""

from collections.abc import Callable

from locustfiles.journeys.catalogue import Product
from locustfiles.journeys.prompt_grammar import Layout, Table, layout

_WORDS = {2: "two", 3: "three"}
_OPENERS: Table = ("", "", "", "Hi! ", "Hello. ", "Hey there! ", "Good evening! ", "Hey Qwen! ", "Morning! ")
_CARDS: Table = (
    *("",) * 5,
    " Use my free-order card.",
    " Please pay with the free-order card.",
    " I have got the free-order card, use it.",
    " The free-order card goes on this, please.",
    " Apply my free-order card at checkout.",
)
_THANKS: Table = (
    "",
    "",
    "",
    " Thanks!",
    " Thank you.",
    " Cheers!",
    " Thanks a lot!",
    " Much appreciated.",
    " You are the best!",
)
_CLOCKS: Table = ("10 am", "11:30", "noon", "3 pm", "half past four", "6 pm", "19:30", "8 pm")
_DAYS: Table = ("today", "tomorrow", "on Friday", "on Saturday", "on Sunday", "on 14 February", "on New Year's Eve")

# Each text is a whole beginning of a sentence, without its end.
_STATEMENTS: Table = (
    "Please order {order}",
    "I'd like {order}",
    "I would like to order {order}",
    "Get me {order}",
    "Please get me {order}",
    "I want {order}",
    "Order {order} for me",
    "Help me buy {order}",
    "I need {order}",
)
_QUESTIONS: Table = (
    "Could I get {order}",
    "Can you order {order} for me",
    "May I have {order}",
    "Could you please buy {order}",
    "Would you get me {order}",
)
_LISTS: Table = (
    "Shopping list: {order}",
    "To order: {order}",
    "My basket: {order}",
    "Please add: {order}",
    "Order: {order}",
)

_TEA_SLANG: Table = ("Craving {order} so badly", "Tea o'clock! Need {order} asap", "Treat day, grab me {order}")
_SUGAR: Table = (
    "full sugar",
    "half sugar",
    "less sugar",
    "30% sugar",
    "70% sugar",
    "no added sugar",
    "normal sweetness",
)
_ICE: Table = ("normal ice", "less ice", "no ice", "extra ice")
_ICE_OR_HOT: Table = (*_ICE, "hot", "warm")
_COLD_ONLY = ("mango-sago", "lemon-tea")
_SENDS: Table = (
    "delivered to {place}",
    "sent to {place}",
    "to {place}",
    "delivered to {place} as soon as you can",
    "delivered to {place} before {clock}",
    "at {place} by {clock}",
    "delivered to {place} around {clock}",
)

_FILM_SLANG: Table = ("Movie night! Grab me {order}", "Before they sell out, get me {order}")
_SEATS_FOR_ONE: Table = ("in the middle", "near the back", "on the aisle", "not too close to the screen", "any seat")
_SEATS_TOGETHER: Table = (
    "seats together",
    "side by side",
    "next to each other near the back",
    "together in the middle",
)
_CINEMAS: Table = (
    "at Chunchao Cinema",
    "at Wangchao Pictures",
    "at Starriver Cinema",
    "at whichever cinema is near {place}",
)
_POPCORN_SLANG: Table = ("No film without {order}", "Snack time, get me {order}")
_POPCORN_WISHES: Table = (
    "caramel please",
    "salty please",
    "cola without ice",
    "lemonade instead of cola",
    "freshly popped",
)

_RAIL_SLANG: Table = ("Going home for Spring Festival, get me {order}", "Business trip, book me {order}")
_RAIL_TIMES: Table = (
    "in the morning",
    "in the afternoon",
    "around {clock}",
    "after {clock}",
    "at whatever time is free",
)
_RAIL_SEATS: Table = ("second class", "first class", "window seat", "aisle seat", "quiet carriage if possible")
_BOAT_SLANG: Table = ("Lovely weather, book me {order}", "Off to the lake, get me {order}")
_BOAT_WISHES: Table = ("in the morning", "around {clock}", "at sunset", "from the Broken Bridge pier")
_BUS_SLANG: Table = ("Early flight, book me {order}", "Too much luggage, get me {order}")
_BUS_WISHES: Table = ("at half past six", "around {clock}", "from Wulin Gate", "from the railway station")

_GROCERY_SLANG: Table = (
    "The fridge is empty, get me {order}",
    "For my parents: {order}",
    "Too lazy to go out, send me {order}",
)
_GROCERY_WISHES: dict[str, Table] = {
    "eggs-30": ("none of them cracked", "the freshest date", "wrapped well"),
    "milk-12": ("the freshest date", "long shelf life", "box undamaged"),
    "rice-5kg": ("new harvest", "carried upstairs", "no torn bag"),
    "dumplings-1kg": ("kept frozen", "with ice packs", "not thawed"),
    "strawberries": ("big and sweet", "handled gently", "no bruises"),
    "tangerines": ("thin skin", "sweet ones", "no bad ones"),
}


def orders(product: Product, quantity: int) -> Table:
    """The ways to write how many of what, such as "two pearl milk teas"."""
    if quantity == 1:
        article = "an" if product.en[0] in "aeiouAEIOU" else "a"
        return (f"{article} {product.en}", f"{article} {product.en}", f"one {product.en}")
    name = f"{product.en}s" if _takes_plural(product) else product.en
    words = (f"{_WORDS[quantity]} {name}",) * 2
    # "2 2D film tickets" and "2 5 kg bag" are no reading.
    return words if name[0].isdigit() else (*words, f"{quantity} {name}")


def layouts(product: Product, quantity: int) -> tuple[Layout, ...]:
    """The sentences that may ask for ``quantity`` of ``product``."""
    slang, *wishes = _WAYS[product.vertical](product, quantity)
    as_list = quantity > 1 and not _takes_plural(product)
    asks = ((_LISTS, "."),) if as_list else (((*_STATEMENTS, *slang), "."), (_QUESTIONS, "?"))
    return tuple(layout(_OPENERS, ask, ", ", *parts, mark, _CARDS, _THANKS) for parts in wishes for ask, mark in asks)


def _takes_plural(product: Product) -> bool:
    return product.vertical in ("milk_tea", "cinema") or product.sku in ("west-lake-boat", "airport-bus")


def _tea(product: Product, _: int) -> tuple[Table, Layout, Layout]:
    taste = layout(_SUGAR, (", ", " and "), _ICE if product.sku in _COLD_ONLY else _ICE_OR_HOT)
    return _TEA_SLANG, (*taste, *layout(", ", _timed(_SENDS))), (*layout(_timed(_SENDS), ", "), *taste)


def _groceries(product: Product, _: int) -> tuple[Table, Layout, Layout]:
    wishes, sends = _GROCERY_WISHES[product.sku], _timed(_SENDS)
    return _GROCERY_SLANG, layout(wishes, ", ", sends), layout(sends, ", ", wishes)


def _cinema(product: Product, quantity: int) -> tuple[Table, Layout]:
    if product.sku == "popcorn-combo":
        return _POPCORN_SLANG, layout(_POPCORN_WISHES, ", ready for pick-up at ", _CLOCKS)
    seats = _SEATS_FOR_ONE if quantity == 1 else _SEATS_TOGETHER
    return _FILM_SLANG, layout(_DAYS, (" at ", " around "), _CLOCKS, ", ", seats, ", ", _CINEMAS)


def _travel(product: Product, _: int) -> tuple[Table, Layout]:
    if product.sku == "west-lake-boat":
        return _BOAT_SLANG, layout(_DAYS, " ", _timed(_BOAT_WISHES))
    if product.sku == "airport-bus":
        return _BUS_SLANG, layout(_DAYS, " ", _timed(_BUS_WISHES))
    return _RAIL_SLANG, layout(_DAYS, " ", _timed(_RAIL_TIMES), ", ", _RAIL_SEATS)


_WAYS: dict[str, Callable[[Product, int], tuple[Table, *tuple[Layout, ...]]]] = {
    "milk_tea": _tea,
    "groceries": _groceries,
    "cinema": _cinema,
    "travel": _travel,
}


def _timed(table: Table) -> Table:
    """The table with every clock time written out; a text without a time counts double, so that it is not drowned."""
    timed = [text.replace("{clock}", clock) for text in table for clock in _CLOCKS if "{clock}" in text]
    return (*timed, *(text for text in table if "{clock}" not in text for _ in range(2)))
