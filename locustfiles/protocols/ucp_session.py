"""A UCP checkout as told by the shop, with the ids that the next request must repeat; bytes in, values out, all lenient.

The three versions differ in one thing here: the sign of a discount and the rule that a bill adds up (2026-04-08).
"""

from collections.abc import Sequence
from typing import Annotated, Any

import msgspec

from locustfiles.protocols.checkout import BasketItem, CheckoutSession, Message, ProtocolFault
from locustfiles.protocols.service_error import CODE_CHARACTERS, MAX_NUMBER, MESSAGE_CHARACTERS, excerpt
from locustfiles.protocols.ucp_discovery import UcpVersion

MAX_ID_CHARACTERS = 255
NOT_APPLIED = "not_applied"
"""The reason of a code that a shop of 2026-01-11 leaves out of ``applied`` without a word."""
_MAX_ENTRIES = 100
_REFUSED_CODE = "discount_code_"
_CODES_PATH = "$.discounts.codes["


class UcpSession(CheckoutSession, frozen=True, kw_only=True):
    """A checkout with the shop's own ids, "" and empty where none is told."""

    lines: tuple[tuple[str, str, int], ...] = ()
    """(line id, sku, quantity) of every line."""
    method_id: str = ""
    destination_id: str = ""
    """The chosen destination, else the first."""
    groups: tuple[tuple[str, str], ...] = ()
    """(group id, id of its first option) of every group that is delivered together."""


_Number = Annotated[int, msgspec.Meta(ge=-MAX_NUMBER, le=MAX_NUMBER)]


class _Item(msgspec.Struct, gc=False):
    id: str | None = None


class _Line(msgspec.Struct, gc=False):
    id: str | None = None
    item: _Item | None = None
    quantity: _Number | None = None


class _Total(msgspec.Struct, gc=False):
    type: str | None = None
    amount: _Number | None = None


class _Named(msgspec.Struct, gc=False):
    id: str | None = None


class _Group(msgspec.Struct, gc=False):
    id: str | None = None
    options: list[_Named] | None = None


class _Method(msgspec.Struct, gc=False):
    id: str | None = None
    destinations: list[_Named] | None = None
    selected_destination_id: str | None = None
    groups: list[_Group] | None = None


class _Fulfillment(msgspec.Struct, gc=False):
    methods: list[_Method] | None = None


class _Applied(msgspec.Struct, gc=False):
    code: str | None = None
    amount: _Number | None = None


class _Discounts(msgspec.Struct, gc=False):
    codes: list[str] | None = None
    applied: list[_Applied] | None = None


class _Note(msgspec.Struct, gc=False):
    type: str | None = None
    code: str | None = None
    content: str | None = None
    path: str | None = None


class Told(msgspec.Struct, gc=False):
    """A reply; what has another type than the protocol's makes the whole reply a fault. Any member may be null."""

    id: str | None = None
    status: str | None = None
    currency: str | None = None
    line_items: list[_Line] | None = None
    totals: list[_Total] | None = None
    fulfillment: _Fulfillment | None = None
    discounts: _Discounts | None = None
    messages: list[_Note] | None = None
    order: _Named | None = None
    ucp: Any = None
    payment: Any = None
    error: Any = None


decode_told = msgspec.json.Decoder(Told).decode
"""The reply in these bytes; msgspec.DecodeError, UnicodeError or RecursionError when there is none."""


def session_of(told: Told, version: UcpVersion, body: bytes) -> UcpSession | ProtocolFault:
    """The checkout that a reply tells; a fault when it names no id or status."""
    if not told.id or len(told.id) > MAX_ID_CHARACTERS or not told.status:
        return ProtocolFault("The answer is not a checkout: id or status is missing.", 0, excerpt(body))
    lines = _lines(told.line_items or ())
    totals = told.totals or []
    amounts = _amounts(totals)
    sign = -1 if version is UcpVersion.APRIL_08 else 1
    discounts = [amounts[kind] for kind in ("discount", "items_discount") if kind in amounts]
    methods = told.fulfillment.methods if told.fulfillment else None
    method = methods[0] if methods else _Method()
    groups = _groups(method.groups or ())
    messages = _messages(told.messages or ())
    return UcpSession(
        id=told.id,
        status=told.status[:CODE_CHARACTERS],
        currency=(told.currency or "")[:CODE_CHARACTERS],
        items=_items(lines),
        price_minor=amounts.get("subtotal"),
        fulfillment_minor=amounts.get("fulfillment"),
        discount_minor=_bounded(sign * sum(discounts)) if discounts else None,
        amount_minor=amounts.get("total"),
        option_ids=tuple(option for _, option in groups),
        applied_codes=_applied(told.discounts),
        rejected_codes=_rejected(told, version),
        messages=messages,
        order_id=(told.order.id or "")[:MAX_ID_CHARACTERS] or None if told.order else None,
        payment_handler=_handler(told),
        adds_up=version is not UcpVersion.APRIL_08 or _adds_up(totals),
        lines=lines,
        method_id=_id(method.id),
        destination_id=_id(method.selected_destination_id) or _first(method.destinations),
        groups=groups,
    )


def _lines(lines: Sequence[_Line]) -> tuple[tuple[str, str, int], ...]:
    told = [(_id(line.id), _id(line.item.id), _quantity(line)) for line in lines[:_MAX_ENTRIES] if line.item]
    return tuple(line for line in told if line[1])


def _quantity(line: _Line) -> int:
    return 1 if line.quantity is None else line.quantity


def _items(lines: Sequence[tuple[str, str, int]]) -> tuple[BasketItem, ...]:
    """Quantity by product: lines that repeat a product add up."""
    quantities: dict[str, int] = {}
    for _, sku, quantity in lines:
        quantities[sku] = quantities.get(sku, 0) + quantity
    return tuple(BasketItem(sku, quantity) for sku, quantity in quantities.items())


def _amounts(totals: Sequence[_Total]) -> dict[str, int]:
    """Amount by kind: entries of one kind add up, within bounds."""
    amounts: dict[str, int] = {}
    for total in totals:
        if total.type and total.amount is not None:
            amounts[total.type] = _bounded(amounts.get(total.type, 0) + total.amount)
    return amounts


def _adds_up(totals: Sequence[_Total]) -> bool:
    """Whether there is one subtotal and one total, and the total is the sum of all the other amounts as signed."""
    kinds = [total.type for total in totals]
    if kinds.count("subtotal") != 1 or kinds.count("total") != 1:
        return False
    return sum((total.amount or 0) * (-1 if total.type == "total" else 1) for total in totals) == 0


def _groups(groups: Sequence[_Group]) -> tuple[tuple[str, str], ...]:
    told = [(_id(group.id), _first(group.options)) for group in groups[:_MAX_ENTRIES]]
    return tuple(group for group in told if all(group))


def _applied(discounts: _Discounts | None) -> tuple[str, ...]:
    entries = discounts.applied if discounts else None
    return tuple(entry.code[:CODE_CHARACTERS] for entry in (entries or ())[:_MAX_ENTRIES] if entry.code)


def _rejected(told: Told, version: UcpVersion) -> tuple[tuple[str, str], ...]:
    """(code, reason) of the codes that a warning refuses, and in 2026-01-11 of those that are passed over in silence."""
    codes = (told.discounts.codes if told.discounts else None) or []
    refused = [
        (_code_at(codes, note.path or ""), note.code[:CODE_CHARACTERS])
        for note in (told.messages or ())[:_MAX_ENTRIES]
        if note.code and note.code.casefold().startswith(_REFUSED_CODE) and note.type != "info"
    ]
    if version is UcpVersion.JANUARY_11 and not refused:
        applied = {code.casefold() for code in _applied(told.discounts)}
        silent = [code[:CODE_CHARACTERS] for code in codes[:_MAX_ENTRIES]]
        refused = [(code, NOT_APPLIED) for code in silent if code.casefold() not in applied]
    return tuple(refused)


def _code_at(codes: Sequence[str], path: str) -> str:
    """The code that a message's path points to, "" when it points elsewhere."""
    place = path.removeprefix(_CODES_PATH).removesuffix("]")
    is_place = path.startswith(_CODES_PATH) and place.isdecimal() and place.isascii() and len(place) <= len("100")
    return codes[int(place)][:CODE_CHARACTERS] if is_place and int(place) < len(codes) else ""


def _messages(notes: Sequence[_Note]) -> tuple[Message, ...]:
    return tuple(
        Message(
            (note.type or "")[:CODE_CHARACTERS],
            (note.code or "")[:CODE_CHARACTERS],
            (note.content or "")[:MESSAGE_CHARACTERS],
        )
        for note in notes[:_MAX_ENTRIES]
    )


def _handler(told: Told) -> str:
    """The id of the first payment handler: under ``payment`` in 2026-01-11, under ``ucp`` later; nobody is refused for another shape."""
    payment = told.payment.get("handlers") if isinstance(told.payment, dict) else None
    by_name = told.ucp.get("payment_handlers") if isinstance(told.ucp, dict) else None
    listed = payment or (next(iter(by_name.values()), None) if isinstance(by_name, dict) else None)
    first = listed[0] if isinstance(listed, list) and listed else None
    name = first.get("id") if isinstance(first, dict) else None
    return name[:MAX_ID_CHARACTERS] if isinstance(name, str) else ""


def _first(named: Sequence[_Named] | None) -> str:
    return _id(named[0].id) if named else ""


def _id(told: str | None) -> str:
    """An id that can be sent back, "" when there is none: a longer one than the bound is not cut, for it would be another's."""
    return told if told and len(told) <= MAX_ID_CHARACTERS else ""


def _bounded(amount: int) -> int:
    return max(-MAX_NUMBER, min(amount, MAX_NUMBER))
