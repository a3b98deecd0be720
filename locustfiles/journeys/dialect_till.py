"""The till of a shop that speaks a checkout protocol: one request a verb, in the protocol's dialect.

What came of paying is looked up, where the answer leaves it open, by reading the session back: a step of its own on record. A
payment is repeated only as the same bytes under the same key, which buys once.

    409 on complete, or another code that says somebody has paid   read always: the protocols ask for it
    a timeout, a reset, a 5xx after complete was sent              read when ``resolve_unknown`` is set, else left to the audit
"""

import time
from dataclasses import dataclass

from locustfiles.journeys.storefront import Storefront
from locustfiles.journeys.wish import Wish
from locustfiles.protocols.checkout import BasketItem, CheckoutDialect, CheckoutSession
from locustfiles.recording.classify import (
    CONFIRMED,
    PAYING_STATUSES,
    Verdict,
    classify_checkout,
    classify_pay,
    classify_read,
)
from locustfiles.transport.exchange import Exchange
from reports.run_record.outcome import APPLY_CARD, CREATE, PAY, READ_SESSION, Outcome

_NS = 1_000_000_000
RESOLVE_S = 30.0
"""How long an open payment is looked into."""
FIRST_POLL_S, LONGEST_POLL_S = 0.5, 4.0
"""Between two looks at a session: half a second at first, twice as long each time, at most four."""
_TOLD_CONFLICTS = frozenset({405, 409})
"""Statuses of complete with which a protocol says that the session is paid for, being paid for, or ended."""
_ENDED = frozenset({"completed", "canceled", "expired"})


@dataclass(slots=True)
class DialectTill:
    """Creates, updates and completes sessions; a repeated request is the same bytes under the same key."""

    dialect: CheckoutDialect
    resolve_unknown: bool = False
    """Whether payments without an answer are looked into too. Off against the embedded stub: its ledger is audited, and a day's
    unknown payments are part of what its scenarios show; a shopper who reads and repeats is load of another kind."""
    resolve_s: float = RESOLVE_S

    def open_checkout(self, store: Storefront, wish: Wish, items: tuple[BasketItem, ...]) -> CheckoutSession | None:
        """Open a session for the basket."""
        key = f"{wish.prompt.idempotency_key}-create"
        request = self.dialect.create(items, wish.prompt.buyer, idempotency_key=key)
        return self._step(store, wish, CREATE, request)

    def apply_card(
        self, store: Storefront, wish: Wish, session: CheckoutSession, code: str | None
    ) -> CheckoutSession | None:
        """Choose delivery and, when there is a code, apply the card."""
        key = f"{wish.prompt.idempotency_key}-apply"
        request = self.dialect.apply_card(session, code, buyer=wish.prompt.buyer, idempotency_key=key)
        return self._step(store, wish, APPLY_CARD, request, with_card=code is not None)

    def pay(self, store: Storefront, wish: Wish, session: CheckoutSession) -> CheckoutSession | None:
        """Complete the session under the wish's own key, and find out whether it was paid where the protocol tells how."""
        request = self.dialect.pay(session, idempotency_key=wish.prompt.idempotency_key)
        told = self._step(store, wish, PAY, request)
        if told is not None:
            return told
        is_unknown = wish.verdict.outcome is Outcome.UNKNOWN
        conflicts = wish.last_status in _TOLD_CONFLICTS
        if conflicts or (is_unknown and self.resolve_unknown):
            return self._resolve(store, wish, session, request, may_repeat=is_unknown)
        return None

    def _resolve(
        self, store: Storefront, wish: Wish, session: CheckoutSession, request: bytes, *, may_repeat: bool
    ) -> CheckoutSession | None:
        """The session with its order, or None: then what paying came to stands, and unknown is for the audit."""
        of_paying = wish.verdict
        until_ns = wish.next_intended_ns + int(self.resolve_s * _NS)
        poll_s = FIRST_POLL_S
        while True:
            told = self._step(store, wish, READ_SESSION, self.dialect.read(session.id))
            if told is not None and told.status not in PAYING_STATUSES:
                if told.status == "completed" and told.order_id:
                    wish.settle_as(PAY, CONFIRMED)
                    return told
                if told.status in _ENDED or not may_repeat:
                    break
                again = self._step(store, wish, PAY, request)
                if again is not None:
                    return again
                if wish.verdict.outcome is Outcome.DECLINED:
                    return None
            elif told is None and wish.verdict.outcome is Outcome.DEGRADED:
                break  # an answer that no waiting changes
            if wish.next_intended_ns + int(poll_s * _NS) > until_ns:
                break
            wish.next_intended_ns += int(poll_s * _NS)
            store.pause(max(0.0, (wish.next_intended_ns - time.monotonic_ns()) / _NS))
            poll_s = min(2 * poll_s, LONGEST_POLL_S)
        wish.settle_as(PAY, of_paying)
        return None

    def _step(
        self, store: Storefront, wish: Wish, step: str, request: bytes, *, with_card: bool = False
    ) -> CheckoutSession | None:
        def judge(exchange: Exchange, reply: object) -> Verdict:
            if isinstance(reply, CheckoutSession):
                note_session(wish, reply)
            if step == PAY:
                return classify_pay(exchange, reply)
            if step == READ_SESSION:
                return classify_read(exchange, reply)
            return classify_checkout(step, exchange, reply, with_card=with_card)

        if step == READ_SESSION:
            store.recorder.methods[step] = "GET"
        reply = store.settle(wish, step, request, self.dialect.decode, judge)
        return reply if isinstance(reply, CheckoutSession) else None


def note_session(wish: Wish, told: CheckoutSession) -> None:
    """Take in the last session that the target told, and whether it is for the basket that was wished."""
    wished = wish.prompt.items
    wish.session = told
    wish.correct = told.items == wished or sorted(told.items, key=_by_sku) == sorted(wished, key=_by_sku)


def _by_sku(item: BasketItem) -> str:
    return item.sku
