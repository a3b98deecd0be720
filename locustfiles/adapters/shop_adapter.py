"""A shop of one's own: one class of four verbs, written against values alone, without sockets.

    create       opens a basket              -> a session with its id
    apply_card   delivery and voucher        -> the session, with what the voucher took off
    pay          the payment, under a key    -> the session with the order's id
    read_order   what the shop's books say   -> the order: id, items, amount; or ``no_order()``, ``pending()``

A verb is a generator: it yields a ``Request``, is given the ``Answer``, and returns a session or a no (``declined``, ``refused``,
``degraded``), which it may raise as well. It says only what the shop's own words mean. Before it sees an answer, the generic rules
have dealt with faults, 5xx, 429 and other throttles, waiting rooms and captchas; after it, whatever it raises is an outcome and never
a crash. An answer that is refused is asked for again: the verb is then played once more with the answers that it had, so it must
ask the same when it is told the same. One object serves all shoppers of a worker: nothing of a shopper is kept on ``self``.
"""

from abc import ABC, abstractmethod
from collections.abc import Generator, Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from difflib import get_close_matches
from typing import Any

import msgspec

from locustfiles.protocols.acp import MAX_ID_CHARACTERS
from locustfiles.protocols.checkout import BasketItem, Buyer, CheckoutSession
from locustfiles.protocols.service_error import MAX_NUMBER, MESSAGE_CHARACTERS, excerpt, whole_number
from reports.run_record.outcome import Outcome, Reason

NO_ORDER, PENDING, TOLD = "no_order", "pending", "told"
"""What a session's status says to the till; a shop's own words for its states stay in the adapter."""
_MAX_ITEMS = 100
_LONGEST_REASON = 40


@dataclass(frozen=True, slots=True)
class Request:
    """One request: ``json`` is encoded, ``data`` goes as it is; the target's own headers come with every request."""

    method: str
    path: str
    json: Any = None
    data: bytes | str = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    key: str = ""
    """Sent as ``Idempotency-Key``. Only a payment that carries its key, here or in its body, is ever repeated after a doubt."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole answer. Names of headers are lower-case."""

    status: int
    headers: Mapping[str, str]
    content: bytes

    @property
    def text(self) -> str:
        """The body as text, with replacement characters where it is not UTF-8."""
        return self.content.decode("utf-8", "replace")

    def json(self) -> Any:
        """The body as JSON; None when it is none."""
        try:
            return msgspec.json.decode(self.content)
        except (msgspec.DecodeError, UnicodeError, RecursionError):
            return None


class ShopSession(CheckoutSession, frozen=True, gc=True):
    """A session or an order as the shop told it; ``notes`` is whatever the next verb needs (a token, a version), on no record."""

    notes: Any = None


class No(Exception):  # noqa: N818 - a shop's no is an answer like another, and no error of anybody's
    """What a shop said instead of going on: a verb returns or raises it. ValueError for a reason that no report knows."""

    def __init__(self, outcome: Outcome, reason: str, words: str, retry_after_s: float | None = None) -> None:
        super().__init__(outcome, reason)
        if reason not in set(Reason):
            near = get_close_matches(reason, list(Reason), 1)
            known = f"did you mean {str(near[0])!r}?" if near else f"known are {', '.join(filter(None, Reason))}."
            # A longer text is the target's and not the author's: cut, it could hold a part of a secret that nobody recognises.
            told = repr(reason) if len(reason) <= _LONGEST_REASON else "of so many characters"
            raise ValueError(f"There is no reason {told}; {known}")
        self.outcome = outcome
        self.reason = Reason(reason)
        self.words = str(words)[:MESSAGE_CHARACTERS]
        self.retry_after_s = retry_after_s


def declined(reason: str = "", words: object = "") -> No:
    """A correct business no: ``out_of_stock``, ``payment_declined``, ``bad_coupon``, ``sold_out`` or no name at all."""
    return No(Outcome.DECLINED, reason, str(words))


def refused(reason: str = "busy_canned", words: object = "", *, retry_after_s: float | None = None) -> No:
    """A no because of load that only this shop says so: soft in a 2xx, hard in any other status."""
    return No(Outcome.REFUSED_SOFT, reason, str(words), retry_after_s)


def degraded(reason: str = "no_progress", words: object = "") -> No:
    """An answer that does not do the task. When its words say busy, it counts as refused; in ``pay`` the books are read first."""
    return No(Outcome.DEGRADED, reason, str(words))


Verb = Generator[Request, Answer, ShopSession | No]


class ShopAdapter(ABC):
    """A shop's checkout in its own words. Subclasses give the four verbs and may set the class attributes."""

    reads: int = 3
    """How often an order is read back before it is left in doubt."""
    read_pause_s: float = 0.5
    """The pause before each further reading, in seconds: how long the shop's books may lag behind its answers."""
    most_requests: int = 20
    """The most requests of one verb: an adapter that asks until it is content must not ask for ever."""

    def __init__(
        self, *, currency: str = "CNY", country: str = "CN", payment_handler: str = "", credential: str = ""
    ) -> None:
        """Take what the target file says; ``credential`` is what payments are made with."""
        self.currency = currency
        self.country = country
        self.payment_handler = payment_handler
        self.credential = credential

    @abstractmethod
    def create(self, items: tuple[BasketItem, ...], buyer: Buyer, key: str) -> Verb:
        """Open a basket with these items; ``key`` is this step's idempotency key."""

    @abstractmethod
    def apply_card(self, session: ShopSession, code: str | None, key: str) -> Verb:
        """Choose delivery and, when there is a code, apply it; tell ``discount_minor``, else the discount counts as missing."""

    @abstractmethod
    def pay(self, session: ShopSession, key: str) -> Verb:
        """Pay; the session must come back with an ``order_id``. ``key`` is the wish's own and never changes."""

    @abstractmethod
    def read_order(self, session: ShopSession, key: str) -> Verb:
        """Read what the books say; ``session.order_id`` is None when the payment's answer was lost, so find it by session or key."""

    def session(
        self,
        session_id: object,
        *,
        items: Iterable[tuple[object, object]] | None = None,
        price_minor: int | None = None,
        fulfillment_minor: int | None = None,
        discount_minor: int | None = None,
        amount_minor: int | None = None,
        order_id: object = None,
        notes: Any = None,
    ) -> ShopSession:
        """What the shop told, amounts in minor units; what is left out is as the verb before told it.

        ValueError when something is not of its kind: ids are text or whole numbers, quantities and amounts whole numbers.
        """
        amounts = (price_minor, fulfillment_minor, discount_minor, amount_minor)
        price, fulfillment, discount, amount = (None if one is None else _whole(one, "amount") for one in amounts)
        return ShopSession(
            id=_name(session_id, "session id"),
            status=TOLD,
            currency=self.currency,
            items=() if items is None else _items(items),
            price_minor=price,
            fulfillment_minor=fulfillment,
            discount_minor=discount,
            amount_minor=amount,
            option_ids=(),
            applied_codes=(),
            rejected_codes=(),
            messages=(),
            order_id=None if order_id is None else _name(order_id, "order id"),
            notes=notes,
        )

    def no_order(self, session: ShopSession) -> ShopSession:
        """``read_order`` found that the shop has no order for this session."""
        return msgspec.structs.replace(session, status=NO_ORDER, order_id=None)

    def pending(self, session: ShopSession) -> ShopSession:
        """``read_order`` found that the payment is still being made: it is read again."""
        return msgspec.structs.replace(session, status=PENDING)


def minor_units(amount: object, digits: int = 2) -> int:
    """An amount such as ``"12.50"`` or 12.5 in minor units; ValueError when it is none, or finer than a minor unit."""
    try:
        minor = Decimal(str(amount)[:MAX_ID_CHARACTERS]).scaleb(digits)
    except ArithmeticError:
        raise ValueError(f"{excerpt(str(amount))!r} is no amount.") from None
    if not minor.is_finite() or abs(minor) > MAX_NUMBER or minor != minor.to_integral_value():
        raise ValueError(f"{excerpt(str(amount))!r} is no amount in whole minor units.")
    return int(minor)


def _name(value: object, what: str) -> str:
    text = str(value) if isinstance(value, int) and not isinstance(value, bool) else value
    if not isinstance(text, str) or not text or len(text) > MAX_ID_CHARACTERS:
        raise ValueError(f"The shop told {excerpt(repr(value))} as {what}.")
    return text


def _whole(value: object, what: str) -> int:
    number = whole_number(value)
    if number is None:
        raise ValueError(f"The shop told {excerpt(repr(value))} as {what}; tell whole minor units (see minor_units).")
    return number


def _items(items: Iterable[tuple[object, object]]) -> tuple[BasketItem, ...]:
    """Quantity by product: lines that repeat a product add up."""
    quantities: dict[str, int] = {}
    for sku, quantity in items:
        name = _name(sku, "product")
        quantities[name] = quantities.get(name, 0) + _whole(quantity, "quantity")
        if len(quantities) > _MAX_ITEMS:
            raise ValueError(f"The shop told more than {_MAX_ITEMS} products.")
    return tuple(BasketItem(sku, quantity) for sku, quantity in quantities.items())
