"""The rules of the card campaign: who gets a card, when one can be spent, and what the budget has promised.

Pure but for its own state: instants are arguments, and what must be written down is handed to `record` or returned as a
row. Two switches are independent: pausing *issuing* touches no card that is out, pausing *redeeming* takes none away.

    (claim) -> pending -> issued <-> reserved -> used        issued, reserved: void once the campaign's expiry has passed
                            ^                      |
                            +-- the order canceled +

A card is `pending` until the books have it. Every card promises its face value for good, so that the budget cannot be
overspent, not even by a card that comes back from a canceled order.
"""

from base64 import b32encode
from collections.abc import Callable
from enum import StrEnum
from hashlib import blake2b
from typing import Final

import msgspec

from target_stub.campaign_issuing import GIVING, Issuing, IssuingPlan, IssuingState
from target_stub.campaign_pause import PauseSample
from target_stub.ledger import CampaignEventRow, CardEventRow

OPEN: Final = "open"
PAUSED: Final = "paused"
FIRST: Final = "first"
INVITE: Final = "invite"
_CODE_BYTES: Final = 10  # 80 bits: two users of a campaign of any size never share a code


class CampaignTerms(msgspec.Struct, frozen=True):
    """What the campaign promises; the defaults are the second wave of February 2026 (incident sheet 2.1)."""

    wave: str = "2"
    face_minor: int = 2500
    currency: str = "CNY"
    cards_per_user: int = 10
    budget_minor: int = 300_000_000_000
    """CNY 3bn in fen."""


WAVES: Final = {"1": CampaignTerms(wave="1", cards_per_user=21), "2": CampaignTerms()}
"""Wave 1: a first card and up to 20 by invitation; wave 2: ten in all."""


class CardState(StrEnum):
    """Where a card is in its life."""

    PENDING = "pending"
    ISSUED = "issued"
    RESERVED = "reserved"
    USED = "used"


class Card(msgspec.Struct):
    """One card. `used_minor` is what it paid, in minor units; `session_id` names the checkout that holds it."""

    code: str
    user_id: str
    issued_unix_ns: int
    state: CardState = CardState.PENDING
    session_id: str | None = None
    order_id: str | None = None
    used_minor: int = 0

    @property
    def reason(self) -> str:
        """Why the card was given; the code's first letter carries it."""
        return FIRST if self.code.startswith("F") else INVITE


class ClaimRefusal(StrEnum):
    """Why no card is given."""

    ISSUING_PAUSED = "issuing_paused"
    CARD_CAP_REACHED = "card_cap_reached"
    INVITE_ALREADY_PAID = "invite_already_paid"
    SOLD_OUT = "sold_out"
    CAMPAIGN_CLOSED = "campaign_closed"


class ReserveRefusal(StrEnum):
    """Why a card cannot be spent, in the words of ACP's discount extension."""

    EXPIRED = "discount_code_expired"
    INVALID = "discount_code_invalid"
    USER_INELIGIBLE = "discount_code_user_ineligible"
    USAGE_LIMIT_REACHED = "discount_code_usage_limit_reached"


def card_code(reason: str, user_id: str, invited_user_id: str = "") -> str:
    """The code of the card that a reason gives: one code for a first card, one for each invited user."""
    whose = user_id if reason == FIRST else invited_user_id
    digest = blake2b(whose.encode(), digest_size=_CODE_BYTES, person=b"springtide card").digest()
    return ("F" if reason == FIRST else "I") + b32encode(digest).decode()


class Campaign:
    """All cards of one campaign, by code and by user."""

    def __init__(
        self,
        terms: CampaignTerms,
        expires_unix_ns: int,
        record: Callable[[CardEventRow | CampaignEventRow], None],
        *,
        plan: IssuingPlan | None = None,
        start_unix_ns: int = 0,
    ) -> None:
        """`record` takes the events that nobody waits for: reserved, released, and what the campaign does by itself."""
        self.terms = terms
        self.state = IssuingState(plan or IssuingPlan())
        self.redeeming = OPEN
        self.expires_unix_ns = expires_unix_ns
        self.spent_minor = 0
        self.promised_minor = 0
        self.given_in_grey = 0
        self._start_unix_ns = start_unix_ns
        self._record = record
        self._cards: dict[str, Card] = {}
        self._by_user: dict[str, list[Card]] = {}
        self._elsewhere: set[str] = set()

    def switch(self, issuing: str | None, redeeming: str | None, expires_unix_ns: int | None) -> None:
        """Set what is given; raises ValueError, changing nothing, for an unknown word or an expiry moved earlier."""
        if redeeming not in (None, OPEN, PAUSED):
            raise ValueError(f"invalid_switch: redeeming is {redeeming!r}; give open or paused")
        if expires_unix_ns is not None and expires_unix_ns < self.expires_unix_ns:
            raise ValueError("expiry_moved_earlier")
        if issuing is not None:
            self.state.switch(issuing)
        self.redeeming = redeeming or self.redeeming
        self.expires_unix_ns = expires_unix_ns or self.expires_unix_ns

    def observe(self, queue: int, now_unix_ns: int) -> None:
        """Follow the plan and the pause rule; what that changes is recorded. `queue`: how many wait where the rule looks."""
        share = (self.spent_minor + self.promised_minor) / self.terms.budget_minor if self.terms.budget_minor else 1.0
        sample = PauseSample((now_unix_ns - self._start_unix_ns) / 1e9, share, queue)
        if self.state.observe(sample):
            self._record(self.switch_row(now_unix_ns))

    def switch_row(self, now_unix_ns: int) -> CampaignEventRow:
        """The campaign as it stands, for the books, which know no phases: cards are given or they are not."""
        terms = self.terms
        issuing = OPEN if self.state.told in GIVING else PAUSED
        return CampaignEventRow(
            issuing, self.redeeming, terms.budget_minor, terms.cards_per_user, self.expires_unix_ns, now_unix_ns
        )

    def claim(self, user_id: str, reason: str, invited_user_id: str, now_unix_ns: int) -> Card | ClaimRefusal:
        """A pending card for the user, to be confirmed or withdrawn, or why there is none."""
        told, terms = self.state.told, self.terms
        if told not in GIVING:
            return ClaimRefusal.CAMPAIGN_CLOSED if told is Issuing.CLOSED else ClaimRefusal.ISSUING_PAUSED
        code = card_code(reason, user_id, invited_user_id)
        if code in self._cards:
            return ClaimRefusal.CARD_CAP_REACHED if reason == FIRST else ClaimRefusal.INVITE_ALREADY_PAID
        held = self._by_user.get(user_id, ())
        first_place = 0 if reason == FIRST or card_code(FIRST, user_id) in self._cards else 1
        if len(held) + first_place >= terms.cards_per_user:
            return ClaimRefusal.CARD_CAP_REACHED
        if told is Issuing.GREY and self.given_in_grey >= self.state.plan.grey_quota:
            return ClaimRefusal.SOLD_OUT
        if self.spent_minor + self.promised_minor + terms.face_minor > terms.budget_minor:
            return ClaimRefusal.SOLD_OUT
        self.given_in_grey += told is Issuing.GREY
        return self._add(Card(code, user_id, now_unix_ns))

    def _add(self, card: Card) -> Card:
        self._cards[card.code] = card
        self._by_user.setdefault(card.user_id, []).append(card)
        self.promised_minor += self.terms.face_minor
        return card

    def confirm(self, card: Card) -> None:
        """The books have the card."""
        card.state = CardState.ISSUED

    def withdraw(self, card: Card) -> None:
        """The books could not take the card: it never was. A card of another process in its place stays."""
        if self._cards.get(card.code) is not card:
            return
        self.given_in_grey -= self.state.phase is Issuing.GREY
        del self._cards[card.code]
        self._by_user[card.user_id].remove(card)
        self.promised_minor -= self.terms.face_minor

    def refusal(self, code: str, user_id: str, session_id: str, now_unix_ns: int) -> ReserveRefusal | None:
        """Why the card cannot be held for a session; None when it can, or is held for it already."""
        card = self._cards.get(code)
        if card is None or card.state is CardState.PENDING:
            return ReserveRefusal.INVALID
        if card.user_id != user_id:
            return ReserveRefusal.USER_INELIGIBLE
        if card.state is CardState.USED or code in self._elsewhere or card.session_id not in (None, session_id):
            return ReserveRefusal.USAGE_LIMIT_REACHED
        return ReserveRefusal.EXPIRED if now_unix_ns >= self.expires_unix_ns else None

    def reserve(self, code: str, user_id: str, session_id: str, now_unix_ns: int) -> Card | ReserveRefusal:
        """Hold the card for a session, or say why not; holding it again for the same session changes nothing."""
        refusal = self.refusal(code, user_id, session_id, now_unix_ns)
        if refusal is not None:
            return refusal
        card = self._cards[code]
        if card.state is CardState.ISSUED:
            card.state = CardState.RESERVED
            card.session_id = session_id
            self._record(self.event_row(card, "reserved", now_unix_ns))
        return card

    def release(self, code: str, session_id: str, now_unix_ns: int) -> None:
        """Give the card back if this session holds it unspent."""
        card = self._cards.get(code)
        if card is not None and card.state is CardState.RESERVED and card.session_id == session_id:
            self._record(self.event_row(card, "released", now_unix_ns))
            card.state = CardState.ISSUED
            card.session_id = None

    def use(self, code: str, order_id: str, used_minor: int) -> None:
        """The books have the order that the card paid for; the unspent rest of its face value stays promised."""
        card = self._cards[code]
        card.state = CardState.USED
        card.order_id = order_id
        card.used_minor = used_minor
        self.promised_minor -= used_minor
        self.spent_minor += used_minor

    def give_back(self, code: str, order_id: str) -> None:
        """The books have the cancelation of the order that the card paid for: it can be spent again."""
        card = self._cards.get(code)
        if card is not None and card.order_id == order_id:
            self.promised_minor += card.used_minor
            self.spent_minor -= card.used_minor
            card.state, card.session_id, card.order_id, card.used_minor = CardState.ISSUED, None, None, 0

    def event_row(self, card: Card, event: str, now_unix_ns: int, order_id: str | None = None) -> CardEventRow:
        """One event of a card, for the books."""
        face_minor = self.terms.face_minor
        return CardEventRow(
            card.code, card.user_id, event, face_minor, self.expires_unix_ns, card.session_id, order_id, now_unix_ns
        )

    def restore(self, history: list[CardEventRow], paid_minor: dict[str, int], now_unix_ns: int) -> None:
        """Take over the cards of an earlier process's books; what its sessions held is given back.

        `paid_minor` is what the card of each order paid, by order id.
        """
        for row in history:
            self.expires_unix_ns = max(self.expires_unix_ns, row.expires_unix_ns)
            if row.event == "issued":
                self.confirm(self._add(Card(row.card_code, row.user_id, row.at_unix_ns)))
                continue
            card = self._cards[row.card_code]
            if row.event == "released" and row.order_id is not None:
                self.give_back(card.code, row.order_id)
                continue
            card.session_id = None if row.event == "released" else row.session_id
            card.state = CardState.ISSUED if row.event == "released" else CardState.RESERVED
            if row.event == "used" and row.order_id is not None:
                self.use(card.code, row.order_id, paid_minor.get(row.order_id, 0))
        self.given_in_grey = len(self._cards)
        for card in self._cards.values():
            if card.state is CardState.RESERVED and card.session_id is not None:
                self.release(card.code, card.session_id, now_unix_ns)

    def follow(self, events: list[CardEventRow], paid_minor: dict[str, int], latest: CampaignEventRow | None) -> None:
        """Take over what other processes wrote: cards issued, used and returned, and the latest switches.

        `paid_minor` is what each used card paid, by order id. A card that is held here and used elsewhere is used.
        """
        for row in events:
            card = self._cards.get(row.card_code)
            if card is not None and card.state is CardState.PENDING:
                self.withdraw(card)
                card = None
            if card is None:
                card = self._add(Card(row.card_code, row.user_id, row.at_unix_ns))
                self.confirm(card)
            if row.event == "released" and row.order_id is not None:
                self._elsewhere.discard(card.code)
                self.give_back(card.code, row.order_id)
            elif row.event == "used" and card.state is not CardState.USED and row.order_id is not None:
                self.use(card.code, row.order_id, paid_minor.get(row.order_id, 0))
        if latest is not None:
            if (latest.issuing == OPEN) != (self.state.told in GIVING):
                self.state.switch(latest.issuing)
            self.redeeming = latest.redeeming
            self.expires_unix_ns = max(self.expires_unix_ns, latest.expires_unix_ns)

    def spent_elsewhere(self, code: str) -> None:
        """The books say that another process's order holds the card; what it paid is told by `follow`."""
        card = self._cards.get(code)
        if card is not None and card.state is CardState.RESERVED:
            self._elsewhere.add(code)

    def card(self, code: str) -> Card | None:
        """The card with this code, once the books have it."""
        card = self._cards.get(code)
        return None if card is None or card.state is CardState.PENDING else card

    def cards_of(self, user_id: str) -> list[Card]:
        """The user's cards that the books have, oldest first."""
        return [card for card in self._by_user.get(user_id, ()) if card.state is not CardState.PENDING]
