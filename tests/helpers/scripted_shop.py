"""A network that plays literal answers, and the storefront in front of it with all its real parts.

``ScriptedWire`` stands for the network: each request takes the next answer, whose instants follow from the intended one, so that
every recorded instant is known without a clock.
"""

import json
import weakref
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from locustfiles.arrivals.arrival import Arrival
from locustfiles.journeys.dialect_till import DialectTill
from locustfiles.journeys.prompts import Prompt
from locustfiles.journeys.retry import RetryPolicy
from locustfiles.journeys.storefront import Storefront
from locustfiles.protocols.acp import AcpDialect
from locustfiles.protocols.campaign import CampaignDoor
from locustfiles.protocols.chat_request import ChatDoor
from locustfiles.protocols.checkout import BasketItem, Buyer
from locustfiles.recording.recorder import Recorder
from locustfiles.recording.soft_refusal import TemplateBook
from locustfiles.transport.connection_pool import BodySink
from locustfiles.transport.exchange import Exchange, Fault
from reports.run_record.run_directory import IntentLog
from reports.run_record.schema import Batch
from tests.helpers.acp_replies import OPEN, READY
from tests.helpers.chat_answers import CALLED, DONE, ROLE, STOP, STREAM, USAGE, chunk
from tests.helpers.exchanges import MS

TOOK_MS = 10
"""From the intended start to the end of every answered request."""
KEY = "key-1"
ARRIVAL = Arrival(index=7, intended_ns=1_500 * MS)
"""The eighth wish of the run, one and a half seconds after its start, which is instant 0 here."""
PROMPT = Prompt(
    id="prompt-1-7",
    text="来一杯奶茶",
    language="zh",
    vertical="milk_tea",
    items=(BasketItem("milk-tea", 1),),
    buyer=Buyer("shopper-1-7", "朱晓潮", "shopper-1-7@shop.test", "13800000000", "星河街158号", "广州", "510000"),
    idempotency_key=KEY,
)


@dataclass(frozen=True, slots=True)
class Answer:
    """What the network brings back for one request; ``sent`` is False when no byte of the request left."""

    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    fault: Fault | None = None
    sent: bool = True


def json_answer(status: int, value: Any, **headers: str) -> Answer:
    """An answer with a JSON body; an underscore in a header's name stands for a dash."""
    named = {name.replace("_", "-"): text for name, text in headers.items()}
    return Answer(status, json.dumps(value).encode(), {"content-type": "application/json", **named})


def streamed(*pieces: bytes) -> Answer:
    """A streamed chat answer."""
    return Answer(200, b"".join(pieces), STREAM)


def called(items: str) -> Answer:
    """A chat answer that calls ``create_checkout`` with these items, which are JSON text."""
    arguments = json.dumps(json.dumps({"items": json.loads(items)}))
    function = f'{{"name":"create_checkout","arguments":{arguments}}}'
    call = chunk(f'{{"tool_calls":[{{"index":0,"id":"c1","type":"function","function":{function}}}]}}')
    return streamed(ROLE, call, CALLED, USAGE, DONE)


CALL = called('[{"sku":"milk-tea","quantity":1}]')
CREATED = json_answer(201, OPEN)
CARD = json_answer(201, {"card": {"code": "SPRING25", "state": "issued", "face_value": 2500, "currency": "cny"}})
APPLIED = json_answer(200, READY)
PAID = json_answer(200, {**READY, "status": "completed", "order": {"id": "ord_1"}})
GOOD = (CALL, CREATED, CARD, APPLIED, PAID)
"""The answers of a purchase that ends well, in order."""
REFUSED_HARD = json_answer(429, {"error": {"code": "limit_requests", "message": "Too many requests."}}, retry_after="1")
REFUSED_SOFT = streamed(ROLE, chunk('{"content":"当前访问人数过多，请稍后再试。"}'), STOP, USAGE, DONE)
PAUSED = json_answer(503, {"type": "error", "code": "issuing_paused", "message": "Later, please."}, retry_after="30")
HAS_CARD = json_answer(409, {"type": "invalid_request", "code": "card_cap_reached", "message": "Enough."})
NO_CARD = json_answer(200, {"card": None, "message": "活动太火爆，请稍后再试。"})
SILENCE = Answer(0, fault=Fault.FIRST_BYTE_TIMEOUT)
NO_CONNECTION = Answer(0, fault=Fault.CONNECT_REFUSED, sent=False)


@dataclass(slots=True)
class ScriptedWire:
    """Plays the answers in order, the last one again and again; keeps what was asked and when it should have been."""

    answers: list[Answer]
    look: Callable[[], None] = lambda: None
    """Called before the first request is taken."""
    requests: list[bytes] = field(default_factory=list)
    intended_ns: list[int] = field(default_factory=list)

    def exchange(self, request: bytes, *, intended_ns: int, sink: BodySink | None = None) -> Exchange:
        """Take a request and give the next answer."""
        if not self.requests:
            self.look()
        answer = self.answers[min(len(self.requests), len(self.answers) - 1)]
        self.requests.append(request)
        self.intended_ns.append(intended_ns)
        body = answer.body
        if sink is not None and answer.status == 200:
            sink.feed(body, intended_ns + 6 * MS)
            body = b""
        return Exchange(
            intended_ns,
            intended_ns + MS,
            intended_ns + TOOK_MS * MS,
            sent_ns=intended_ns + 2 * MS if answer.sent else None,
            first_byte_ns=intended_ns + 5 * MS if answer.status else None,
            status=answer.status,
            headers=answer.headers,
            body=body,
            fault=answer.fault,
        )

    def headers(self, name: str) -> list[str]:
        """The value of a header in each request, "" where it is missing."""
        values = []
        for request in self.requests:
            lines = request.partition(b"\r\n\r\n")[0].decode().split("\r\n")[1:]
            values.append(dict(line.split(": ", 1) for line in lines).get(name, ""))
        return values


@dataclass(slots=True, weakref_slot=True)
class ScriptedShop:
    """A storefront before a scripted wire: ``pauses`` holds how long its shoppers waited, in no time."""

    store: Storefront
    wire: ScriptedWire
    recorder: Recorder
    pauses: list[float]

    def cut(self) -> Batch:
        """What has been recorded."""
        return self.recorder.cut(0, seconds=[], in_flight=0, idle_shoppers=0, connections=0)


def scripted_shop(folder: Path, answers: tuple[Answer, ...], retry: RetryPolicy = RetryPolicy.LEAVE) -> ScriptedShop:
    """A shop that gives these answers; its run's start is instant 0 and the jitter of its retries is none."""
    wire, pauses = ScriptedWire(list(answers)), list[float]()
    recorder = Recorder("run-1", "w1")
    intents = IntentLog(folder)
    store = Storefront(
        wire=wire,
        chat=ChatDoor("shop.test", system_text="You sell.", headers={"Authorization": "Bearer key"}),
        till=DialectTill(AcpDialect("shop.test", headers={"Authorization": "Bearer key"})),
        campaign=CampaignDoor("shop.test", headers={"Authorization": "Bearer key"}),
        recorder=recorder,
        intents=intents,
        book=TemplateBook(),
        retry=lambda _: retry,
        draw=lambda: 0.0,
        pause=pauses.append,
    )
    shop = ScriptedShop(store, wire, recorder, pauses)
    weakref.finalize(shop, intents.close)
    return shop
