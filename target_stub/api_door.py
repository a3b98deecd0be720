"""What every door of the shop does before and after its handler: who asks, in which version, and whether it was asked.

Order of the checks: authorization, API version, idempotency key, and only then the handler (protocols.md 2.1 and 2.5). Where
the route has a station with a limit, a request that is not a repeat takes its turn there before the handler acts.
Handlers raise `ProtocolError` for a request that they refuse. What a protocol rules for itself is a method of `ApiDoor`:
here as ACP and the campaign have it, and another protocol's door overrides it.
"""

import re
from collections.abc import Awaitable, Callable, Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Final, Literal

from target_stub.api_key import KeyCheck
from target_stub.capacity.station import StationName
from target_stub.clock import Clock
from target_stub.eager import to_its_end
from target_stub.idempotency import KEY_LENGTH_MAX, IdempotencyStore, Standing, fingerprint, scope_of
from target_stub.ledger import LedgerUnavailableError, RowsRefusedError
from target_stub.protocol_error import RETRY_AFTER_S, NotNow, ProtocolError
from target_stub.web import Handler, Headers, Reply, Request

API_VERSION: Final = "2026-04-17"
_HOST: Final = re.compile(r"[A-Za-z0-9.\-]{1,253}(:[0-9]{1,5})?|\[[0-9A-Fa-f:.]{2,45}\](:[0-9]{1,5})?")
_SERVER_ERRORS: Final = 500
TOO_MANY: Final = 429
Check = Callable[[Request], None]
Act = Callable[[Request], Awaitable[Reply]]
Turn = Callable[[], Awaitable[None]]
"""Returns when a station has done its part of a request that arrives now; raises TurnedAwayError."""


class TurnedAwayError(Exception):
    """A station would not take a request: 429 for its door, 503 for its queue; the same request may come again later."""

    def __init__(self, status: Literal[429, 503], message: str, retry_after_s: int) -> None:
        self.status: Literal[429, 503] = status
        self.retry_after_s = retry_after_s
        super().__init__(message)


def check_api_version(request: Request) -> None:
    """Refuse a request that does not speak ACP 2026-04-17."""
    version = request.headers.get("api-version")
    if version == API_VERSION:
        return
    code, message = "unsupported_api_version", f"API-Version {(version or '')[:32]!r} is not spoken here"
    if not version:
        code, message = "missing_api_version", "the API-Version header is missing"
    raise ProtocolError(400, code, message, supported_versions=[API_VERSION])


def base_url(request: Request) -> str:
    """The address under which the client reached the shop; a Host that is no host name is not repeated."""
    return _url_of(request.headers.get("host", ""))


@lru_cache(maxsize=64)
def _url_of(host: str) -> str:
    return f"http://{host}" if _HOST.fullmatch(host) else "http://shop.test"


class ApiDoor:
    """Wraps handlers; `api_key` None = nobody has to say who they are.

    `stations` are those that requests pass through, by name; a route of a station that is not among them goes straight on.
    """

    def __init__(
        self,
        *,
        api_key: str | None,
        store: IdempotencyStore,
        clock: Clock,
        stations: Mapping[StationName, Turn] = MappingProxyType({}),
    ) -> None:
        self.replays = 0
        self.conflicts = 0
        self._key_check = None if api_key is None else KeyCheck(api_key)
        self._store = store
        self._clock = clock
        self._stations = stations

    def reading(self, handler: Act, *checks: Check) -> Handler:
        """A door for GET: nothing is remembered."""

        async def read(request: Request) -> Reply:
            try:
                self._check(request, checks)
                return _with(await self._answered(handler, request), echo(request))
            except ProtocolError as error:
                return _with(error.reply(), echo(request))

        return read

    def writing(self, handler: Act, *checks: Check, station: StationName | None = None) -> Handler:
        """A door for POST: each idempotency key acts once, a fresh request after its turn at the station."""
        turn = None if station is None else self._stations.get(station)
        act = handler if turn is None else _after(turn, handler)

        async def write(request: Request) -> Reply:
            try:
                self._check(request, checks)
                key = self.key_of(request)
                scope = None
                if key is not None:
                    scope, asked = self.remembered_as(request, key)
                    standing = self._store.begin(scope, asked, self._clock.unix_ns())
                    if isinstance(standing, Reply):
                        self.replays += 1
                        return _with(standing, self.marks(request, key, replayed=True))
                    if standing is not Standing.FRESH:
                        self.conflicts += 1
                        return _with(self.key_refusal(standing).reply(), self.marks(request, key, replayed=False))
            except ProtocolError as error:
                return _with(error.reply(), echo(request))
            # A request that was begun is ended whether or not its client waits for it: it may be charging money.
            work = self._act_once(act, request, scope)
            return _with(await to_its_end(work), self.marks(request, key, replayed=False))

        return write

    # -- what a protocol rules for itself ------------------------------------------------------------------------------

    def accepts(self, request: Request, key_check: KeyCheck) -> bool:
        """Whether the request carries the shop's key."""
        return key_check.accepts(request)

    def key_of(self, request: Request) -> str | None:
        """The request's idempotency key, None when it may go without; raises ProtocolError when it may not."""
        key = request.headers.get("idempotency-key", "")
        if not 1 <= len(key) <= KEY_LENGTH_MAX:
            message = f"send an Idempotency-Key of 1 to {KEY_LENGTH_MAX} characters, not {len(key)}"
            raise ProtocolError(400, "idempotency_key_required", message)
        return key

    def remembered_as(self, request: Request, key: str) -> tuple[bytes, bytes]:
        """The scope of the key, and what must be equal in a repetition of the request."""
        return scope_of(request.headers.get("authorization", ""), request.path, key), fingerprint(request.body)

    def is_kept(self, reply: Reply) -> bool:
        """Whether a repetition gets this reply again instead of running fresh."""
        return reply.status < _SERVER_ERRORS and not isinstance(reply, NotNow)

    def marks(self, request: Request, key: str | None, *, replayed: bool) -> Headers:
        """The headers that the door adds to the reply of a write."""
        marks = echo(request) if key is None else [("idempotency-key", key), *echo(request)]
        return [*marks, ("idempotent-replayed", "true")] if replayed else marks

    def unauthorized(self) -> ProtocolError:
        """Nobody has said who asks."""
        headers = (("www-authenticate", "Bearer"),)
        return ProtocolError(401, "unauthorized", "the bearer token is missing or wrong", headers=headers)

    def key_refusal(self, standing: Standing) -> ProtocolError:
        """The key came with another request before, or its first request is still running."""
        if standing is Standing.CONFLICT:
            return ProtocolError(422, "idempotency_conflict", "this Idempotency-Key came with another body before")
        message = "the first request with this Idempotency-Key is still running"
        return ProtocolError(409, "idempotency_in_flight", message, retry_after_s=RETRY_AFTER_S)

    def spent_key(self) -> ProtocolError:
        """The books know the key from another order."""
        return ProtocolError(422, "idempotency_conflict", "this Idempotency-Key has paid for another order")

    def turned_away(self, error: TurnedAwayError) -> ProtocolError:
        """A station would not take the request."""
        code = "rate_limited" if error.status == TOO_MANY else "service_unavailable"
        return ProtocolError(error.status, code, str(error), retry_after_s=error.retry_after_s)

    def unavailable(self, sentence: str) -> ProtocolError:
        """The books cannot be written."""
        return ProtocolError(503, "service_unavailable", sentence[:200], retry_after_s=RETRY_AFTER_S)

    # ------------------------------------------------------------------------------------------------------------------

    def _check(self, request: Request, checks: tuple[Check, ...]) -> None:
        if self._key_check is not None and not self.accepts(request, self._key_check):
            raise self.unauthorized()
        for check in checks:
            check(request)

    async def _act_once(self, handler: Act, request: Request, scope: bytes | None) -> Reply:
        kept = False
        try:
            reply = await self._answered(handler, request)
            kept = scope is not None and self.is_kept(reply)
            if scope is not None and kept:
                self._store.keep(scope, reply)
            return reply
        finally:
            if scope is not None and not kept:
                self._store.forget(scope)

    async def _answered(self, handler: Act, request: Request) -> Reply:
        try:
            return await handler(request)
        except ProtocolError as error:
            return error.reply()
        except TurnedAwayError as error:
            return self.turned_away(error).reply()
        except LedgerUnavailableError as error:
            return self.unavailable(str(error)).reply()
        except RowsRefusedError:
            return self.spent_key().reply()


def _after(turn: Turn, handler: Act) -> Act:
    async def act(request: Request) -> Reply:
        await turn()
        return await handler(request)

    return act


def echo(request: Request) -> Headers:
    """The headers of a request that its reply repeats."""
    request_id = request.headers.get("request-id")
    return [] if request_id is None else [("request-id", request_id)]


def _with(reply: Reply, headers: Headers) -> Reply:
    return Reply(reply.status, [*reply.headers, *headers], reply.body)
