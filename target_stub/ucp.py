"""The UCP door of one version: JSON in, checkout verbs, JSON out (protocols.md section 3)."""

import re
from collections.abc import Callable, Mapping
from typing import Final, TypeVar

import msgspec
from msgspec import UNSET

from target_stub.api_door import base_url
from target_stub.catalogue import Product
from target_stub.checkout import DECLINED_TOKEN, UCP_KIND, Checkout, RedeemingPausedError, UnknownItemError
from target_stub.checkout_session import TERMINAL, CheckoutSession, EventRefusedError, Notice, Status
from target_stub.ledger import Ledger
from target_stub.protocol_error import JSON_HEADER, RETRY_AFTER_S
from target_stub.ucp_contents import Echo, read, shown
from target_stub.ucp_dialect import Dialect, UcpTerms, UcpVersion
from target_stub.ucp_door import UcpApiDoor
from target_stub.ucp_errors import Refusal, UcpError
from target_stub.ucp_orders import order_body
from target_stub.ucp_profile import HANDLER_ID, check_agent, endpoint_path, profile_routes
from target_stub.ucp_replies import checkout_body
from target_stub.ucp_requests import CANCEL, COMPLETE, CREATE, UPDATE, Create, Instrument, Payment
from target_stub.web import Reply, Request, Route

USER_ID_LENGTH_MAX: Final = 255
FAILING_TOKEN: Final = "fail_token"  # noqa: S105 - a test token of the one shop that was seen, not a secret
FRAUD_TOKEN: Final = "fraud_token"  # noqa: S105 - another of its test tokens
_DECLINED_TOKENS: Final = frozenset({FAILING_TOKEN, FRAUD_TOKEN, DECLINED_TOKEN})
_SHORT: Final = frozenset({"out_of_stock", "quantity_exceeded"})
_INSTRUMENTS: Final = "$.payment.instruments"
_WHERE: Final = re.compile(r"(?P<what>.*) - at `(?P<path>\$[^`]*)`", re.DOTALL)
_Body = TypeVar("_Body")


class UcpDoor:
    """The routes of one UCP version, under its endpoint."""

    def __init__(
        self, checkout: Checkout, door: UcpApiDoor, *, ledger: Ledger, products: Mapping[str, Product]
    ) -> None:
        self._checkout = checkout
        self._door = door
        self._dialect = door.dialect
        self._version = door.dialect.version
        self._ledger = ledger
        self._products = products

    def routes(self) -> list[Route]:
        """The five checkout calls, and from 2026-04-08 on an order by its id."""
        base = endpoint_path(self._version)
        every, one = f"{base}/checkout-sessions", f"{base}/checkout-sessions/{{id}}"
        read_, write = self._door.reading, self._door.writing
        routes = [
            Route("POST", every, write(self.create, self._check, station="checkout")),
            Route("GET", one, read_(self.get, self._check)),
            Route("PUT", one, write(self.update, self._check, station="checkout")),
            Route("POST", f"{one}/complete", write(self.complete, self._check, station="payment")),
            Route("POST", f"{one}/cancel", write(self.cancel, self._check)),
        ]
        if self._version is UcpVersion.APRIL:
            routes.append(Route("GET", f"{base}/orders/{{id}}", read_(self.order, self._check)))
        return routes

    async def create(self, request: Request) -> Reply:
        """Open a checkout: 201."""
        asked = self._decoded(CREATE[self._version], request)
        reading = read(asked, Echo(), "replace")
        try:
            session, notices = self._checkout.open(
                self._user_id(request, asked), reading.change, discount_extension=True, kind=UCP_KIND
            )
        except (UnknownItemError, RedeemingPausedError) as error:
            raise self._refusal(error) from error
        session.echo = reading.echo
        return self._told(201, request, session, [*reading.notices, *notices])

    async def update(self, request: Request) -> Reply:
        """Change a checkout: 200."""
        asked = self._decoded(UPDATE[self._version], request)
        session = self._session(request)
        if asked.id not in (UNSET, session.id):
            raise UcpError(self._dialect, Refusal.INVALID, "the id is not the one of the path", path="$.id")
        reading = read(asked, _echo(session), self._dialect.update)
        try:
            notices = self._checkout.update(session, reading.change)
        except UnknownItemError as error:
            if self._version is UcpVersion.JANUARY or self._dialect.posture == "status":
                raise self._refusal(error) from error
            where = f"$.line_items[{error.place}]"  # of the request: the checkout is as before
            return self._told(200, request, session, [Notice("error", "item_unavailable", where, str(error))])
        except (EventRefusedError, RedeemingPausedError) as error:
            raise self._refusal(error) from error
        session.echo = reading.echo
        return self._told(200, request, session, [*reading.notices, *notices])

    async def get(self, request: Request) -> Reply:
        """Tell a checkout as it stands: 200."""
        return self._told(200, request, self._session(request), [])

    async def complete(self, request: Request) -> Reply:
        """Pay a checkout: 200, whether or not it was paid; the checkout says which."""
        payment = self._decoded(COMPLETE[self._version], request).payment
        session = self._session(request)
        chosen = _chosen(payment)
        if isinstance(chosen, Notice):
            if session.status in TERMINAL:
                raise self._ended(session.status)
            return self._unpaid(request, session, [chosen])
        instrument, token = chosen
        if session.status is Status.IN_PROGRESS and self._dialect.posture == "status":
            raise self._in_progress()
        if session.status is Status.READY:
            session.echo = msgspec.structs.replace(_echo(session), instruments=(shown(instrument),))
        # The books name every order by a key; a payment without one is known by its checkout, which pays once.
        key = request.headers.get("idempotency-key") or f"checkout {session.id}"
        try:
            notices = await self._checkout.pay(session, DECLINED_TOKEN if token in _DECLINED_TOKENS else token, key)
        except (EventRefusedError, RedeemingPausedError) as error:
            raise self._refusal(error) from error
        if notices and notices[0].code == "payment_declined" and self._dialect.posture == "status":
            refusal = Refusal.FRAUD if token == FRAUD_TOKEN else Refusal.DECLINED
            raise UcpError(self._dialect, refusal, notices[0].content)
        if session.status in (Status.NOT_READY, Status.READY):
            return self._unpaid(request, session, notices)
        return self._told(200, request, session, notices)

    async def cancel(self, request: Request) -> Reply:
        """End a checkout unpaid: 200."""
        if request.body:
            self._decoded(CANCEL, request)
        session = self._session(request)
        try:
            self._checkout.cancel(session)
        except EventRefusedError as error:
            raise self._refusal(error) from error
        return self._told(200, request, session, [])

    async def order(self, request: Request) -> Reply:
        """Tell an order as the books have it: 200."""
        row = await self._ledger.find_order(request.path_params["id"])
        if row is None:
            raise UcpError(self._dialect, Refusal.NOT_FOUND, "there is no such order")
        return Reply(200, [JSON_HEADER], order_body(row, self._products, base_url(request)))

    # ------------------------------------------------------------------------------------------------------------------

    def _check(self, request: Request) -> None:
        check_agent(request, self._dialect)

    def _session(self, request: Request) -> CheckoutSession:
        session = self._checkout.find(request.path_params["id"], kind=UCP_KIND)
        if session is None:
            raise UcpError(self._dialect, Refusal.NOT_FOUND, "there is no such checkout")
        return session

    def _user_id(self, request: Request, asked: Create) -> str:
        email = "" if asked.buyer is UNSET or asked.buyer.email is UNSET else asked.buyer.email
        user_id = request.headers.get("x-shopper-id") or email
        if len(user_id) > USER_ID_LENGTH_MAX:
            sentence = f"X-Shopper-Id is longer than {USER_ID_LENGTH_MAX} characters"
            raise UcpError(self._dialect, Refusal.INVALID, sentence)
        return user_id

    def _decoded(self, decoder: msgspec.json.Decoder[_Body], request: Request) -> _Body:
        if not request.headers.get("content-type", "").lower().startswith("application/json"):
            sentence = "send the body as Content-Type application/json"
            raise UcpError(self._dialect, Refusal.INVALID, sentence)
        try:
            return decoder.decode(request.body)
        except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
            found = _WHERE.fullmatch(str(error))
            what, path = (str(error), None) if found is None else (found["what"], found["path"][:255])
            raise UcpError(self._dialect, Refusal.MALFORMED, what[:300], path=path) from error

    def _told(self, status: int, request: Request, session: CheckoutSession, notices: list[Notice]) -> Reply:
        body = checkout_body(self._version, session, notices, self._products, base_url(request))
        return Reply(status, [JSON_HEADER], body)

    def _unpaid(self, request: Request, session: CheckoutSession, notices: list[Notice]) -> Reply:
        """The checkout with what stands between it and an order; posture `status` makes a 4xx of the first."""
        if self._dialect.posture == "status":
            first = (notices or session.lacks())[0]
            refusal = Refusal.OUT_OF_STOCK if first.code in _SHORT else Refusal.INVALID
            raise UcpError(self._dialect, refusal, first.content)
        return self._told(200, request, session, notices)

    def _refusal(self, error: EventRefusedError | UnknownItemError | RedeemingPausedError) -> UcpError:
        if isinstance(error, UnknownItemError):
            where = f"$.line_items[{error.place}]"
            return UcpError(self._dialect, Refusal.UNKNOWN_ITEM, str(error), path=where)
        if isinstance(error, RedeemingPausedError):
            return UcpError(self._dialect, Refusal.REDEEMING_PAUSED, str(error), retry_after_s=RETRY_AFTER_S)
        if error.status in TERMINAL:
            return self._ended(error.status)
        return self._in_progress()

    def _in_progress(self) -> UcpError:
        sentence = "the checkout is being paid for; read it again"
        return UcpError(self._dialect, Refusal.IN_PROGRESS, sentence, retry_after_s=RETRY_AFTER_S)

    def _ended(self, status: Status | None) -> UcpError:
        return UcpError(self._dialect, Refusal.ENDED, f"the checkout is {status}")


class Ucp:
    """Both versions and their discovery."""

    def __init__(
        self,
        terms: UcpTerms,
        checkout: Checkout,
        *,
        ledger: Ledger,
        products: Mapping[str, Product],
        door_of: Callable[[Dialect], UcpApiDoor],
    ) -> None:
        self._terms = terms
        self.doors = [door_of(Dialect(version, terms.update, terms.posture)) for version in UcpVersion]
        self._doors = [UcpDoor(checkout, door, ledger=ledger, products=products) for door in self.doors]

    def routes(self) -> list[Route]:
        """Discovery and the calls of both versions."""
        return [*profile_routes(self._terms), *(route for door in self._doors for route in door.routes())]


def _echo(session: CheckoutSession) -> Echo:
    return session.echo if isinstance(session.echo, Echo) else Echo()


def _chosen(payment: Payment) -> tuple[Instrument, str] | Notice:
    """The instrument that pays and its token, or why there is none."""
    instruments = [] if payment.instruments is UNSET else payment.instruments
    selected = [one for one in instruments if one.selected is True] or instruments
    if len(selected) != 1:
        return Notice("error", "missing", _INSTRUMENTS, "Select one means of payment")
    where = f"{_INSTRUMENTS}[{instruments.index(selected[0])}]"
    if selected[0].handler_id != HANDLER_ID:
        content = f"The shop's payment handler is {HANDLER_ID}"
        return Notice("error", "invalid", f"{where}.handler_id", content)
    credential = selected[0].credential
    if credential is UNSET or credential.token is UNSET:
        return Notice("error", "missing", f"{where}.credential.token", "The payment handler takes tokens alone")
    return selected[0], credential.token
