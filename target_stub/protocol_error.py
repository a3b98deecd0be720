"""The flat error of ACP 2026-04-17, as an exception that a door raises and as the reply that the client sees."""

from typing import Final

import msgspec

from target_stub.web import Reply

JSON_HEADER: Final = ("content-type", "application/json")
RETRY_AFTER_S: Final = 1
"""What a client is told to wait when the shop is busy with its own request: longer than any group commit."""
_SERVICE_UNAVAILABLE: Final = 503
_SERVER_ERRORS: Final = 500


class NotNow(Reply, frozen=True, gc=False):
    """A reply that says "come back": no idempotency key remembers it, so the repeated request is a fresh one."""


class FlatError(msgspec.Struct, frozen=True, omit_defaults=True):
    """The error body, without an envelope."""

    type: str
    code: str
    message: str
    param: str | None = None
    supported_versions: list[str] | None = None


class ProtocolError(Exception):
    """A request that a door refuses; `retry_after_s` set = the same request may succeed later."""

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        *,
        param: str | None = None,
        supported_versions: list[str] | None = None,
        retry_after_s: int | None = None,
        headers: tuple[tuple[str, str], ...] = (),
    ) -> None:
        self.status = status
        self.code = code
        super().__init__(message)
        kind = "invalid_request"
        if status >= _SERVER_ERRORS:
            kind = "service_unavailable" if status == _SERVICE_UNAVAILABLE else "processing_error"
        self.body: msgspec.Struct = FlatError(kind, code, message, param, supported_versions)
        self._retry_after_s = retry_after_s
        self._headers = headers

    def reply(self) -> Reply:
        """What the client sees."""
        headers = [JSON_HEADER, *self._headers]
        body = msgspec.json.encode(self.body)
        if self._retry_after_s is None:
            return Reply(self.status, headers, body)
        return NotNow(self.status, [*headers, ("retry-after", str(self._retry_after_s))], body)
