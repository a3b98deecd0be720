"""The target file: one TOML file that says what is loaded and how it is spoken to, read into a ``Target``.

Every field is documented in this folder's README. All mistakes are told at once, each one sentence with its path; a secret stands
in no file, and what may be one is never quoted. Paths are relative to the file.
"""

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast, get_args

from locustfiles.journeys.prompt_file import read_prompts
from locustfiles.protocols.chat_request import OWN_MEMBERS
from locustfiles.protocols.http_request import checked_name, checked_value
from locustfiles.target.base_url import BaseUrl
from locustfiles.target.catalogue_file import read_goods
from locustfiles.target.data_files import DataError, read_bytes
from locustfiles.target.fields import Fields
from locustfiles.target.secret import SecretError, read_secret
from locustfiles.target.target import (
    CardService,
    CardSource,
    ChatService,
    CheckoutService,
    Goods,
    Header,
    Journey,
    Payment,
    Protocol,
    Target,
    Waits,
)
from locustfiles.transport.tls import authorities_in

LONGEST_FILE = 1024 * 1024
MOST_PROMPT_BYTES = 16 * 1024 * 1024
"""The prompts travel to every worker in one message."""
_WAITS = ("connect_s", "first_byte_s", "between_bytes_s", "total_s")
FIELDS: dict[str, tuple[str, ...]] = {
    "": ("name", "journey", "chat", "checkout", "cards", "data", "tls", "deadlines", "guard"),
    "chat": ("url", "model", "key", "system", "tool", "members", "headers"),
    "checkout": (
        *("protocol", "url", "version", "key", "headers", "currency", "country", "payment", "quirks", "adapter"),
    ),
    "checkout.payment": ("handler", "credential"),
    "cards": ("source", "url", "codes"),
    "data": ("catalogue", "prompts"),
    "tls": ("ca_file",),
    "deadlines": _WAITS,
    "guard": ("allow",),
}
"""The fields of each table by the table's path."""
_TRANSPORTS_OWN = frozenset(
    {
        *(
            "host",
            "content-length",
            "transfer-encoding",
            "connection",
            "content-type",
            "accept",
            "accept-encoding",
            "expect",
        ),
        *("idempotency-key", "request-id", "x-shopper-id", "api-version"),
    }
)
_SECRET_NAME = re.compile(r"auth|key|token|secret|cookie|password|signature|credential", re.IGNORECASE)
_CURRENCY, _COUNTRY = re.compile(r"[A-Z]{3}"), re.compile(r"[A-Z]{2}")


class TargetError(ValueError):
    """A target file that cannot be used; ``sentences`` holds one for every mistake."""

    def __init__(self, sentences: list[str]) -> None:
        """Keep the sentences."""
        super().__init__(" ".join(sentences))
        self.sentences = sentences


def read_target(path: Path) -> Target:
    """The target of a file; TargetError with a sentence for every mistake."""
    try:
        values = tomllib.loads(read_bytes(path, most=LONGEST_FILE).decode())
    except UnicodeDecodeError:
        raise TargetError([f"{path.name}: the file is not UTF-8 text"]) from None
    except DataError as error:
        raise TargetError([str(error)]) from None
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise TargetError([f"{path.name}: the file is not TOML ({error})"]) from None
    return target_of(values, folder=path.resolve().parent)


def target_of(values: Mapping[str, Any], *, folder: Path) -> Target:
    """The target of what the file holds; paths in it are relative to ``folder``. TargetError with a sentence for every mistake."""
    wrong: list[str] = []
    top = Fields("", values, FIELDS[""], folder=folder, wrong=wrong)
    journey = cast("Journey", top.word("journey", get_args(Journey), "whole"))
    chat, checkout = _table(top, "chat"), _table(top, "checkout")
    for name, table, other in (("chat", chat, "checkout-only"), ("checkout", checkout, "chat-only")):
        if table is None and journey != other and not top.says(name):
            top.mistake(name, f"missing; journey {journey} needs the table [{name}]")
    goods, prompts = _data(_table(top, "data"), needs_items=journey != "chat-only")
    deadlines = _table(top, "deadlines")
    guard = _table(top, "guard")
    allow = guard.path("allow") if guard else None
    target = Target(
        name=top.text("name", is_required=True),
        journey=journey,
        chat=_chat(chat) if chat else None,
        checkout=_checkout(checkout) if checkout else None,
        cards=_cards(_table(top, "cards"), has_shop=checkout is not None),
        waits=_waits(deadlines) if deadlines else Waits(),
        ca_pem=_ca_pem(_table(top, "tls")),
        goods=goods,
        prompts=prompts,
        allow_file=str(allow or ""),
    )
    if wrong:
        raise TargetError(wrong)
    return target


def missing_secrets(target: Target, environ: Mapping[str, str]) -> list[str]:
    """A sentence for every secret of the target that this process cannot read; values are never told."""
    wrong = []
    for name, source in target.sources:
        try:
            read_secret(source, environ)
        except SecretError as error:
            wrong.append(f"{name}: {error}")
    return wrong


def _table(top: Fields, name: str) -> Fields | None:
    return top.table(name, FIELDS[name])


def _chat(fields: Fields) -> ChatService:
    key = fields.secret("key")
    members = fields.members("members")
    for name in OWN_MEMBERS & members.keys():
        fields.mistake(f"members.{name}", "is set by the field or the prompt of its name and cannot be given here")
    return ChatService(
        url=_url(fields, "url"),
        model=fields.text("model", is_required=True),
        key=key,
        headers=_headers(fields, has_key=key is not None),
        system_text=fields.text("system"),
        offers_tool=fields.flag("tool", default=True),
        members=members,
    )


def _checkout(fields: Fields) -> CheckoutService:
    key = fields.secret("key")
    protocol = cast("Protocol", fields.word("protocol", get_args(Protocol)))
    adapter = fields.text("adapter", is_required=protocol == "adapter")
    if adapter and protocol in ("acp", "ucp"):
        fields.mistake("adapter", f"says nothing beside protocol {protocol}; leave one of them out")
    currency, country = fields.text("currency", "CNY"), fields.text("country", "CN")
    if not _CURRENCY.fullmatch(currency):
        fields.mistake("currency", "takes three capital letters of ISO 4217, such as CNY")
    if not _COUNTRY.fullmatch(country):
        fields.mistake("country", "takes two capital letters of ISO 3166, such as CN")
    quirks = fields.members("quirks")
    for name in [name for name, value in quirks.items() if not isinstance(value, str)]:
        fields.mistake(f"quirks.{name}", "takes text")
    return CheckoutService(
        protocol=protocol,
        url=_url(fields, "url"),
        version=fields.text("version"),
        key=key,
        headers=_headers(fields, has_key=key is not None),
        currency=currency,
        country=country,
        payment=_payment(fields.table("payment", FIELDS["checkout.payment"])),
        quirks={name: str(value) for name, value in quirks.items()},
        adapter=_adapter_path(adapter, fields.folder),
    )


def _adapter_path(spec: str, folder: Path) -> str:
    """``path/to/file.py:Class`` with the path made absolute; ``module:Class`` as it is."""
    place, colon, name = spec.rpartition(":")
    return f"{folder / place}{colon}{name}" if place.endswith(".py") else spec


def _payment(fields: Fields | None) -> Payment:
    if fields is None:
        return Payment()
    handler = fields.text("handler")
    if isinstance(fields.value("credential"), dict):
        return Payment(handler=handler, secret=fields.secret("credential"))
    return Payment(handler=handler, credential=fields.text("credential"))


def _cards(fields: Fields | None, *, has_shop: bool) -> CardService:
    if fields is None:
        return CardService()
    source = cast("CardSource", fields.word("source", get_args(CardSource)))
    codes = fields.texts("codes")
    if source == "codes" and not codes and not fields.says("codes"):
        fields.mistake("codes", "missing; source codes needs a list of codes")
    if codes and source in ("door", "none"):
        fields.mistake("codes", f'says nothing beside source = "{source}"; give source = "codes"')
    if fields.says("url") and source in ("codes", "none"):
        fields.mistake("url", f'says nothing beside source = "{source}"; give source = "door"')
    url = _url(fields, "url") if fields.says("url") else ""
    if source == "door" and not url and not has_shop:
        fields.mistake("url", "missing; without [checkout] nothing says where the campaign door is")
    return CardService(source=source, url=url, codes=codes)


def _headers(fields: Fields, *, has_key: bool) -> tuple[Header, ...]:
    value = fields.value("headers")
    if value is None:
        return ()
    if not isinstance(value, dict):
        fields.mistake("headers", "takes a table of names and values")
        return ()
    found = (_header(fields, name, one, has_key=has_key) for name, one in value.items())
    return tuple(header for header in found if header is not None)


def _header(fields: Fields, name: str, value: Any, *, has_key: bool) -> Header | None:
    where = f"headers.{name}"
    try:
        checked_name(name)
        if isinstance(value, str):
            checked_value(name, value)
    except ValueError as error:
        fields.mistake(where, str(error))
        return None
    if name.lower() in _TRANSPORTS_OWN:
        fields.mistake(where, "is set by Springtide itself; leave it out")
        return None
    if name.lower() == "authorization" and has_key:
        fields.mistake(where, "says the same as key; leave one of them out")
        return None
    if isinstance(value, str) and not _SECRET_NAME.search(name):
        return Header(name, value)
    source = fields.source(where, value)
    return None if source is None else Header(name, secret=source)


def _url(fields: Fields, name: str) -> str:
    url = fields.text(name, is_required=True)
    if not url:
        return ""
    try:
        BaseUrl.parse(url)
    except ValueError as error:
        fields.mistake(name, str(error))
        return ""
    return url


def _waits(fields: Fields) -> Waits:
    return Waits(**{name: fields.seconds(name) for name in _WAITS})


def _ca_pem(fields: Fields | None) -> str:
    path = fields.path("ca_file") if fields else None
    if fields is None or path is None:
        return ""
    try:
        return authorities_in(path)
    except ValueError as error:
        fields.mistake("ca_file", str(error))
        return ""


def _data(fields: Fields | None, *, needs_items: bool) -> tuple[tuple[Goods, ...], bytes]:
    """The goods of the catalogue file and the bytes of the prompts file."""
    if fields is None:
        return (), b""
    goods: tuple[Goods, ...] = ()
    prompts = b""
    catalogue, asked = fields.path("catalogue"), fields.path("prompts")
    if catalogue is not None:
        try:
            goods = read_goods(catalogue)
        except DataError as error:
            fields.mistake("catalogue", str(error))
    if asked is not None:
        try:
            prompts = read_bytes(asked, most=MOST_PROMPT_BYTES)
            read_prompts(prompts, goods, name=asked.name, needs_items=needs_items)
        except DataError as error:
            fields.mistake("prompts", str(error))
    return goods, prompts
