"""What every door of the shop does before and after its handler: who asks, in which version, and whether it was asked.

Order of the checks: authorization, API version, idempotency key, and only then the handler (protocols.md 2.1 and 2.5). Where
the route has a station with a limit, a request that is not a repeat takes its turn there before the handler acts.
Handlers raise `ProtocolError` for a request that they refuse; it becomes the flat error of ACP.
"""

import asyncio
import re
from collections.abc import Awaitable, Callable, Mapping
from types import MappingProxyType
from typing import Final, Literal

from target_stub.api_key import KeyCheck
from target_stub.capacity.station import StationName
from target_stub.clock import Clock
from target_stub.idempotency import KEY_LENGTH_MAX, IdempotencyStore, Standing, fingerprint, scope_of
from target_stub.ledger import DuplicateKeyError, LedgerUnavailableError
from target_stub.protocol_error import RETRY_AFTER_S, NotNow, ProtocolError
from target_stub.web import Handler, Headers, Reply, Request

API_VERSION: Final = "2026-04-17"
_HOST: Final = re.compile(r"[A-Za-z0-9.\-]{1,253}(:[0-9]{1,5})?|\[[0-9A-Fa-f:.]{2,45}\](:[0-9]{1,5})?")
_SERVER_ERRORS: Final = 500
_TOO_MANY: Final = 429
Check = Callable[[Request], None]
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
    host = request.headers.get("host", "")
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

    def reading(self, handler: Callable[[Request], Awaitable[Reply]], *checks: Check) -> Handler:
        """A door for GET: nothing is remembered."""

        async def read(request: Request) -> Reply:
            try:
                self._check(request, checks)
                return _with(await handler(request), _echo(request))
            except ProtocolError as error:
                return _with(error.reply(), _echo(request))

        return read

    def writing(
        self, handler: Callable[[Request], Awaitable[Reply]], *checks: Check, station: StationName | None = None
    ) -> Handler:
        """A door for POST: each idempotency key acts once, a fresh request after its turn at the station."""
        turn = None if station is None else self._stations.get(station)
        act = handler if turn is None else _after(turn, handler)

        async def write(request: Request) -> Reply:
            try:
                self._check(request, checks)
                key = _key_of(request)
                scope = scope_of(request.headers.get("authorization", ""), request.path, key)
                standing = self._store.begin(scope, fingerprint(request.body), self._clock.unix_ns())
                echo = [("idempotency-key", key), *_echo(request)]
                if isinstance(standing, Reply):
                    self.replays += 1
                    return _with(standing, [*echo, ("idempotent-replayed", "true")])
                if standing is not Standing.FRESH:
                    return _with(self._refusal(standing).reply(), echo)
            except ProtocolError as error:
                return _with(error.reply(), _echo(request))
            # A request that was begun is ended whether or not its client waits for it: it may be charging money.
            work = asyncio.get_running_loop().create_task(self._act_once(act, request, scope))
            return _with(await asyncio.shield(work), echo)

        return write

    def _check(self, request: Request, checks: tuple[Check, ...]) -> None:
        if self._key_check is not None and not self._key_check.accepts(request):
            headers = (("www-authenticate", "Bearer"),)
            raise ProtocolError(401, "unauthorized", "the bearer token is missing or wrong", headers=headers)
        for check in checks:
            check(request)

    def _refusal(self, standing: Standing) -> ProtocolError:
        self.conflicts += 1
        if standing is Standing.CONFLICT:
            return ProtocolError(422, "idempotency_conflict", "this Idempotency-Key came with another body before")
        message = "the first request with this Idempotency-Key is still running"
        return ProtocolError(409, "idempotency_in_flight", message, retry_after_s=RETRY_AFTER_S)

    async def _act_once(self, handler: Callable[[Request], Awaitable[Reply]], request: Request, scope: bytes) -> Reply:
        kept = False
        try:
            reply = await _answered(handler, request)
            kept = reply.status < _SERVER_ERRORS and not isinstance(reply, NotNow)
            if kept:
                self._store.keep(scope, reply)
            return reply
        finally:
            if not kept:
                self._store.forget(scope)


def _after(turn: Turn, handler: Callable[[Request], Awaitable[Reply]]) -> Callable[[Request], Awaitable[Reply]]:
    async def act(request: Request) -> Reply:
        await turn()
        return await handler(request)

    return act


async def _answered(handler: Callable[[Request], Awaitable[Reply]], request: Request) -> Reply:
    try:
        return await handler(request)
    except ProtocolError as error:
        return error.reply()
    except TurnedAwayError as error:
        code = "rate_limited" if error.status == _TOO_MANY else "service_unavailable"
        return ProtocolError(error.status, code, str(error), retry_after_s=error.retry_after_s).reply()
    except LedgerUnavailableError as error:
        return ProtocolError(503, "service_unavailable", str(error)[:200], retry_after_s=RETRY_AFTER_S).reply()
    except DuplicateKeyError:
        return ProtocolError(422, "idempotency_conflict", "this Idempotency-Key has paid for another order").reply()


def _key_of(request: Request) -> str:
    key = request.headers.get("idempotency-key", "")
    if not 1 <= len(key) <= KEY_LENGTH_MAX:
        message = f"send an Idempotency-Key of 1 to {KEY_LENGTH_MAX} characters, not {len(key)}"
        raise ProtocolError(400, "idempotency_key_required", message)
    return key


def _echo(request: Request) -> Headers:
    request_id = request.headers.get("request-id")
    return [] if request_id is None else [("request-id", request_id)]


def _with(reply: Reply, headers: Headers) -> Reply:
    return Reply(reply.status, [*reply.headers, *headers], reply.body)
