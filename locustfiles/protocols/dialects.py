"""The dialect that a target's checkout is spoken to in, and the base URL that its requests go to."""

from collections.abc import Mapping
from urllib.parse import urlsplit

from locustfiles.protocols.acp import API_VERSION, AcpDialect
from locustfiles.protocols.checkout import CheckoutDialect
from locustfiles.protocols.quirks import NO_QUIRKS
from locustfiles.protocols.ucp import UcpDialect
from locustfiles.protocols.ucp_discovery import SPOKEN, UcpProfile, UcpVersion
from locustfiles.target.target import CheckoutService
from locustfiles.transport.origin import Origin


def base_url_of(service: CheckoutService, profile: UcpProfile | None = None) -> str:
    """Where the service's requests go: the endpoint that discovery names, or the target's own URL."""
    return (profile.endpoint if profile else service.url).rstrip("/")


def dialect_for(
    service: CheckoutService,
    *,
    headers: Mapping[str, str],
    credential: str,
    profile: UcpProfile | None = None,
    titles: Mapping[str, str] = NO_QUIRKS,
) -> CheckoutDialect:
    """The dialect of a service of protocol ``acp`` or ``ucp``.

    ``headers`` and ``credential`` are resolved, with their secrets; ``profile`` is what UCP's discovery has found, ``titles`` names
    products by sku. Raises ValueError with one sentence for a version that is not spoken, an unknown quirk, a URL or a header
    that cannot be sent, and a UCP service without a profile.
    """
    url = urlsplit(base_url_of(service, profile))
    host = Origin.parse(f"{url.scheme}://{url.netloc}").host_header
    if service.protocol == "acp":
        if service.version not in ("", API_VERSION):
            raise ValueError(f"Springtide speaks ACP {API_VERSION}, not {service.version!r}; leave version out.")
        return AcpDialect(
            host,
            headers=headers,
            base_path=url.path,
            currency=service.currency,
            country=service.country,
            payment_handler=service.payment.handler,
            credential=credential,
            quirks=service.quirks,
        )
    if service.protocol != "ucp" or profile is None:
        raise ValueError(f"A service of protocol {service.protocol!r} has no dialect without a discovered profile.")
    if profile.version not in set(UcpVersion):
        raise ValueError(f"Springtide speaks UCP {SPOKEN}, not {profile.version!r}.")
    return UcpDialect(
        host,
        version=UcpVersion(profile.version),
        headers=headers,
        base_path=url.path,
        currency=service.currency,
        country=service.country,
        payment_handler=service.payment.handler,
        offered_handler=profile.handlers[0] if profile.handlers else "",
        credential=credential,
        titles=titles,
        quirks=service.quirks,
    )
