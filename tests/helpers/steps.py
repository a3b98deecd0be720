"""The five steps of a purchase as a transport meets them: a literal request, its good answer, and what is made of any answer."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from locustfiles.protocols.acp import AcpDialect
from locustfiles.protocols.campaign import CampaignDoor
from locustfiles.protocols.chat_completions import ChatDecoder
from locustfiles.recording.classify import Verdict, classify_chat, classify_checkout, classify_claim, classify_pay
from locustfiles.recording.soft_refusal import TemplateBook
from locustfiles.transport.connection_pool import ConnectionPool
from locustfiles.transport.exchange import Exchange
from reports.run_record.outcome import APPLY_CARD, CHAT, CLAIM_CARD, CREATE, PAY
from tests.helpers.chat_answers import CALLED, DONE, chunk
from tests.helpers.exchanges import TEA
from tests.helpers.transport import ask

DIALECT, CAMPAIGN = (
    AcpDialect("shop.test", headers={"Authorization": "Bearer key"}),
    CampaignDoor("shop.test", headers={"Authorization": "Bearer key"}),
)
_ARGUMENTS = json.dumps('{"items":[{"sku":"pearl-milk-tea","quantity":2}]}')
_CALL = chunk(
    '{"tool_calls":[{"index":0,"id":"c1","function":{"name":"create_checkout","arguments":' + _ARGUMENTS + "}}]}"
)
EVENTS = chunk('{"content":"好"}') + _CALL + CALLED + DONE
"""The events of a chat answer that orders what was wished."""
STREAM_HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"
JSON_HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"


def chunked(*pieces: bytes) -> bytes:
    """A body in these chunks, with its head's last line."""
    body = b"".join(b"%x\r\n%b\r\n" % (len(piece), piece) for piece in pieces)
    return b"Transfer-Encoding: chunked\r\n\r\n" + body + b"0\r\n\r\n"


def json_wire(**members: Any) -> bytes:
    """A JSON answer with its length."""
    body = json.dumps(members).encode()
    return JSON_HEAD + b"Content-Length: %d\r\n\r\n" % len(body) + body


@dataclass(frozen=True)
class Told:
    """What came of one step: the exchange, what decoded it, and the outcome with its reason in words."""

    exchange: Exchange
    decoder: ChatDecoder | None
    verdict: Verdict

    @property
    def words(self) -> str:
        """The outcome and, where there is one, its reason."""
        return f"{self.verdict.outcome} {self.verdict.reason}".strip()


@dataclass(frozen=True)
class Step:
    """One step: the bytes that are sent, the answer that is hoped for, and how any answer is judged."""

    name: str
    request: bytes
    good: bytes
    judge: Callable[[Exchange, object], Verdict]

    def take(self, pool: ConnectionPool) -> Told:
        """Take the step over this pool."""
        if self.name == CHAT:
            decoder = ChatDecoder(0)
            exchange = ask(pool, self.request, sink=decoder)
            return Told(exchange, decoder, self.judge(exchange, decoder.finish(exchange)))
        exchange = ask(pool, self.request)
        decode = CAMPAIGN.decode_claim if self.name == CLAIM_CARD else DIALECT.decode
        return Told(exchange, None, self.judge(exchange, decode(exchange.status, exchange.headers, exchange.body)))


def _post(path: str, body: bytes = b'{"a":1}') -> bytes:
    return b"POST %b HTTP/1.1\r\nHost: t\r\nContent-Length: %d\r\n\r\n%b" % (path.encode(), len(body), body)


def _judge_chat(exchange: Exchange, reply: object) -> Verdict:
    return classify_chat(exchange, reply, wished=TEA, book=TemplateBook(), shopper="s", at_s=0.0)


_READY = {"id": "cs_1", "status": "ready_for_payment", "discounts": {"applied": [{"code": "SPRING25"}]}}
ASK = Step(CHAT, _post("/v1/chat/completions"), STREAM_HEAD + chunked(EVENTS[:60], EVENTS[60:]), _judge_chat)
OPEN = Step(
    CREATE,
    _post("/checkout_sessions"),
    json_wire(id="cs_1", status="not_ready_for_payment"),
    lambda exchange, reply: classify_checkout(CREATE, exchange, reply),
)
CLAIM = Step(CLAIM_CARD, _post("/campaign/cards"), json_wire(card={"code": "SPRING25"}), classify_claim)
APPLY = Step(
    APPLY_CARD,
    _post("/checkout_sessions/cs_1"),
    json_wire(**_READY),
    lambda exchange, reply: classify_checkout(APPLY_CARD, exchange, reply),
)
COMPLETE = Step(
    PAY,
    _post("/checkout_sessions/cs_1/complete"),
    json_wire(id="cs_1", status="completed", order={"id": "ord_1"}),
    classify_pay,
)
PURCHASE = (ASK, OPEN, CLAIM, APPLY, COMPLETE)
"""A whole purchase, in order."""
