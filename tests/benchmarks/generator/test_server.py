"""The bench server's answers are what Springtide's own decoders want, whatever pieces the requests come in."""

import asyncio
import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec
import pytest

from benchmarks.generator import replies
from benchmarks.generator.bench_machine import Cores, Server, cores
from benchmarks.generator.server import Bench, Door
from benchmarks.generator.workload import W1, W3, chat_door, chat_request, json_request, posts
from locustfiles.arrivals.arrival import Arrival
from locustfiles.journeys.prompts import Prompt, prompt_for
from locustfiles.journeys.purchase import purchase
from locustfiles.protocols.chat_answer import ChatReply
from locustfiles.protocols.chat_completions import ChatDecoder
from reports.run_record.outcome import Outcome
from tests.helpers.exchanges import MS
from tests.helpers.scripted_shop import scripted_shop
from tests.helpers.transport import ask, pool_to

PROMPTS = 3000
"""Enough for every product, quantity and language, several times."""


@dataclass
class Wire(asyncio.Transport):
    """The transport of a door: it keeps what was written."""

    written: list[bytes] = field(default_factory=list)

    def write(self, data: object) -> None:
        """Keep the bytes."""
        assert isinstance(data, bytes)
        self.written.append(data)


class OneTurn:
    """A loop that calls at once."""

    def call_soon(self, callback: Callable[..., object], *args: Any) -> None:
        """Call it."""
        callback(*args)

    def call_later(self, delay: float, callback: Callable[..., object], *args: Any) -> None:
        """Call it."""
        callback(*args)


@dataclass
class Turned:
    """A loop whose next turn begins when it is told to."""

    due: list[Callable[..., object]] = field(default_factory=list)

    def call_soon(self, callback: Callable[..., object], *args: Any) -> None:
        """Keep it for the next turn."""
        self.due.append(callback)

    def call_later(self, delay: float, callback: Callable[..., object], *args: Any) -> None:
        """Keep it as well."""
        self.due.append(callback)


def door() -> tuple[Door, Wire]:
    """A connection to a fresh server."""
    opened, wire = Door(Bench(OneTurn())), Wire()
    opened.connection_made(wire)
    return opened, wire


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A real bench server that logs its streams."""
    where = cores()
    with Server(tmp_path_factory.mktemp("server"), core=where.server, hold_ms=0.0) as running:
        yield running


def buy(server: Server, prompt: Prompt, folder: Path) -> tuple[Outcome, str, int]:
    """Live one purchase against the server: outcome, order id, amount told."""
    shop = scripted_shop(folder, ())
    shop.recorder.started_ns = shop.store.started_ns = time.monotonic_ns()
    with pool_to(server.url) as pool:
        shop.store.wire = pool
        wish = purchase(shop.store, prompt, Arrival(0, MS))
    row = wish.row()
    return Outcome(row.outcome), row.order_id, row.amount_minor


def test_a_purchase_is_confirmed(server: Server, tmp_path: Path) -> None:
    """The real journey ends with an order whose amounts are the catalogue's less the card, and the server counts it."""
    before = server.counts()
    prompt = prompt_for("bench", 1, 0)

    outcome, order_id, amount_minor = buy(server, prompt, tmp_path)

    after = server.counts()
    assert (outcome, order_id[:9], amount_minor > 0) == (Outcome.CONFIRMED, "order_cs_", True)
    assert after["requests"] - before["requests"] == 5
    assert (after["streams"] - before["streams"], after["journeys"] - before["journeys"]) == (1, 1)


def test_a_plain_post(server: Server) -> None:
    """W1 is 400 bytes out and 300 in."""
    with pool_to(server.url) as pool:
        exchange = ask(pool, json_request("127.0.0.1:12345"))

    assert (exchange.status, exchange.received_bytes) == (200, replies.JSON_ANSWER_BYTES)
    assert len(json_request("127.0.0.1:12345")) == 400
    assert msgspec.json.decode(exchange.body)["status"] == "ready_for_payment"


def test_a_stream(server: Server) -> None:
    """W2 is a stream of 20 events, a finish, a usage and an end, decoded as one tool call of the wished basket."""
    with pool_to(server.url) as pool:
        decoder = ChatDecoder(time.monotonic_ns())
        exchange = ask(pool, chat_request(), sink=decoder)
        reply = decoder.finish(exchange)

    assert isinstance(reply, ChatReply)
    assert (reply.finish_reason, reply.done, reply.flags) == ("tool_calls", True, frozenset())
    assert reply.content_events == replies.EVENTS - 1
    assert [call.arguments for call in reply.tool_calls] == [{"items": [{"sku": "pearl-milk-tea", "quantity": 2}]}]
    assert 3500 < exchange.received_bytes < 5500


def test_every_prompt_gets_its_basket() -> None:
    """The server reads product and quantity of each prompt that shoppers send, in both languages."""
    bench, ask_door = Bench(OneTurn()), chat_door()
    wrong = []
    for index in range(PROMPTS):
        prompt = prompt_for("bench", 1, index)
        request = ask_door.ask(prompt.text, shopper_id="shopper")
        text = request[request.rindex(b'"content":"') + 11 : request.rindex(b'"')]
        (item,) = prompt.items
        if bench.stream_for(text) is not replies.STREAMS[item.sku, item.quantity, prompt.language]:
            wrong.append(prompt.text)

    assert wrong == []


def test_a_prompt_without_a_product_gets_an_answer_all_the_same() -> None:
    """What a peer might send never stops the server."""
    assert Bench(OneTurn()).stream_for(b"hello") is replies.STREAMS[replies.SKUS[0], 1, "en"]


@pytest.mark.parametrize("workload", [W1, W3])
def test_any_split_of_a_request_gets_the_same_answer(workload: str) -> None:
    """A request in two pieces, wherever it is cut, is answered as the whole one is."""
    request = json_request() if workload == W1 else chat_request()
    whole, whole_wire = door()
    whole.data_received(request)

    for cut in range(1, len(request)):
        opened, wire = door()
        opened.data_received(request[:cut])
        assert wire.written == []
        opened.data_received(request[cut:])
        assert wire.written == whole_wire.written


def test_a_length_in_small_letters_is_a_length_too() -> None:
    """Clients spell the header as they like."""
    opened, wire = door()

    opened.data_received(b"POST /json HTTP/1.0\r\ncontent-LENGTH: 2\r\n\r\n{}")

    assert wire.written == [replies.plain()]


def test_each_part_of_a_stream_is_a_write() -> None:
    """Head and role, text, tool call and end travel apart, and the first holds no content."""
    opened, wire = door()

    opened.data_received(chat_request())

    assert len(wire.written) == 4
    assert [b'"content":"\xe5' in part for part in wire.written] == [False, True, False, False]
    assert wire.written[-1].endswith(b"data: [DONE]\n\n\r\n0\r\n\r\n")


def test_the_log_holds_every_stream(tmp_path: Path) -> None:
    """A server that ends writes shopper, request and first content of each stream, held back as it was told."""
    with Server(tmp_path, core=cores().server, hold_ms=20.0) as server, pool_to(server.url) as pool:
        ask(pool, chat_request("shopper-1-7"), sink=ChatDecoder(time.monotonic_ns()))

    (line,) = server.log.read_text().splitlines()
    shopper, came_ns, content_ns = line.split()
    assert shopper == "shopper-1-7"
    assert int(content_ns) - int(came_ns) >= 19 * MS
    assert json.loads(server.said().splitlines()[-1])["streams"] == 1


def test_the_peers_purchase_is_answered() -> None:
    """The five requests that peers repeat lead to one paid session."""
    opened, wire = door()
    for path, headers, body in posts(W3):
        lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        opened.data_received(f"POST {path} HTTP/1.1\r\n{lines}Content-Length: {len(body)}\r\n\r\n".encode() + body)

    assert b'"status":"completed"' in wire.written[-1]
    assert opened.bench.journeys == 1


def test_cores_are_two_where_there_are_two() -> None:
    """Server and generator are kept apart where they can be."""
    assert Cores(0, 1).are_apart
    assert not Cores(0, 0).are_apart


def test_the_server_never_sleeps_and_counts_the_turns_without_work() -> None:
    """Every turn asks for the next one; the time of those in which nothing came is idle time."""
    loop, instants = Turned(), iter([0, 3, 10, 11])
    bench = Bench(loop, clock=lambda: next(instants))
    opened = Door(bench)
    opened.connection_made(Wire())

    bench.stay_awake()
    opened.data_received(b"POST /json HTTP/1.1\r\nContent-Length: 2\r\n\r\n{}")
    loop.due.pop()()
    loop.due.pop()()

    assert (json.loads(bench.counts())["idle_ns"], len(loop.due)) == (3 + 1, 1)
