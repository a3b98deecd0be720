"""The request bodies of ACP 2026-04-17 that the shop reads, as closed objects (protocols.md section 2).

A member that the protocol does not know is refused, and so is null. Members that are valid but change nothing here are
accepted and left alone. It must not know HTTP, nor what the shop does with a request.
"""

from typing import Annotated, Any, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

Text = Annotated[str, Meta(min_length=1, max_length=255)]
Text500 = Annotated[str, Meta(max_length=500)]


class _Asked(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A request body or a part of one."""


class Item(_Asked, frozen=True):
    """A wanted product; a request carries no quantity, so an item that is wanted twice stands twice."""

    id: Text
    name: Text500 | UnsetType = UNSET
    unit_amount: int | UnsetType = UNSET


class Address(_Asked, frozen=True):
    """Where to deliver."""

    name: Text
    line_one: Text
    city: Text
    state: Text500
    country: Text
    postal_code: Text500
    line_two: Text500 | UnsetType = UNSET
    company: Text500 | UnsetType = UNSET


class FulfillmentDetails(_Asked, frozen=True):
    """Who receives the order and where."""

    name: Text | UnsetType = UNSET
    phone_number: Text | UnsetType = UNSET
    email: Text | UnsetType = UNSET
    address: Address | UnsetType = UNSET


class AskedBuyer(_Asked, frozen=True):
    """The shopper."""

    email: Text
    first_name: Text500 | UnsetType = UNSET
    last_name: Text500 | UnsetType = UNSET
    full_name: Text500 | UnsetType = UNSET
    phone_number: Text500 | UnsetType = UNSET
    customer_id: Text500 | UnsetType = UNSET
    account_type: Literal["guest", "registered", "business"] | UnsetType = UNSET
    authentication_status: Literal["authenticated", "guest", "requires_signin"] | UnsetType = UNSET
    company: dict[str, Any] | UnsetType = UNSET
    loyalty: dict[str, Any] | UnsetType = UNSET
    tax_exemption: dict[str, Any] | UnsetType = UNSET


class AskedExtension(_Asked, frozen=True):
    """An extension with its version and schema, the long form of its name."""

    name: Text
    extends: list[Text] | UnsetType = UNSET
    schema: Text500 | UnsetType = UNSET
    spec: Text500 | UnsetType = UNSET


class AskedCapabilities(_Asked, frozen=True):
    """What the client can do."""

    extensions: Annotated[list[Text | AskedExtension], Meta(max_length=32)] | UnsetType = UNSET
    payment: dict[str, Any] | UnsetType = UNSET
    interventions: dict[str, Any] | UnsetType = UNSET


class AskedDiscounts(_Asked, frozen=True):
    """The codes that replace the earlier ones."""

    codes: Annotated[list[Text], Meta(max_length=20)] | UnsetType = UNSET


class AskedOption(_Asked, frozen=True):
    """The chosen delivery option."""

    type: Literal["shipping", "digital", "pickup", "local_delivery"]
    option_id: Text
    item_ids: Annotated[list[Text], Meta(max_length=100)]


Items = Annotated[list[Item], Meta(min_length=1, max_length=100)]
Codes = Annotated[list[Text], Meta(max_length=20)]


class CreateRequest(_Asked, frozen=True):
    """POST /checkout_sessions."""

    line_items: Items
    currency: Text
    capabilities: AskedCapabilities
    buyer: AskedBuyer | UnsetType = UNSET
    fulfillment_details: FulfillmentDetails | UnsetType = UNSET
    discounts: AskedDiscounts | UnsetType = UNSET
    coupons: Codes | UnsetType = UNSET
    fulfillment_groups: list[dict[str, Any]] | UnsetType = UNSET
    affiliate_attribution: dict[str, Any] | UnsetType = UNSET
    locale: Text | UnsetType = UNSET
    timezone: Text | UnsetType = UNSET
    quote_id: Text | UnsetType = UNSET
    metadata: dict[str, Any] | UnsetType = UNSET
    order_notes: Text500 | UnsetType = UNSET


class UpdateRequest(_Asked, frozen=True):
    """POST /checkout_sessions/{id}: what is absent stays."""

    line_items: Items | UnsetType = UNSET
    buyer: AskedBuyer | UnsetType = UNSET
    fulfillment_details: FulfillmentDetails | UnsetType = UNSET
    selected_fulfillment_options: Annotated[list[AskedOption], Meta(max_length=20)] | UnsetType = UNSET
    discounts: AskedDiscounts | UnsetType = UNSET
    coupons: Codes | UnsetType = UNSET
    fulfillment_groups: list[dict[str, Any]] | UnsetType = UNSET
    order_notes: Text500 | UnsetType = UNSET


class Credential(msgspec.Struct, frozen=True):
    """A payment token; the protocol leaves this object open."""

    type: Text
    token: Text


class Instrument(msgspec.Struct, frozen=True):
    """A means of payment; the protocol leaves this object open."""

    type: Text
    credential: Credential


class PaymentData(_Asked, frozen=True):
    """How the order is paid."""

    handler_id: Text
    instrument: Instrument
    billing_address: Address | UnsetType = UNSET


class CompleteRequest(_Asked, frozen=True):
    """POST /checkout_sessions/{id}/complete."""

    payment_data: PaymentData
    buyer: AskedBuyer | UnsetType = UNSET
    authentication_result: dict[str, Any] | UnsetType = UNSET
    affiliate_attribution: dict[str, Any] | UnsetType = UNSET
    risk_signals: dict[str, Any] | UnsetType = UNSET
    marketing_consents: list[dict[str, Any]] | UnsetType = UNSET
    order_notes: Text500 | UnsetType = UNSET
