"""The request bodies of UCP's three versions, as plain values: every update says everything, for some shops merge and some replace.

This module must not know HTTP nor how a shop answers.
"""

from collections.abc import Mapping
from typing import Any

from locustfiles.protocols.checkout import BasketItem, Buyer, CheckoutSession
from locustfiles.protocols.ucp_discovery import UcpVersion
from locustfiles.protocols.ucp_session import UcpSession

INSTRUMENT_ID = "pi_1"
_CARD = {"brand": "Visa", "last_digits": "4242"}
_BUYER_IP = {"dev.ucp.buyer_ip": "192.0.2.7"}
"""What the platform knows of the buyer's device: an address that is set aside for documents (RFC 5737)."""


class UcpBodies:
    """Bodies of one version for one shop. ``titles`` names products by sku; a product without a title goes by its sku."""

    def __init__(
        self, version: UcpVersion, *, currency: str, country: str, titles: Mapping[str, str], sends_titles: bool
    ) -> None:
        """Keep what every body says."""
        self._version = version
        self._country = country
        self._titles = titles
        self._sends_titles = sends_titles
        self._shared: dict[str, Any] = {}
        if version is UcpVersion.JANUARY_11:
            self._shared = {"currency": currency, "payment": {}}

    def create(self, items: tuple[BasketItem, ...], buyer: Buyer) -> dict[str, Any]:
        """The body that opens a checkout for the basket, with an address that is chosen at once, so that delivery is offered."""
        place = self._destination(buyer, "")
        method: dict[str, Any] = {
            "type": "shipping",
            "destinations": [place],
            "selected_destination_id": place["id"],
        }
        if self._version is UcpVersion.JANUARY_23:
            method["line_item_ids"] = []  # required by its models, though no line has an id yet
        return {
            **self._shared,
            "line_items": [{"item": self._item(item.sku), "quantity": item.quantity} for item in items],
            "buyer": _buyer(buyer),
            "fulfillment": {"methods": [method]},
        }

    def update(self, session: CheckoutSession, code: str | None, buyer: Buyer) -> dict[str, Any]:
        """The body that chooses the first way of delivery of every group and sets the codes, [] when there is none."""
        told = session if isinstance(session, UcpSession) else None
        lines = told.lines if told else tuple(("", item.sku, item.quantity) for item in session.items)
        place = self._destination(buyer, told.destination_id if told else "")
        method: dict[str, Any] = {
            "line_item_ids": [line_id for line_id, _, _ in lines if line_id],
            "destinations": [place],
            "selected_destination_id": place["id"],
        }
        if self._version is not UcpVersion.JANUARY_23:  # whose model of an update has no type; the others require it
            method["type"] = "shipping"
        if told and told.method_id:
            method["id"] = told.method_id
        if told and told.groups:
            method["groups"] = [{"id": group, "selected_option_id": option} for group, option in told.groups]
        return {
            **self._shared,
            **({} if self._version is UcpVersion.APRIL_08 else {"id": session.id}),
            "line_items": [self._line(*line) for line in lines],
            "buyer": _buyer(buyer),
            "fulfillment": {"methods": [method]},
            "discounts": {"codes": [] if code is None else [code]},
        }

    def complete(self, handler: str, token: str) -> dict[str, Any]:
        """The body that pays with a test card of a payment handler."""
        card: dict[str, Any] = {
            "id": INSTRUMENT_ID,
            "handler_id": handler,
            "type": "card",
            "credential": {"type": "token", "token": token},
        }
        if self._version is UcpVersion.JANUARY_11:
            return {"payment_data": {**card, **_CARD}, "risk_signals": {}}
        payment = {"instruments": [{**card, "selected": True, "display": _CARD}]}
        if self._version is UcpVersion.JANUARY_23:
            return {"payment": payment, "risk_signals": {}}
        return {"payment": payment, "signals": _BUYER_IP}

    def _line(self, line_id: str, sku: str, quantity: int) -> dict[str, Any]:
        line = {"item": self._item(sku), "quantity": quantity}
        return {"id": line_id, **line} if line_id else line

    def _item(self, sku: str) -> dict[str, str]:
        return {"id": sku, "title": self._titles.get(sku, sku)} if self._sends_titles else {"id": sku}

    def _destination(self, buyer: Buyer, told_id: str) -> dict[str, str]:
        """The buyer's address under the shop's id for it; before the shop has one, under an id that no other shopper uses."""
        return {
            "id": told_id or f"home-{buyer.user_id}",
            **_names(buyer),
            "street_address": buyer.address_line,
            "address_locality": buyer.city,
            "address_region": buyer.city,  # a made-up buyer has no other province
            "postal_code": buyer.postal_code,
            "address_country": self._country,
        }


def _buyer(buyer: Buyer) -> dict[str, str]:
    return {**_names(buyer), "email": buyer.email}


def _names(buyer: Buyer) -> dict[str, str]:
    """A first and a last name: Chinese names begin with the family's, of one character here, and others end with it."""
    first, apart, last = buyer.name.rpartition(" ")
    return {"first_name": first, "last_name": last} if apart else {"first_name": last[1:], "last_name": last[:1]}
