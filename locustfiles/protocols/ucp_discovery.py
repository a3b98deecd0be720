"""UCP discovery: what a shop's profile at ``/.well-known/ucp`` says, and which version is spoken with it.

Pure: bytes in, values out. Fetching is the caller's, and so is the rule that an address in a profile, the endpoint too, stays
on an allowed host.
"""

from collections.abc import Callable
from enum import StrEnum
from typing import Any

import msgspec

from locustfiles.protocols.checkout import ProtocolFault, ServiceError
from locustfiles.protocols.service_error import CODE_CHARACTERS, excerpt, parse_json, service_error

WELL_KNOWN = "/.well-known/ucp"
MAX_URL_CHARACTERS = 2048
MAX_PROFILE_BYTES = 256 * 1024
_SHOPPING = "dev.ucp.shopping"
_MAX_ENTRIES = 100
_OK = 200


class UcpVersion(StrEnum):
    """The versions that Springtide speaks; later ones compare greater."""

    JANUARY_11 = "2026-01-11"
    JANUARY_23 = "2026-01-23"
    APRIL_08 = "2026-04-08"


SPOKEN = ", ".join(UcpVersion)


class UcpProfile(msgspec.Struct, frozen=True):
    """A shop's profile as told: hostile text, bounded."""

    version: str
    """Told by the document's shape where shapes differ, for published examples state wrong dates; else as stated."""
    endpoint: str
    """Base URL of the REST calls, without its last slash."""
    handlers: tuple[str, ...] = ()
    """Ids of the payment handlers, in order."""
    capabilities: tuple[str, ...] = ()
    others: tuple[tuple[str, str], ...] = ()
    """(version, address of its profile) of every other version that the shop says it speaks."""


class OtherProfile(msgspec.Struct, frozen=True):
    """The version that is to be spoken has a profile of its own, at this address."""

    version: UcpVersion
    url: str


def discover(document: bytes) -> UcpProfile | ProtocolFault:
    """The profile in the body of a discovery answer; total over all bytes, never raises."""
    if len(document) > MAX_PROFILE_BYTES:
        return ProtocolFault(f"The discovery document is longer than {MAX_PROFILE_BYTES:,} bytes.", MAX_PROFILE_BYTES)
    value = parse_json(document)
    if isinstance(value, ProtocolFault):
        return value
    ucp = _dict(_dict(value).get("ucp"))
    endpoint = _endpoint(_dict(ucp.get("services")).get(_SHOPPING))
    if not endpoint:
        sentence = f"The discovery document names no REST endpoint of {_SHOPPING}."
        return ProtocolFault(sentence, 0, excerpt(document))
    stated = _text(ucp.get("version"))
    capabilities = ucp.get("capabilities")
    if isinstance(capabilities, list):
        names = [_text(_dict(entry).get("name")) for entry in capabilities[:_MAX_ENTRIES]]
        handlers = [
            _text(_dict(entry).get("id")) for entry in _list(_dict(_dict(value).get("payment")).get("handlers"))
        ]
        return UcpProfile(UcpVersion.JANUARY_11, endpoint, _told(handlers), _told(names))
    if stated == UcpVersion.JANUARY_11:  # the shape is a later one's
        stated = UcpVersion.JANUARY_23
    names = [_text(name) for name in list(_dict(capabilities))[:_MAX_ENTRIES]]
    offered = list(_dict(ucp.get("payment_handlers")).values())[:_MAX_ENTRIES]
    handlers = [_text(_dict(entry).get("id")) for entries in offered for entry in _list(entries)]
    versions = list(_dict(ucp.get("supported_versions")).items())[:_MAX_ENTRIES]
    others = [(_text(version), _url(address)) for version, address in versions]
    return UcpProfile(stated, endpoint, _told(handlers), _told(names), tuple(one for one in others if all(one)))


def choose(profile: UcpProfile, wanted: str = "") -> UcpProfile | OtherProfile | ProtocolFault:
    """The profile itself when its version is to be spoken, else where that of the version is; a fault when there is none.

    ``wanted`` "" is the newest version that both sides speak.
    """
    if wanted and wanted not in set(UcpVersion):
        return ProtocolFault(f"Springtide speaks UCP {SPOKEN}, not {excerpt(wanted)!r}; set one of these as version.")
    addresses = {**dict(profile.others), profile.version: ""}
    common = [version for version in UcpVersion if version in addresses and wanted in ("", version)]
    if not common:
        offered = ", ".join(sorted(addresses))
        asked = f"UCP {wanted}" if wanted else f"any of the UCP versions {SPOKEN}"
        return ProtocolFault(f"The shop does not speak {asked}; it offers {excerpt(offered)}.")
    newest = max(common)
    return profile if newest == profile.version else OtherProfile(newest, addresses[newest])


def negotiate(
    fetch: Callable[[str], tuple[int, bytes]], base_url: str, wanted: str = ""
) -> UcpProfile | ServiceError | ProtocolFault:
    """The profile to speak with, after one or two answers of ``fetch``, which takes a URL and gives (status, body).

    ``fetch`` refuses, in its own way, addresses that it may not ask. Status 0 = no answer.
    """
    url = base_url.rstrip("/") + WELL_KNOWN
    found = _fetched(fetch, url)
    if not isinstance(found, UcpProfile):
        return found
    chosen = choose(found, wanted)
    if not isinstance(chosen, OtherProfile):
        return chosen
    other = _fetched(fetch, chosen.url)
    if isinstance(other, UcpProfile) and other.version != chosen.version:
        return ProtocolFault(
            f"The profile of UCP {chosen.version} at {chosen.url} is one of {excerpt(other.version)!r}."
        )
    return other


def _fetched(fetch: Callable[[str], tuple[int, bytes]], url: str) -> UcpProfile | ServiceError | ProtocolFault:
    status, body = fetch(url)
    if not status:
        return ProtocolFault(f"There is no answer from {url}.")
    return discover(body) if status == _OK else service_error(status, {}, body)


def _endpoint(service: Any) -> str:
    """The REST endpoint of a service: 2026-01-11 nests it, later versions list one entry a transport."""
    if isinstance(service, dict):
        return _url(_dict(service.get("rest")).get("endpoint"))
    entries = [_dict(entry) for entry in _list(service)]
    return next((_url(entry.get("endpoint")) for entry in entries if entry.get("transport", "rest") == "rest"), "")


def _url(value: Any) -> str:
    if isinstance(value, str) and len(value) <= MAX_URL_CHARACTERS and value.isascii() and value.isprintable():
        return value.rstrip("/")
    return ""


def _told(names: list[str]) -> tuple[str, ...]:
    return tuple(name for name in names if name)


def _text(value: Any) -> str:
    return value[:CODE_CHARACTERS] if isinstance(value, str) else ""


def _dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: Any) -> list[Any]:
    return value[:_MAX_ENTRIES] if isinstance(value, list) else []
