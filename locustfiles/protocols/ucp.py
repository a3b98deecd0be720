"""The Universal Commerce Protocol from the platform's side, in 2026-01-11, 2026-01-23 and 2026-04-08: values in, bytes out, and back.

What the versions say differently is in ``ucp_requests`` (bodies) and ``ucp_session`` (replies); here are the calls and their
headers. Shops say no in two ways, with messages under a 200 or with a status; both are read (``service_error``).

This module must not know sockets, nor what a reply is worth.
"""

import itertools
from collections.abc import Mapping

import msgspec

from locustfiles.protocols.checkout import BasketItem, Buyer, CheckoutReply, CheckoutSession, ProtocolFault
from locustfiles.protocols.http_request import RequestTemplate, checked_base_path, common_headers
from locustfiles.protocols.idempotency import uuid_of
from locustfiles.protocols.quirks import NO_QUIRKS, checked_quirks
from locustfiles.protocols.service_error import excerpt, service_error
from locustfiles.protocols.ucp_discovery import UcpVersion
from locustfiles.protocols.ucp_requests import UcpBodies
from locustfiles.protocols.ucp_session import Told, decode_told, session_of

AGENT_PROFILE = "https://agent.springtide.test/profile.json"
"""Names the generator as a platform. Under ``.test`` nothing answers, so a shop that fetches it finds nobody to notify."""
AGENT_NAME = "springtide"
PAYMENT_HANDLER = "card"
PAYMENT_TOKEN = "success_token"  # noqa: S105 - the test token of the one shop that was seen: it buys nothing
UNSIGNED = "unsigned"
"""Stands in ``Request-Signature``, which 2026-01-11 and 2026-01-23 require: the generator has no key that a shop knows."""
_LOWEST_SUCCESS, _HIGHEST_SUCCESS = 200, 299
_OK = 200


def quirks_of(version: UcpVersion) -> dict[str, tuple[str, ...]]:
    """The switches of a version, each with its words, the default first.

    ``agent``: a shop that sees a profile's address fetches it, with a bare name it does not. ``item_title``: the schemas leave
    it out, but one shop of 2026-01-11 fails without. ``request_signature``: required before 2026-04-08.
    """
    words = ("omit", "send") if version is UcpVersion.APRIL_08 else ("send", "omit")
    titles = ("send", "omit") if version is UcpVersion.JANUARY_11 else ("omit", "send")
    return {"agent": ("profile", "name"), "item_title": titles, "request_signature": words}


class UcpDialect:
    """The verbs of a checkout as UCP requests. ``host`` is the Host header's value, ``headers`` go with every request.

    ``base_path`` is the path of the endpoint that discovery names. ``X-Shopper-Id`` goes with ``create`` alone. Every key is
    sent as a UUID. Raises ValueError for a quirk that there is not (``quirks_of``), and when host, path or a header cannot
    stand in a request's head.
    """

    def __init__(
        self,
        host: str,
        *,
        version: UcpVersion,
        headers: Mapping[str, str],
        base_path: str = "",
        agent_profile: str = AGENT_PROFILE,
        currency: str = "CNY",
        country: str = "CN",
        payment_handler: str = "",
        offered_handler: str = "",
        credential: str = "",
        titles: Mapping[str, str] = NO_QUIRKS,
        quirks: Mapping[str, str] = NO_QUIRKS,
    ) -> None:
        """Encode the parts of the requests that never vary.

        ``payment_handler`` "" is the first that the session offers, else ``offered_handler``, which discovery has named;
        ``credential`` "" is a test token.
        """
        chosen = checked_quirks(quirks, quirks_of(version), protocol=f"UCP {version}")
        agent = AGENT_NAME if chosen["agent"] == "name" else f'profile="{agent_profile}"'
        more = {"UCP_Agent": agent}
        if chosen["request_signature"] == "send":
            more["Request_Signature"] = UNSIGNED
        common = common_headers(host, headers, **more)
        posted = {**common, "Content-Type": "application/json"}
        sessions = f"{checked_base_path(base_path)}/checkout-sessions"
        keys = ("Idempotency-Key", "Request-Id")
        self._create = RequestTemplate("POST", sessions, headers=posted, varying=(*keys, "X-Shopper-Id"))
        self._update = RequestTemplate("PUT", f"{sessions}/{{}}", headers=posted, varying=keys)
        self._complete = RequestTemplate("POST", f"{sessions}/{{}}/complete", headers=posted, varying=keys)
        self._read = RequestTemplate("GET", f"{sessions}/{{}}", headers=common, varying=keys)
        self._version = version
        self._bodies = UcpBodies(
            version,
            currency=currency.upper(),
            country=country,
            titles=titles,
            sends_titles=chosen["item_title"] == "send",
        )
        self._handler, self._offered_handler = payment_handler, offered_handler
        self._credential = credential or PAYMENT_TOKEN
        self._reads = itertools.count()

    def create(self, items: tuple[BasketItem, ...], buyer: Buyer, *, idempotency_key: str) -> bytes:
        """The request that opens a checkout for the basket."""
        key = uuid_of(idempotency_key)
        body = msgspec.json.encode(self._bodies.create(items, buyer))
        return self._create.fill(key, key, buyer.user_id, body=body)

    def apply_card(self, session: CheckoutSession, code: str | None, *, buyer: Buyer, idempotency_key: str) -> bytes:
        """The request that says the whole checkout again, with delivery chosen and, when there is a code, the card."""
        key = uuid_of(idempotency_key)
        body = msgspec.json.encode(self._bodies.update(session, code, buyer))
        return self._update.fill(key, key, body=body, path_values=(session.id,))

    def pay(self, session: CheckoutSession, *, idempotency_key: str) -> bytes:
        """The request that completes the checkout."""
        key = uuid_of(idempotency_key)
        handler = self._handler or session.payment_handler or self._offered_handler or PAYMENT_HANDLER
        body = msgspec.json.encode(self._bodies.complete(handler, self._credential))
        return self._complete.fill(key, key, body=body, path_values=(session.id,))

    def read(self, session_id: str) -> bytes:
        """The request that reads the checkout back; every one has a key of its own, so that none is answered from a store."""
        key = uuid_of(f"read {session_id} {next(self._reads)}")
        return self._read.fill(key, key, path_values=(session_id,))

    def decode(self, status: int, headers: Mapping[str, str], body: bytes) -> CheckoutReply:
        """The reply to any of the verbs; total over all bytes, never raises.

        A status other than 2xx is a ``ServiceError``; so is a body of ``ucp.status`` error, whatever the status. A 2xx that is no
        checkout is a ``ProtocolFault``.
        """
        if not status:
            return ProtocolFault("There is no answer to decode.")
        if not _LOWEST_SUCCESS <= status <= _HIGHEST_SUCCESS:
            return service_error(status, headers, body)
        try:
            told = decode_told(body)
        except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
            no = service_error(status, headers, body)
            sentence = f"The answer is not a checkout: {excerpt(str(error))}"
            return no if no.code else ProtocolFault(sentence, 0, excerpt(body))
        if _is_error(told) or not told.id:
            no = service_error(status, headers, body)
            if no.code:
                return no
        return session_of(told, self._version, body)


def _is_error(told: Told) -> bool:
    return bool(told.error) or (isinstance(told.ucp, dict) and told.ucp.get("status") == "error")
