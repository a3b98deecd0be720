"""The campaign door: what the campaign is, who holds which card, and a first or an invite card for who asks.

Ours, no published protocol (protocols.md section 4). How it says no while issuing is paused is the campaign's own
voice: an availability of its own, whatever the chat does. The rules are in `cards`.
"""

import itertools
from collections.abc import Callable
from typing import Annotated, Final, Literal, TypeVar

import msgspec
from msgspec import Meta

from target_stub.api_door import ApiDoor
from target_stub.cards import INVITE, Campaign, Card, CardState, ClaimRefusal, ReserveRefusal
from target_stub.checkout import Change, Checkout
from target_stub.checkout_session import CHANGEABLE, CheckoutSession
from target_stub.clock import Clock
from target_stub.instants import rfc3339
from target_stub.ledger import CampaignRefusedError, Ledger, LedgerUnavailableError, RowsRefusedError
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
    ClaimRefusal.SOLD_OUT: (410, "the last card is given: the grey release or the whole budget has come to its end"),
    ClaimRefusal.CAMPAIGN_CLOSED: (410, "the campaign is over; cards that are out keep their value until they expire"),
}


class ClaimRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """POST /campaign/cards."""

    user_id: UserId
    reason: Literal["first", "invite"]
    invited_user_id: UserId | None = None


class RedeemRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """POST /campaign/cards/{id}/redeem; `amount` in minor units."""

    user_id: UserId
    checkout_session_id: UserId
    amount: Annotated[int, Meta(ge=1)]


class ReleaseRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """POST /campaign/cards/{id}/release."""

    checkout_session_id: UserId


_CLAIM: Final = msgspec.json.Decoder(ClaimRequest)
_REDEEM: Final = msgspec.json.Decoder(RedeemRequest)
_RELEASE: Final = msgspec.json.Decoder(ReleaseRequest)
_REDEEM_REFUSALS: Final = {
    ReserveRefusal.EXPIRED: (410, "card_expired", "the card has expired"),
    ReserveRefusal.INVALID: (404, "not_found", "there is no such card"),
    ReserveRefusal.USER_INELIGIBLE: (403, "not_owner", "the card is another shopper's"),
    ReserveRefusal.USAGE_LIMIT_REACHED: (409, "card_used", "the card is used or held by another checkout"),
}
_Asked = TypeVar("_Asked")


def _decoded(decoder: msgspec.json.Decoder[_Asked], request: Request) -> _Asked:
    try:
        return decoder.decode(request.body)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        raise ProtocolError(400, "invalid_body", str(error)[:300]) from error


def _in_words(error: CampaignRefusedError, reason: str) -> ClaimRefusal:
    """What the books of all processes refuse, as this campaign would have said it."""
    if error.reason == "already_issued":
        return ClaimRefusal.INVITE_ALREADY_PAID if reason == INVITE else ClaimRefusal.CARD_CAP_REACHED
    return ClaimRefusal(error.reason)


class CampaignDoor:
    """The routes of the campaign."""

    def __init__(
        self,
        campaign: Campaign,
        checkout: Checkout,
        *,
        ledger: Ledger,
        clock: Clock,
        door: ApiDoor,
        voice: CampaignVoice,
    ) -> None:
        self.issued = 0
        self.claiming = 0
        self.queue_length: Callable[[], int] = lambda: self.claiming
        self.paused_refusals = 0
        self._campaign = campaign
        self._checkout = checkout
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
            Route("POST", "/campaign/cards/{id}/redeem", self._door.writing(self.redeem)),
            Route("POST", "/campaign/cards/{id}/release", self._door.writing(self.release)),
        ]

    def look(self) -> None:
        """Let the campaign follow its plan and its pause rule."""
        self._campaign.observe(self.queue_length(), self._clock.unix_ns())

    async def get(self, _request: Request) -> Reply:
        """The campaign as it stands."""
        return json_reply(200, self.view())

    async def claim(self, request: Request) -> Reply:
        """Give a card: 201 once the books have it."""
        asked = _decoded(_CLAIM, request)
        if (asked.reason == INVITE) != (asked.invited_user_id is not None):
            message = "invited_user_id belongs to reason invite, and only to it"
            raise ProtocolError(400, "invalid_body", message, param="$.invited_user_id")
        if asked.invited_user_id == asked.user_id:
            raise ProtocolError(400, "invalid_body", "nobody invites himself", param="$.invited_user_id")
        self.look()
        now = self._clock.unix_ns()
        card = self._campaign.claim(asked.user_id, asked.reason, asked.invited_user_id or "", now)
        if isinstance(card, ClaimRefusal):
            return self._refused(card)
        row = self._campaign.event_row(card, "issued", now)
        self.claiming += 1
        try:
            await self._ledger.commit(row)
        except (LedgerUnavailableError, RowsRefusedError) as error:
            self._campaign.withdraw(card)
            if isinstance(error, CampaignRefusedError):
                return self._refused(_in_words(error, asked.reason))
            raise
        finally:
            self.claiming -= 1
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
        return json_reply(200, {"card": self._card_view(self._found(request))})

    async def redeem(self, request: Request) -> Reply:
        """Put a card into an open checkout, as its discount code would: 200 and the card, reserved."""
        asked = _decoded(_REDEEM, request)
        card = self._found(request)
        face_minor = self._campaign.terms.face_minor
        if asked.amount > face_minor:
            raise ProtocolError(400, "invalid_amount", f"a card pays {face_minor} at most", param="$.amount")
        if self._campaign.redeeming != "open":
            message = "cards cannot be spent for the moment; they keep their value"
            raise ProtocolError(503, "redeeming_paused", message, retry_after_s=RETRY_AFTER_S)
        session = self._open_session(asked.checkout_session_id)
        if session.user_id != asked.user_id:
            raise ProtocolError(403, "not_owner", "the checkout is another shopper's", param="$.checkout_session_id")
        now = self._clock.unix_ns()
        refusal = self._campaign.refusal(card.code, asked.user_id, session.id, now)
        if refusal is not None:
            raise ProtocolError(*_REDEEM_REFUSALS[refusal])
        self._checkout.update(session, Change(codes=(card.code,)))
        return json_reply(200, {"card": self._card_view(card)})

    async def release(self, request: Request) -> Reply:
        """Take a card out of its checkout again: 200 and the card, issued; a card that is free already stays so."""
        asked = _decoded(_RELEASE, request)
        card = self._found(request)
        if card.state is CardState.USED or card.session_id not in (None, asked.checkout_session_id):
            raise ProtocolError(409, "card_used", "the card is used or held by another checkout")
        if card.session_id is not None:
            self._checkout.update(self._open_session(card.session_id), Change(codes=()))
        return json_reply(200, {"card": self._card_view(card)})

    def _open_session(self, session_id: str) -> CheckoutSession:
        session = self._checkout.find(session_id, kind=session_id.partition("_")[0])
        if session is None:
            message = "there is no such checkout session"
            raise ProtocolError(404, "not_found", message, param="$.checkout_session_id")
        if session.status not in CHANGEABLE:
            raise ProtocolError(405, "session_not_modifiable", f"the session is {session.status}")
        return session

    def _found(self, request: Request) -> Card:
        card = self._campaign.card(request.path_params["id"].removeprefix("card_"))
        if card is None:
            raise ProtocolError(404, "not_found", "there is no such card")
        return card

    def view(self) -> dict[str, object]:
        """The campaign as the door and the control door tell it; amounts in minor units."""
        self.look()
        campaign = self._campaign
        terms = campaign.terms
        return {
            "wave": terms.wave,
            "issuing": campaign.state.told,
            "paused_by": sorted(campaign.state.causes),
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
