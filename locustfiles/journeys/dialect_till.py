"""The till of a shop that speaks a checkout protocol: one request a verb, in the protocol's dialect."""

from dataclasses import dataclass

from locustfiles.journeys.storefront import Storefront
from locustfiles.journeys.wish import Wish
from locustfiles.protocols.checkout import BasketItem, CheckoutDialect, CheckoutSession
from locustfiles.recording.classify import Verdict, classify_checkout, classify_pay
from locustfiles.transport.exchange import Exchange
from reports.run_record.outcome import APPLY_CARD, CREATE, PAY


@dataclass(slots=True)
class DialectTill:
    """Creates, updates and completes sessions; a repeated request is the same bytes under the same key."""

    dialect: CheckoutDialect

    def open_checkout(self, store: Storefront, wish: Wish, items: tuple[BasketItem, ...]) -> CheckoutSession | None:
        """Open a session for the basket."""
        key = f"{wish.prompt.idempotency_key}-create"
        return self._step(store, wish, CREATE, self.dialect.create(items, wish.prompt.buyer, idempotency_key=key))

    def apply_card(
        self, store: Storefront, wish: Wish, session: CheckoutSession, code: str | None
    ) -> CheckoutSession | None:
        """Choose delivery and, when there is a code, apply the card."""
        key = f"{wish.prompt.idempotency_key}-apply"
        return self._step(store, wish, APPLY_CARD, self.dialect.apply_card(session, code, idempotency_key=key))

    def pay(self, store: Storefront, wish: Wish, session: CheckoutSession) -> CheckoutSession | None:
        """Complete the session under the wish's own key."""
        request = self.dialect.pay(session, idempotency_key=wish.prompt.idempotency_key)
        return self._step(store, wish, PAY, request)

    def _step(self, store: Storefront, wish: Wish, step: str, request: bytes) -> CheckoutSession | None:
        def judge(exchange: Exchange, reply: object) -> Verdict:
            if isinstance(reply, CheckoutSession):
                note_session(wish, reply)
            return classify_pay(exchange, reply) if step == PAY else classify_checkout(step, exchange, reply)

        reply = store.settle(wish, step, request, self.dialect.decode, judge)
        return reply if isinstance(reply, CheckoutSession) else None


def note_session(wish: Wish, told: CheckoutSession) -> None:
    """Take in the last session that the target told, and whether it is for the basket that was wished."""
    wished = wish.prompt.items
    wish.session = told
    wish.correct = told.items == wished or sorted(told.items, key=_by_sku) == sorted(wished, key=_by_sku)


def _by_sku(item: BasketItem) -> str:
    return item.sku
