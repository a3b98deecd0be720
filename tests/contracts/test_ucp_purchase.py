"""One shop process, one purchase in each UCP version over real sockets, and the books: the platform knows only the host.

The platform below follows the published text alone: it finds the endpoint of its version by discovery, buys with a card
of the campaign, checks the bill before it pays, and reads its order. It shares no code with stub or generator.
"""

import json
import sqlite3
import subprocess
import sys
import uuid
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.helpers.ucp_models import complaints

AGENT = {"UCP-Agent": 'profile="https://platform.test/profile.json"'}
HOME = {"id": "home", "street_address": "1 Lake Rd", "postal_code": "310000", "address_country": "CN"}


@contextmanager
def stub(ledger: Path, *flags: str) -> Iterator[str]:
    """The address of a stub process that ends with the block."""
    command = [sys.executable, "-m", "target_stub", "--until-stdin-closes", "--ledger", str(ledger), *flags]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            yield str(json.loads(process.stdout.readline())["url"])
        finally:
            process.stdin.close()
            process.wait(timeout=20)


class Platform:
    """Speaks one version; every body in either direction satisfies its official model."""

    def __init__(self, http: httpx.Client, version: str) -> None:
        """Find the endpoint of the version: in the first profile, or where that one points."""
        self.version = version
        self.http = http
        self.january = version == "2026-01-23"
        profile = http.get("/.well-known/ucp").json()
        if profile["ucp"]["version"] != version:
            profile = http.get(profile["ucp"]["supported_versions"][version]).json()
        assert complaints(version, "profile", json.dumps(profile).encode()) == []
        (service,) = (one for one in profile["ucp"]["services"]["dev.ucp.shopping"] if one["transport"] == "rest")
        self.endpoint = service["endpoint"].rstrip("/")
        ((handler,),) = profile["ucp"]["payment_handlers"].values()
        self.handler_id = handler["id"]

    def call(self, method: str, path: str, name: str, body: Any, key: str) -> dict[str, Any]:
        """A write, whose reply must be a checkout."""
        data = json.dumps(body).encode()
        assert [one for one in complaints(self.version, name, data) if "credential.token" not in one] == []
        headers = {**AGENT, "Idempotency-Key": key, "Request-Id": str(uuid.uuid4()), "Content-Type": "application/json"}
        reply = self.http.request(method, self.endpoint + path, content=data, headers=headers)
        assert complaints(self.version, "checkout", reply.content) == []
        checkout: dict[str, Any] = reply.json()
        return checkout

    def is_sum(self, totals: list[dict[str, Any]]) -> bool:
        """Whether the total is the sum of the rest: signed, or with discounts to subtract in 2026-01-23."""
        sign = -1 if self.january else 1
        amounts = [sign * one["amount"] if one["type"] == "discount" else one["amount"] for one in totals]
        return bool(sum(amounts[:-1]) == amounts[-1]) and totals[-1]["type"] == "total"

    def buy(self, sku: str, quantity: int, code: str, email: str, key: str) -> dict[str, Any]:
        """A completed checkout."""
        line = {"item": {"id": sku}, "quantity": quantity}
        buyer = {"email": email}
        ids: dict[str, Any] = {"line_item_ids": []} if self.january else {}
        method = {"type": "shipping", "destinations": [HOME], **ids}
        body: dict[str, Any] = {"line_items": [line], "buyer": buyer, "fulfillment": {"methods": [method]}}
        opened = self.call("POST", "/checkout-sessions", "create", body, f"{key}-create")
        path = f"/checkout-sessions/{opened['id']}"
        (method,) = opened["fulfillment"]["methods"]
        (group,) = method["groups"]
        body = {
            "line_items": [{"id": opened["line_items"][0]["id"], **line}],
            "buyer": buyer,
            "fulfillment": {
                "methods": [
                    {
                        "id": method["id"],
                        "line_item_ids": method["line_item_ids"],
                        "destinations": [HOME],
                        "selected_destination_id": "home",
                        "groups": [{"id": group["id"], "selected_option_id": group["options"][0]["id"]}],
                    }
                ]
            },
            "discounts": {"codes": [code]},
        }
        if self.january:
            body["id"] = opened["id"]
        ready = self.call("PUT", path, "update", body, f"{key}-update")
        assert (ready["status"], ready["messages"], self.is_sum(ready["totals"])) == ("ready_for_complete", [], True)
        card = {
            "id": "pi_1",
            "handler_id": self.handler_id,
            "type": "card",
            "selected": True,
            "credential": {"type": "token", "token": "success_token"},
        }
        signals: dict[str, Any] = (
            {"risk_signals": {}} if self.january else {"signals": {"dev.ucp.buyer_ip": "192.0.2.7"}}
        )
        done = self.call("POST", f"{path}/complete", "complete", {"payment": {"instruments": [card]}, **signals}, key)
        again = self.call("POST", f"{path}/complete", "complete", {"payment": {"instruments": [card]}, **signals}, key)
        assert (done["status"], again) == ("completed", done)
        return done


@pytest.mark.parametrize("first", ["2026-01-23", "2026-04-08"])
def test_one_stub_sells_in_both_versions(first: str, tmp_path: Path) -> None:
    """Whichever version discovery offers first, its platform buys once with a card, and the books say the same."""
    ledger = tmp_path / "ledger.sqlite"
    versions = ["2026-01-23"] if first == "2026-01-23" else ["2026-04-08", "2026-01-23"]
    told = {}
    with stub(ledger, "--ucp-version", first) as url, httpx.Client(base_url=url, trust_env=False) as http:
        for version in versions:
            email = f"{version}@shop.test"
            keyed = {"Idempotency-Key": f"{version}-card", "Authorization": "Bearer any"}
            claimed = http.post("/campaign/cards", json={"user_id": email, "reason": "first"}, headers=keyed)
            code = claimed.json()["card"]["code"]
            done = Platform(http, version).buy("taro-milk-tea", 2, code, email, f"{version}-pay")
            told[version] = (done["order"]["id"], done["id"], code)
        if first == "2026-04-08":
            order = http.get(f"{Platform(http, first).endpoint}/orders/{told[first][0]}", headers=AGENT)
            assert complaints(first, "order", order.content) == []
            assert order.json()["checkout_id"] == told[first][1]

    with closing(sqlite3.connect(ledger)) as books:
        rows = books.execute(
            "SELECT idempotency_key, order_id, session_id, user_id, items, currency, price_minor, fulfillment_minor,"
            " discount_minor, amount_minor, card_code FROM orders ORDER BY seq"
        ).fetchall()
        charged = books.execute("SELECT order_id, amount_minor FROM payments ORDER BY seq").fetchall()
        used = books.execute("SELECT card_code, order_id FROM card_events WHERE event = 'used' ORDER BY seq").fetchall()
    items = '[{"sku":"taro-milk-tea","quantity":2}]'
    assert rows == [
        (f"{version}-pay", order_id, session_id, f"{version}@shop.test", items, "CNY", 3600, 300, 2500, 1400, code)
        for version, (order_id, session_id, code) in told.items()
    ]
    assert charged == [(order_id, 1400) for order_id, _, _ in told.values()]
    assert used == [(code, order_id) for order_id, _, code in told.values()]
