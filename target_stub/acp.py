"""The ACP 2026-04-17 door: JSON in, checkout verbs, JSON out (protocols.md section 2)."""

import re
from typing import Final, TypeVar

import msgspec
from msgspec import UNSET, UnsetType

from target_stub.acp_replies import CURRENCY, DISCOUNT, session_body
from target_stub.acp_requests import (
    AskedCapabilities,
    AskedDiscounts,
    CompleteRequest,
    CreateRequest,
    FulfillmentDetails,
    Item,
    UpdateRequest,
)
from target_stub.api_door import API_VERSION, ApiDoor, base_url, check_api_version
from target_stub.checkout import Change, Checkout, Option, RedeemingPausedError, UnknownItemError
from target_stub.checkout_session import TERMINAL, CheckoutSession, EventRefusedError, Notice
from target_stub.protocol_error import JSON_HEADER, RETRY_AFTER_S, ProtocolError
from target_stub.web import Reply, Request, Route, json_reply

USER_ID_LENGTH_MAX: Final = 255
HANDLER_ID: Final = "card"
_CREATE: Final = msgspec.json.Decoder(CreateRequest)
_UPDATE: Final = msgspec.json.Decoder(UpdateRequest)
_COMPLETE: Final = msgspec.json.Decoder(CompleteRequest)
_WHERE: Final = re.compile(r"(?P<what>.*) - at `(?P<param>\$[^`]*)`", re.DOTALL)
_Body = TypeVar("_Body")


class AcpDoor:
    """The routes of an ACP shop."""

    def __init__(self, checkout: Checkout, door: ApiDoor) -> None:
        self._checkout = checkout
        self._door = door

    def routes(self) -> list[Route]:
        """Discovery and the five checkout calls."""
        one = "/checkout_sessions/{id}"
        read, write = self._door.reading, self._door.writing
        return [
            Route("GET", "/.well-known/acp.json", discover),
            Route("POST", "/checkout_sessions", write(self.create, check_api_version, station="checkout")),
            Route("POST", one, write(self.update, check_api_version, station="checkout")),
            Route("GET", one, read(self.get, check_api_version)),
            Route("POST", f"{one}/complete", write(self.complete, check_api_version, station="payment")),
            Route("POST", f"{one}/cancel", write(self.cancel, check_api_version)),
        ]

    async def create(self, request: Request) -> Reply:
        """Open a session: 201."""
        asked = _decoded(_CREATE, request)
        if asked.currency.lower() != CURRENCY:
            raise ProtocolError(400, "invalid_currency", f"the shop sells in {CURRENCY}", param="$.currency")
        user_id = request.headers.get("x-shopper-id") or ("" if asked.buyer is UNSET else asked.buyer.email)
        if len(user_id) > USER_ID_LENGTH_MAX:
            raise ProtocolError(400, "invalid_header", f"X-Shopper-Id is longer than {USER_ID_LENGTH_MAX} characters")
        change = Change(
            skus=_skus(asked.line_items),
            has_address=_has_address(asked.fulfillment_details),
            codes=_codes(asked.discounts, asked.coupons),
        )
        try:
            session, notices = self._checkout.open(
                user_id, change, discount_extension=_knows_discounts(asked.capabilities)
            )
        except (UnknownItemError, RedeemingPausedError) as error:
            raise _refusal(error) from error
        return _told(201, request, session, [*notices, *self._price_changes(asked.line_items, session)])

    async def update(self, request: Request) -> Reply:
        """Change a session: 200."""
        asked = _decoded(_UPDATE, request)
        session = self._session(request)
        options = asked.selected_fulfillment_options
        change = Change(
            skus=_skus(asked.line_items),
            has_address=_has_address(asked.fulfillment_details),
            options=None
            if options is UNSET
            else tuple(Option(one.type, one.option_id, tuple(one.item_ids)) for one in options),
            codes=_codes(asked.discounts, asked.coupons),
        )
        try:
            notices = self._checkout.update(session, change)
        except (EventRefusedError, UnknownItemError, RedeemingPausedError) as error:
            raise _refusal(error) from error
        return _told(200, request, session, [*notices, *self._price_changes(asked.line_items, session)])

    async def get(self, request: Request) -> Reply:
        """Tell a session as it stands: 200."""
        return _told(200, request, self._session(request), [])

    async def complete(self, request: Request) -> Reply:
        """Pay a session: 200, whether or not it was paid; the session says which."""
        payment = _decoded(_COMPLETE, request).payment_data
        if payment.handler_id != HANDLER_ID:
            message = f"the shop's payment handler is {HANDLER_ID!r}, not {payment.handler_id[:64]!r}"
            raise ProtocolError(400, "invalid_payment_handler", message, param="$.payment_data.handler_id")
        session = self._session(request)
        token = payment.instrument.credential.token
        try:
            notices = await self._checkout.pay(session, token, request.headers["idempotency-key"])
        except (EventRefusedError, RedeemingPausedError) as error:
            raise _refusal(error) from error
        return _told(200, request, session, notices)

    async def cancel(self, request: Request) -> Reply:
        """End a session unpaid: 200. Why it is given up (`intent_trace`) changes nothing here."""
        if request.body:
            _decoded(_CANCEL, request)
        session = self._session(request)
        try:
            self._checkout.cancel(session)
        except EventRefusedError as error:
            raise _refusal(error) from error
        return _told(200, request, session, [])

    def _price_changes(self, items: list[Item] | UnsetType, session: CheckoutSession) -> list[Notice]:
        """A warning for each product whose price the client has wrong; the shop's price counts."""
        if items is UNSET:
            return []
        thought = {item.id: item.unit_amount for item in items if item.unit_amount is not UNSET}
        return [
            Notice("warning", "price_change", f"$.line_items[{place}].unit_amount", f"It costs {line.unit_minor}")
            for place, line in enumerate(session.lines if thought else ())
            if thought.get(line.sku, line.unit_minor) != line.unit_minor
        ]

    def _session(self, request: Request) -> CheckoutSession:
        session = self._checkout.find(request.path_params["id"])
        if session is None:
            raise ProtocolError(404, "not_found", "there is no such checkout session")
        return session


async def discover(request: Request) -> Reply:
    """Tell what this shop speaks; may be cached for an hour."""
    document = {
        "protocol": {"name": "acp", "version": API_VERSION, "supported_versions": [API_VERSION]},
        "api_base_url": base_url(request),
        "transports": ["rest"],
        "capabilities": {
            "services": ["checkout", "delegate_payment"],
            "extensions": [{"name": DISCOUNT}],
            "supported_currencies": [CURRENCY],
        },
    }
    return json_reply(200, document, [("cache-control", "public, max-age=3600")])


class CancelRequest(msgspec.Struct, frozen=True):
    """POST /checkout_sessions/{id}/cancel; the protocol leaves this object open."""

    intent_trace: dict[str, object] | UnsetType = UNSET


_CANCEL: Final = msgspec.json.Decoder(CancelRequest)


def _decoded(decoder: msgspec.json.Decoder[_Body], request: Request) -> _Body:
    if not request.headers.get("content-type", "").lower().startswith("application/json"):
        raise ProtocolError(415, "unsupported_media_type", "send the body as Content-Type application/json")
    try:
        return decoder.decode(request.body)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        found = _WHERE.fullmatch(str(error))
        what, param = (str(error), None) if found is None else (found["what"], found["param"][:255])
        raise ProtocolError(400, "invalid_body", what[:300], param=param) from error


def _refusal(error: EventRefusedError | UnknownItemError | RedeemingPausedError) -> ProtocolError:
    if isinstance(error, UnknownItemError):
        return ProtocolError(400, "invalid_item_id", str(error), param=f"$.line_items[{error.place}].id")
    if isinstance(error, RedeemingPausedError):
        return ProtocolError(503, "redeeming_paused", str(error), retry_after_s=RETRY_AFTER_S)
    if error.status in TERMINAL:
        return ProtocolError(405, "session_not_modifiable", f"the session is {error.status}")
    message = "the session is being paid for; read it again"
    return ProtocolError(409, "session_in_progress", message, retry_after_s=RETRY_AFTER_S)


def _skus(items: list[Item] | UnsetType) -> tuple[str, ...] | None:
    return None if items is UNSET else tuple(item.id for item in items)


def _has_address(details: FulfillmentDetails | UnsetType) -> bool | None:
    return None if details is UNSET else details.address is not UNSET


def _codes(discounts: AskedDiscounts | UnsetType, coupons: list[str] | UnsetType) -> tuple[str, ...] | None:
    """`discounts.codes` beats the deprecated `coupons` (protocols.md 2.6)."""
    if discounts is not UNSET and discounts.codes is not UNSET:
        return tuple(discounts.codes)
    return None if coupons is UNSET else tuple(coupons)


def _knows_discounts(capabilities: AskedCapabilities) -> bool:
    if capabilities.extensions is UNSET:
        return False
    names = (one if isinstance(one, str) else one.name for one in capabilities.extensions)
    return any(name.partition("@")[0] == DISCOUNT for name in names)


def _told(status: int, request: Request, session: CheckoutSession, notices: list[Notice]) -> Reply:
    return Reply(status, [JSON_HEADER], session_body(session, notices, base_url(request)))
