"""What is sent: the three workloads as requests that every generator can send.

W1 is a JSON POST of 400 bytes with an answer of 300. W2 is one prompt whose answer is a stream of 20 events. W3 is a purchase:
W2 and the four checkout and campaign requests. The peers send Springtide's own bodies and headers, the same ones each time, which
spares them the work of making them.
"""

from typing import Final, NamedTuple

import msgspec

from locustfiles.protocols.acp import AcpDialect
from locustfiles.protocols.campaign import CampaignDoor
from locustfiles.protocols.chat_request import ChatDoor
from locustfiles.protocols.checkout import BasketItem, Buyer, CheckoutSession
from locustfiles.protocols.http_request import RequestTemplate
from locustfiles.session.doors import SYSTEM_TEXT, UNSET_KEY

W1, W2, W3 = "W1", "W2", "W3"
WORKLOADS: Final = (W1, W2, W3)
CONNECTIONS: Final = 64
JSON_REQUEST_BYTES: Final = 400
_HOST: Final = "127.0.0.1:65535"
_PROMPT: Final = "犯困了 给我安排两杯珍珠奶茶 尽快送到云帆路28号云帆科技园前台 少糖多冰 免单卡帮我用上"
_KEY: Final = "0123456789abcdef" * 2
_BASKET: Final = (BasketItem("pearl-milk-tea", 2),)
_BUYER: Final = Buyer(
    "shopper-1-1", "Lin Wei", "shopper-1-1@example.com", "13800000000", "云帆路28号", "杭州", "310000"
)
_OWN_TO_THE_CLIENT: Final = frozenset({"Host", "User-Agent", "Accept", "Content-Length"})
"""Headers that every client sets by itself."""


class Post(NamedTuple):
    """One request as a peer sends it."""

    path: str
    headers: dict[str, str]
    body: bytes


def json_request(host: str = _HOST) -> bytes:
    """W1's request, 400 bytes with its head when the host has five digits of port."""
    headers = {
        "Host": host,
        "User-Agent": "springtide",
        "Accept": "application/json",
        "Content-Type": "application/json",
    }
    template = RequestTemplate("POST", "/json", headers=headers)
    bare = msgspec.json.encode({"currency": "cny", "note": ""})
    head = len(template.fill(body=b"x" * JSON_REQUEST_BYTES)) - JSON_REQUEST_BYTES
    note = "x" * (JSON_REQUEST_BYTES - head - len(bare))
    return template.fill(body=msgspec.json.encode({"currency": "cny", "note": note}))


def chat_door(host: str = _HOST) -> ChatDoor:
    """Encodes W2's requests."""
    return ChatDoor(host, system_text=SYSTEM_TEXT, headers={"Authorization": f"Bearer {UNSET_KEY}"})


def chat_request(shopper_id: str = _BUYER.user_id, door: ChatDoor | None = None) -> bytes:
    """W2's request."""
    return (door or chat_door()).ask(_PROMPT, shopper_id=shopper_id)


def posts(workload: str) -> tuple[Post, ...]:
    """The requests of one unit of a workload, in order."""
    if workload == W1:
        return (_post(json_request()),)
    if workload == W2:
        return (_post(chat_request()),)
    return tuple(_post(request) for request in _purchase())


def _purchase() -> tuple[bytes, ...]:
    acp = AcpDialect(_HOST, headers={"Authorization": f"Bearer {UNSET_KEY}"})
    session = CheckoutSession(
        id="cs_00_2_0000000000",
        status="ready_for_payment",
        currency="cny",
        items=_BASKET,
        price_minor=None,
        fulfillment_minor=None,
        discount_minor=None,
        amount_minor=None,
        option_ids=("std",),
        applied_codes=(),
        rejected_codes=(),
        messages=(),
        order_id=None,
    )
    return (
        chat_request(),
        acp.create(_BASKET, _BUYER, idempotency_key=f"{_KEY}-create"),
        CampaignDoor(_HOST, headers={"Authorization": f"Bearer {UNSET_KEY}"}).claim(
            _BUYER.user_id, "first", f"{_KEY}-card"
        ),
        acp.apply_card(session, "SPRING-0000000000", buyer=_BUYER, idempotency_key=f"{_KEY}-apply"),
        acp.pay(session, idempotency_key=_KEY),
    )


def _post(request: bytes) -> Post:
    head, _, body = request.partition(b"\r\n\r\n")
    first, *lines = head.decode("ascii").split("\r\n")
    headers = dict(line.split(": ", 1) for line in lines)
    kept = {name: value for name, value in headers.items() if name not in _OWN_TO_THE_CLIENT}
    return Post(first.split(" ")[1], kept, body)
