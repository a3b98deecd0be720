"""One wish on its way: what the journey knows of it so far, and the row it becomes when it ends."""

from collections.abc import Callable
from dataclasses import dataclass, field

from locustfiles.arrivals.arrival import Arrival
from locustfiles.journeys.prompts import Prompt
from locustfiles.protocols.checkout import CheckoutSession
from locustfiles.recording.classify import Verdict
from locustfiles.transport.exchange import Exchange
from reports.run_record.outcome import CHAT, PAY, Outcome, Reason
from reports.run_record.schema import IntentRow, PurchaseRow

_US = 1_000
_S = 1_000_000_000
NOT_TOLD = -1


@dataclass(slots=True)
class Wish:
    """A released arrival with its prompt; instants are monotonic nanoseconds."""

    prompt: Prompt
    arrival: Arrival
    started_ns: int
    """When the wish should have started: the run's start + the arrival's intended time."""
    next_intended_ns: int
    """When the next request should start: the end of the previous one, or the arrival."""
    requests: int = 0
    prompts: int = 0
    pay_sent: bool = False
    last_step: str = ""
    last_status: int = 0
    """The HTTP status of the last answer, 0 = there was none."""
    verdict: Verdict = field(default_factory=lambda: Verdict(Outcome.SHED, Reason.NONE))
    session: CheckoutSession | None = None
    """The last session that the target told."""
    card_code: str = ""
    correct: bool = True
    has_no_card_due: bool = False
    """The campaign has said that the shopper has had the card already."""
    words_met: frozenset[int] = frozenset()
    """Keys of the templates in which this wish has been turned away."""

    def note(self, step: str, exchange: Exchange, verdict: Verdict) -> None:
        """Take in one attempt of one step."""
        self.requests += 1
        self.prompts += step == CHAT
        self.pay_sent = self.pay_sent or (step == PAY and exchange.sent_ns is not None)
        self.last_step = step
        self.last_status = exchange.status
        self.verdict = verdict
        self.next_intended_ns = exchange.end_ns

    def settle_as(self, step: str, verdict: Verdict) -> None:
        """Name the wish by an earlier step, or by what a later one has found out about it."""
        self.last_step, self.verdict = step, verdict

    def intent(self) -> IntentRow:
        """The row that is written ahead."""
        return IntentRow(
            wish=self.arrival.index,
            idempotency_key=self.prompt.idempotency_key,
            user_id=self.prompt.buyer.user_id,
            items=[
                {"sku": item.sku, "quantity": item.quantity} for item in sorted(self.prompt.items, key=lambda i: i.sku)
            ],
            vertical=self.prompt.vertical,
            intended_us=self.arrival.intended_ns // _US,
        )

    def row(self, clean: Callable[[str], str] = str) -> PurchaseRow:
        """How the wish ended, in the target's own figures; ``clean`` blanks secrets in the target's own words."""
        told = self.session
        discount_told = told is not None and bool(told.discount_minor)
        return PurchaseRow(
            wish=self.arrival.index,
            second=self.arrival.intended_ns // _S,
            idempotency_key=self.prompt.idempotency_key,
            user_id=self.prompt.buyer.user_id,
            vertical=self.prompt.vertical,
            outcome=self.verdict.outcome,
            reason=self.verdict.reason,
            last_step=self.last_step,
            intent_us=(self.next_intended_ns - self.started_ns) // _US,
            requests=self.requests,
            prompts=self.prompts,
            pay_sent=self.pay_sent,
            session_id=clean(told.id) if told else "",
            order_id=clean((told.order_id if told else None) or ""),
            card_code=clean(self.card_code),
            price_minor=_told(told.price_minor if told else None),
            fulfillment_minor=_told(told.fulfillment_minor if told else None),
            discount_minor=_told(told.discount_minor if told else None),
            amount_minor=_told(told.amount_minor if told else None),
            coupon_due=bool(self.card_code),
            coupon_ok=discount_told or not self.card_code,
            correct=self.correct,
            returning=self.prompt.returning,
        )


def _told(amount_minor: int | None) -> int:
    return NOT_TOLD if amount_minor is None else amount_minor
