"""What a UCP create or update asks, as a change to the one session table (protocols.md 3.2, 3.5).

The shop delivers all of a basket by one method, in one group, by one option; what a request says otherwise becomes a
notice. Pure: a request and the session's earlier echo in, a change, the next echo and notices out.
"""

from typing import Final, NamedTuple

import msgspec
from msgspec import UNSET, UnsetType

from target_stub.checkout import OPTION_TYPE, Change, Option
from target_stub.checkout_session import Notice
from target_stub.ucp_dialect import UpdateRule
from target_stub.ucp_requests import (
    Address,
    AnyMethod,
    Buyer,
    Contents,
    Create,
    Instrument,
    KnownGroup,
    NewGroup,
    Update,
)

METHOD_ID: Final = "m_1"
GROUP_ID: Final = "g_1"
_METHODS: Final = "$.fulfillment.methods"


class Echo(msgspec.Struct, frozen=True):
    """What a session tells back of its requests; a token is never in it."""

    buyer: Buyer | None = None
    destinations: tuple[Address, ...] = ()
    destination_id: str | None = None
    instruments: tuple[Instrument, ...] = ()


class Reading(NamedTuple):
    """What a request means for its session."""

    change: Change
    echo: Echo
    notices: list[Notice]


def line_id(sku: str) -> str:
    """The id of a product's line: the same through every update, since a basket has one line a product."""
    return f"li_{sku}"


def shown(instrument: Instrument) -> Instrument:
    """The instrument as a reply may show it."""
    return msgspec.structs.replace(instrument, credential=UNSET, billing_address=UNSET)


def read(asked: Create | Update, before: Echo, rule: UpdateRule) -> Reading:
    """What a create (with an empty echo, under `replace`) or an update asks."""
    skus = tuple(line.item.id for line in asked.line_items for _ in range(line.quantity))
    merging = rule == "merge"
    echo = before if merging else Echo(instruments=before.instruments)
    if asked.buyer is not UNSET:
        echo = msgspec.structs.replace(echo, buyer=asked.buyer)
    if asked.payment is not UNSET and asked.payment.instruments is not UNSET:
        echo = msgspec.structs.replace(echo, instruments=tuple(shown(one) for one in asked.payment.instruments))
    change = Change(skus=skus, codes=_codes(asked, merging=merging))
    fulfillment = asked.fulfillment
    if fulfillment is UNSET or fulfillment.methods is UNSET:
        if not merging:
            change = change._replace(has_address=False, options=())
        return Reading(change, echo, [])
    methods = [*fulfillment.methods]
    notices = [
        Notice("error", "invalid", f"{_METHODS}[{place}].type", "The shop delivers by shipping alone")
        for place, method in enumerate(methods)
        if method.type not in (UNSET, OPTION_TYPE)
    ]
    notices.extend(
        Notice("error", "invalid", f"{_METHODS}[{place}]", "The shop delivers a basket by one method")
        for place in range(1, len(methods))
    )
    if not methods or methods[0].type not in (UNSET, OPTION_TYPE):
        return Reading(change._replace(has_address=False, options=()), echo, notices)
    method = methods[0]
    addresses, address_id = _destination(method, before, notices, merging=merging)
    echo = msgspec.structs.replace(echo, destinations=addresses, destination_id=address_id)
    groups = [] if method.groups is UNSET else [*method.groups]
    options = _options(groups, _covered(asked, method.line_item_ids), notices)
    has_address = address_id is not None
    return Reading(change._replace(has_address=has_address, options=options if has_address else ()), echo, notices)


def _codes(asked: Contents, *, merging: bool) -> tuple[str, ...] | None:
    if asked.discounts is UNSET or asked.discounts.codes is UNSET:
        return None if merging else ()
    return tuple(asked.discounts.codes)


def _destination(
    method: AnyMethod, before: Echo, notices: list[Notice], *, merging: bool
) -> tuple[tuple[Address, ...], str | None]:
    """The addresses of the session and the id of the chosen one.

    An only address is chosen without being named, an earlier one can be named without being sent again.
    """
    wanted = method.selected_destination_id
    if method.destinations is not UNSET:
        known = tuple(
            one if one.id is not UNSET else msgspec.structs.replace(one, id=f"d_{place}")
            for place, one in enumerate(method.destinations, start=1)
        )
    elif wanted is UNSET:
        return (before.destinations, before.destination_id) if merging else ((), None)
    else:
        known = before.destinations
    ids = [one.id for one in known]
    if wanted is UNSET:
        return known, str(ids[0]) if len(ids) == 1 else None
    if wanted in ids:
        return known, wanted
    where = f"{_METHODS}[0].selected_destination_id"
    notices.append(Notice("error", "invalid", where, "There is no such destination"))
    return known, None


def _covered(asked: Create | Update, line_item_ids: list[str] | UnsetType) -> tuple[str, ...]:
    """The products that the method's lines name, by the shop's ids or the request's own.

    All of them in a create, whose lines the client cannot name yet, and where no line is named.
    """
    skus = {line.item.id for line in asked.line_items}
    if isinstance(asked, Create) or line_item_ids is UNSET or not line_item_ids:
        return tuple(skus)
    by_id = {line_id(sku): sku for sku in skus}
    by_id.update({line.id: line.item.id for line in asked.line_items if line.id is not UNSET})
    return tuple({by_id.get(one, one) for one in line_item_ids})


def _options(
    groups: list[NewGroup] | list[KnownGroup], covered: tuple[str, ...], notices: list[Notice]
) -> tuple[Option, ...]:
    for place, group in enumerate(groups):
        if isinstance(group, KnownGroup) and group.id != GROUP_ID:
            where = f"{_METHODS}[0].groups[{place}].id"
            notices.append(Notice("error", "invalid", where, "There is no such group"))
            return ()
    return tuple(
        Option(OPTION_TYPE, group.selected_option_id, covered)
        for group in groups[:1]
        if group.selected_option_id is not UNSET
    )
