"""What the shop does with a checkout, in whatever protocol it is asked: open, change, pay, cancel.

Knows sessions, cards and the books; it must not know JSON or HTTP. Every method leaves the session consistent before it
waits, since other requests run while a commit is under way.
"""

from collections.abc import Mapping
from typing import Final, NamedTuple

import msgspec

from target_stub.cards import Campaign, Card, ReserveRefusal
from target_stub.catalogue import Product, delivery_minor, delivery_title
from target_stub.checkout_session import CHANGEABLE, CheckoutSession, Event, Line, Notice, Rejected, Status, next_status
from target_stub.clock import Clock
from target_stub.ledger import (
    CardSpentError,
    Ledger,
    LedgerUnavailableError,
    OrderRow,
    PaymentRow,
    Row,
    RowsRefusedError,
    SoldOutError,
    StockEventRow,
)
from target_stub.payment_tokens import PREFIX, PaymentTokens
from target_stub.sessions import Sessions
from target_stub.stock import Stock

OPTION_ID: Final = "std"
OPTION_TYPE: Final = "shipping"
ACP_KIND: Final = "cs"
UCP_KIND: Final = "chk"
DECLINED_TOKEN: Final = "spt_test_declined"  # noqa: S105 - a test token of the protocol's sandbox, not a secret

_REJECTIONS: Final = {
    ReserveRefusal.EXPIRED: "The card has expired",
    ReserveRefusal.INVALID: "There is no such card",
    ReserveRefusal.USER_INELIGIBLE: "The card belongs to another shopper",
    ReserveRefusal.USAGE_LIMIT_REACHED: "The card is used or held by another checkout",
}
_ALREADY_APPLIED: Final = ("discount_code_already_applied", "The code is given twice")
_ONE_CARD: Final = ("discount_code_combination_disallowed", "One card pays for one order")


class UnknownItemError(Exception):
    """The catalogue has no such product; `place` is where it stands in the list of items."""

    def __init__(self, place: int, sku: str) -> None:
        self.place = place
        super().__init__(f"the shop does not sell {sku[:64]!r}")


class RedeemingPausedError(Exception):
    """No card can be spent for the moment; cards that are out keep their value."""


class Option(NamedTuple):
    """The delivery option that a client chose, and for which products."""

    type: str
    option_id: str
    skus: tuple[str, ...]


class Change(NamedTuple):
    """What a create or an update gives; None = not given, so unchanged. A list that is given replaces the list."""

    skus: tuple[str, ...] | None = None
    has_address: bool | None = None
    options: tuple[Option, ...] | None = None
    codes: tuple[str, ...] | None = None


class Checkout:
    """Checkouts over one catalogue, one campaign and one ledger."""

    def __init__(
        self,
        *,
        catalogue: Mapping[str, Product],
        campaign: Campaign,
        ledger: Ledger,
        clock: Clock,
        session_limit: int,
        session_ttl_ns: int,
        stock: Stock,
        tokens: PaymentTokens,
        quantity_limit: int | None = None,
        instance: str = "",
    ) -> None:
        """`quantity_limit`: the most units of one product that an order may have; None: as many as a request can say."""
        self.sessions = Sessions(self._give_card_back, limit=session_limit, ttl_ns=session_ttl_ns)
        self.opened = 0
        self.orders = 0
        self.declined = 0
        self.canceled = 0
        self._catalogue = catalogue
        self._campaign = campaign
        self._ledger = ledger
        self._clock = clock
        self._stock = stock
        self._tokens = tokens
        self._quantity_limit = quantity_limit
        # Ids begin with the start of this process, so that they never repeat in a ledger that outlives it.
        self._start = f"{clock.unix_ns() // 1_000_000:x}{instance}"

    def open(
        self, user_id: str, change: Change, *, discount_extension: bool, kind: str = ACP_KIND
    ) -> tuple[CheckoutSession, list[Notice]]:
        """A new session; raises UnknownItemError or RedeemingPausedError, and then there is none.

        `kind` begins its id, and names the protocol that it is spoken of in.
        """
        now = self._clock.unix_ns()
        self.sessions.sweep(now)
        session = CheckoutSession(
            id=f"{kind}_{self._start}_{self.opened + 1}",
            user_id=user_id,
            lines=(),
            delivery_minor=0,
            delivery_title="",
            expires_unix_ns=now + self.sessions.ttl_ns,
            discount_extension=discount_extension,
        )
        notices = self._apply(session, change, now)
        self.opened += 1
        self.sessions.add(session, now)
        return session, notices

    def find(self, session_id: str, *, kind: str = ACP_KIND) -> CheckoutSession | None:
        """The session as it stands now; None also when it is spoken of in another protocol.

        What others have bought meanwhile may have made it unpayable, or payable again.
        """
        session = self.sessions.find(session_id, self._clock.unix_ns())
        if session is None or session_id.partition("_")[0] != kind:
            return None
        if self._stock and session.status in CHANGEABLE:
            self._settle(session)
        return session

    def update(self, session: CheckoutSession, change: Change) -> list[Notice]:
        """Change a session; raises EventRefusedError, UnknownItemError or RedeemingPausedError, changing nothing."""
        next_status(
            session.status, Event.LACKING
        )  # refuses a session that cannot be changed, before anything is touched
        return self._apply(session, change, self._clock.unix_ns())

    def cancel(self, session: CheckoutSession) -> None:
        """End a session unpaid; raises EventRefusedError when it cannot be."""
        session.take(Event.CANCEL)
        self.canceled += 1
        self._give_card_back(session, self._clock.unix_ns())

    async def pay(self, session: CheckoutSession, token: str, idempotency_key: str) -> list[Notice]:
        """Charge a session and write its order; the notices say why it was not.

        Raises EventRefusedError when the session has ended, RedeemingPausedError when its card cannot be spent for the
        moment, LedgerUnavailableError or RowsRefusedError when the books did not take the order; the session is then
        as before, and nothing was charged.
        """
        if session.status is not Status.READY:
            session.take(Event.PAY)  # changes nothing, or refuses a session that has ended
            return []
        now = self._clock.unix_ns()
        lost = self._recheck_card(session, now)
        if lost:
            return lost
        declined = self._why_declined(session, token, now)
        if declined is not None:
            self.declined += 1
            session.take(Event.PAY)
            session.take(Event.DECLINED)
            self._give_card_back(session, now)
            return [Notice("error", "payment_declined", "$.payment_data", declined)]
        if not self._stock.take(session.lines):
            self._settle(session)
            return []
        session.take(Event.PAY)
        order_id = f"ord_{self._start}_{session.id.rpartition('_')[2]}"
        try:
            await self._ledger.commit(*self._order_rows(session, order_id, idempotency_key, now))
        except SoldOutError:
            # Other processes were faster, and the books know what is left.
            session.take(Event.UNSETTLED)
            self._stock.replace(await self._ledger.stock_left())
            self._settle(session)
            return []
        except CardSpentError:
            session.take(Event.UNSETTLED)
            self._stock.give_back(session.lines)
            self._campaign.spent_elsewhere(session.card_code or "")
            return self._recheck_card(session, now)
        except (LedgerUnavailableError, RowsRefusedError):
            session.take(Event.UNSETTLED)
            self._stock.give_back(session.lines)
            raise
        session.take(Event.PAID)
        session.order_id = order_id
        self.orders += 1
        if session.card_code is not None:
            self._campaign.use(session.card_code, order_id, session.totals.discount_minor)
        return []

    def _why_declined(self, session: CheckoutSession, token: str, now_unix_ns: int) -> str | None:
        """A delegated token is held to its allowance; of the others, all but one pay."""
        if token.startswith(PREFIX):
            return self._tokens.refusal(token, session.id, session.totals.amount_minor, now_unix_ns)
        return "The payment was declined" if token == DECLINED_TOKEN else None

    # -- contents --------------------------------------------------------------------------------------------------

    def _apply(self, session: CheckoutSession, change: Change, now_unix_ns: int) -> list[Notice]:
        lines = None if change.skus is None else self._lines(change.skus)
        if change.codes and self._campaign.redeeming != "open":
            raise RedeemingPausedError("cards cannot be spent for the moment; they keep their value")
        notices: list[Notice] = []
        if lines is not None:
            session.lines = lines
            verticals = [self._catalogue[line.sku].vertical for line in lines]
            session.delivery_minor = max(map(delivery_minor, verticals), default=0)
            session.delivery_title = delivery_title(max(verticals, key=delivery_minor)) if verticals else ""
        if change.has_address is not None:
            session.has_address = change.has_address
        if change.options is not None:
            notices = self._choose(session, change.options)
        if change.codes is not None:
            self._apply_codes(session, change.codes, now_unix_ns)
        self._settle(session)
        return notices

    def _settle(self, session: CheckoutSession) -> None:
        """Say what the shelves lack of the basket, and whether it can be paid."""
        lines, limit = session.lines, self._quantity_limit
        short = [
            Notice("error", "out_of_stock", f"$.line_items[{place}]", f"{self._left(lines[place])} left of it")
            for place in self._stock.short_of(lines)
        ]
        if limit is not None:
            over = [place for place, line in enumerate(lines) if line.quantity > limit]
            many = f"At most {limit} of it go into one order"
            short += [Notice("error", "quantity_exceeded", f"$.line_items[{place}].quantity", many) for place in over]
        session.shortfalls = tuple(short)
        session.settle_readiness()

    def _left(self, line: Line) -> str:
        return f"{self._stock.left(line.sku)} are" if self._stock.left(line.sku) else "There are none"

    def _lines(self, skus: tuple[str, ...]) -> tuple[Line, ...]:
        """A request has no quantity: an item that is wanted twice stands twice (protocols.md 2.8)."""
        quantities: dict[str, int] = {}
        for index, sku in enumerate(skus):
            if sku not in self._catalogue:
                raise UnknownItemError(index, sku)
            quantities[sku] = quantities.get(sku, 0) + 1
        return tuple(Line(sku, n, self._catalogue[sku].price_minor) for sku, n in sorted(quantities.items()))

    def _choose(self, session: CheckoutSession, options: tuple[Option, ...]) -> list[Notice]:
        where = "$.selected_fulfillment_options"
        session.has_option = False
        notices = []
        covered: set[str] = set()
        for index, option in enumerate(options):
            if (option.type, option.option_id) != (OPTION_TYPE, OPTION_ID):
                notices.append(Notice("error", "invalid", f"{where}[{index}].option_id", "There is no such option"))
            covered.update(option.skus)
        if options and covered != {line.sku for line in session.lines}:
            notices.append(Notice("error", "invalid", f"{where}[0].item_ids", "Name every product of the basket"))
        session.has_option = bool(options) and not notices
        return notices

    # -- the card --------------------------------------------------------------------------------------------------

    def _apply_codes(self, session: CheckoutSession, codes: tuple[str, ...], now_unix_ns: int) -> None:
        held = session.card_code
        card: Card | None = None
        rejected = []
        session.codes = tuple(code.strip().upper() for code in codes)
        for index, code in enumerate(session.codes):
            if code in session.codes[:index]:
                rejected.append(Rejected(index, code, *_ALREADY_APPLIED))
            elif card is not None:
                rejected.append(Rejected(index, code, *_ONE_CARD))
            else:
                answer = self._campaign.reserve(code, session.user_id, session.id, now_unix_ns)
                if isinstance(answer, Card):
                    card = answer
                else:
                    rejected.append(Rejected(index, code, answer.value, _REJECTIONS[answer]))
        session.rejected = tuple(rejected)
        session.card_code = None if card is None else card.code
        session.face_minor = 0 if card is None else self._campaign.terms.face_minor
        if held is not None and held != session.card_code:
            self._campaign.release(held, session.id, now_unix_ns)

    def _recheck_card(self, session: CheckoutSession, now_unix_ns: int) -> list[Notice]:
        """Hold the card again; when that is no longer possible, drop it and say so instead of charging more."""
        code = session.card_code
        if code is None:
            return []
        if self._campaign.redeeming != "open":
            raise RedeemingPausedError("cards cannot be spent for the moment; the session keeps its card")
        answer = self._campaign.reserve(code, session.user_id, session.id, now_unix_ns)
        if isinstance(answer, Card):
            return []
        self._campaign.release(code, session.id, now_unix_ns)
        index = session.codes.index(code)
        session.rejected = (*session.rejected, Rejected(index, code, answer.value, _REJECTIONS[answer]))
        session.card_code = None
        session.face_minor = 0
        kind = "coupon_expired" if answer is ReserveRefusal.EXPIRED else "coupon_invalid"
        return [Notice("error", kind, f"$.discounts.codes[{index}]", "The card fell away; the total has changed")]

    def _give_card_back(self, session: CheckoutSession, now_unix_ns: int) -> None:
        if session.card_code is not None:
            self._campaign.release(session.card_code, session.id, now_unix_ns)

    # -- the books -------------------------------------------------------------------------------------------------

    def _order_rows(self, session: CheckoutSession, order_id: str, key: str, now_unix_ns: int) -> list[Row]:
        totals = session.totals
        items = [{"sku": line.sku, "quantity": line.quantity} for line in session.lines]
        rows: list[Row] = [
            OrderRow(
                order_id=order_id,
                idempotency_key=key,
                session_id=session.id,
                user_id=session.user_id,
                items=msgspec.json.encode(items).decode(),
                currency=self._campaign.terms.currency,
                price_minor=totals.price_minor,
                fulfillment_minor=totals.fulfillment_minor,
                discount_minor=totals.discount_minor,
                amount_minor=totals.amount_minor,
                card_code=session.card_code,
                committed_unix_ns=now_unix_ns,
            ),
            PaymentRow(order_id.replace("ord_", "pay_", 1), order_id, totals.amount_minor, now_unix_ns),
        ]
        card = None if session.card_code is None else self._campaign.card(session.card_code)
        if card is not None:
            rows.append(self._campaign.event_row(card, "used", now_unix_ns, order_id))
        counted = self._stock.counted(session.lines)
        rows += [StockEventRow(line.sku, "sold", line.quantity, order_id, now_unix_ns) for line in counted]
        return rows
