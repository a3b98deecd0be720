"""Shoppers who only talk: prompts of the generator through its own door, pool, decoder and recorder, so many in flight at a time.

What the recorder is given of an answer stands beside what the server says of the same answer.
"""

import time
from collections.abc import Iterator
from itertools import count, islice
from typing import NamedTuple

import gevent

from benchmarks.chat_server.timings import TAIL_BYTES, Timings, timings_in
from locustfiles.journeys.catalogue import Language
from locustfiles.journeys.prompts import Prompt, prompt_for
from locustfiles.protocols.chat_completions import ChatDecoder
from locustfiles.protocols.chat_request import ChatDoor
from locustfiles.recording.classify import classify_talk
from locustfiles.recording.recorder import Recorder
from locustfiles.recording.soft_refusal import TemplateBook
from locustfiles.transport.connection_pool import ConnectionPool
from locustfiles.transport.deadlines import Deadlines, Limits
from locustfiles.transport.origin import Origin
from reports.run_record.outcome import CHAT, Outcome
from reports.run_record.schema import HistogramRow

SEED = 7
TOKENS = 64
MEMBERS = {"max_tokens": TOKENS, "ignore_eos": True, "temperature": 0, "seed": SEED, "cache_prompt": False}
"""Answers of one length, and every prompt worked on from its beginning."""
SYSTEM_TEXT = (
    "You are the shopping assistant of an online shop for drinks, groceries, cinema tickets and travel. Answer in one friendly "
    "paragraph: say what you would put into the basket, how many of it, what goes well with it, and when it will be delivered."
)
_NS_PER_S, _NS_PER_MS = 1_000_000_000, 1_000_000
_PATIENCE = Deadlines(first_byte_s=60.0, between_bytes_s=30.0, total_s=120.0)


class Pair(NamedTuple):
    """One answer as the generator measured it and as the server did; milliseconds."""

    first_event_ms: float
    first_content_ms: float
    prompt_ms: float
    tpot_ms: float
    per_token_ms: float


class Talks(NamedTuple):
    """What so many shoppers saw."""

    pairs: list[Pair]
    outcomes: dict[str, int]
    histograms: list[HistogramRow]
    """What the record would hold."""


class _Tee:
    """A sink that keeps the end of what it passes on."""

    def __init__(self, decoder: ChatDecoder) -> None:
        self._decoder = decoder
        self.tail = b""

    def feed(self, data: bytes, at_ns: int) -> None:
        """The next bytes."""
        self._decoder.feed(data, at_ns)
        self.tail = (self.tail + data)[-TAIL_BYTES:]


def talk(url: str, model: str, *, language: Language, in_flight: int, answers: int) -> Talks:
    """Ask so many prompts of a language, so many in flight, each shopper one after the other; ``url`` is the base URL, path included.

    Every request has a connection of its own: llama.cpp closes one after each stream.
    """
    base, _, path = url.removeprefix("http://").partition("/")
    origin = Origin.parse(f"http://{base}")
    pool = ConnectionPool(origin, deadlines=_PATIENCE, limits=Limits(connections=in_flight), mode="fresh")
    door = ChatDoor(
        origin.host_header,
        path=f"/{path}/chat/completions",
        model=model,
        system_text=SYSTEM_TEXT,
        tools=(),
        members=MEMBERS,
    )
    recorder, book = Recorder("bench-chat", "w1"), TemplateBook()
    recorder.started_ns = time.monotonic_ns()
    pairs: list[Pair] = []
    wishes = (prompt for number in count() if (prompt := prompt_for("bench-chat", SEED, number)).language == language)
    prompts = islice(wishes, answers)

    def shopper(left: Iterator[Prompt]) -> None:
        for prompt in left:
            found = _ask(pool, door, recorder, book, prompt)
            if found is not None:
                pairs.append(found)

    gevent.joinall([gevent.spawn(shopper, prompts) for _ in range(in_flight)], raise_error=True)
    pool.close()
    now_ns = time.monotonic_ns()
    batch = recorder.cut(now_ns, seconds=[], in_flight=0, idle_shoppers=0, connections=0, final=True)
    outcomes: dict[str, int] = {}
    for row in batch.outcomes:
        key = f"{row.outcome}: {row.reason}" if row.reason else row.outcome
        outcomes[key] = outcomes.get(key, 0) + row.n
    return Talks(pairs, outcomes, batch.histograms)


def _ask(pool: ConnectionPool, door: ChatDoor, recorder: Recorder, book: TemplateBook, prompt: Prompt) -> Pair | None:
    """One prompt; None when it was not answered, or either side has no times of it."""
    shopper = prompt.buyer.user_id
    decoder = ChatDecoder(time.monotonic_ns())
    tee = _Tee(decoder)
    exchange = pool.exchange(door.ask(prompt.text, shopper_id=shopper), intended_ns=time.monotonic_ns(), sink=tee)
    reply = decoder.finish(exchange)
    verdict = classify_talk(
        exchange, reply, wished=prompt.items, book=book, shopper=shopper, at_s=exchange.end_ns / _NS_PER_S
    )
    recorder.record(
        CHAT,
        verdict.outcome,
        verdict.reason,
        exchange,
        decoder.first_content_ns,
        decoder.gaps_ns,
        first_event_ns=decoder.first_event_ns,
        token_ns=decoder.token_ns,
    )
    told = timings_in(tee.tail)
    return _pair(decoder, exchange.ready_ns, told) if verdict.outcome is Outcome.DONE and told else None


def _pair(decoder: ChatDecoder, ready_ns: int, told: Timings) -> Pair | None:
    if decoder.first_event_ns is None or decoder.first_content_ns is None or decoder.token_ns is None:
        return None
    return Pair(
        first_event_ms=(decoder.first_event_ns - ready_ns) / _NS_PER_MS,
        first_content_ms=(decoder.first_content_ns - ready_ns) / _NS_PER_MS,
        prompt_ms=told.prompt_ms,
        tpot_ms=decoder.token_ns / _NS_PER_MS,
        per_token_ms=told.per_token_ms,
    )
