"""The closed vocabulary of what happened to a request or to a whole wish.

    released ─┬─ confirmed        an order id was received
              ├─ done             a step produced what it must
              ├─ declined         a correct business no: stock, card, coupon rule
              ├─ degraded         an answer that does not do the task, no refusal proven
              ├─ refused ─┬─ hard a status or a code says no
              │           └─ soft a 200 whose meaning is no
              ├─ queued           told to wait
              ├─ shed             a fault or a deadline while nothing can have been bought
              └─ unknown          a fault or a deadline after the pay request left: it may have happened
    dropped                       the generator could not send it; never the target's doing

This module must not know how an outcome is decided (``locustfiles.recording.classify``) nor what it is worth
(``reports.slo``).
"""

from enum import StrEnum


class Outcome(StrEnum):
    """How a step or a wish ended."""

    __hash__ = str.__hash__  # the enum's own is Python code, and these are keys on the generator's hot path

    CONFIRMED = "confirmed"
    DONE = "done"
    DECLINED = "declined"
    DEGRADED = "degraded"
    REFUSED_HARD = "refused_hard"
    REFUSED_SOFT = "refused_soft"
    QUEUED = "queued"
    SHED = "shed"
    UNKNOWN = "unknown"
    DROPPED = "dropped"

    @property
    def is_refused(self) -> bool:
        """Whether the target said no because of load, by a status or in the words of a 200."""
        return self in (Outcome.REFUSED_HARD, Outcome.REFUSED_SOFT)

    @property
    def is_good(self) -> bool:
        """Whether the step or the wish got what it asked for."""
        return self in (Outcome.CONFIRMED, Outcome.DONE)


class Reason(StrEnum):
    """Why a step ended as it did: the name that a report prints beside the outcome."""

    __hash__ = str.__hash__  # the enum's own is Python code, and these are keys on the generator's hot path

    NONE = ""
    OUT_OF_STOCK = "out_of_stock"
    PAYMENT_DECLINED = "payment_declined"
    BAD_COUPON = "bad_coupon"
    CARD_CAP_REACHED = "card_cap_reached"
    SOLD_OUT = "sold_out"
    COUPON_MISSING = "coupon_missing"
    INCONSISTENT_TOTAL = "inconsistent_total"
    NO_PROGRESS = "no_progress"
    BUSY_CANNED = "busy_canned"
    DEGRADED_ANSWER = "degraded_answer"
    RATE_LIMITED = "rate_limited"
    GROWTH_LIMITED = "growth_limited"
    OVERLOADED = "overloaded"
    QUOTA_EXHAUSTED = "quota_exhausted"
    ISSUING_PAUSED = "issuing_paused"
    CAPACITY_REFUSAL = "capacity_refusal"
    RISK_CONTROL = "risk_control"
    WAITING_ROOM = "waiting_room"
    CONNECT_FAILED = "connect_failed"
    CONNECTION_LOST = "connection_lost"
    TIMED_OUT = "timed_out"
    STALLED = "stalled"
    TRUNCATED = "truncated"
    PROTOCOL_FAULT = "protocol_fault"
    SERVER_ERROR = "server_error"
    CLIENT_ERROR = "client_error"
    WRONG_ANSWER = "wrong_answer"
    NO_IDLE_SHOPPER = "no_idle_shopper"


class Clock(StrEnum):
    """Which two instants a histogram measures; every one is stored in whole microseconds."""

    __hash__ = str.__hash__  # the enum's own is Python code, and these are keys on the generator's hot path

    RESPONSE = "response"
    """end - intended of the step."""
    SERVICE = "service"
    """end - sent."""
    STEP = "step"
    """end - ready."""
    FIRST_EVENT = "first_event"
    """first error-free event, role and reasoning included - ready; chat only."""
    FIRST_CONTENT = "first_content"
    """first non-empty content or tool-call delta - ready; chat only."""
    GAP = "gap"
    """Between an event with content and the one before it, 0 when one read brought both; chat only, its n counts events."""
    TPOT = "tpot"
    """(last - first content) / (tokens - 1), one value a streamed reply; none below 2 tokens and where usage is not told; chat only."""
    INTENT = "intent"
    """last end - scheduled arrival of the wish; step ``order`` only."""
    LATENESS = "lateness"
    """ready - intended of a wish's first request; step ``arrival`` only."""


ORDER = "order"
"""The step name under which a whole wish is counted: one scheduled wish, one outcome."""
ARRIVAL = "arrival"
"""The step name under which the generator's own lateness is stored; its outcome is ``done``."""
ANY_STEP = "any"
"""In an objective, every request whatever its step; no step is named so."""
CHAT = "chat"
CLAIM_CARD = "claim_card"
CREATE = "create"
APPLY_CARD = "apply_card"
PAY = "pay"
READ_SESSION = "read_session"
"""Reading a session back after its payment: where that has left it open whether there is an order, and always with an adapter."""
PURCHASE_STEPS = (CHAT, CREATE, CLAIM_CARD, APPLY_CARD, PAY)
"""The requests of one purchase, in the order in which they are sent; ``read_session`` may follow, and ``pay`` again."""
