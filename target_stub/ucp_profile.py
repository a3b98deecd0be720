"""Who speaks which UCP version: the shop's profiles, and what a platform says of itself in `UCP-Agent`.

A platform's version stands in the profile behind `UCP-Agent`. The stub does not fetch it: under load that would be a
request per request, and the answer is known. Each version's profile names an endpoint of its own instead, so a platform
that follows discovery has said its version in the path it calls. A `version` beside the profile's address, as the one shop
reads it that was seen on the wire, must agree with that. Between the two versions shapes decide nothing but whether a body
belongs to its endpoint: `signals` is refused in 2026-01-23, `risk_signals` in 2026-04-08.
"""

import re
from typing import Any, Final
from urllib.parse import urlsplit

from target_stub.api_door import base_url
from target_stub.ucp_dialect import SPOKEN, Dialect, UcpTerms, UcpVersion
from target_stub.ucp_errors import Refusal, UcpError
from target_stub.web import Reply, Request, Route, json_reply

HANDLER: Final = "test.springtide.card"
HANDLER_ID: Final = "stub_card"
CHECKOUT: Final = "dev.ucp.shopping.checkout"
DISCOUNT: Final = "dev.ucp.shopping.discount"
FULFILLMENT: Final = "dev.ucp.shopping.fulfillment"
ORDER: Final = "dev.ucp.shopping.order"
_WELL_KNOWN: Final = "/.well-known/ucp"
_SPEC: Final = "https://ucp.dev"
_HANDLER_SPEC: Final = "https://shop.test/card"
_CACHE: Final = [("cache-control", "public, max-age=3600")]
_AGENT_LENGTH_MAX: Final = 2048
# The members and parameters of the dictionary (RFC 8941) that are quoted text; nothing else is read.
_MEMBER: Final = re.compile(r'(?:^|[,;])\s*([a-z][a-z0-9_.*\-]*)="([^"\\]*)"')


def endpoint_path(version: UcpVersion) -> str:
    """Where the calls of a version are."""
    return f"/ucp/{version}"


def check_agent(request: Request, dialect: Dialect) -> None:
    """Refuse a request without a profile's address, or of another version than its endpoint's."""
    said = request.headers.get("ucp-agent", "")[:_AGENT_LENGTH_MAX]
    members = dict(_MEMBER.findall(said))
    if not _is_address(members.get("profile", "")):
        sentence = 'send UCP-Agent: profile="https://..." with the address of the platform\'s profile'
        raise UcpError(dialect, Refusal.PROFILE, sentence)
    version = members.get("version", dialect.version)
    if version != dialect.version:
        sentence = f"this endpoint speaks {dialect.version}, not {version[:32]!r}; the shop speaks {SPOKEN}"
        raise UcpError(dialect, Refusal.VERSION, sentence)


def _is_address(text: str) -> bool:
    try:
        parts = urlsplit(text)
        return parts.scheme in {"https", "http"} and bool(parts.hostname)
    except ValueError:
        return False


def profile_routes(terms: UcpTerms) -> list[Route]:
    """Discovery: the version offered first, and a profile of each version under its own address."""

    async def first(request: Request) -> Reply:
        return json_reply(200, profile(terms.first, base_url(request), is_first=True), _CACHE)

    async def one(request: Request) -> Reply:
        version = UcpVersion(request.path.rpartition("/")[2])
        return json_reply(200, profile(version, base_url(request), is_first=False), _CACHE)

    return [Route("GET", _WELL_KNOWN, first), *(Route("GET", f"{_WELL_KNOWN}/{one_of}", one) for one_of in UcpVersion)]


def profile(version: UcpVersion, base: str, *, is_first: bool) -> dict[str, Any]:
    """The shop's profile of one version; the one offered first names the other, where its version can."""
    spec = f"{_SPEC}/{version}/specification"
    service = {
        "version": version,
        "transport": "rest",
        "endpoint": base + endpoint_path(version),
        "spec": f"{spec}/overview",
        "schema": f"{_SPEC}/{version}/services/shopping/rest.openapi.json",
    }
    capabilities = {
        name: [{**entry[0], "spec": f"{spec}/{_short(name)}", "schema": _schema(version, name)}]
        for name, entry in active_capabilities(version, with_extends=True).items()
    }
    ucp: dict[str, Any] = {
        "version": version,
        "services": {"dev.ucp.shopping": [service]},
        "capabilities": capabilities,
        "payment_handlers": payment_handlers(version, with_spec=True),
    }
    if is_first and version is UcpVersion.APRIL:
        others = [other for other in UcpVersion if other != version]
        ucp["supported_versions"] = {other: f"{base}{_WELL_KNOWN}/{other}" for other in others}
    return {"ucp": ucp}


def _short(name: str) -> str:
    return name.rpartition(".")[2]


def _schema(version: UcpVersion, name: str) -> str:
    return f"{_SPEC}/{version}/schemas/shopping/{_short(name)}.json"


def active_capabilities(version: UcpVersion, *, with_extends: bool = False) -> dict[str, list[dict[str, Any]]]:
    """What the shop can do in a version, by name; orders can be read from 2026-04-08 on.

    `extends` is text in 2026-01-23, and may be a list from 2026-04-08 on.
    """
    discount = [CHECKOUT] if version is UcpVersion.APRIL else CHECKOUT
    extends: dict[str, Any] = {CHECKOUT: None, DISCOUNT: discount, FULFILLMENT: CHECKOUT}
    if version is UcpVersion.APRIL:
        extends[ORDER] = None
    return {
        name: [{"version": version, **({"extends": parent} if with_extends and parent else {})}]
        for name, parent in extends.items()
    }


def payment_handlers(version: UcpVersion, *, with_spec: bool = False) -> dict[str, list[dict[str, Any]]]:
    """Who takes the money; which instruments it takes is told from 2026-04-08 on."""
    handler: dict[str, Any] = {"id": HANDLER_ID, "version": version}
    if version is UcpVersion.APRIL:
        handler["available_instruments"] = [{"type": "card"}]
    if with_spec:
        handler |= {"spec": _HANDLER_SPEC, "schema": f"{_HANDLER_SPEC}/{version}.json"}
    return {HANDLER: [handler]}
