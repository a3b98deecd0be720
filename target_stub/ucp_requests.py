"""The request bodies of UCP 2026-01-23 and 2026-04-08 that the shop reads (protocols.md 3.1, 3.4, 3.5).

Closed objects: a member that the version does not know is refused, so that a typing error does not pass as an extension;
open is only what the protocol leaves to others: context, signals, an instrument with its display and its credential.
What is valid but changes nothing here is accepted and left alone. What is required is what the official models require;
an example of the text that breaks them, a method without `line_item_ids` in an update, is refused. It must not know HTTP,
nor what becomes of a request.
"""

from typing import Annotated, Any, Final, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from target_stub.ucp_dialect import UcpVersion

QUANTITY_MAX: Final = 100
"""The most of one product in one line; the protocol has no bound."""
Text = Annotated[str, Meta(min_length=1, max_length=255)]
Text500 = Annotated[str, Meta(max_length=500)]
ReverseDomainName = Annotated[str, Meta(pattern=r"^[a-z][a-z0-9]*(?:\.[a-z][a-z0-9_]*)+$", max_length=255)]


class _KnownSignals(
    msgspec.Struct, frozen=True, rename={"buyer_ip": "dev.ucp.buyer_ip", "user_agent": "dev.ucp.user_agent"}
):
    """The signals that the protocol itself names; others may be anything."""

    buyer_ip: str | UnsetType = UNSET
    user_agent: str | UnsetType = UNSET


def _check_signals(signals: dict[ReverseDomainName, Any] | UnsetType) -> None:
    if signals is not UNSET:
        msgspec.convert(signals, _KnownSignals)


class _Asked(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A request body or a part of one."""


class AskedItem(_Asked, frozen=True):
    """A wanted product; title and price are the shop's to say."""

    id: Text
    title: Text500 | UnsetType = UNSET
    price: int | UnsetType = UNSET
    image_url: Text500 | UnsetType = UNSET


class AskedLine(_Asked, frozen=True):
    """How many of a product; `id` names the line in `line_item_ids` of the same request."""

    item: AskedItem
    quantity: Annotated[int, Meta(ge=1, le=QUANTITY_MAX)]
    id: Text | UnsetType = UNSET
    parent_id: Text | UnsetType = UNSET


class KnownLine(AskedLine, frozen=True, kw_only=True):
    """A line of an update of 2026-01-23, which must have an id."""

    id: Text


class Buyer(_Asked, frozen=True):
    """The shopper; told back as asked."""

    first_name: Text500 | UnsetType = UNSET
    last_name: Text500 | UnsetType = UNSET
    email: Text | UnsetType = UNSET
    phone_number: Text500 | UnsetType = UNSET


class Address(_Asked, frozen=True):
    """A postal address; told back as asked. `id` is the client's, or the shop gives one."""

    id: Text | UnsetType = UNSET
    extended_address: Text500 | UnsetType = UNSET
    street_address: Text500 | UnsetType = UNSET
    address_locality: Text500 | UnsetType = UNSET
    address_region: Text500 | UnsetType = UNSET
    address_country: Text500 | UnsetType = UNSET
    postal_code: Text500 | UnsetType = UNSET
    first_name: Text500 | UnsetType = UNSET
    last_name: Text500 | UnsetType = UNSET
    phone_number: Text500 | UnsetType = UNSET


class NewGroup(_Asked, frozen=True):
    """The delivery option wished for, before the shop has made a group."""

    selected_option_id: Text | UnsetType = UNSET
    id: Text | UnsetType = UNSET


class KnownGroup(_Asked, frozen=True):
    """The delivery option chosen in a group that the shop has made."""

    id: Text
    selected_option_id: Text | UnsetType = UNSET
    line_item_ids: Annotated[list[Text], Meta(max_length=100)] | UnsetType = UNSET
    options: list[dict[str, Any]] | UnsetType = UNSET


class AnyMethod(_Asked, frozen=True):
    """What every way of delivery may say."""

    type: Literal["shipping", "pickup"] | UnsetType = UNSET
    destinations: Annotated[list[Address], Meta(max_length=10)] | UnsetType = UNSET
    selected_destination_id: Text | UnsetType = UNSET


class NewMethod(AnyMethod, frozen=True):
    """A way of delivery in a create; lines have no ids yet, so `line_item_ids` may be left out."""

    type: Literal["shipping", "pickup"]
    id: Text | UnsetType = UNSET
    line_item_ids: Annotated[list[Text], Meta(max_length=100)] | UnsetType = UNSET
    groups: Annotated[list[NewGroup], Meta(max_length=20)] | UnsetType = UNSET


class AprilMethod(AnyMethod, frozen=True, kw_only=True):
    """A way of delivery in an update of 2026-04-08."""

    line_item_ids: Annotated[list[Text], Meta(max_length=100)]
    id: Text | UnsetType = UNSET
    groups: Annotated[list[KnownGroup], Meta(max_length=20)] | UnsetType = UNSET


class JanuaryMethod(AnyMethod, frozen=True, kw_only=True):
    """A way of delivery in an update of 2026-01-23, which names it by the shop's id."""

    id: Text
    line_item_ids: Annotated[list[Text], Meta(max_length=100)]
    groups: Annotated[list[KnownGroup], Meta(max_length=20)] | UnsetType = UNSET


class NewFulfillment(_Asked, frozen=True):
    """How to deliver, in a create."""

    methods: Annotated[list[NewMethod], Meta(max_length=10)] | UnsetType = UNSET


class AprilFulfillment(_Asked, frozen=True):
    """How to deliver, in an update of 2026-04-08."""

    methods: Annotated[list[AprilMethod], Meta(max_length=10)] | UnsetType = UNSET


class JanuaryFulfillment(_Asked, frozen=True):
    """How to deliver, in an update of 2026-01-23."""

    methods: Annotated[list[JanuaryMethod], Meta(max_length=10)] | UnsetType = UNSET


class AskedDiscounts(_Asked, frozen=True):
    """The codes that replace the earlier ones."""

    codes: Annotated[list[Text], Meta(max_length=20)] | UnsetType = UNSET


class Credential(msgspec.Struct, frozen=True):
    """What pays; a credential without a token is one that the shop's handler does not take."""

    type: Text
    token: Text | UnsetType = UNSET


class Display(msgspec.Struct, frozen=True):
    """What a buyer recognises a card by."""

    brand: Text500 | UnsetType = UNSET
    last_digits: Text500 | UnsetType = UNSET


class Instrument(msgspec.Struct, frozen=True):
    """A means of payment of the handler with this id; handlers may add members."""

    id: Text
    handler_id: Text
    type: Text
    selected: bool | UnsetType = UNSET
    display: Display | UnsetType = UNSET
    credential: Credential | UnsetType = UNSET
    billing_address: Address | UnsetType = UNSET


class Payment(_Asked, frozen=True):
    """The means of payment."""

    instruments: Annotated[list[Instrument], Meta(max_length=10)] | UnsetType = UNSET


class Contents(_Asked, frozen=True):
    """What a create and an update give in both versions."""

    line_items: Annotated[list[AskedLine], Meta(max_length=100)]
    buyer: Buyer | UnsetType = UNSET
    context: dict[str, Any] | UnsetType = UNSET
    payment: Payment | UnsetType = UNSET
    discounts: AskedDiscounts | UnsetType = UNSET


class JanuaryCreate(Contents, frozen=True):
    """POST /checkout-sessions, 2026-01-23."""

    fulfillment: NewFulfillment | UnsetType = UNSET


class AprilCreate(Contents, frozen=True):
    """POST /checkout-sessions, 2026-04-08."""

    fulfillment: NewFulfillment | UnsetType = UNSET
    signals: dict[ReverseDomainName, Any] | UnsetType = UNSET
    attribution: dict[str, str] | UnsetType = UNSET

    def __post_init__(self) -> None:
        """Raise ValidationError for a known signal that is no text."""
        _check_signals(self.signals)


class JanuaryUpdate(Contents, frozen=True, kw_only=True):
    """PUT /checkout-sessions/{id}, 2026-01-23: the id stands in the body too, and each line has one."""

    id: Text
    line_items: Annotated[list[KnownLine], Meta(max_length=100)]  # type: ignore[assignment]  # read only, so narrower is safe
    fulfillment: JanuaryFulfillment | UnsetType = UNSET


class AprilUpdate(Contents, frozen=True):
    """PUT /checkout-sessions/{id}, 2026-04-08."""

    id: Text | UnsetType = UNSET
    fulfillment: AprilFulfillment | UnsetType = UNSET
    signals: dict[ReverseDomainName, Any] | UnsetType = UNSET
    attribution: dict[str, str] | UnsetType = UNSET

    def __post_init__(self) -> None:
        """Raise ValidationError for a known signal that is no text."""
        _check_signals(self.signals)


class JanuaryComplete(_Asked, frozen=True):
    """POST /checkout-sessions/{id}/complete, 2026-01-23."""

    payment: Payment
    risk_signals: dict[str, Any] | UnsetType = UNSET


class AprilComplete(_Asked, frozen=True):
    """POST /checkout-sessions/{id}/complete, 2026-04-08."""

    payment: Payment
    signals: dict[ReverseDomainName, Any] | UnsetType = UNSET
    attribution: dict[str, str] | UnsetType = UNSET

    def __post_init__(self) -> None:
        """Raise ValidationError for a known signal that is no text."""
        _check_signals(self.signals)


class CancelRequest(_Asked, frozen=True):
    """POST /checkout-sessions/{id}/cancel: an empty object, or nothing."""


Create = JanuaryCreate | AprilCreate
Update = JanuaryUpdate | AprilUpdate
Complete = JanuaryComplete | AprilComplete
CREATE: Final[dict[UcpVersion, msgspec.json.Decoder[Create]]] = {
    UcpVersion.JANUARY: msgspec.json.Decoder(JanuaryCreate),
    UcpVersion.APRIL: msgspec.json.Decoder(AprilCreate),
}
UPDATE: Final[dict[UcpVersion, msgspec.json.Decoder[Update]]] = {
    UcpVersion.JANUARY: msgspec.json.Decoder(JanuaryUpdate),
    UcpVersion.APRIL: msgspec.json.Decoder(AprilUpdate),
}
COMPLETE: Final[dict[UcpVersion, msgspec.json.Decoder[Complete]]] = {
    UcpVersion.JANUARY: msgspec.json.Decoder(JanuaryComplete),
    UcpVersion.APRIL: msgspec.json.Decoder(AprilComplete),
}
CANCEL: Final = msgspec.json.Decoder(CancelRequest)
