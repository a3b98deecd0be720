"""A platform that shops over UCP in one version: follows discovery, and holds every body against the official models."""

from typing import Any

import msgspec

from tests.helpers.shops import Answer, ShopClient
from tests.helpers.ucp_models import complaints

JANUARY, APRIL = "2026-01-23", "2026-04-08"
VERSIONS = (JANUARY, APRIL)
ADDRESS = {"street_address": "1 Lake Rd", "postal_code": "310000", "address_country": "CN"}
DISPLAY = {"brand": "visa", "last_digits": "4242"}


def instrument(token: str = "success_token", **changed: Any) -> dict[str, Any]:
    """A card of the shop's handler with a token."""
    credential = {"type": "token", "token": token}
    known = {"id": "pi_1", "handler_id": "stub_card", "type": "card", "selected": True, "display": DISPLAY}
    return {**known, "credential": credential, **changed}


def create_body(version: str, *skus: str, **members: Any) -> dict[str, Any]:
    """The body that opens a checkout for the products, one of each, with an address."""
    method: dict[str, Any] = {"type": "shipping", "destinations": [{"id": "home", **ADDRESS}]}
    if version == JANUARY:
        method["line_item_ids"] = []  # required by the models, though no line has an id yet
    return {
        "line_items": [{"item": {"id": sku}, "quantity": 1} for sku in skus],
        "buyer": {"email": "s1@shop.test"},
        "fulfillment": {"methods": [method]},
        **members,
    }


def update_body(version: str, checkout: dict[str, Any], *codes: str, **members: Any) -> dict[str, Any]:
    """The body that chooses delivery and applies codes, everything else as the checkout has it."""
    ids = [line["id"] for line in checkout["line_items"]]
    method = {
        "id": "m_1",
        "line_item_ids": ids,
        "destinations": [{"id": "home", **ADDRESS}],
        "selected_destination_id": "home",
        "groups": [{"id": "g_1", "selected_option_id": "std"}],
    }
    body: dict[str, Any] = {
        "line_items": [
            {"id": line["id"], "item": {"id": line["item"]["id"]}, "quantity": line["quantity"]}
            for line in checkout["line_items"]
        ],
        "buyer": {"email": "s1@shop.test"},
        "fulfillment": {"methods": [method]},
        "discounts": {"codes": list(codes)},
    }
    if version == JANUARY:
        body["id"] = checkout["id"]
    return {**body, **members}


def complete_body(version: str, *instruments: dict[str, Any]) -> dict[str, Any]:
    """The body that pays."""
    signals: dict[str, Any] = (
        {"risk_signals": {}} if version == JANUARY else {"signals": {"dev.ucp.buyer_ip": "192.0.2.7"}}
    )
    return {"payment": {"instruments": list(instruments) or [instrument()]}, **signals}


def kind_of(version: str, status: int, body: dict[str, Any]) -> str:
    """Which model a reply must satisfy."""
    if status >= 400:
        return "error"
    if version == APRIL and body["ucp"]["status"] == "error":
        return "no_resource"
    return "order" if "checkout_id" in body else "checkout"


class UcpShopper:
    """Calls a shop in one version as one shopper; a POST or PUT gets a fresh key unless one is given."""

    def __init__(self, shopper: ShopClient, version: str, *, modelled: bool = True) -> None:
        """`modelled` False: the shop speaks posture `status`, whose errors nobody has modelled."""
        self.shopper = shopper
        self.version = version
        self.base = f"/ucp/{version}"
        self._modelled = modelled

    async def call(self, method: str, path: str, body: bytes = b"", **headers: str | None) -> Answer:
        """One request below the endpoint; its reply is held against its model."""
        changed: dict[str, str | None] = {
            "ucp_agent": 'profile="https://platform.test/profile.json"',
            "api_version": None,
            **headers,
        }
        if method == "GET":
            changed["idempotency_key"] = None
        answer = await self.shopper.call(method, self.base + path, body, self.shopper.headers(**changed))
        if self._modelled or answer.status < 400:
            kind = kind_of(self.version, answer.status, answer.body)
            assert complaints(self.version, kind, msgspec.json.encode(answer.body)) == [], answer.body
        return answer

    async def send(self, method: str, path: str, body: Any, **headers: str | None) -> Answer:
        """A JSON body."""
        return await self.call(method, path, body=msgspec.json.encode(body), **headers)

    def _asked(self, name: str, body: dict[str, Any]) -> bytes:
        data = msgspec.json.encode(body)
        found = [one for one in complaints(self.version, name, data) if ".credential.token" not in one]
        assert found == [], body
        return data

    async def create(self, *skus: str, **headers: str | None) -> Answer:
        """Open a checkout, with an address."""
        return await self.call(
            "POST", "/checkout-sessions", self._asked("create", create_body(self.version, *skus)), **headers
        )

    async def update(self, checkout: dict[str, Any], *codes: str, **headers: str | None) -> Answer:
        """Choose delivery and apply codes."""
        body = self._asked("update", update_body(self.version, checkout, *codes))
        return await self.call("PUT", f"/checkout-sessions/{checkout['id']}", body, **headers)

    async def complete(self, checkout_id: str, *instruments: dict[str, Any], **headers: str | None) -> Answer:
        """Pay a checkout."""
        body = self._asked("complete", complete_body(self.version, *instruments))
        return await self.call("POST", f"/checkout-sessions/{checkout_id}/complete", body, **headers)

    async def cancel(self, checkout_id: str, **headers: str | None) -> Answer:
        """Give a checkout up."""
        return await self.call("POST", f"/checkout-sessions/{checkout_id}/cancel", b"{}", **headers)

    async def get(self, path: str, **headers: str | None) -> Answer:
        """Read below the endpoint."""
        return await self.call("GET", path, b"", **headers)

    async def checkout(self, checkout_id: str) -> Answer:
        """Read a checkout."""
        return await self.get(f"/checkout-sessions/{checkout_id}")

    async def ready(self, *skus: str, codes: tuple[str, ...] = ()) -> dict[str, Any]:
        """A checkout that can be paid."""
        created = await self.create(*skus)
        updated = await self.update(created.body, *codes)
        assert updated.body["status"] == "ready_for_complete"
        checkout: dict[str, Any] = updated.body
        return checkout
