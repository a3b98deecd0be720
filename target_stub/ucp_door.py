"""What UCP rules for itself before and after its handlers (protocols.md 3.2, 3.7), on the shop's one `ApiDoor`.

A key may be left out: the prose asks servers to support keys, and only the OpenAPI asks clients to send them. Keys share
one name space over all paths, so a key that is used for another operation is a conflict: 409. Only what was done is
remembered, not what was refused. A replay looks like the first reply.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from target_stub.api_door import TOO_MANY, ApiDoor, Turn, TurnedAwayError, echo
from target_stub.api_key import KeyCheck
from target_stub.capacity.station import StationName
from target_stub.clock import Clock
from target_stub.idempotency import KEY_LENGTH_MAX, IdempotencyStore, Standing, fingerprint, scope_of
from target_stub.protocol_error import RETRY_AFTER_S, ProtocolError
from target_stub.ucp_dialect import Dialect
from target_stub.ucp_errors import Refusal, UcpError
from target_stub.web import Headers, Reply, Request

_NAME_SPACE: Final = "ucp"
_REFUSED_FROM: Final = 400


class UcpApiDoor(ApiDoor):
    """The door of one UCP version."""

    def __init__(
        self,
        dialect: Dialect,
        *,
        api_key: str | None,
        store: IdempotencyStore,
        clock: Clock,
        stations: Mapping[StationName, Turn] = MappingProxyType({}),
    ) -> None:
        super().__init__(api_key=api_key, store=store, clock=clock, stations=stations)
        self.dialect = dialect

    def accepts(self, request: Request, key_check: KeyCheck) -> bool:
        """The key comes as a bearer token or as X-API-Key."""
        plain = request.headers.get("x-api-key")
        return key_check.accepts(request) or (plain is not None and key_check.accepts_key(plain))

    def key_of(self, request: Request) -> str | None:
        """The key, None without one; raises UcpError for a key that is empty or too long."""
        key = request.headers.get("idempotency-key")
        if key is None or 1 <= len(key) <= KEY_LENGTH_MAX:
            return key
        sentence = f"an Idempotency-Key has 1 to {KEY_LENGTH_MAX} characters, not {len(key)}"
        raise UcpError(self.dialect, Refusal.INVALID, sentence)

    def remembered_as(self, request: Request, key: str) -> tuple[bytes, bytes]:
        """One name space for all paths; method, path and body are the parameters of an operation."""
        identity = f"{request.headers.get('authorization', '')}\n{request.headers.get('x-api-key', '')}"
        body = fingerprint(request.body).hex()
        return scope_of(identity, _NAME_SPACE, key), scope_of(request.method, request.path, body)

    def is_kept(self, reply: Reply) -> bool:
        """A refused operation is none: its key may be used again."""
        return reply.status < _REFUSED_FROM

    def marks(self, request: Request, key: str | None, *, replayed: bool) -> Headers:
        """Nothing but the request's own id."""
        del key, replayed
        return echo(request)

    def unauthorized(self) -> ProtocolError:
        """Nobody has said who asks."""
        headers = (("www-authenticate", 'Bearer realm="ucp"'),)
        return UcpError(self.dialect, Refusal.UNAUTHORIZED, "the shop's key is missing or wrong", headers=headers)

    def key_refusal(self, standing: Standing) -> ProtocolError:
        """The key came with another operation before, or its first request is still running."""
        if standing is Standing.CONFLICT:
            return self.spent_key()
        sentence = "the first request with this Idempotency-Key is still running"
        return UcpError(self.dialect, Refusal.KEY_RUNNING, sentence, retry_after_s=RETRY_AFTER_S)

    def spent_key(self) -> ProtocolError:
        """The key belongs to another operation."""
        return UcpError(self.dialect, Refusal.KEY_CONFLICT, "this Idempotency-Key came with another operation before")

    def turned_away(self, error: TurnedAwayError) -> ProtocolError:
        """A station would not take the request."""
        refusal = Refusal.RATE_LIMITED if error.status == TOO_MANY else Refusal.UNAVAILABLE
        return UcpError(self.dialect, refusal, str(error), retry_after_s=error.retry_after_s)

    def unavailable(self, sentence: str) -> ProtocolError:
        """The books cannot be written."""
        return UcpError(self.dialect, Refusal.UNAVAILABLE, sentence[:200], retry_after_s=RETRY_AFTER_S)
