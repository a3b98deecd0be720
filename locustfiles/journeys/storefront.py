"""A shopper's way to the shop: one method a step, each sent, decoded, judged, recorded, and repeated as the shopper is patient.

What the shop's checkout speaks is its ``Till``'s affair: a protocol's dialect (``dialect_till``) or a shop's own.

Every method returns what the next step needs, or None when the wish ends here. A step's request starts where the previous one
ended; a retry starts after its back-off; the wish itself starts where the curve says.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

import gevent

from locustfiles.arrivals.arrival import Arrival
from locustfiles.journeys.prompts import Prompt
from locustfiles.journeys.retry import RetryPolicy, delay_before_retry_s
from locustfiles.journeys.wish import Wish
from locustfiles.protocols.campaign import CampaignDoor, Card
from locustfiles.protocols.chat_completions import ChatDecoder
from locustfiles.protocols.chat_request import ChatDoor
from locustfiles.protocols.checkout import BasketItem, CheckoutSession
from locustfiles.recording.classify import Verdict, classify_chat, classify_claim, classify_talk
from locustfiles.recording.recorder import Recorder
from locustfiles.recording.soft_refusal import TemplateBook
from locustfiles.recording.text_sample import TextSample
from locustfiles.recording.words_seen import TELLING, WordsSeen
from locustfiles.transport.connection_pool import BodySink
from locustfiles.transport.exchange import Exchange
from reports.run_record.outcome import CHAT, CLAIM_CARD, Outcome, Reason
from reports.run_record.run_directory import IntentLog

Judge = Callable[[Exchange, object], Verdict]
"""Gives the outcome of an exchange and of what was decoded of it."""
_NS = 1_000_000_000
FIRST_CARD = "first"
_GOOD = frozenset(outcome for outcome in Outcome if outcome.is_good)
_HAS_EVERY_CARD = (Outcome.DECLINED, Reason.CARD_CAP_REACHED)
_WORTH_RETRYING = frozenset({Outcome.REFUSED_HARD, Outcome.REFUSED_SOFT, Outcome.SHED, Outcome.QUEUED})


class NoDoorError(LookupError):
    """A journey asks for a door that the target does not have."""


class Wire(Protocol):
    """What carries a request: ``transport.connection_pool.ConnectionPool``."""

    def exchange(self, request: bytes, *, intended_ns: int, sink: BodySink | None = None) -> Exchange:
        """Send the request and take the answer; whatever the target does is a value."""
        ...


class Till(Protocol):
    """A shop's checkout: each verb gives what the next one needs, or None when the wish ends here.

    ``store`` sends, records and repeats (``Storefront.settle``); every verb's requests are on record when it returns.
    """

    def open_checkout(self, store: "Storefront", wish: Wish, items: tuple[BasketItem, ...]) -> CheckoutSession | None:
        """Open a session for the basket."""
        ...

    def apply_card(
        self, store: "Storefront", wish: Wish, session: CheckoutSession, code: str | None
    ) -> CheckoutSession | None:
        """Choose delivery and, when there is a code, apply the card."""
        ...

    def pay(self, store: "Storefront", wish: Wish, session: CheckoutSession) -> CheckoutSession | None:
        """Complete the session under the wish's own key."""
        ...


@dataclass(slots=True)
class Storefront:
    """The doors of one shop as seen by all shoppers of one worker."""

    wire: Wire
    chat: ChatDoor | None
    """None = the target has no assistant."""
    till: Till | None
    """None = the target has no shop."""
    campaign: CampaignDoor | None
    """None = no card is claimed."""
    recorder: Recorder
    intents: IntentLog
    book: TemplateBook
    retry: Callable[[int], RetryPolicy]
    """What the shopper of the arrival with this index does when refused."""
    draw: Callable[[], float]
    """Uniform in [0, 1), for the jitter of retries."""
    started_ns: int = 0
    """The run's start on the monotonic clock."""
    pause: Callable[[float], None] = gevent.sleep
    """Waits so many seconds before a retry."""
    chat_wire: Wire | None = None
    """What carries requests to the assistant, when it lives at another origin than the shop."""
    card_wire: Wire | None = None
    """What carries claims, when the campaign door is at another origin than the shop."""
    codes: tuple[str, ...] = ()
    """Without a campaign door, the codes that shoppers have anyhow: wish i has code i modulo their number."""
    shoppers_return: bool = False
    """Whether a shopper may have claimed the first card with another wish: who is told so buys without one."""
    clean: Callable[[str], str] = str
    """Blanks what a text of the target's quotes of our secrets, before it is recorded."""
    words: WordsSeen = field(default_factory=WordsSeen)
    """In which words shoppers are turned away."""
    texts: TextSample = field(default_factory=TextSample)
    """What the assistant answers the wishes that are chosen for an audit."""

    @property
    def gives_cards(self) -> bool:
        """Whether shoppers come with a card, claimed or in hand."""
        return self.campaign is not None or bool(self.codes)

    def write_ahead(self, prompt: Prompt, arrival: Arrival) -> Wish:
        """Open the wish and put it on record before its first byte is sent."""
        started_ns = self.started_ns + arrival.intended_ns
        wish = Wish(prompt, arrival, started_ns, started_ns)
        self.intents.write(wish.intent())
        self.recorder.record_lateness(arrival.intended_ns // _NS, time.monotonic_ns() - started_ns)
        return wish

    def ask(self, wish: Wish) -> tuple[BasketItem, ...] | None:
        """Put the prompt to the assistant; the basket of its tool call, which is then the one that was wished.

        Where the assistant is offered no tool, or the prompt names no basket, any answer with text will do.
        """
        if self.chat is None:
            raise NoDoorError("The target has no assistant: give it a [chat] table.")
        request = self.chat.ask(wish.prompt.text, shopper_id=wish.prompt.buyer.user_id)
        wished = wish.prompt.items
        classify = classify_chat if self.chat.offers_tool and wished else classify_talk

        def judge(exchange: Exchange, reply: object) -> Verdict:
            return classify(
                exchange,
                reply,
                wished=wished,
                book=self.book,
                shopper=wish.prompt.buyer.user_id,
                at_s=exchange.end_ns / _NS,
            )

        heard: Judge = judge
        if self.texts.chooses(wish.arrival.index):
            heard = self._keeping(wish, judge, asked_for_call=classify is classify_chat)
        settled = self.settle(wish, CHAT, request, None, heard)
        return None if settled is None else wish.prompt.items

    def _keeping(self, wish: Wish, judge: Judge, *, asked_for_call: bool) -> Judge:
        """The same judge, who also keeps what was said."""

        def keep(exchange: Exchange, reply: object) -> Verdict:
            verdict = judge(exchange, reply)
            second, index = self._second_of(exchange), wish.arrival.index
            self.texts.keep(second, index, exchange, reply, verdict, asked_for_call=asked_for_call)
            return verdict

        return keep

    def open_checkout(self, wish: Wish, items: tuple[BasketItem, ...]) -> CheckoutSession | None:
        """Open a session for the basket that the assistant understood."""
        return self._shop().open_checkout(self, wish, items)

    def claim_card(self, wish: Wish) -> Card | None:
        """The free-order card that the shopper came for: claimed, or in hand; None also when the target gives none.

        None with ``wish.has_no_card_due`` is no end of the wish: the shopper had the card before. Cards of another kind need a friend
        who was invited, so none is claimed instead.
        """
        if self.campaign is None:
            return self._card_in_hand(wish)
        key = f"{wish.prompt.idempotency_key}-card"
        request = self.campaign.claim(wish.prompt.buyer.user_id, FIRST_CARD, key)
        card = self.settle(wish, CLAIM_CARD, request, self.campaign.decode_claim, classify_claim, self.card_wire)
        if isinstance(card, Card):
            wish.card_code = card.code
            return card
        if self.shoppers_return and wish.verdict[:2] == _HAS_EVERY_CARD:
            wish.has_no_card_due = True
            wish.settle_as(CLAIM_CARD, Verdict(Outcome.DONE, Reason.CARD_CAP_REACHED))
        return None

    def _card_in_hand(self, wish: Wish) -> Card | None:
        if not self.codes:
            return None
        wish.card_code = self.codes[wish.arrival.index % len(self.codes)]
        return Card(wish.card_code, state="", face_minor=None, currency="", expires_at="")

    def apply_card(self, wish: Wish, session: CheckoutSession, card: Card | None) -> CheckoutSession | None:
        """Choose delivery and, when there is a card, apply it."""
        return self._shop().apply_card(self, wish, session, card.code if card is not None else None)

    def pay(self, wish: Wish, session: CheckoutSession) -> CheckoutSession | None:
        """Complete the session under the wish's own key."""
        return self._shop().pay(self, wish, session)

    def _shop(self) -> Till:
        if self.till is None:
            raise NoDoorError("The target has no shop: give it a [checkout] table.")
        return self.till

    def end(self, wish: Wish) -> Wish:
        """Put the end of the wish on record."""
        self.recorder.end_wish(wish.row(self.clean))
        return wish

    def settle(
        self,
        wish: Wish,
        step: str,
        request: bytes,
        decode: Callable[[int, Mapping[str, str], bytes], object] | None,
        judge: Judge,
        wire: Wire | None = None,
    ) -> object:
        """Send a request until it got what it asked for or the shopper leaves; None when the shopper left.

        Without ``decode`` the answer is a chat, decoded as it streams. ``wire`` None = the door's own.
        """
        retries = 0
        while True:
            stream: ChatDecoder | None = None
            if decode is None:
                stream = ChatDecoder(time.monotonic_ns())
                exchange = (self.chat_wire or self.wire).exchange(
                    request, intended_ns=wish.next_intended_ns, sink=stream
                )
                reply: object = stream.finish(exchange)
            else:
                exchange = (wire or self.wire).exchange(request, intended_ns=wish.next_intended_ns)
                reply = decode(exchange.status, exchange.headers, exchange.body)
            verdict = judge(exchange, reply)
            self._record(step, verdict, exchange, stream)
            if verdict.outcome in TELLING:
                self.keep_words(wish, step, exchange, verdict)
            wish.note(step, exchange, verdict)
            if verdict.outcome in _GOOD:
                return reply
            delay_s = self._delay_s(wish, verdict.outcome, reply, retries)
            if delay_s is None:
                return None
            retries += 1
            wish.next_intended_ns += int(delay_s * _NS)
            self.pause(max(0.0, (wish.next_intended_ns - time.monotonic_ns()) / _NS))

    def _record(self, step: str, verdict: Verdict, exchange: Exchange, stream: ChatDecoder | None) -> None:
        if stream is None:
            self.recorder.record(step, verdict.outcome, verdict.reason, exchange)
            return
        self.recorder.record(
            step,
            verdict.outcome,
            verdict.reason,
            exchange,
            stream.first_content_ns,
            stream.gaps_ns,
            first_event_ns=stream.first_event_ns,
            token_ns=stream.token_ns,
        )

    def keep_words(self, wish: Wish, step: str, exchange: Exchange, verdict: Verdict) -> None:
        """Keep in which words a wish was turned away."""
        key = self.words.note(
            self._second_of(exchange),
            step,
            verdict.outcome,
            verdict.reason,
            verdict.detail,
            own=self.book.own_words(item.sku for item in wish.prompt.items),
            met=wish.words_met,
        )
        wish.words_met |= {key}

    def _second_of(self, exchange: Exchange) -> int:
        return (exchange.intended_ns - self.started_ns) // _NS

    def _delay_s(self, wish: Wish, outcome: Outcome, reply: object, retries: int) -> float | None:
        if outcome not in _WORTH_RETRYING:
            return None
        policy = self.retry(wish.arrival.index)
        asked_s = getattr(reply, "retry_after_s", None)
        if asked_s is None and policy is RetryPolicy.OBEY:
            asked_s = getattr(reply, "reset_s", None)  # which SDKs do not read
        return delay_before_retry_s(policy, retries_done=retries, retry_after_s=asked_s, draw=self.draw())
