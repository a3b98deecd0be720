"""The doors of a plan's target as one worker opens them: assistant, till and campaign, with its own secrets in their headers.

This module must not know connections.
"""

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from locustfiles.adapters.load_adapter import made_adapter
from locustfiles.journeys.adapter_till import AdapterTill
from locustfiles.journeys.catalogue import PRODUCTS
from locustfiles.journeys.dialect_till import DialectTill
from locustfiles.journeys.storefront import Till
from locustfiles.protocols.campaign import CampaignDoor
from locustfiles.protocols.chat_request import CREATE_CHECKOUT_TOOL, ChatDoor
from locustfiles.protocols.dialects import base_url_of, dialect_for
from locustfiles.protocols.request_heads import RequestHeads
from locustfiles.protocols.ucp_discovery import UcpProfile
from locustfiles.session.plan import Plan
from locustfiles.target.base_url import BaseUrl
from locustfiles.target.keyring import Keyring
from locustfiles.target.target import ChatService, CheckoutService, SecretSource, Target, usual_target
from locustfiles.transport.deadlines import Deadlines

SYSTEM_TEXT = (
    "You are the shopping assistant of an online shop. When the shopper names a product, call create_checkout with its sku "
    "and quantity; ask back when the product is not clear."
)
MOST_TOLD_GOODS = 200
"""Goods of a catalogue file that the assistant is told, when the target file has no system text."""
UNSET_KEY = "no-key"
"""Sent when the environment holds no API key: a target that wants one then says so in its own words."""


class GeneratorError(ValueError):
    """A plan that this process cannot carry out; the text is one sentence for the user."""


@dataclass(frozen=True, slots=True)
class Doors:
    """What one worker speaks to; None = the target or its journey has no such door."""

    target: Target
    keyring: Keyring
    chat: ChatDoor | None
    till: Till | None
    campaign: CampaignDoor | None
    heads: RequestHeads
    chat_origin: str
    """Where the assistant lives."""
    card_origin: str


def open_doors(plan: Plan, environ: Mapping[str, str]) -> Doors:
    """The doors of a plan; GeneratorError with one sentence when a secret or a switch cannot be used."""
    key = SecretSource(env=plan.api_key_env)
    has_key = bool(environ.get(plan.api_key_env))
    target = plan.target or usual_target(plan.target_url, plan.chat_url, key if has_key else None)
    unset = {} if plan.target is not None or has_key else {"Authorization": f"Bearer {UNSET_KEY}"}
    try:
        return _opened(plan, target, Keyring(target, environ), unset)
    except ValueError as error:
        raise GeneratorError(str(error)) from None


def _opened(plan: Plan, target: Target, keyring: Keyring, unset: Mapping[str, str]) -> Doors:
    chat = target.chat if target.journey != "checkout-only" else None
    shop = target.checkout if target.journey != "chat-only" else None
    first = BaseUrl.parse(base_url_of(shop, plan.profile) if shop is not None else chat.url if chat is not None else "")
    chat_url = BaseUrl.parse(chat.url) if chat is not None else first
    card_url = BaseUrl.parse(target.cards.url or shop.url) if shop is not None else first
    shop_headers = keyring.headers(shop) if shop is not None else {}
    chat_headers = keyring.headers(chat) if chat is not None else {}
    campaign = None
    if target.cards.source == "door" and shop is not None:
        headers = {**unset, **shop_headers}
        campaign = CampaignDoor(card_url.origin.host_header, headers=headers, base_path=card_url.path)
    return Doors(
        target=target,
        keyring=keyring,
        chat=_chat_door(chat, target, {**unset, **chat_headers}) if chat is not None else None,
        till=_till(shop, target, plan.profile, {**unset, **shop_headers}, keyring) if shop is not None else None,
        campaign=campaign,
        heads=RequestHeads(
            first.origin.host_header, shop_headers if shop is not None or chat is None else chat_headers
        ),
        chat_origin=str(chat_url.origin),
        card_origin=str(card_url.origin),
    )


def _chat_door(service: ChatService, target: Target, headers: Mapping[str, str]) -> ChatDoor:
    url = BaseUrl.parse(service.url)
    return ChatDoor(
        url.origin.host_header,
        path=f"{url.path}/chat/completions",
        model=service.model,
        system_text=service.system_text or _usual_system_text(target),
        headers=headers,
        tools=(CREATE_CHECKOUT_TOOL,) if service.offers_tool else (),
        members=service.members,
    )


def _usual_system_text(target: Target) -> str:
    told = "; ".join(f"{one.sku} = {one.name}" for one in target.goods[:MOST_TOLD_GOODS])
    return f"{SYSTEM_TEXT} The goods are, each sku with its name: {told}." if told else SYSTEM_TEXT


def _till(
    service: CheckoutService, target: Target, profile: UcpProfile | None, headers: Mapping[str, str], keyring: Keyring
) -> Till:
    if service.protocol == "adapter":
        url = BaseUrl.parse(service.url)
        adapter = made_adapter(
            service.adapter,
            currency=service.currency,
            country=service.country,
            payment_handler=service.payment.handler,
            credential=keyring.credential(service),
        )
        clean = keyring.redactor.clean
        return AdapterTill(
            adapter,
            url.origin.host_header,
            headers=headers,
            base_path=url.path,
            tell=lambda text: sys.stderr.write(clean(text)),
        )
    titles = {one.sku: one.title or one.name for one in target.goods}
    dialect = dialect_for(
        service, headers=headers, credential=keyring.credential(service), profile=profile, titles=titles
    )
    return DialectTill(dialect, resolve_unknown=bool(target.name))


def names_of(target: Target) -> dict[str, Sequence[str]]:
    """The words by which the goods are called, by sku."""
    if target.goods:
        return {one.sku: tuple(filter(None, (one.name_zh, one.name))) for one in target.goods}
    return {product.sku: (product.zh, product.en) for product in PRODUCTS}


def deadlines_of(plan: Plan) -> Deadlines:
    """The patience of one request: what the target file says, else what the shoppers' patience gives."""
    told = plan.target.waits if plan.target is not None else None
    patience_s = plan.patience_s
    return Deadlines(
        connect_s=(told and told.connect_s) or patience_s,
        first_byte_s=(told and told.first_byte_s) or patience_s,
        between_bytes_s=(told and told.between_bytes_s) or patience_s,
        total_s=(told and told.total_s) or 2 * patience_s,
        pool_s=patience_s,
    )
