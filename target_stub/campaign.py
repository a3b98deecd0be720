"""The campaign door: what the campaign is, who holds which card, and a first or an invite card for who asks.

Ours, no published protocol (protocols.md section 4). How it says no while issuing is paused is the campaign's own
voice: an availability of its own, whatever the chat does. The rules are in `cards`.
"""

import itertools
from typing import Annotated, Final, Literal

import msgspec
from msgspec import Meta

from target_stub.api_door import ApiDoor
from target_stub.cards import INVITE, Campaign, Card, CardState, ClaimRefusal
from target_stub.clock import Clock
from target_stub.instants import rfc3339
from target_stub.ledger import DuplicateKeyError, Ledger, LedgerUnavailableError
from target_stub.protocol_error import JSON_HEADER, RETRY_AFTER_S, NotNow, ProtocolError
from target_stub.web import Reply, Request, Route, json_reply

CampaignVoice = Literal["hard", "soft", "mixed", "silent", "dead-page"]
"""503; a 200 whose words say no; both in turn; a 200 without card and words; the page of a feature that is down."""
UserId = Annotated[str, Meta(min_length=1, max_length=255)]
_SOFT_MESSAGE: Final = "活动太火爆啦，奶茶卡正在补货，请稍后再来"
_TURNS: Final[dict[CampaignVoice, tuple[CampaignVoice, ...]]] = {"mixed": ("hard", "soft")}
_DEAD_PAGE: Final = "<!doctype html><meta charset=utf-8><title>活动</title><p>系统开小差了，稍后再试吧"
_STATUS: Final = {
    ClaimRefusal.CARD_CAP_REACHED: (409, "this shopper has every card that this reason gives"),
    ClaimRefusal.INVITE_ALREADY_PAID: (409, "the invitation of this shopper has been rewarded"),
    ClaimRefusal.SOLD_OUT: (410, "the campaign's budget is promised to the last card"),
}


class ClaimRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """POST /campaign/cards."""

    user_id: UserId
    reason: Literal["first", "invite"]
    invited_user_id: UserId | None = None


_CLAIM: Final = msgspec.json.Decoder(ClaimRequest)


class CampaignDoor:
    """The routes of the campaign."""

    def __init__(
        self, campaign: Campaign, *, ledger: Ledger, clock: Clock, door: ApiDoor, voice: CampaignVoice
    ) -> None:
        self.issued = 0
        self.paused_refusals = 0
        self._campaign = campaign
        self._ledger = ledger
        self._clock = clock
        self._door = door
        self._voices = itertools.cycle(_TURNS.get(voice, (voice,)))

    def routes(self) -> list[Route]:
        """The campaign, its cards, and the claim of one."""
        read = self._door.reading
        return [
            Route("GET", "/campaign", read(self.get)),
            Route("POST", "/campaign/cards", self._door.writing(self.claim, station="card")),
            Route("GET", "/campaign/cards", read(self.cards)),
            Route("GET", "/campaign/cards/{id}", read(self.card)),
        ]

    async def get(self, _request: Request) -> Reply:
        """The campaign as it stands."""
        return json_reply(200, self.view())

    async def claim(self, request: Request) -> Reply:
        """Give a card: 201 once the books have it."""
        try:
            asked = _CLAIM.decode(request.body)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise ProtocolError(400, "invalid_body", str(error)[:300]) from error
        if (asked.reason == INVITE) != (asked.invited_user_id is not None):
            message = "invited_user_id belongs to reason invite, and only to it"
            raise ProtocolError(400, "invalid_body", message, param="$.invited_user_id")
        now = self._clock.unix_ns()
        card = self._campaign.claim(asked.user_id, asked.reason, asked.invited_user_id or "", now)
        if isinstance(card, ClaimRefusal):
            return self._refused(card)
        row = self._campaign.event_row(card, "issued", now)
        try:
            await self._ledger.commit(row)
        except (LedgerUnavailableError, DuplicateKeyError):
            self._campaign.withdraw(card)
            raise
        self._campaign.confirm(card)
        self.issued += 1
        return json_reply(201, {"card": self._card_view(card)})

    def _refused(self, refusal: ClaimRefusal) -> Reply:
        if refusal is not ClaimRefusal.ISSUING_PAUSED:
            status, message = _STATUS[refusal]
            raise ProtocolError(status, refusal.value, message)
        self.paused_refusals += 1
        voice = next(self._voices)
        if voice == "dead-page":
            return NotNow(500, [("content-type", "text/html; charset=utf-8")], _DEAD_PAGE.encode())
        if voice != "hard":
            said = {} if voice == "silent" else {"message": _SOFT_MESSAGE}
            return NotNow(200, [JSON_HEADER], msgspec.json.encode({"card": None, **said}))
        raise ProtocolError(503, refusal.value, "no cards are given for the moment", retry_after_s=RETRY_AFTER_S)

    async def cards(self, request: Request) -> Reply:
        """The cards of `?user_id=`."""
        user_id = request.query.get("user_id", "")
        if not user_id:
            raise ProtocolError(400, "missing_user_id", "say whose cards: /campaign/cards?user_id=...")
        return json_reply(200, {"cards": [self._card_view(card) for card in self._campaign.cards_of(user_id)]})

    async def card(self, request: Request) -> Reply:
        """One card by its id."""
        card = self._campaign.card(request.path_params["id"].removeprefix("card_"))
        if card is None:
            raise ProtocolError(404, "not_found", "there is no such card")
        return json_reply(200, {"card": self._card_view(card)})

    def view(self) -> dict[str, object]:
        """The campaign as the door and the control door tell it; amounts in minor units."""
        campaign = self._campaign
        terms = campaign.terms
        return {
            "wave": terms.wave,
            "issuing": campaign.issuing,
            "redeeming": campaign.redeeming,
            "face_value": terms.face_minor,
            "currency": terms.currency,
            "cards_per_user": terms.cards_per_user,
            "budget": {
                "total": terms.budget_minor,
                "spent": campaign.spent_minor,
                "reserved": campaign.promised_minor,
            },
            "expires_at": rfc3339(campaign.expires_unix_ns),
        }

    def _card_view(self, card: Card) -> dict[str, object]:
        campaign = self._campaign
        void = card.state is not CardState.USED and self._clock.unix_ns() >= campaign.expires_unix_ns
        return {
            "id": f"card_{card.code}",
            "code": card.code,
            "user_id": card.user_id,
            "state": "expired" if void else card.state.value,
            "face_value": campaign.terms.face_minor,
            "currency": campaign.terms.currency,
            "reason": card.reason,
            "issued_at": rfc3339(card.issued_unix_ns),
            "expires_at": rfc3339(campaign.expires_unix_ns),
            "checkout_session_id": card.session_id,
            "order_id": card.order_id,
            "amount_used": card.used_minor,
        }
