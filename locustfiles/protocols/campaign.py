"""The campaign door, where shoppers claim discount cards: our own protocol, errors and idempotency as in ACP.

A card that is not given comes in three voices: an error status, an error body, or a 200 whose card is null
(``NoCard``).

This module must not know sockets, nor what a refusal means.
"""

from collections.abc import Mapping
from typing import Any

import msgspec

from locustfiles.protocols.checkout import ProtocolFault, ServiceError
from locustfiles.protocols.http_request import RequestTemplate, checked_base_path, common_headers
from locustfiles.protocols.service_error import (
    CODE_CHARACTERS,
    MESSAGE_CHARACTERS,
    error_in,
    excerpt,
    parse_json,
    service_error,
    whole_number,
)

_LOWEST_SUCCESS, _HIGHEST_SUCCESS = 200, 299


class Card(msgspec.Struct, frozen=True, gc=False):
    """A discount card as told by the target; the face value in minor units, None = not told."""

    code: str
    state: str
    face_minor: int | None
    currency: str
    expires_at: str
    """As told, text or number; "" = not told."""


class NoCard(msgspec.Struct, frozen=True, gc=False):
    """A 200 that carries no card: what the door says instead (hostile text)."""

    message: str


class CampaignDoor:
    """Encodes claims and decodes their answers. ``host`` is the Host header's value; ValueError when it cannot be one."""

    def __init__(self, host: str, *, headers: Mapping[str, str], base_path: str = "") -> None:
        """Encode the parts of the request that never vary; ``headers`` go with every request."""
        common = common_headers(host, headers, Content_Type="application/json")
        varying = ("Idempotency-Key", "Request-Id", "X-Shopper-Id")
        path = f"{checked_base_path(base_path)}/campaign/cards"
        self._claim = RequestTemplate("POST", path, headers=common, varying=varying)

    def claim(self, user_id: str, reason: str, idempotency_key: str) -> bytes:
        """The request for a card; ``reason`` is first, invite or draw."""
        body = msgspec.json.encode({"user_id": user_id, "reason": reason})
        return self._claim.fill(idempotency_key, idempotency_key, user_id, body=body)

    def decode_claim(
        self, status: int, headers: Mapping[str, str], body: bytes
    ) -> Card | NoCard | ServiceError | ProtocolFault:
        """The answer to a claim; total over all bytes, never raises."""
        if not _LOWEST_SUCCESS <= status <= _HIGHEST_SUCCESS:
            return service_error(status, headers, body) if status else ProtocolFault("There is no answer to decode.")
        value = parse_json(body)
        if isinstance(value, ProtocolFault):
            return value
        if isinstance(value, dict) and "card" in value:
            card = value["card"]
            if card is None:
                message = value.get("message")
                return NoCard(message[:MESSAGE_CHARACTERS] if isinstance(message, str) else "")
            if isinstance(card, dict) and isinstance(card.get("code"), str) and card["code"]:
                return _card_of(card)
        return error_in(status, value) or ProtocolFault("The answer holds no card.", 0, excerpt(body))


def _card_of(card: dict[str, Any]) -> Card:
    return Card(
        code=card["code"][:CODE_CHARACTERS],
        state=_text(card.get("state")),
        face_minor=whole_number(card.get("face_value")),
        currency=_text(card.get("currency")),
        expires_at=_text(card.get("expires_at")),
    )


def _text(value: Any) -> str:
    number = whole_number(value)
    if number is not None:
        return str(number)
    return value[:CODE_CHARACTERS] if isinstance(value, str) else ""
