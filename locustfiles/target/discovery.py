"""UCP discovery of a target's checkout, over whatever carries a request: one or two plain GETs before a run.

Whoever carries the requests decides which origins may be asked; an address in a shop's document is only a wish.
"""

from collections.abc import Callable, Mapping
from urllib.parse import urlsplit

from locustfiles.protocols.checkout import ServiceError
from locustfiles.protocols.http_request import RequestTemplate, common_headers
from locustfiles.protocols.ucp_discovery import UcpProfile, negotiate
from locustfiles.target.target import CheckoutService
from locustfiles.transport.exchange import Exchange
from locustfiles.transport.origin import Origin


def find_profile(
    service: CheckoutService, headers: Mapping[str, str], ask: Callable[[Origin, bytes], Exchange]
) -> UcpProfile:
    """The profile that a service of protocol ``ucp`` is spoken to with.

    ``ask`` sends request bytes to an origin; it raises for one that it may not ask. The service's ``headers``, which may hold a
    secret, go to the origin of its own URL alone. Raises ValueError with one sentence when there is no profile to speak with.
    """
    own = _origin_of(service.url)

    def fetch(url: str) -> tuple[int, bytes]:
        origin = _origin_of(url)
        said = common_headers(origin.host_header, headers if origin == own else {})
        exchange = ask(origin, RequestTemplate("GET", urlsplit(url).path or "/", headers=said).fill())
        return (0 if exchange.fault is not None else exchange.status), exchange.body

    found = negotiate(fetch, service.url, service.version)
    if isinstance(found, UcpProfile):
        _origin_of(found.endpoint)
        return found
    if isinstance(found, ServiceError):
        said = found.code or found.message[:80] or "no more"
        raise ValueError(f"UCP discovery at {service.url} is answered with {found.status} and says {said!r}.")
    raise ValueError(found.sentence)


def _origin_of(url: str) -> Origin:
    parts = urlsplit(url)
    return Origin.parse(f"{parts.scheme}://{parts.netloc}")
