"""What is loaded, as values: the services of a target, how each is spoken to, and where its secrets are read from.

A ``Target`` travels to every worker in the plan and stands in the manifest, so it never holds a secret: only where one is read.
This module must not know files (``target_file``) nor how a secret is read (``secret``).
"""

from typing import Any, Literal

import msgspec

Journey = Literal["whole", "chat-only", "checkout-only"]
Protocol = Literal["acp", "ucp", "adapter"]
CardSource = Literal["door", "codes", "none"]
USUAL_MODEL = "springtide-shop"


class SecretSource(msgspec.Struct, frozen=True):
    """Where a secret is read from: an environment variable or a file, one of them."""

    env: str = ""
    file: str = ""


class Header(msgspec.Struct, frozen=True):
    """A header that every request of a service carries; ``secret`` takes the value's place."""

    name: str
    value: str = ""
    secret: SecretSource | None = None


class ChatService(msgspec.Struct, frozen=True):
    """An assistant that speaks OpenAI's chat completions."""

    url: str
    """Base URL, path included (``https://host/compatible-mode/v1``); ``/chat/completions`` is appended."""
    model: str
    key: SecretSource | None = None
    """Sent as a bearer token; None = no Authorization header."""
    headers: tuple[Header, ...] = ()
    system_text: str = ""
    """Empty = the generator's own."""
    offers_tool: bool = True
    """Whether ``create_checkout`` is offered; a chat-only journey without it is done with any answer that has text."""
    members: dict[str, Any] = {}
    """Further members of every request's body: ``max_tokens``, ``temperature``, ``enable_thinking`` ..."""


class Payment(msgspec.Struct, frozen=True):
    """How a session is paid: the handler's id and the test instrument's credential."""

    handler: str = ""
    """Empty = the first that the session or the discovery document offers."""
    credential: str = ""
    """A test credential that may be known to everybody (``success_token``); empty = the protocol's usual test token."""
    secret: SecretSource | None = None
    """In the place of ``credential``."""


class CheckoutService(msgspec.Struct, frozen=True):
    """A shop: a protocol that Springtide speaks, or an adapter class of the user's own."""

    protocol: Protocol
    url: str
    """Base URL. UCP: of ``/.well-known/ucp``, whose REST endpoint must be on an allowed host."""
    version: str = ""
    """Empty = ACP's 2026-04-17, or the newest that UCP's discovery document offers and Springtide speaks."""
    key: SecretSource | None = None
    headers: tuple[Header, ...] = ()
    currency: str = "CNY"
    country: str = "CN"
    payment: Payment = Payment()
    quirks: dict[str, str] = {}
    """Switches of published defects (protocols sheet 2.8, 3): by name, checked by the dialect that knows them."""
    adapter: str = ""
    """``module:Class`` or ``path/to/file.py:Class`` of protocol ``adapter``."""


class CardService(msgspec.Struct, frozen=True):
    """Where the discount comes from: the campaign door (at the shop's URL unless told), fixed codes, or nowhere."""

    source: CardSource = "none"
    url: str = ""
    codes: tuple[str, ...] = ()
    """Of source ``codes``: wish i applies code i modulo their number, and no claim is sent."""


class Waits(msgspec.Struct, frozen=True):
    """Deadlines of one request in seconds; None = what ``--patience`` gives."""

    connect_s: float | None = None
    first_byte_s: float | None = None
    between_bytes_s: float | None = None
    total_s: float | None = None


class Goods(msgspec.Struct, frozen=True):
    """One product of the shop's catalogue, as prompts name it. ``price_minor`` None = not checked."""

    sku: str
    name: str
    name_zh: str = ""
    title: str = ""
    """What a checkout request calls it, where the protocol asks for a title; empty = ``name``."""
    vertical: str = "groceries"
    price_minor: int | None = None


class Target(msgspec.Struct, frozen=True):
    """One target file, read and checked."""

    name: str
    journey: Journey = "whole"
    chat: ChatService | None = None
    """None only in a checkout-only journey."""
    checkout: CheckoutService | None = None
    """None only in a chat-only journey."""
    cards: CardService = CardService()
    waits: Waits = Waits()
    ca_pem: str = ""
    """Whom https targets are trusted by, as PEM text; empty = the system's authorities."""
    goods: tuple[Goods, ...] = ()
    """Empty = Springtide's own catalogue."""
    prompts: bytes = b""
    """The prompts file (JSON lines), whole, since a worker elsewhere has no such file; empty = drawn prompts."""
    allow_file: str = ""
    """Path of the list of hosts that may be loaded (``allow_list``), where the run is started; empty = none."""

    @property
    def sources(self) -> tuple[tuple[str, SecretSource], ...]:
        """Every secret's source with the field that names it."""
        found: list[tuple[str, SecretSource]] = []
        for name, service in (("chat", self.chat), ("checkout", self.checkout)):
            if service is not None and service.key is not None:
                found.append((f"{name}.key", service.key))
            headers = service.headers if service is not None else ()
            found += [(f"{name}.headers.{one.name}", one.secret) for one in headers if one.secret is not None]
        if self.checkout is not None and self.checkout.payment.secret is not None:
            found.append(("checkout.payment.credential", self.checkout.payment.secret))
        return tuple(found)


def usual_target(url: str, chat_url: str, key: SecretSource | None) -> Target:
    """What a run without a target file loads: Springtide's own doors at a base URL, the assistant perhaps at another."""
    return Target(
        name="",
        chat=ChatService(url=f"{(chat_url or url).rstrip('/')}/v1", model=USUAL_MODEL, key=key),
        checkout=CheckoutService(protocol="acp", url=url, key=key),
        cards=CardService(source="door"),
    )
