"""Exchanges and replies as values, for tests of what is made of them."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from locustfiles.protocols.chat_completions import ChatDecoder, ChatReply
from locustfiles.protocols.checkout import BasketItem, CheckoutSession, Message, ProtocolFault, ServiceError
from locustfiles.protocols.tool_calls import ToolCall
from locustfiles.transport.exchange import Exchange, Fault

MS = 1_000_000
"""Nanoseconds in a millisecond."""
TEA = (BasketItem("pearl-milk-tea", 2),)
"""The basket that the shopper of these tests wishes for."""
OTHER_BASKETS = tuple((BasketItem(f"sku-{number}", 1),) for number in range(100))


def answered(
    status: int = 200, body: bytes = b"", headers: dict[str, str] | None = None, *, intended_ns: int = 0
) -> Exchange:
    """An exchange with a whole answer: ready after 1 ms, sent after 2, first byte after 5, end after 10."""
    return Exchange(
        intended_ns=intended_ns,
        ready_ns=intended_ns + MS,
        end_ns=intended_ns + 10 * MS,
        sent_ns=intended_ns + 2 * MS,
        first_byte_ns=intended_ns + 5 * MS,
        status=status,
        headers=headers or {},
        body=body,
    )


def faulted(fault: Fault, *, sent: bool = True, status: int = 0) -> Exchange:
    """An exchange that ended in a fault, with or without a byte handed to the kernel."""
    return Exchange(0, MS, 10 * MS, sent_ns=2 * MS if sent else None, status=status, fault=fault)


def chat_reply(
    text: str = "", *calls: ToolCall, finish: str = "stop", flags: frozenset[str] = frozenset()
) -> ChatReply:
    """A whole chat reply with these calls and this text."""
    return ChatReply(text, calls, "tool_calls" if calls else finish, 7, MS, 2 * MS, 9 * MS, 3, True, flags)


def tool_call(items: Any, name: str = "create_checkout") -> ToolCall:
    """A finished call with these items."""
    return ToolCall("call_1", name, {"items": items})


def good_call() -> ToolCall:
    """The call that orders the wished basket."""
    return tool_call([{"sku": "pearl-milk-tea", "quantity": 2}])


def session(status: str, *, error: str = "", content: str = "", **fields: Any) -> CheckoutSession:
    """A checkout session; ``error`` is the code of its one error message."""
    values: dict[str, Any] = {
        "id": "cs_1", "status": status, "currency": "cny", "items": TEA, "price_minor": 3000, "fulfillment_minor": 300,
        "discount_minor": None, "amount_minor": 3300, "option_ids": ("std",), "applied_codes": (), "rejected_codes": (),
        "messages": (Message("error", error, content),) if error else (), "order_id": None,
    }  # fmt: skip
    return CheckoutSession(**{**values, **fields})


def decoded_chat(body: bytes, content_type: str = "application/json") -> ChatReply | ServiceError | ProtocolFault:
    """What the chat decoder makes of the body of a 200."""
    decoder = ChatDecoder(MS)
    decoder.feed(body, 5 * MS)
    return decoder.finish(answered(headers={"content-type": content_type}))


def column(values: list[int]) -> NDArray[np.int64]:
    """Values as one column of samples."""
    return np.array(values, dtype=np.int64)
