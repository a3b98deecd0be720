"""The Agentic Commerce Protocol, version 2026-04-17, from the agent's side: values in, bytes out, and back.

Requests conform exactly: an item has no quantity, so it is repeated; codes travel in ``discounts.codes``; null is
never sent. Replies are read leniently: unknown members are ignored, and what is absent is "not told". Text is bounded
where it is kept.

This module must not know sockets, nor what a reply is worth.
"""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import msgspec

from locustfiles.protocols.checkout import (
    BasketItem,
    Buyer,
    CheckoutReply,
    CheckoutSession,
    Message,
    ProtocolFault,
)
from locustfiles.protocols.http_request import RequestTemplate, checked_base_path, common_headers
from locustfiles.protocols.quirks import NO_QUIRKS, checked_quirks
from locustfiles.protocols.service_error import (
    CODE_CHARACTERS,
    MAX_NUMBER,
    MESSAGE_CHARACTERS,
    error_in,
    excerpt,
    service_error,
)

API_VERSION = "2026-04-17"
PAYMENT_HANDLER = "card"
PAYMENT_TOKEN = "spt_test_springtide"  # noqa: S105 - a test token: it buys nothing
MAX_ID_CHARACTERS = 255
_MAX_ENTRIES = 100
QUIRKS = {"item_quantity": ("repeat", "send"), "items_key": ("line_items", "items")}
"""Switches of the published text's defects, each with its words, the default first. A request's item has no quantity in
the schema, but prose and examples send one; and they say ``items`` where the schema has ``line_items``."""
_HANDLERS = b'"handlers"'
"""Stands in a session that offers payment handlers: few do, and the rest are spared a second look."""
_LOWEST_SUCCESS, _HIGHEST_SUCCESS = 200, 299


class AcpDialect:
    """The verbs of a checkout as ACP requests. ``host`` is the Host header's value, ``headers`` go with every request.

    ``X-Shopper-Id`` goes with ``create`` alone: the other verbs have no buyer, and the session belongs to that
    shopper anyway. Raises ValueError for a quirk that there is not (``QUIRKS``), and when host, path, a header or an
    idempotency key cannot stand in a request's head.
    """

    def __init__(
        self,
        host: str,
        *,
        headers: Mapping[str, str],
        base_path: str = "",
        currency: str = "cny",
        country: str = "CN",
        payment_handler: str = "",
        credential: str = "",
        quirks: Mapping[str, str] = NO_QUIRKS,
    ) -> None:
        """Encode the parts of the requests that never vary.

        ``payment_handler`` "" is the first that the session offers, else ``card``; ``credential`` "" is a test token.
        """
        common = common_headers(host, headers, API_Version=API_VERSION)
        posted = {**common, "Content-Type": "application/json"}
        sessions = f"{checked_base_path(base_path)}/checkout_sessions"
        keys = ("Idempotency-Key", "Request-Id")
        self._create = RequestTemplate("POST", sessions, headers=posted, varying=(*keys, "X-Shopper-Id"))
        self._update = RequestTemplate("POST", f"{sessions}/{{}}", headers=posted, varying=keys)
        self._complete = RequestTemplate("POST", f"{sessions}/{{}}/complete", headers=posted, varying=keys)
        self._read = RequestTemplate("GET", f"{sessions}/{{}}", headers=common)
        self._currency = currency.lower()
        self._country = country
        chosen = checked_quirks(quirks, QUIRKS, protocol="ACP")
        self._items_key, self._repeats = chosen["items_key"], chosen["item_quantity"] == "repeat"
        self._handler = payment_handler
        self._instrument = {"type": "card", "credential": {"type": "spt", "token": credential or PAYMENT_TOKEN}}
        self._payment = self._payment_of(payment_handler or PAYMENT_HANDLER)

    def create(self, items: tuple[BasketItem, ...], buyer: Buyer, *, idempotency_key: str) -> bytes:
        """The request that opens a session for the basket."""
        body = {
            "currency": self._currency,
            self._items_key: self._lines(items),
            "capabilities": {"extensions": ["discount"]},
            "buyer": {"email": buyer.email},
            "fulfillment_details": {
                "name": buyer.name,
                "phone_number": buyer.phone_number,
                "address": {
                    "name": buyer.name,
                    "line_one": buyer.address_line,
                    "city": buyer.city,
                    "state": buyer.city,  # required by the schema; a made-up buyer has no other province
                    "country": self._country,
                    "postal_code": buyer.postal_code,
                },
            },
        }
        return self._create.fill(idempotency_key, idempotency_key, buyer.user_id, body=msgspec.json.encode(body))

    def apply_card(
        self,
        session: CheckoutSession,
        code: str | None,
        *,
        buyer: Buyer,  # noqa: ARG002 - the session keeps its buyer: what an update leaves out is unchanged
        idempotency_key: str,
    ) -> bytes:
        """The request that chooses the first delivery option and, when there is a code, applies the card."""
        body: dict[str, Any] = {}
        if session.option_ids:
            skus = [item.sku for item in session.items]
            option = {"type": "shipping", "option_id": session.option_ids[0], "item_ids": skus}
            body["selected_fulfillment_options"] = [option]
        if code is not None:
            body["discounts"] = {"codes": [code]}
        return self._update.fill(
            idempotency_key, idempotency_key, body=msgspec.json.encode(body), path_values=(session.id,)
        )

    def pay(self, session: CheckoutSession, *, idempotency_key: str) -> bytes:
        """The request that completes the session."""
        offered = session.payment_handler
        body = self._payment_of(offered) if offered and not self._handler else self._payment
        return self._complete.fill(idempotency_key, idempotency_key, body=body, path_values=(session.id,))

    def read(self, session_id: str) -> bytes:
        """The request that reads the session back."""
        return self._read.fill(path_values=(session_id,))

    def decode(self, status: int, headers: Mapping[str, str], body: bytes) -> CheckoutReply:
        """The reply to any of the verbs; total over all bytes, never raises.

        A status other than 2xx is a ``ServiceError``; so is an error body inside a 2xx. A 2xx that is no session is a
        ``ProtocolFault``.
        """
        if not _LOWEST_SUCCESS <= status <= _HIGHEST_SUCCESS:
            return service_error(status, headers, body) if status else ProtocolFault("There is no answer to decode.")
        try:
            session = _decode_session(body)
        except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
            sentence = f"The answer is not a checkout session: {excerpt(str(error))}"
            return error_in(status, _plain(body)) or ProtocolFault(sentence, 0, excerpt(body))
        if session.error or not session.status:
            told = error_in(status, _plain(body))
            if told is not None:
                return told
        return _session_of(session, body)

    def _lines(self, items: tuple[BasketItem, ...]) -> list[dict[str, Any]]:
        if self._repeats:
            return [{"id": item.sku} for item in items for _ in range(item.quantity)]
        return [{"id": item.sku, "quantity": item.quantity} for item in items]

    def _payment_of(self, handler: str) -> bytes:
        return msgspec.json.encode({"payment_data": {"handler_id": handler, "instrument": self._instrument}})


_Number = Annotated[int, msgspec.Meta(ge=-MAX_NUMBER, le=MAX_NUMBER)]


class _Item(msgspec.Struct, gc=False):
    id: Any = None


class _Line(msgspec.Struct, gc=False):
    item: _Item | None = None
    quantity: _Number = 1


class _Total(msgspec.Struct, gc=False):
    type: str = ""
    amount: _Number | None = None


class _Option(msgspec.Struct, gc=False):
    id: str = ""


class _Discount(msgspec.Struct, gc=False):
    code: str | None = None
    reason: str | None = None


class _Discounts(msgspec.Struct, gc=False):
    applied: list[_Discount] | None = None
    rejected: list[_Discount] | None = None


class _Note(msgspec.Struct, gc=False):
    type: str = ""
    code: str | None = None
    content: str | None = None


class _Order(msgspec.Struct, gc=False):
    id: str | None = None


class _Session(msgspec.Struct, gc=False):
    """A session reply; what has another type than the protocol's makes the whole reply a fault."""

    id: str = ""
    status: str = ""
    currency: str | None = None
    line_items: list[_Line] | None = None
    totals: list[_Total] | None = None
    fulfillment_options: list[_Option] | None = None
    discounts: _Discounts | None = None
    messages: list[_Note] | None = None
    order: _Order | None = None
    error: Any = None


_decode_session = msgspec.json.Decoder(_Session).decode


def _plain(body: bytes) -> Any:
    try:
        return msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return None


def _session_of(told: _Session, body: bytes) -> CheckoutSession | ProtocolFault:
    if not told.id or len(told.id) > MAX_ID_CHARACTERS or not told.status:
        return ProtocolFault("The answer is not a checkout session: id or status is missing.", 0, excerpt(body))
    totals = _totals(told.totals) if told.totals else {}
    discounts = told.discounts
    options = told.fulfillment_options
    order_id = told.order.id if told.order else None
    return CheckoutSession(
        id=told.id,
        status=told.status[:CODE_CHARACTERS],
        currency=(told.currency or "")[:CODE_CHARACTERS],
        items=_items_of(told.line_items) if told.line_items else (),
        price_minor=totals.get("subtotal"),
        fulfillment_minor=totals.get("fulfillment"),
        discount_minor=totals.get("discount"),
        amount_minor=totals.get("total"),
        option_ids=tuple([option.id for option in options[:_MAX_ENTRIES] if option.id]) if options else (),
        applied_codes=_applied(discounts.applied) if discounts and discounts.applied else (),
        rejected_codes=_rejected(discounts.rejected) if discounts and discounts.rejected else (),
        messages=_messages(told.messages) if told.messages else (),
        order_id=order_id[:MAX_ID_CHARACTERS] if order_id else None,
        payment_handler=_offered_handler(body) if _HANDLERS in body else "",
    )


def _offered_handler(body: bytes) -> str:
    """The id of the first payment handler; nobody is refused for saying this in another way."""
    capabilities = _plain(body).get("capabilities")
    payment = capabilities.get("payment") if isinstance(capabilities, dict) else None
    handlers = payment.get("handlers") if isinstance(payment, dict) else None
    first = handlers[0] if isinstance(handlers, list) and handlers else None
    told = first.get("id") if isinstance(first, dict) else None
    return told[:MAX_ID_CHARACTERS] if isinstance(told, str) else ""


def _applied(entries: Sequence[_Discount]) -> tuple[str, ...]:
    return tuple([entry.code[:CODE_CHARACTERS] for entry in entries[:_MAX_ENTRIES] if entry.code])


def _rejected(entries: Sequence[_Discount]) -> tuple[tuple[str, str], ...]:
    return tuple(
        ((entry.code or "")[:CODE_CHARACTERS], (entry.reason or "")[:CODE_CHARACTERS])
        for entry in entries[:_MAX_ENTRIES]
    )


def _messages(notes: Sequence[_Note]) -> tuple[Message, ...]:
    return tuple(
        Message(
            note.type[:CODE_CHARACTERS], (note.code or "")[:CODE_CHARACTERS], (note.content or "")[:MESSAGE_CHARACTERS]
        )
        for note in notes[:_MAX_ENTRIES]
    )


def _items_of(lines: Sequence[_Line]) -> tuple[BasketItem, ...]:
    """Quantity by product: lines that repeat a product add up."""
    quantities: dict[str, int] = {}
    for line in lines:
        sku = line.item.id if line.item is not None else None
        if sku and sku.__class__ is str:
            sku = sku[:MAX_ID_CHARACTERS]
            quantities[sku] = quantities.get(sku, 0) + line.quantity
    return tuple([BasketItem(sku, quantity) for sku, quantity in list(quantities.items())[:_MAX_ENTRIES]])


def _totals(totals: Sequence[_Total]) -> dict[str, int]:
    """Amount by kind: entries of one kind add up, within bounds."""
    amounts: dict[str, int] = {}
    repeated = False
    for total in totals:
        amount = total.amount
        if amount is not None:
            kind = total.type
            repeated = repeated or kind in amounts
            amounts[kind] = amounts.get(kind, 0) + amount
    if repeated:  # each amount by itself is within bounds
        return {kind: max(-MAX_NUMBER, min(amount, MAX_NUMBER)) for kind, amount in amounts.items()}
    return amounts
