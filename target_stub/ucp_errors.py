"""How UCP says no without a session: one table of refusals, and the bodies of both versions and both postures.

2026-04-08: `{code, content}` for what the transport refuses, `{ucp{version, status: "error"}, messages}` with 200 for what
the shop cannot give. 2026-01-23: `{status: "requires_escalation", messages}` under a 4xx. Posture `status`: `{detail, code}`.
"""

from enum import Enum
from typing import Final, NamedTuple

import msgspec

from target_stub.protocol_error import ProtocolError
from target_stub.ucp_dialect import Dialect, UcpVersion

_OK: Final = 200
_BUYER_INPUT: Final = "requires_buyer_input"
_UNRECOVERABLE: Final = "unrecoverable"


class _Row(NamedTuple):
    """A refusal: its code and status by version, and what posture `status` makes of it."""

    code: str
    april: int
    january: int
    status: int
    shouted: str


class Refusal(Enum):
    """Why a request gets no session back."""

    INVALID = _Row("invalid_request", 400, 400, 400, "INVALID_REQUEST")
    MALFORMED = _Row("invalid_request", 400, 400, 422, "")
    PROFILE = _Row("invalid_profile_url", 400, 400, 422, "")
    VERSION = _Row("version_unsupported", 422, 400, 400, "VERSION_UNSUPPORTED")
    UNAUTHORIZED = _Row("unauthorized", 401, 401, 401, "UNAUTHORIZED")
    NOT_FOUND = _Row("not_found", _OK, 404, 404, "RESOURCE_NOT_FOUND")
    UNKNOWN_ITEM = _Row("item_unavailable", _OK, 400, 400, "INVALID_REQUEST")
    ENDED = _Row("checkout_not_modifiable", 409, 409, 409, "CHECKOUT_NOT_MODIFIABLE")
    IN_PROGRESS = _Row("checkout_in_progress", 409, 409, 409, "CHECKOUT_NOT_MODIFIABLE")
    KEY_CONFLICT = _Row("idempotency_conflict", 409, 409, 409, "IDEMPOTENCY_CONFLICT")
    KEY_RUNNING = _Row("idempotency_in_flight", 409, 409, 409, "IDEMPOTENCY_CONFLICT")
    DECLINED = _Row("payment_failed", _OK, _OK, 402, "INSUFFICIENT_FUNDS")
    FRAUD = _Row("payment_failed", _OK, _OK, 403, "FRAUD_DETECTED")
    OUT_OF_STOCK = _Row("out_of_stock", _OK, _OK, 409, "OUT_OF_STOCK")
    REDEEMING_PAUSED = _Row("redeeming_paused", 503, 503, 503, "REDEEMING_PAUSED")
    RATE_LIMITED = _Row("rate_limited", 429, 429, 429, "RATE_LIMITED")
    UNAVAILABLE = _Row("service_unavailable", 503, 503, 503, "SERVICE_UNAVAILABLE")


class _Told(msgspec.Struct, frozen=True, omit_defaults=True):
    """A body or a part of one."""


class ErrorMessage(_Told, frozen=True):
    """Why there is no resource; `path` points into the request."""

    type: str
    code: str
    content: str
    severity: str
    path: str | None = None


class Transport(_Told, frozen=True):
    """2026-04-08: what is refused before the shop is asked."""

    code: str
    content: str


class ErrorUcp(_Told, frozen=True):
    """2026-04-08: the mark of a reply without a resource."""

    version: str
    status: str


class NoResource(_Told, frozen=True):
    """2026-04-08: the shop was asked and has nothing to show."""

    ucp: ErrorUcp
    messages: list[ErrorMessage]


class Escalation(_Told, frozen=True):
    """2026-01-23: every error."""

    status: str
    messages: list[ErrorMessage]


class Detail(_Told, frozen=True):
    """Posture `status`: every error but a malformed request."""

    detail: str
    code: str


class Problem(_Told, frozen=True):
    """Posture `status`: one thing that is wrong with a request, and where."""

    type: str
    loc: list[str | int]
    msg: str


class Problems(_Told, frozen=True):
    """Posture `status`: a malformed request."""

    detail: list[Problem]


class VersionDetail(_Told, frozen=True):
    """Posture `status`: a version that is not spoken; its detail is an object."""

    detail: Transport


class UcpError(ProtocolError):
    """A request that a UCP door refuses; `path` is where the request is wrong, as a JSONPath."""

    def __init__(
        self,
        dialect: Dialect,
        refusal: Refusal,
        content: str,
        *,
        path: str | None = None,
        retry_after_s: int | None = None,
        headers: tuple[tuple[str, str], ...] = (),
    ) -> None:
        row = refusal.value
        status = row.april if dialect.version is UcpVersion.APRIL else row.january
        if dialect.posture == "status":
            status = row.status
        super().__init__(status, row.code, content, retry_after_s=retry_after_s, headers=headers)
        self.body = _body(dialect, refusal, content, path)


def _body(dialect: Dialect, refusal: Refusal, content: str, path: str | None) -> msgspec.Struct:
    row = refusal.value
    if dialect.posture == "status":
        if refusal is Refusal.VERSION:
            return VersionDetail(Transport(row.code, content))
        if row.shouted:
            return Detail(content, row.shouted)
        loc: list[str | int] = ["header", "ucp-agent"] if refusal is Refusal.PROFILE else ["body", *_steps(path)]
        return Problems([Problem("value_error", loc, content)])
    if dialect.version is UcpVersion.JANUARY:
        message = ErrorMessage("error", row.code, content, _BUYER_INPUT, path)
        return Escalation("requires_escalation", [message])
    if row.april == _OK:
        message = ErrorMessage("error", row.code, content, _UNRECOVERABLE, path)
        return NoResource(ErrorUcp(dialect.version, "error"), [message])
    return Transport(row.code, content if path is None else f"{content} - at {path}")


def _steps(path: str | None) -> list[str | int]:
    """A JSONPath of names and indices as its steps."""
    steps = (path or "$").replace("[", ".").replace("]", "").split(".")[1:]
    return [int(step) if step.isdigit() else step for step in steps]
