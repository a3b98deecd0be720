"""The till of a shop that has an adapter of its own: drives the adapter's verbs over the storefront's wire.

Every request is recorded under its verb's step, ``read_order`` as ``read_session``. A payment is confirmed when
the books, read back, hold the order. A payment in doubt (a fault after its first byte, a 5xx, a 409, an answer that nobody can read)
is resolved by reading as well; with no order in the books it is repeated once, by the same requests under the same key, and only
when they carry that key. The adapter's own mistakes are told once each, and never end a run.
"""

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from inspect import getfile

import msgspec

from locustfiles.adapters.course import Broken, Course, Move
from locustfiles.adapters.shop_adapter import TOLD, Answer, No, Request, ShopAdapter, ShopSession
from locustfiles.adapters.verdicts import (
    NO_ORDER_YET,
    after_reading,
    busy_words,
    error_told,
    judge_after,
    judge_before,
    judge_read,
)
from locustfiles.journeys.dialect_till import note_session
from locustfiles.journeys.storefront import Storefront
from locustfiles.journeys.wish import Wish
from locustfiles.protocols.checkout import BasketItem, CheckoutSession
from locustfiles.protocols.http_request import checked_value
from locustfiles.protocols.request_heads import BODY_LIMIT, RequestHeads
from locustfiles.recording.classify import Verdict
from locustfiles.transport.content_coding import inflated_exchange
from locustfiles.transport.exchange import Exchange
from reports.run_record.outcome import APPLY_CARD, CREATE, PAY, READ_SESSION, Outcome, Reason

KEY_HEADER = "Idempotency-Key"
MOST_TOLD = 20
"""Different mistakes of an adapter that are told; a hostile target must not fill a log."""
_NS = 1_000_000_000
_SUCCESS, _CONFLICT = 200, 409
_REFUSED = frozenset({Outcome.REFUSED_HARD, Outcome.REFUSED_SOFT, Outcome.QUEUED, Outcome.SHED})
_encode_json = msgspec.json.Encoder().encode


@dataclass(slots=True)
class _Told:
    """What an answer told beside its verdict, for the storefront's retries."""

    retry_after_s: float | None = None


@dataclass(slots=True)
class _Errand:
    """One verb of one wish under way, and what came of it."""

    step: str
    course: Course
    code: str | None = None
    accepted: int = 0
    """Requests that the shop has taken."""
    carries_key: bool = False
    status: int = 0
    """Of the last answer."""
    busy: Reason | None = None
    """What the words of the last answer name for a refusal."""
    move: Move | None = None
    """What the adapter made of the last answer."""
    judge_session: Callable[[ShopSession], Verdict] | None = None
    """How a session is judged that was read back."""


@dataclass(slots=True)
class AdapterTill:
    """One adapter object for all shoppers of a worker. ``host`` is the Host header's value, ``headers`` go with every request.

    ValueError when a header cannot be sent.
    """

    adapter: ShopAdapter
    host: str
    headers: Mapping[str, str] = field(default_factory=dict)
    base_path: str = ""
    """Goes before every path of the adapter's."""
    tell: Callable[[str], object] = sys.stderr.write
    _heads: RequestHeads = field(init=False)
    _home: str = field(init=False)
    _told: set[tuple[str, ...]] = field(init=False, default_factory=set)

    def __post_init__(self) -> None:
        """Check the headers now, before a shopper depends on them."""
        self._heads = RequestHeads(self.host, self.headers)
        self._heads.head("GET", "/", is_json=False, headers=None)
        self._home = getfile(type(self.adapter))

    def open_checkout(self, store: Storefront, wish: Wish, items: tuple[BasketItem, ...]) -> CheckoutSession | None:
        """Open a basket with these items."""
        key = f"{wish.prompt.idempotency_key}-create"
        errand = self._errand(CREATE, lambda: self.adapter.create(items, wish.prompt.buyer, key))
        return self._session(wish, self._run(store, wish, errand))

    def apply_card(
        self, store: Storefront, wish: Wish, session: CheckoutSession, code: str | None
    ) -> CheckoutSession | None:
        """Choose delivery and, when there is a code, apply the card."""
        key, before = f"{wish.prompt.idempotency_key}-apply", _of_adapter(session)
        errand = self._errand(APPLY_CARD, lambda: self.adapter.apply_card(before, code, key), code)
        return self._session(wish, self._run(store, wish, errand))

    def pay(self, store: Storefront, wish: Wish, session: CheckoutSession) -> CheckoutSession | None:
        """Pay under the wish's own key, and read the order back; None unless the books confirm it."""
        return self._paid(store, wish, _of_adapter(session), may_repeat=True)

    def _paid(self, store: Storefront, wish: Wish, agreed: ShopSession, *, may_repeat: bool) -> ShopSession | None:
        key = wish.prompt.idempotency_key
        errand = self._errand(PAY, lambda: self.adapter.pay(agreed, key))
        told = self._run(store, wish, errand)
        paid = wish.verdict
        if told is None and may_repeat and _bought_nothing(wish, errand):
            return None
        if told is not None and agreed.amount_minor is None:
            agreed = msgspec.structs.replace(agreed, amount_minor=told.amount_minor)
        found = self._read(store, wish, agreed, told.order_id if told is not None else None)
        read = wish.verdict
        is_open = read == NO_ORDER_YET and paid.outcome is Outcome.UNKNOWN and errand.busy is None
        if is_open and errand.carries_key and may_repeat:
            return self._paid(store, wish, agreed, may_repeat=False)
        end = after_reading(paid, read, busy=errand.busy, is_promised=told is not None)
        if not may_repeat and end.outcome in _REFUSED:  # the payment before this one may still arrive
            end = Verdict(Outcome.UNKNOWN, end.reason, end.detail)
        wish.settle_as(PAY, end)
        if end.outcome is not Outcome.CONFIRMED:
            return None
        return self._session(wish, found)

    def _read(self, store: Storefront, wish: Wish, agreed: ShopSession, promised: str | None) -> ShopSession | None:
        """Read the order back until the books are clear or have been read often enough; the wish's verdict is the last reading's."""
        asked = msgspec.structs.replace(agreed, order_id=promised)
        for number in range(max(1, self.adapter.reads)):
            if number:
                wish.next_intended_ns += int(self.adapter.read_pause_s * _NS)
                store.pause(self.adapter.read_pause_s)
            errand = self._errand(READ_SESSION, lambda: self.adapter.read_order(asked, wish.prompt.idempotency_key))
            errand.judge_session = partial(judge_read, promised=promised, agreed=agreed, wished=wish.prompt.items)
            found = self._run(store, wish, errand)
            read = wish.verdict
            if read.outcome in (Outcome.CONFIRMED, Outcome.DECLINED) or read == NO_ORDER_YET:
                return _filled(found, agreed) if found is not None else None
            if read.reason is Reason.WRONG_ANSWER:
                return None
        return None

    def _errand(self, step: str, begin: Callable[[], object], code: str | None = None) -> _Errand:
        return _Errand(step, Course(begin, self._home), code)

    def _run(self, store: Storefront, wish: Wish, errand: _Errand) -> ShopSession | None:
        """Carry a verb out; the session that it came to, or None, with the wish's verdict."""
        move = errand.course.start()
        self._explain(store, errand.step, move)
        while isinstance(move, Request):
            request: bytes | Broken = Broken(f"asked for more than {errand.accepted} requests")
            if errand.accepted < self.adapter.most_requests:
                request = self._encoded(move)
            if isinstance(request, Broken):
                self._explain(store, errand.step, request)
                move = request
                break
            errand.carries_key = errand.carries_key or wish.prompt.idempotency_key.encode() in request
            store.recorder.methods.setdefault(errand.step, move.method)
            if store.settle(wish, errand.step, request, _no_reading, partial(self._judge, store, errand)) is None:
                errand.course.close()
                return None
            errand.accepted += 1
            move = errand.move or Broken("was not asked")
        errand.course.close()
        if move is not errand.move:  # what ended without an answer of its own has its verdict from here
            wish.settle_as(errand.step, _unanswered(wish, errand, move))
        return move if isinstance(move, ShopSession) and wish.verdict.outcome.is_good else None

    def _judge(self, store: Storefront, errand: _Errand, exchange: Exchange, told: object) -> Verdict:
        """What one answer came to; the adapter is asked unless the rules of every checkout have decided."""
        whole = inflated_exchange(exchange, limit=BODY_LIMIT)
        error = error_told(whole)
        before, is_final = judge_before(errand.step, whole, error)
        errand.status, errand.move = whole.status, None
        if isinstance(told, _Told):
            told.retry_after_s = error.retry_after_s
        if is_final:
            return before
        errand.busy = busy_words(whole) if errand.step == PAY else None
        errand.move = move = errand.course.take(Answer(whole.status, whole.headers, whole.body))
        self._explain(store, errand.step, move)
        if isinstance(told, _Told) and isinstance(move, No) and move.retry_after_s is not None:
            told.retry_after_s = move.retry_after_s
        return _judged(errand, whole, before, move)

    def _encoded(self, asked: Request) -> bytes | Broken:
        """The request's bytes; Broken when it cannot be sent."""
        try:
            raw = asked.data.encode() if isinstance(asked.data, str) else asked.data
            body = raw if asked.json is None else _encode_json(asked.json)
            path = f"{self.base_path}{asked.path}" if asked.path.startswith("/") else asked.path
            head = self._heads.head(asked.method, path, is_json=asked.json is not None, headers=asked.headers)
            if asked.key:
                line = f"{KEY_HEADER}: {checked_value(KEY_HEADER, asked.key)}\r\n"
                head = head._replace(data=head.data + line.encode("ascii"))
            return head.with_body(body)
        except Exception as error:  # noqa: BLE001 - what an adapter asks for is somebody else's code
            return Broken(f"asked for what cannot be sent ({type(error).__name__})")

    def _session(self, wish: Wish, told: ShopSession | None) -> ShopSession | None:
        """Put what the shop told on the wish's record, filled with what it told before."""
        if told is None:
            return None
        before = wish.session if isinstance(wish.session, ShopSession) else None
        whole = _filled(told, before)
        if not whole.items:  # a shop that does not repeat the basket has said nothing against it
            whole = msgspec.structs.replace(whole, items=wish.prompt.items)
        note_session(wish, whole)
        return whole

    def _explain(self, store: Storefront, step: str, move: Move) -> None:
        """Tell a mistake of the adapter's once, so that its author can mend it."""
        if not isinstance(move, Broken):
            return
        name = type(self.adapter).__name__
        mistake = (name, step, move.what, move.where)
        if mistake in self._told or len(self._told) >= MOST_TOLD:
            return
        self._told.add(mistake)
        where = f"{move.where}: " if move.where else ""
        end = "in doubt until the order is read back" if step == PAY else "degraded (protocol_fault)"
        said = f"{where}{name}, in step {step}, {move.what}. Such an answer counts as {end}; this is told once."
        self.tell(f"\n{store.clean(said)}\n")


def _of_adapter(session: CheckoutSession) -> ShopSession:
    """A session as the adapter made it; another till's would be a mistake of the journey's."""
    if not isinstance(session, ShopSession):
        raise TypeError(f"The adapter's verbs take the sessions that they gave, not a {type(session).__name__}.")
    return session


def _no_reading(*_: object) -> _Told:
    """In the place of a decoder: whether an answer may be read at all is judged first."""
    return _Told()


def _judged(errand: _Errand, exchange: Exchange, before: Verdict, move: Move) -> Verdict:
    if isinstance(move, ShopSession) and errand.judge_session is not None:
        return errand.judge_session(move)
    return judge_after(errand.step, exchange, before, move, code=errand.code)


def _unanswered(wish: Wish, errand: _Errand, move: Move) -> Verdict:
    """The verdict of a verb that ended without an answer: at its start, or by a request that was not sent."""
    broken = Verdict(Outcome.DEGRADED, Reason.PROTOCOL_FAULT)
    if isinstance(move, Broken) and not (errand.step == PAY and wish.pay_sent):
        return Verdict(Outcome.DEGRADED, Reason.PROTOCOL_FAULT, move.what)
    return _judged(errand, Exchange(0, 0, 0, status=_SUCCESS), broken, move)


def _bought_nothing(wish: Wish, errand: _Errand) -> bool:
    """Whether a payment that told no order has surely bought nothing, so that the books need not be read.

    Not after a 409, nor when an earlier request of the same payment was taken.
    """
    outcome = wish.verdict.outcome
    if not wish.pay_sent:
        return True
    if errand.status == _CONFLICT or outcome in (Outcome.UNKNOWN, Outcome.DEGRADED):
        return False
    return outcome is Outcome.DECLINED or not errand.accepted


def _filled(told: ShopSession, before: ShopSession | None) -> ShopSession:
    """What was told, and where nothing was told what was told before."""
    if before is None:
        return told
    return msgspec.structs.replace(
        told,
        status=TOLD,
        items=told.items or before.items,
        price_minor=before.price_minor if told.price_minor is None else told.price_minor,
        fulfillment_minor=before.fulfillment_minor if told.fulfillment_minor is None else told.fulfillment_minor,
        discount_minor=before.discount_minor if told.discount_minor is None else told.discount_minor,
        amount_minor=before.amount_minor if told.amount_minor is None else told.amount_minor,
        order_id=told.order_id or before.order_id,
        notes=before.notes if told.notes is None else told.notes,
    )
