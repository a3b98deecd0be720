"""What every checkout protocol has in common: its values and the verbs a dialect must offer.

A dialect (``acp``, ``ucp``) turns these values into request bytes and reply bytes into these values. Nothing here
knows sockets, clocks or what an outcome is.
"""

from collections.abc import Mapping
from typing import Protocol

import msgspec


class BasketItem(msgspec.Struct, frozen=True, gc=False):
    """One product and how many of it."""

    sku: str
    quantity: int


class Buyer(msgspec.Struct, frozen=True, gc=False):
    """The shopper as a checkout service sees them; all of it is made up from the seed."""

    user_id: str
    name: str
    email: str
    phone_number: str
    address_line: str
    city: str
    postal_code: str


class ProtocolFault(msgspec.Struct, frozen=True, gc=False):
    """Bytes that are not what the protocol promises: a sentence, where, and a bounded excerpt of hostile text."""

    sentence: str
    offset: int = 0
    excerpt: str = ""


class ServiceError(msgspec.Struct, frozen=True, gc=False):
    """A protocol-level no: status, machine code and message as the target gave them (hostile text).

    The status of an error inside a 200 stream is the one that it tells of itself, 200 when it tells none.
    """

    status: int
    code: str
    message: str
    retry_after_s: float | None = None
    reset_s: float | None = None
    """When a limit that is used up is there again, as announced by other headers than ``Retry-After``."""


class Message(msgspec.Struct, frozen=True, gc=False):
    """One entry of a session's messages: ``kind`` is info, warning or error."""

    kind: str
    code: str
    content: str


class CheckoutSession(msgspec.Struct, frozen=True, gc=False):
    """A checkout session as told by the target; amounts in minor units, None = not told."""

    id: str
    status: str
    currency: str
    items: tuple[BasketItem, ...]
    price_minor: int | None
    fulfillment_minor: int | None
    discount_minor: int | None
    amount_minor: int | None
    option_ids: tuple[str, ...]
    applied_codes: tuple[str, ...]
    rejected_codes: tuple[tuple[str, str], ...]
    """(code, reason) of every discount code that the target refused."""
    messages: tuple[Message, ...]
    order_id: str | None
    payment_handler: str = ""
    """The id of the first payment handler that is offered, "" = none is told."""
    adds_up: bool = True
    """Whether the bill is the sum that its protocol promises; a client must not pay one that is not by itself."""


CheckoutReply = CheckoutSession | ServiceError | ProtocolFault


class CheckoutDialect(Protocol):
    """The verbs of a checkout protocol: values in, whole HTTP request bytes out; status and body in, a reply out."""

    def create(self, items: tuple[BasketItem, ...], buyer: Buyer, *, idempotency_key: str) -> bytes:
        """The request that opens a session for the basket."""
        ...

    def apply_card(self, session: CheckoutSession, code: str | None, *, buyer: Buyer, idempotency_key: str) -> bytes:
        """The request that chooses delivery and, when there is a code, applies the card."""
        ...

    def pay(self, session: CheckoutSession, *, idempotency_key: str) -> bytes:
        """The request that completes the session."""
        ...

    def read(self, session_id: str) -> bytes:
        """The request that reads the session back."""
        ...

    def decode(self, status: int, headers: Mapping[str, str], body: bytes) -> CheckoutReply:
        """The reply to any of the verbs; total over all bytes, never raises."""
        ...
