"""A small shop with baskets, one voucher, stock and books, for servers that each speak their own way; everything on loopback.

What goes wrong is told by the name of the door: an answer in the place of the shop's own, before or after the shop has acted.
"""

import contextlib
import json
import threading
from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from tests.helpers.scripted_server import ScriptedServer, answer_each, scripted_server

PRICE = 1500
VOUCHER, VOUCHER_OFF = "SPRING25", 1499
SPENT_VOUCHER = "WINTER"


@dataclass(frozen=True, slots=True)
class Asked:
    """One request as a shop reads it; ``path`` has its escapes undone, segment by segment."""

    method: str
    path: tuple[str, ...]
    query: dict[str, str]
    headers: dict[str, str]
    body: Any


@dataclass(frozen=True, slots=True)
class Trouble:
    """An answer in the place of the shop's own; ``has_acted`` = after the shop did what it was asked. Empty = the line goes dead."""

    answer: bytes = b""
    has_acted: bool = False


@dataclass
class Basket:
    """What lies in a basket, and what the voucher takes off."""

    name: str
    lines: dict[str, int] = field(default_factory=dict)
    discount: int = 0

    @property
    def subtotal(self) -> int:
        """Before the voucher, in minor units."""
        return PRICE * sum(self.lines.values())

    @property
    def total(self) -> int:
        """What is to be paid, in minor units."""
        return self.subtotal - self.discount


@dataclass
class Order:
    """A basket that was paid under a key."""

    name: str
    key: str
    basket: Basket
    state: str = "placed"


@dataclass
class LittleShop(ABC):
    """Stock, baskets and orders; ``payments`` counts what was charged, ``asked`` keeps every request."""

    stock: int = 100
    takes_cards: bool = True
    names: str = "b {}/x"
    """How baskets are called; by default so that an id must be escaped in a path."""
    trouble: dict[str, list[Trouble]] = field(default_factory=dict)
    baskets: dict[str, Basket] = field(default_factory=dict)
    orders: list[Order] = field(default_factory=list)
    asked: list[Asked] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def answer(self, raw: bytes) -> bytes:
        """The answer to one request."""
        with self._lock:
            asked = read_request(raw)
            self.asked.append(asked)
            door = self.door(asked)
            waiting = self.trouble.get(door, [])
            trouble = waiting.pop(0) if waiting else None
            if trouble is not None and not trouble.has_acted:
                return dead_or(trouble.answer)
            given = self.serve(door, asked)
            return given if trouble is None else dead_or(trouble.answer)

    @abstractmethod
    def door(self, asked: Asked) -> str:
        """The name of what is asked for."""

    @abstractmethod
    def serve(self, door: str, asked: Asked) -> bytes:
        """Do it, and say so in the shop's own way."""

    def open(self) -> Basket:
        """A new basket."""
        basket = Basket(self.names.format(len(self.baskets) + 1))
        self.baskets[basket.name] = basket
        return basket

    def fill(self, basket: Basket, sku: str, quantity: int) -> bool:
        """Put a product in; False when there is not enough of it."""
        if quantity > self.stock:
            return False
        basket.lines[sku] = basket.lines.get(sku, 0) + quantity
        return True

    def place(self, basket: Basket, key: str) -> Order:
        """Charge and order; the same key gives the same order."""
        found = self.find(key=key)
        if found is None:
            self.stock -= sum(basket.lines.values())
            found = Order(f"o-{len(self.orders) + 1}", key, basket)
            self.orders.append(found)
        return found

    def find(self, **wanted: str) -> Order | None:
        """The order with this name, key or basket."""
        facts = (({"name": order.name, "key": order.key, "basket": order.basket.name}, order) for order in self.orders)
        return next((order for told, order in facts if told.items() >= wanted.items()), None)


def dead_or(answer: bytes) -> bytes:
    """The answer; with none the connection is closed."""
    if not answer:
        raise ConnectionError
    return answer


def read_request(raw: bytes) -> Asked:
    """A request's parts."""
    head, _, body = raw.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    method, target, _ = first.split(" ")
    parts = urlsplit(target)
    headers = dict(line.split(": ", 1) for line in lines)
    query = {name: values[0] for name, values in parse_qs(parts.query).items()}
    path = tuple(unquote(segment) for segment in parts.path.split("/")[1:])
    return Asked(method, path, query, headers, json.loads(body) if body else None)


def reply(status: int, value: Any, **headers: str) -> bytes:
    """An answer on the wire; text goes as HTML, anything else as JSON. An underscore in a header's name stands for a dash."""
    body = value.encode() if isinstance(value, str) else json.dumps(value).encode()
    kind = "text/html" if isinstance(value, str) else "application/json"
    told = {"Content-Type": kind, "Content-Length": str(len(body))}
    told |= {name.replace("_", "-"): text for name, text in headers.items()}
    lines = "".join(f"{name}: {text}\r\n" for name, text in told.items())
    return f"HTTP/1.1 {status} Told\r\n{lines}\r\n".encode() + body


@contextlib.contextmanager
def on_loopback(shop: LittleShop) -> Iterator[ScriptedServer]:
    """The shop on a real socket."""
    with scripted_server([answer_each(shop.answer)]) as server:
        yield server
