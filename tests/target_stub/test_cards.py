"""The rules of the campaign: who gets a card, who may spend it, and what the budget promises."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from target_stub.cards import Campaign, CampaignTerms, Card, CardState, ClaimRefusal, ReserveRefusal, card_code
from target_stub.ledger import CampaignEventRow, CardEventRow

EXPIRY = 1000


class Office:
    """A campaign and what it has recorded."""

    def __init__(self, terms: CampaignTerms | None = None) -> None:
        self.recorded: list[CardEventRow | CampaignEventRow] = []
        self.campaign = Campaign(terms or CampaignTerms(), EXPIRY, self.recorded.append)

    def claim(self, user_id: str, reason: str = "first", invited: str = "") -> Card | ClaimRefusal:
        """Ask for a card at instant 1 and let the books take it."""
        card = self.campaign.claim(user_id, reason, invited, 1)
        if isinstance(card, Card):
            self.campaign.confirm(card)
        return card

    def card(self, user_id: str = "u1") -> str:
        """The code of a claimed first card."""
        card = self.claim(user_id)
        assert isinstance(card, Card)
        return card.code

    def events(self) -> list[str]:
        """The names of what was recorded."""
        return [row.event for row in self.recorded if isinstance(row, CardEventRow)]


def test_a_shopper_gets_one_first_card() -> None:
    """The first claim gives an issued card, the second one of the same shopper is refused."""
    office = Office()

    card = office.claim("u1")
    assert isinstance(card, Card)
    assert (card.state, card.reason, card.user_id) == (CardState.ISSUED, "first", "u1")
    assert office.claim("u1") is ClaimRefusal.CARD_CAP_REACHED


def test_an_invited_shopper_is_rewarded_once() -> None:
    """An invitation gives its inviter a card, and never a second one for the same invited shopper."""
    office = Office()

    card = office.claim("u1", "invite", "u2")
    assert isinstance(card, Card)
    assert card.reason == "invite"
    assert office.claim("u1", "invite", "u2") is ClaimRefusal.INVITE_ALREADY_PAID
    assert office.claim("u3", "invite", "u2") is ClaimRefusal.INVITE_ALREADY_PAID


def test_cards_per_user_are_capped() -> None:
    """The first card and nine invitations make ten, and the next claim is refused."""
    office = Office()
    office.card()
    for n in range(9):
        assert isinstance(office.claim("u1", "invite", f"friend{n}"), Card)

    assert office.claim("u1", "invite", "one more") is ClaimRefusal.CARD_CAP_REACHED
    assert isinstance(office.claim("u2", "invite", "one more"), Card)


def test_the_budget_is_promised_card_by_card() -> None:
    """Every card takes its face value from the budget for good; what it paid is spent, what it did not stays promised."""
    office = Office(CampaignTerms(budget_minor=5000))
    code = office.card("u1")
    office.card("u2")
    assert office.claim("u3") is ClaimRefusal.SOLD_OUT

    office.campaign.reserve(code, "u1", "cs_1", 2)
    office.campaign.use(code, "ord_1", 1799)
    assert (office.campaign.spent_minor, office.campaign.promised_minor) == (1799, 3201)
    assert office.claim("u3") is ClaimRefusal.SOLD_OUT


def test_a_withdrawn_card_never_was() -> None:
    """A card that the books did not take counts for nothing: not in the budget, not per user, and can be claimed again."""
    office = Office(CampaignTerms(budget_minor=2500))
    card = office.campaign.claim("u1", "first", "", 1)
    assert isinstance(card, Card)
    assert office.campaign.reserve(card.code, "u1", "cs_1", 1) is ReserveRefusal.INVALID
    assert office.campaign.cards_of("u1") == []
    office.campaign.withdraw(card)

    assert office.campaign.promised_minor == 0
    assert isinstance(office.claim("u1"), Card)


def _used(office: Office, code: str) -> None:
    office.campaign.reserve(code, "u1", "cs_0", 2)
    office.campaign.use(code, "ord_1", 2500)


REFUSALS: list[tuple[str, Callable[[Office, str], object], str, str, int, ReserveRefusal | None]] = [
    ("an issued card", lambda *_: None, "u1", "cs_1", 2, None),
    ("a card held by this checkout", lambda o, c: o.campaign.reserve(c, "u1", "cs_1", 2), "u1", "cs_1", 3, None),
    ("a card given back", lambda o, c: (o.campaign.reserve(c, "u1", "cs_0", 2), o.campaign.release(c, "cs_0", 2)),
     "u1", "cs_1", 3, None),
    ("the last instant", lambda *_: None, "u1", "cs_1", EXPIRY - 1, None),
    ("an expired card", lambda *_: None, "u1", "cs_1", EXPIRY, ReserveRefusal.EXPIRED),
    ("a later expiry", lambda o, _c: o.campaign.switch(None, None, EXPIRY + 1), "u1", "cs_1", EXPIRY, None),
    ("paused issuing", lambda o, _c: o.campaign.switch("paused", None, None), "u1", "cs_1", 2, None),
    ("another shopper", lambda *_: None, "u2", "cs_1", 2, ReserveRefusal.USER_INELIGIBLE),
    ("a card held by another checkout", lambda o, c: o.campaign.reserve(c, "u1", "cs_0", 2), "u1", "cs_1", 3,
     ReserveRefusal.USAGE_LIMIT_REACHED),
    ("a used card", _used, "u1", "cs_1", 3, ReserveRefusal.USAGE_LIMIT_REACHED),
    ("a used card, asked by its own checkout", _used, "u1", "cs_0", 3, ReserveRefusal.USAGE_LIMIT_REACHED),
]  # fmt: skip


@pytest.mark.parametrize(
    ("before", "user_id", "session_id", "now", "refusal"),
    [row[1:] for row in REFUSALS],
    ids=[row[0] for row in REFUSALS],
)
def test_who_may_spend_a_card(
    before: Callable[[Office, str], object], user_id: str, session_id: str, now: int, refusal: ReserveRefusal | None
) -> None:
    """A card is held for its owner's checkout before its expiry unless another checkout holds or has used it."""
    office = Office()
    code = office.card()
    before(office, code)

    answer = office.campaign.reserve(code, user_id, session_id, now)

    assert (answer if isinstance(answer, ReserveRefusal) else None) == refusal


def test_an_unknown_code_is_no_card() -> None:
    """A code that was never issued is invalid."""
    assert Office().campaign.reserve("NOPE", "u1", "cs_1", 1) is ReserveRefusal.INVALID


def test_what_happens_to_a_card_is_recorded_once() -> None:
    """Holding twice records once, giving back what is not held records nothing, and a row says who, when and until when."""
    office = Office()
    code = office.card()
    office.campaign.reserve(code, "u1", "cs_1", 2)
    office.campaign.reserve(code, "u1", "cs_1", 3)
    office.campaign.release(code, "cs_2", 4)
    office.campaign.release(code, "cs_1", 5)
    office.campaign.release(code, "cs_1", 6)
    office.campaign.release("NOPE", "cs_1", 7)

    assert office.recorded == [
        CardEventRow(code, "u1", "reserved", 2500, EXPIRY, "cs_1", None, 2),
        CardEventRow(code, "u1", "released", 2500, EXPIRY, "cs_1", None, 5),
    ]


def test_the_switches_are_independent() -> None:
    """Pausing issuing refuses claims and leaves redeeming open; each switch stays until it is set again."""
    office = Office()
    office.campaign.switch("paused", None, None)
    assert office.claim("u1") is ClaimRefusal.ISSUING_PAUSED
    office.campaign.switch(None, "paused", None)
    assert (office.campaign.state.told, office.campaign.redeeming) == ("paused", "paused")
    office.campaign.switch("open", None, None)

    assert isinstance(office.claim("u1"), Card)
    assert office.campaign.redeeming == "paused"


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ((None, None, EXPIRY - 1), "expiry_moved_earlier"),
        (("paused", None, EXPIRY - 1), "expiry_moved_earlier"),
        (("shut", None, None), "issuing is 'shut'; give one of announced, grey, open, paused, closed"),
        (("paused", "shut", None), "redeeming is 'shut'; give open or paused"),
    ],
)
def test_a_wrong_switch_changes_nothing(arguments: tuple[str | None, str | None, int | None], sentence: str) -> None:
    """An earlier expiry or an unknown word is refused with what is wrong, and no switch has moved."""
    office = Office()
    with pytest.raises(ValueError, match=sentence):
        office.campaign.switch(*arguments)

    assert (office.campaign.state.told, office.campaign.redeeming) == ("open", "open")
    assert office.campaign.expires_unix_ns == EXPIRY


def test_codes_are_told_apart() -> None:
    """A thousand shoppers' first cards and a thousand invitations have two thousand codes, the same in every process."""
    codes = {card_code("first", f"u{n}") for n in range(1000)} | {
        card_code("invite", "u", f"u{n}") for n in range(1000)
    }

    assert len(codes) == 2000
    assert all(code.isalnum() and code == code.upper() for code in codes)


def test_a_campaign_is_taken_over_from_its_books() -> None:
    """A new process knows every card, what was spent, who had a first card, and gives back what was held."""
    office = Office()
    used, held, free = office.card("u1"), office.card("u2"), office.card("u3")
    history = [
        CardEventRow(code, f"u{n}", "issued", 2500, EXPIRY, None, None, 1)
        for n, code in enumerate((used, held, free), 1)
    ]
    history += [
        CardEventRow(used, "u1", "reserved", 2500, EXPIRY, "cs_1", None, 2),
        CardEventRow(free, "u3", "reserved", 2500, EXPIRY, "cs_3", None, 2),
        CardEventRow(held, "u2", "reserved", 2500, EXPIRY + 5, "cs_2", None, 2),
        CardEventRow(free, "u3", "released", 2500, EXPIRY + 5, "cs_3", None, 3),
        CardEventRow(used, "u1", "used", 2500, EXPIRY + 5, "cs_1", "ord_1", 3),
    ]

    later = Office()
    later.campaign.restore(history, {"ord_1": 1799}, 10)

    assert later.campaign.spent_minor == 1799
    assert later.campaign.promised_minor == 5701
    assert later.campaign.expires_unix_ns == EXPIRY + 5
    assert later.claim("u2") is ClaimRefusal.CARD_CAP_REACHED
    assert later.campaign.reserve(used, "u1", "cs_9", 11) is ReserveRefusal.USAGE_LIMIT_REACHED
    assert later.recorded == [CardEventRow(held, "u2", "released", 2500, EXPIRY + 5, "cs_2", None, 10)]
    assert isinstance(later.campaign.reserve(held, "u2", "cs_9", 11), Card)


STEPS = st.tuples(
    st.sampled_from(["claim", "reserve", "release", "use"]), st.integers(0, 3), st.integers(0, 3), st.integers(0, 2500)
)


@given(st.lists(STEPS, max_size=60), st.sampled_from([0, 2500, 6000, 100_000]))
def test_no_order_of_calls_overspends(steps: list[tuple[str, int, int, int]], budget_minor: int) -> None:
    """Whatever is asked in whatever order, spent plus promised stays within the budget and a card is used once."""
    office = Office(CampaignTerms(budget_minor=budget_minor))
    campaign = office.campaign
    uses: list[str] = []
    for verb, user, session, amount in steps:
        code = card_code("first", f"u{user}")
        if verb == "claim":
            office.claim(f"u{user}")
        elif verb == "release":
            campaign.release(code, f"cs_{session}", 2)
        elif isinstance(campaign.reserve(code, f"u{user}", f"cs_{session}", 2), Card) and verb == "use":
            campaign.use(code, f"ord_{session}", amount)
            uses.append(code)
        assert 0 <= campaign.spent_minor + campaign.promised_minor <= budget_minor

    assert len(uses) == len(set(uses))
