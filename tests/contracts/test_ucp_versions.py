"""What UCP 2026-01-23 and 2026-04-08 say differently, row by row: the same question to both endpoints of one stub."""

from collections.abc import Awaitable, Callable
from importlib.metadata import Distribution
from typing import Any

import msgspec
import pytest

from tests.helpers.clocks import VirtualClock
from tests.helpers.shops import ShopClient, with_shop
from tests.helpers.ucp_models import FOLDER, RELEASES, complaints
from tests.helpers.ucp_shopper import APRIL, JANUARY, UcpShopper, complete_body, create_body, instrument, update_body

SESSIONS = "/checkout-sessions"
Answered = Callable[[UcpShopper], Awaitable[Any]]


async def _profile(shopper: UcpShopper) -> dict[str, Any]:
    ucp: dict[str, Any] = (await shopper.shopper.get(f"/.well-known/ucp/{shopper.version}")).body["ucp"]
    return ucp


async def _service(shopper: UcpShopper) -> object:
    (service,) = (await _profile(shopper))["services"]["dev.ucp.shopping"]
    return sorted(service), service["version"], service["endpoint"]


async def _capabilities(shopper: UcpShopper) -> object:
    capabilities = (await _profile(shopper))["capabilities"]
    return {name.rpartition(".")[2]: entry[0].get("extends") for name, entry in capabilities.items()}


async def _handlers_of_the_profile(shopper: UcpShopper) -> object:
    ((handler,),) = (await _profile(shopper))["payment_handlers"].values()
    return handler["id"], handler.get("available_instruments")


async def _ucp_of_a_checkout(shopper: UcpShopper) -> object:
    ucp = (await shopper.create("lemon-tea")).body["ucp"]
    return sorted(ucp), ucp["version"], ucp.get("status"), sorted(ucp["capabilities"]), sorted(ucp["payment_handlers"])


async def _other_versions(shopper: UcpShopper) -> object:
    return "supported_versions" in await _profile(shopper)


async def _bare_create(shopper: UcpShopper) -> object:
    body = {"line_items": [{"item": {"id": "lemon-tea"}, "quantity": 2}]}
    return (await shopper.send("POST", SESSIONS, body)).body["line_items"][0]["quantity"]


def _without(*path: str | int) -> Answered:
    async def ask(shopper: UcpShopper) -> object:
        checkout = (await shopper.create("lemon-tea")).body
        body = update_body(shopper.version, checkout)
        part: Any = body
        for step in path[:-1]:
            part = part[step]
        part.pop(path[-1], None)
        return (await shopper.send("PUT", f"{SESSIONS}/{checkout['id']}", body)).status

    return ask


def _completing(member: str) -> Answered:
    async def ask(shopper: UcpShopper) -> object:
        checkout = await shopper.ready("lemon-tea")
        body = {"payment": complete_body(shopper.version)["payment"], member: {}}
        return (await shopper.send("POST", f"{SESSIONS}/{checkout['id']}/complete", body)).status

    return ask


async def _shown_card(shopper: UcpShopper) -> object:
    done = await shopper.complete((await shopper.ready("lemon-tea"))["id"], instrument())
    (card,) = done.body["payment"]["instruments"]
    assert complaints(shopper.version, "card", msgspec.json.encode(card)) == ["$.selected: not in the model"]
    return card


async def _bill(shopper: UcpShopper) -> object:
    checkout = await shopper.ready("lemon-tea", codes=(await shopper.shopper.claimed_code(),))
    return [(total["type"], total["amount"]) for total in checkout["totals"]], checkout["discounts"]["applied"][0][
        "amount"
    ]


async def _open_totals(shopper: UcpShopper) -> object:
    checkout = await shopper.ready("lemon-tea")
    checkout["totals"].append({"type": "gift_wrap", "display_text": "Gift wrap", "amount": 0})
    return complaints(shopper.version, "checkout", msgspec.json.encode(checkout)) == []


def _signed(**headers: str) -> Answered:
    async def ask(shopper: UcpShopper) -> object:
        return (await shopper.create("lemon-tea", **headers)).status

    return ask


async def _not_found(shopper: UcpShopper) -> object:
    answer = await shopper.checkout("chk_0")
    return answer.status, answer.body


async def _severity(shopper: UcpShopper) -> object:
    answer = await shopper.checkout("chk_0")
    return answer.body["messages"][0]["severity"]


async def _order(shopper: UcpShopper) -> object:
    done = await shopper.complete((await shopper.ready("lemon-tea"))["id"])
    found = shopper.shopper.finds("GET", f"{shopper.base}/orders/{done.body['order']['id']}")
    return found and (await shopper.get(f"/orders/{done.body['order']['id']}")).body["checkout_id"] == done.body["id"]


async def _release(shopper: UcpShopper) -> object:
    (metadata,) = (FOLDER / RELEASES[shopper.version]).glob("ucp_sdk-*.dist-info")
    return Distribution.at(metadata).version


BINDING = ["endpoint", "schema", "spec", "transport", "version"]
CHECKOUT = "dev.ucp.shopping.checkout"
ALL_THREE = [CHECKOUT, "dev.ucp.shopping.discount", "dev.ucp.shopping.fulfillment"]
CARD = {
    "id": "pi_1",
    "handler_id": "stub_card",
    "type": "card",
    "selected": True,
    "display": {"brand": "visa", "last_digits": "4242"},
}
NO_SUCH = "there is no such checkout"
NOT_FOUND = {"type": "error", "code": "not_found", "content": NO_SUCH}
ROWS: list[tuple[str, Answered, Any, Any]] = [
    (
        "Services are a list of bindings, each with its transport and endpoint.",
        _service,
        (BINDING, JANUARY, f"http://127.0.0.1:8000/ucp/{JANUARY}"),
        (BINDING, APRIL, f"http://127.0.0.1:8000/ucp/{APRIL}"),
    ),
    (
        "Capabilities are a map; what an extension extends is text, and may be a list from 2026-04-08 on; orders are new.",
        _capabilities,
        {"checkout": None, "discount": CHECKOUT, "fulfillment": CHECKOUT},
        {"checkout": None, "discount": [CHECKOUT], "fulfillment": CHECKOUT, "order": None},
    ),
    (
        "Payment handlers are a map in the profile; 2026-04-08 says which instruments they take.",
        _handlers_of_the_profile,
        ("stub_card", None),
        ("stub_card", [{"type": "card"}]),
    ),
    (
        "A reply names its version, capabilities and payment handlers; 2026-04-08 adds a status.",
        _ucp_of_a_checkout,
        (["capabilities", "payment_handlers", "version"], JANUARY, None, ALL_THREE, ["test.springtide.card"]),
        (["capabilities", "payment_handlers", "status", "version"], APRIL, "success", ALL_THREE, ["test.springtide.card"]),
    ),
    ("A profile of one version names no others; only discovery's first does.", _other_versions, False, False),
    ("A create needs line items and nothing else.", _bare_create, 2, 2),
    ("An update repeats the checkout's id in 2026-01-23.", _without("id"), 400, 200),
    ("An update names the lines by their ids in 2026-01-23.", _without("line_items", 0, "id"), 400, 200),
    ("An update names the method in 2026-01-23.", _without("fulfillment", "methods", 0, "id"), 400, 200),
    ("An update says which lines the method delivers.", _without("fulfillment", "methods", 0, "line_item_ids"), 400, 400),
    ("An update names the group.", _without("fulfillment", "methods", 0, "groups", 0, "id"), 400, 400),
    ("An update needs line items.", _without("line_items"), 400, 400),
    ("A complete carries risk_signals in 2026-01-23.", _completing("risk_signals"), 200, 400),
    ("A complete carries signals in 2026-04-08.", _completing("signals"), 400, 200),
    ("A card shows its brand and digits inside display, and never what pays.", _shown_card, CARD, CARD),
    (
        "A discount is positive in the totals of 2026-01-23 and negative in those of 2026-04-08, positive where it is applied.",
        _bill,
        ([("subtotal", 1400), ("fulfillment", 300), ("discount", 1699), ("total", 1)], 1699),
        ([("subtotal", 1400), ("fulfillment", 300), ("discount", -1699), ("total", 1)], 1699),
    ),
    ("The types of totals are closed in 2026-01-23 and open in 2026-04-08.", _open_totals, False, True),
    ("A request needs no signature.", _signed(), 201, 201),
    ("A signature of 2026-01-23 is no hindrance.", _signed(request_signature="e30..c2ln"), 201, 201),
    ("A signature of 2026-04-08 is no hindrance.", _signed(signature_input='sig1=("@method")', signature="sig1=:YQ==:"), 201, 201),
    (
        "What is not found is a 404 in 2026-01-23, and a 200 with status error in 2026-04-08.",
        _not_found,
        (404, {"status": "requires_escalation", "messages": [{**NOT_FOUND, "severity": "requires_buyer_input"}]}),
        (200, {"ucp": {"version": APRIL, "status": "error"}, "messages": [{**NOT_FOUND, "severity": "unrecoverable"}]}),
    ),
    ("What nobody can resolve is unrecoverable in 2026-04-08, which has the word.", _severity, "requires_buyer_input", "unrecoverable"),
    ("An order can be read from 2026-04-08 on.", _order, False, True),
    ("The models of a version are one release of ucp-sdk.", _release, "0.3.0", "0.4.6"),
]  # fmt: skip


@pytest.mark.parametrize(("ask", "january", "april"), [row[1:] for row in ROWS], ids=[row[0] for row in ROWS])
def test_versions_differ_as_published(ask: Answered, january: object, april: object) -> None:
    """Each row holds in both versions, over one stub."""

    async def story(client: ShopClient, _clock: VirtualClock) -> None:
        assert await ask(UcpShopper(client, JANUARY)) == january

    async def other_story(client: ShopClient, _clock: VirtualClock) -> None:
        assert await ask(UcpShopper(client, APRIL)) == april

    with_shop(story)
    with_shop(other_story)


def test_a_checkout_can_be_continued_in_the_other_version() -> None:
    """One table: a checkout that was opened in 2026-01-23 is told and paid in 2026-04-08, in that version's words."""

    async def story(client: ShopClient, _clock: VirtualClock) -> None:
        january, april = UcpShopper(client, JANUARY), UcpShopper(client, APRIL)
        opened = await january.send("POST", SESSIONS, create_body(JANUARY, "cinema-2d"))
        await april.update(opened.body, await client.claimed_code())
        done = await april.complete(opened.body["id"])
        assert [total["amount"] for total in done.body["totals"]] == [3900, 0, -2500, 1400]
        told = await january.checkout(opened.body["id"])
        assert [total["amount"] for total in told.body["totals"]] == [3900, 0, 2500, 1400]

    with_shop(story)
