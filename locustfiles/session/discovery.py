"""UCP's discovery before a run: the profile of the shop that a target file names, asked for at the addresses that the guard has pinned."""

import os
from collections.abc import Mapping, Sequence

import httpx
from msgspec import structs

from locustfiles.guard import NO_HEADERS, GuardError, fetch_page
from locustfiles.protocols.checkout import ServiceError
from locustfiles.protocols.ucp_discovery import MAX_PROFILE_BYTES, UcpProfile, negotiate
from locustfiles.target.base_url import BaseUrl
from locustfiles.target.keyring import Keyring
from locustfiles.target.permission import check_endpoint
from locustfiles.target.secret import Redactor, SecretError
from locustfiles.target.target import Target
from reports.run_record.schema import Permit

_SHOWN = 200


def discovered(target: Target, permits: Sequence[Permit], ca_pem: str) -> tuple[Target, UcpProfile | None]:
    """The target with the version that is spoken, and its shop's profile; GuardError with one sentence when there is none to speak with.

    A target whose journey speaks no UCP is returned as it is, and nobody is asked.
    """
    shop = target.checkout
    if shop is None or shop.protocol != "ucp" or target.journey == "chat-only":
        return target, None
    headers, redactor = _headers(target)

    def fetch(url: str) -> tuple[int, bytes]:
        base = _permitted(url, permits)
        permit = next(one for one in permits if one.origin == str(base.origin))
        is_own = base.origin == BaseUrl.parse(shop.url).origin
        return _asked(base, permit, ca_pem, headers if is_own else NO_HEADERS)

    found = negotiate(fetch, shop.url, shop.version)
    if not isinstance(found, UcpProfile):
        said = f"{found.status} {found.code}: {found.message}" if isinstance(found, ServiceError) else found.sentence
        raise GuardError(redactor.clean(f"UCP discovery at {BaseUrl.parse(shop.url).origin} failed: {said}")[:_SHOWN])
    _permitted(found.endpoint, permits)
    return structs.replace(target, checkout=structs.replace(shop, version=found.version)), found


def _permitted(url: str, permits: Sequence[Permit]) -> BaseUrl:
    """The parts of a URL that the shop has named; GuardError when nothing may be sent there."""
    try:
        base = BaseUrl.parse(url)
    except ValueError as error:
        raise GuardError(f"UCP discovery leads to an address that cannot be asked: {error}.") from None
    if mistake := check_endpoint(str(base.origin), permits):
        raise GuardError(mistake)
    return base


def _asked(base: BaseUrl, permit: Permit, ca_pem: str, headers: Mapping[str, str]) -> tuple[int, bytes]:
    for address in permit.addresses:
        try:
            return fetch_page(
                base.origin, address, base.path or "/", ca_pem, keep=MAX_PROFILE_BYTES + 1, headers=headers
            )
        except httpx.HTTPError:
            continue
    return 0, b""


def _headers(target: Target) -> tuple[Mapping[str, str], Redactor]:
    """The shop's headers, as far as this process can read their secrets: a master that sends no load may have none."""
    try:
        keyring = Keyring(target, os.environ)
    except SecretError:
        return {}, Redactor(())
    return keyring.headers(target.checkout) if target.checkout is not None else {}, keyring.redactor
