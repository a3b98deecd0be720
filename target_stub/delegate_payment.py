"""The payment service's door of ACP 2026-04-17: a card becomes a token that pays one checkout (protocols.md 2.7).

The shop is its own payment service. The protocol's error codes are few: whatever is wrong with a body is `invalid_card`,
400 when it is malformed and 422 when its values cannot be.
"""

import re
from datetime import UTC, datetime
from typing import Annotated, Final, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from target_stub.acp_replies import CURRENCY
from target_stub.acp_requests import Address, Text
from target_stub.api_door import ApiDoor, check_api_version
from target_stub.clock import Clock
from target_stub.instants import rfc3339
from target_stub.payment_tokens import Allowance, PaymentTokens
from target_stub.protocol_error import ProtocolError
from target_stub.web import Reply, Request, Route, json_reply

MERCHANT_ID: Final = "shop"
_NUMBER: Final = re.compile(r"[0-9]{12,19}")
_MONTHS: Final = 12
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_Metadata = dict[str, str]


class _Asked(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A request body or a part of one."""


class PaymentMethod(_Asked, frozen=True):
    """A card."""

    type: Literal["card"]
    card_number_type: Literal["fpan", "network_token"]
    number: str
    display_card_funding_type: Literal["credit", "debit", "prepaid"]
    metadata: _Metadata
    exp_month: Annotated[str, Meta(max_length=2)] | UnsetType = UNSET
    exp_year: Annotated[str, Meta(max_length=4)] | UnsetType = UNSET
    name: Text | UnsetType = UNSET
    cvc: Annotated[str, Meta(max_length=4)] | UnsetType = UNSET
    cryptogram: Text | UnsetType = UNSET
    eci_value: Annotated[str, Meta(max_length=2)] | UnsetType = UNSET
    checks_performed: list[Literal["avs", "cvv", "ani", "auth0"]] | UnsetType = UNSET
    iin: Annotated[str, Meta(max_length=8)] | UnsetType = UNSET
    display_wallet_type: Text | UnsetType = UNSET
    display_brand: Text | UnsetType = UNSET
    display_last4: Annotated[str, Meta(pattern=r"^[0-9]{4}$")] | UnsetType = UNSET
    virtual: bool | UnsetType = UNSET


class AskedAllowance(_Asked, frozen=True):
    """What the token may be used for."""

    reason: Literal["one_time"]
    max_amount: Annotated[int, Meta(ge=0)]
    currency: str
    checkout_session_id: Text
    merchant_id: Text
    expires_at: Annotated[datetime, Meta(tz=True)]


class RiskSignal(_Asked, frozen=True):
    """What the sender thinks of the buyer."""

    type: Literal["card_testing"]
    score: int
    action: Literal["blocked", "manual_review", "authorized"]


class DelegateRequest(_Asked, frozen=True):
    """POST /agentic_commerce/delegate_payment."""

    payment_method: PaymentMethod
    allowance: AskedAllowance
    risk_signals: list[RiskSignal]
    metadata: _Metadata
    billing_address: Address | UnsetType = UNSET


_DECODER: Final = msgspec.json.Decoder(DelegateRequest)


class DelegateDoor:
    """The one route of the payment service."""

    def __init__(self, tokens: PaymentTokens, door: ApiDoor, clock: Clock) -> None:
        self._tokens = tokens
        self._door = door
        self._clock = clock
        self._start = f"{clock.unix_ns() // 1_000_000:x}"

    def routes(self) -> list[Route]:
        """Card in, token out."""
        path = "/agentic_commerce/delegate_payment"
        return [Route("POST", path, self._door.writing(self.delegate, check_api_version))]

    async def delegate(self, request: Request) -> Reply:
        """Give a token: 201."""
        try:
            asked = _DECODER.decode(request.body)
        except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
            # The decoder names places and types and never repeats a value, so no card number gets into the message.
            raise ProtocolError(400, "invalid_card", str(error)[:300]) from error
        now = self._clock.unix_ns()
        wrong = card_fault(asked.payment_method, now) or _allowance_fault(asked.allowance, now)
        if wrong is not None:
            raise ProtocolError(422, "invalid_card", wrong[1], param=wrong[0])
        allowance = Allowance(
            asked.allowance.checkout_session_id, asked.allowance.max_amount, _unix_ns(asked.allowance)
        )
        token = self._tokens.issue(allowance, self._start)
        return json_reply(201, {"id": token, "created": rfc3339(now), "metadata": asked.metadata})


def card_fault(card: PaymentMethod, now_unix_ns: int) -> tuple[str, str] | None:
    """Where and why a card cannot pay: a number that fails its check digit, a month that is none, a card that expired."""
    if not _NUMBER.fullmatch(card.number) or not has_check_digit(card.number):
        return "$.payment_method.number", "the card number is not one: use a test card such as 4242424242424242"
    if card.exp_month is not UNSET and not (card.exp_month.isdecimal() and 1 <= int(card.exp_month) <= _MONTHS):
        return "$.payment_method.exp_month", "the month of expiry is 01 to 12"
    if card.exp_year is not UNSET and card.exp_month is not UNSET:
        now = datetime.fromtimestamp(now_unix_ns // 1_000_000_000, UTC)
        if not card.exp_year.isdecimal() or (int(card.exp_year), int(card.exp_month)) < (now.year, now.month):
            return "$.payment_method.exp_year", "the card has expired; give the year with four digits"
    return None


def has_check_digit(number: str) -> bool:
    """Whether the digits pass the Luhn check of ISO/IEC 7812-1."""
    doubled = (sum(divmod(2 * int(digit), 10)) for digit in number[-2::-2])
    return (sum(map(int, number[-1::-2])) + sum(doubled)) % 10 == 0


def _allowance_fault(asked: AskedAllowance, now_unix_ns: int) -> tuple[str, str] | None:
    if asked.currency != CURRENCY:
        return "$.allowance.currency", f"the shop sells in {CURRENCY}"
    if asked.merchant_id != MERCHANT_ID:
        return "$.allowance.merchant_id", f"the merchant is {MERCHANT_ID!r}"
    if _unix_ns(asked) <= now_unix_ns:
        return "$.allowance.expires_at", "the allowance has expired"
    return None


def _unix_ns(asked: AskedAllowance) -> int:
    return round((asked.expires_at - _EPOCH).total_seconds()) * 1_000_000_000
