"""The checkout session: its state machine as a table, what it still lacks, and what it costs.

Pure: no clock, no socket, no ledger. Doors say which event happened; the table says which status follows.

    (opened) -- lacking --> not ready <-- lacking / filled --> ready -- pay --> in progress -- paid --> completed
                                                                 ^                   |
                                                                 +-- declined, unsettled
    not ready, ready -- cancel --> canceled                not ready, ready -- expire --> expired
"""

from enum import StrEnum
from functools import lru_cache
from typing import Final, NamedTuple

import msgspec

MINIMUM_CHARGE_MINOR: Final = 1
"""The campaign never gives a basket away: one fen is charged at least."""


class Status(StrEnum):
    """The statuses of ACP 2026-04-17 that this shop uses."""

    NOT_READY = "not_ready_for_payment"
    READY = "ready_for_payment"
    IN_PROGRESS = "complete_in_progress"
    COMPLETED = "completed"
    CANCELED = "canceled"
    EXPIRED = "expired"


TERMINAL: Final = frozenset({Status.COMPLETED, Status.CANCELED, Status.EXPIRED})
CHANGEABLE: Final = frozenset({Status.NOT_READY, Status.READY})


class Event(StrEnum):
    """What can happen to a session."""

    FILLED = "filled"
    """After a create or an update, everything a payment needs is given."""
    LACKING = "lacking"
    """After a create or an update, something is still missing."""
    PAY = "pay"
    PAID = "paid"
    """The order is committed in the ledger."""
    DECLINED = "declined"
    UNSETTLED = "unsettled"
    """The payment ended without an order and without a charge: the card fell away or the books could not be written."""
    CANCEL = "cancel"
    EXPIRE = "expire"


class Transition(NamedTuple):
    """One row of the table; `status` None = the session does not exist yet."""

    status: Status | None
    event: Event
    next_status: Status
    why: str


TRANSITIONS: Final = (
    Transition(None, Event.FILLED, Status.READY, "A session opened with all it needs can be paid at once."),
    Transition(None, Event.LACKING, Status.NOT_READY, "A session opened with a gap waits for an update."),
    Transition(Status.NOT_READY, Event.FILLED, Status.READY, "The update that closes the last gap makes it payable."),
    Transition(Status.NOT_READY, Event.LACKING, Status.NOT_READY, "An update that leaves a gap changes no status."),
    Transition(Status.READY, Event.FILLED, Status.READY, "A payable session may still be changed."),
    Transition(Status.READY, Event.LACKING, Status.NOT_READY, "An update may break what was payable."),
    Transition(Status.READY, Event.PAY, Status.IN_PROGRESS, "From here no other payment can start."),
    Transition(Status.NOT_READY, Event.PAY, Status.NOT_READY, "Paying too early changes nothing."),
    Transition(Status.IN_PROGRESS, Event.PAY, Status.IN_PROGRESS, "A second payment beside the first changes nothing."),
    Transition(Status.IN_PROGRESS, Event.PAID, Status.COMPLETED, "The order is in the books."),
    Transition(Status.IN_PROGRESS, Event.DECLINED, Status.READY, "A declined payment may be tried again."),
    Transition(Status.IN_PROGRESS, Event.UNSETTLED, Status.READY, "Nothing was charged, so it may be tried again."),
    Transition(Status.NOT_READY, Event.CANCEL, Status.CANCELED, "An open session can be canceled."),
    Transition(Status.READY, Event.CANCEL, Status.CANCELED, "A payable session can be canceled."),
    Transition(Status.NOT_READY, Event.EXPIRE, Status.EXPIRED, "An abandoned session ends by itself."),
    Transition(Status.READY, Event.EXPIRE, Status.EXPIRED, "A payable session that nobody pays ends by itself."),
    Transition(Status.IN_PROGRESS, Event.EXPIRE, Status.IN_PROGRESS, "A payment that is running ends first."),
)

_NEXT: Final = {(row.status, row.event): row.next_status for row in TRANSITIONS}


class EventRefusedError(Exception):
    """The table has no row for this event in this status; the session is unchanged."""

    def __init__(self, status: Status | None, event: Event) -> None:
        self.status = status
        super().__init__(f"{event} is not possible in status {status}")


def next_status(status: Status | None, event: Event) -> Status:
    """The status that follows; raises EventRefusedError when the table has no such row."""
    following = _NEXT.get((status, event))
    if following is None:
        raise EventRefusedError(status, event)
    return following


class Line(NamedTuple):
    """One product of a basket; `unit_minor` is the price of one, in minor units."""

    sku: str
    quantity: int
    unit_minor: int


class Totals(NamedTuple):
    """What a session costs, in minor units: amount = price + fulfillment - discount, and discount is positive."""

    price_minor: int
    fulfillment_minor: int
    discount_minor: int
    amount_minor: int


@lru_cache(maxsize=4096)
def totals_of(lines: tuple[Line, ...], fulfillment_minor: int, face_minor: int) -> Totals:
    """Add up a basket.

    The card pays at most its face value and always leaves MINIMUM_CHARGE_MINOR to the buyer (protocols.md 2.6 and the
    campaign's rule that nothing is free).
    """
    price_minor = sum(line.quantity * line.unit_minor for line in lines)
    due_minor = price_minor + fulfillment_minor
    discount_minor = max(0, min(face_minor, due_minor - MINIMUM_CHARGE_MINOR))
    return Totals(price_minor, fulfillment_minor, discount_minor, max(MINIMUM_CHARGE_MINOR, due_minor - discount_minor))


class Notice(NamedTuple):
    """One thing to tell the buyer: `kind` is error or warning, `param` points into the session."""

    kind: str
    code: str
    param: str
    content: str


class Rejected(NamedTuple):
    """A discount code that was not applied, and its place in the list of codes."""

    place: int
    code: str
    reason: str
    content: str


class CheckoutSession(msgspec.Struct):
    """One session. Amounts in minor units, instants in Unix nanoseconds; `face_minor` is 0 without a card."""

    id: str
    user_id: str
    lines: tuple[Line, ...]
    delivery_minor: int
    delivery_title: str
    expires_unix_ns: int
    status: Status | None = None
    has_address: bool = False
    has_option: bool = False
    discount_extension: bool = False
    codes: tuple[str, ...] = ()
    card_code: str | None = None
    face_minor: int = 0
    rejected: tuple[Rejected, ...] = ()
    order_id: str | None = None
    shortfalls: tuple[Notice, ...] = ()
    """What the shop cannot deliver of it as its shelves stand: out of stock, or more than a shopper may have."""
    echo: object = None
    """What the session's door tells back and nobody acts on."""

    def take(self, event: Event) -> None:
        """Move to the status that follows; raises EventRefusedError and changes nothing when there is none."""
        self.status = next_status(self.status, event)

    @property
    def totals(self) -> Totals:
        """What the session costs as it stands; delivery counts once it is chosen."""
        return totals_of(self.lines, self.delivery_minor if self.has_option else 0, self.face_minor)

    def lacks(self) -> list[Notice]:
        """What a payment still needs, in the order in which a buyer fills it in."""
        notices = []
        if not self.lines:
            notices.append(Notice("error", "missing", "$.line_items", "The basket is empty"))
        if not self.has_address:
            notices.append(Notice("error", "missing", "$.fulfillment_details", "Say where to deliver"))
        if not self.has_option:
            notices.append(Notice("error", "missing", "$.selected_fulfillment_options", "Choose how to deliver"))
        return [*notices, *self.shortfalls]

    def settle_readiness(self) -> None:
        """Take FILLED or LACKING, whichever the session's contents say."""
        self.take(Event.LACKING if self.lacks() else Event.FILLED)
