"""One purchase prompt from its place on the curve to a line of the verdict, every value shown. Read this first.

The parts are the real ones: pacer, prompts, doors, connections, a stub in a process of its own with its SQLite ledger, recorder,
merge, run directory, gate and audit. Each test is one step of the path, in order, and says what holds there.
"""

import io
import json
import sqlite3
import time
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path

import gevent
import pytest
from msgspec import structs
from rich.console import Console

from locustfiles.arrivals.arrival import Arrival
from locustfiles.arrivals.rate_curve import RateCurve
from locustfiles.journeys.prompts import Prompt, prompt_for
from locustfiles.journeys.purchase import purchase
from locustfiles.journeys.retry import RetryPolicy, sole
from locustfiles.journeys.storefront import Wire
from locustfiles.journeys.wish import Wish
from locustfiles.protocols.acp import AcpDialect
from locustfiles.protocols.campaign import CampaignDoor, Card
from locustfiles.protocols.chat_completions import ChatDecoder, ChatReply
from locustfiles.protocols.checkout import BasketItem, Buyer, CheckoutSession
from locustfiles.recording.classify import classify_pay
from locustfiles.recording.intents import leave_token
from locustfiles.recording.merge import Fold, encode_batch
from locustfiles.session.embedded_stub import LEDGER, TRUTH, EmbeddedStub, StubOrder
from locustfiles.session.generator import Generator
from locustfiles.session.plan import Plan, curve_facts
from locustfiles.transport.connection_pool import BodySink
from locustfiles.transport.exchange import Exchange
from reports.gate import Report, judge_run
from reports.ledger_audit import audit
from reports.render.console import print_report
from reports.run_record.outcome import PURCHASE_STEPS, Outcome, Reason
from reports.run_record.run_directory import Run, RunWriter, open_run
from reports.run_record.schema import Batch, Finished, IntentRow, Manifest, SecondRow, TargetFacts
from reports.slo import load_objectives
from reports.timeline import Timeline

RUN_ID = "journey"
SEED = 1
SLO = Path(__file__).parents[2] / "reports" / "slos" / "festival.yaml"
KEY = "e14dd86d-9a31-410f-a413-f3df1e70d651"


@dataclass
class Leg:
    """One request on the wire: its bytes, what came of it, and the whole body."""

    request: bytes
    exchange: Exchange
    body: bytes

    @property
    def sent(self) -> dict[str, object]:
        """The request's JSON body."""
        decoded: dict[str, object] = json.loads(self.request.partition(b"\r\n\r\n")[2])
        return decoded


@dataclass
class Listener:
    """A wire that hears everything: it hands requests to the real one and keeps copies."""

    wire: Wire
    legs: list[Leg] = field(default_factory=list)
    intents_before_the_first_byte: list[str] = field(default_factory=list)
    run_path: Path = Path()

    def exchange(self, request: bytes, *, intended_ns: int, sink: BodySink | None = None) -> Exchange:
        """Send through the real wire."""
        if not self.legs:
            self.intents_before_the_first_byte = (self.run_path / "intents.jsonl").read_text().splitlines()
        copy = _Copy(sink)
        exchange = self.wire.exchange(request, intended_ns=intended_ns, sink=copy if sink else None)
        self.legs.append(Leg(request, exchange, copy.body or exchange.body))
        return exchange


class _Copy:
    def __init__(self, sink: BodySink | None) -> None:
        self._sink = sink
        self.body = b""

    def feed(self, data: bytes, at_ns: int) -> None:
        self.body += data
        if self._sink is not None:
            self._sink.feed(data, at_ns)


@dataclass
class Walk:
    """Everything that one wish left behind on its way."""

    run_path: Path
    started_ns: int
    arrival: Arrival
    prompt: Prompt
    wish: Wish
    legs: list[Leg]
    intents_before_the_first_byte: list[str]
    batch: Batch
    fold: Fold
    run: Run
    report: Report


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Walk:
    """Walk the whole path once: one even arrival, half a second into a curve of one wish per second."""
    run_path = tmp_path_factory.mktemp("run")
    stub = EmbeddedStub.start(StubOrder(capacity_per_s=10.0, incident=False, voice="hard", seed=SEED), run_path)
    curve = curve_facts(RateCurve.constant(1.0, 1.0), name="one wish", process="even", note="One wish.")
    plan = Plan(RUN_ID, str(run_path), SEED, curve, stub.url, "SPRINGTIDE_TEST_NO_KEY", sole(RetryPolicy.LEAVE), 8.0, 2)
    manifest = Manifest(
        run_id=RUN_ID,
        scenario="journey",
        started_unix_ns=time.time_ns() - 500_000_000,
        duration_s=1.0,
        seed=SEED,
        curve=curve,
        target=TargetFacts("stub", stub.url, "", stub.capacity_orders_per_s, str(LEDGER), str(TRUTH)),
        steps=list(PURCHASE_STEPS),
    )
    writer = RunWriter.create(run_path, manifest)

    leave_token(run_path, RUN_ID)
    generator = Generator(plan, worker="local")
    listener = Listener(generator.store.wire, run_path=run_path)
    generator.store.wire = generator.store.chat_wire = generator.store.card_wire = listener  # one origin has all doors
    taken: list[tuple[Arrival, Prompt, Wish]] = []

    def shopper() -> None:
        arrival = generator.gate.take()
        prompt = prompt_for(plan.run_id, plan.seed, arrival.index)
        taken.append((arrival, prompt, purchase(generator.store, prompt, arrival)))
        generator.pacer.ended()

    living = gevent.spawn(shopper)
    gevent.sleep(0)  # the shopper waits at the gate before the pacer releases
    generator.go(time.monotonic_ns() - 500_000_000, (0, 1))
    living.join(timeout=30)
    batch = generator.cut(final=True)
    generator.close()

    fold = Fold(RUN_ID)
    fold.is_closing = True
    fold.enroll("local")
    receipt = fold.add(encode_batch(batch), "local")
    assert receipt is not None
    assert receipt.batch is not None
    writer.add(receipt.batch)
    writer.finish(finished(fold))
    stub.end()

    run = open_run(run_path)
    report = judge_run(run, load_objectives(SLO), None)
    arrival, prompt, wish = taken[0]
    before = listener.intents_before_the_first_byte
    started_ns = generator.store.started_ns
    return Walk(run_path, started_ns, arrival, prompt, wish, listener.legs, before, batch, fold, run, report)


def finished(fold: Fold) -> Finished:
    """The last file of the run, from the master's totals."""
    totals = fold.totals
    return Finished(
        ended_by="completed",
        complete=True,
        ended_unix_ns=time.time_ns(),
        elapsed_s=2.0,
        scheduled=totals.scheduled,
        released=totals.released,
        dropped=totals.dropped,
        in_flight=totals.in_flight,
        outcomes=dict(totals.outcomes),
        locust_requests=5,
        workers=fold.workers(),
    )


def test_01_arrival(path: Walk) -> None:
    """An even curve of one wish per second over one second has one arrival, where its integral reaches one half."""
    assert path.arrival == Arrival(index=0, intended_ns=500_000_000)


def test_02_released(path: Walk) -> None:
    """The pacer released it to the idle shopper: scheduled = released + dropped, in its intended second."""
    assert path.batch.seconds == [SecondRow(second=0, scheduled=1, released=1, dropped=0)]


def test_03_prompt(path: Walk) -> None:
    """Text, basket and buyer follow from (seed, index) alone; the idempotency key also from the run's id."""
    assert path.prompt == Prompt(
        id="prompt-1-0",
        text="给我加两份爆米花套餐 要刚爆好的 傍晚六点下班路过取 请客卡给我安排上~",
        language="zh",
        vertical="cinema",
        items=(BasketItem("popcorn-combo", 2),),
        buyer=Buyer(
            user_id="shopper-1-0",
            name="朱晓潮",
            email="shopper-1-0@shop.test",
            phone_number="13800000000",
            address_line="星河街158号云帆科技园前台",
            city="广州",
            postal_code="510000",
        ),
        idempotency_key=KEY,
    )
    other_run = prompt_for("another run", SEED, 0)
    assert other_run.idempotency_key != KEY
    assert structs.replace(other_run, idempotency_key=KEY) == path.prompt


def test_04_write_ahead(path: Walk) -> None:
    """The wish is on disk before its first byte is sent."""
    assert [json.loads(line) for line in path.intents_before_the_first_byte] == [
        {
            "wish": 0,
            "idempotency_key": KEY,
            "user_id": "shopper-1-0",
            "items": [{"sku": "popcorn-combo", "quantity": 2}],
            "vertical": "cinema",
            "intended_us": 500_000,
        }
    ]


def test_05a_the_prompt_goes_out(path: Walk) -> None:
    """The chat request carries the prompt and the one tool, and asks for a stream with usage."""
    chat = path.legs[0]

    assert chat.request.startswith(b"POST /v1/chat/completions HTTP/1.1\r\n")
    assert chat.sent["stream"] is True
    assert chat.sent["stream_options"] == {"include_usage": True}
    messages = chat.sent["messages"]
    assert isinstance(messages, list)
    assert messages[-1] == {"role": "user", "content": path.prompt.text}


def test_05b_the_tool_call_comes_back(path: Walk) -> None:
    """The tool call is assembled from deltas that cut its arguments anywhere, also when the bytes come one by one."""
    pieces = [
        delta["tool_calls"][0]["function"].get("arguments", "")
        for line in path.legs[0].body.decode().splitlines()
        if line.startswith("data: {")
        for choice in json.loads(line[6:])["choices"]
        if "tool_calls" in (delta := choice["delta"])
    ]
    assert len(pieces) > 2
    assert "".join(pieces) == '{"items":[{"sku":"popcorn-combo","quantity":2}]}'

    decoder = ChatDecoder(0)
    for byte in path.legs[0].body:
        decoder.feed(bytes([byte]), 1)
    reply = decoder.finish(path.legs[0].exchange)
    assert isinstance(reply, ChatReply)
    assert reply.text == "好的，马上为您下单：爆米花套餐，2份。"
    assert [(call.name, call.arguments) for call in reply.tool_calls] == [
        ("create_checkout", {"items": [{"sku": "popcorn-combo", "quantity": 2}]})
    ]
    assert (reply.finish_reason, reply.done, reply.flags) == ("tool_calls", True, frozenset())


def test_05c_the_checkout(path: Walk) -> None:
    """An ACP session is opened with the item repeated for its quantity, and is not ready until delivery is chosen."""
    create = path.legs[1]
    session = decoded(create)

    assert create.request.startswith(b"POST /checkout_sessions HTTP/1.1\r\n")
    assert f"Idempotency-Key: {KEY}-create\r\n".encode() in create.request
    assert create.sent["line_items"] == [{"id": "popcorn-combo"}, {"id": "popcorn-combo"}]
    assert (create.exchange.status, session.status) == (201, "not_ready_for_payment")
    assert (session.items, session.price_minor, session.amount_minor) == (path.prompt.items, 5800, 5800)
    assert [message.code for message in session.messages] == ["missing"]


def test_05d_the_card(path: Walk) -> None:
    """A free-order card of 25 yuan is claimed and applied: 58 yuan become 33."""
    claim, apply = path.legs[2], path.legs[3]
    card = CampaignDoor("shop.test", headers={"Authorization": "Bearer key"}).decode_claim(
        claim.exchange.status, claim.exchange.headers, claim.exchange.body
    )
    assert isinstance(card, Card)
    assert (claim.sent, card.state, card.face_minor) == ({"user_id": "shopper-1-0", "reason": "first"}, "issued", 2500)

    session = decoded(apply)
    assert apply.sent == {
        "selected_fulfillment_options": [{"type": "shipping", "option_id": "std", "item_ids": ["popcorn-combo"]}],
        "discounts": {"codes": [card.code]},
    }
    assert (session.status, session.applied_codes) == ("ready_for_payment", (card.code,))
    assert (session.discount_minor, session.fulfillment_minor, session.amount_minor) == (2500, 0, 3300)


def test_05e_the_payment(path: Walk) -> None:
    """The session is completed under the wish's own key, and the answer names an order."""
    pay = path.legs[4]
    session = decoded(pay)

    assert f"/checkout_sessions/{session.id}/complete HTTP/1.1".encode() in pay.request
    assert f"Idempotency-Key: {KEY}\r\n".encode() in pay.request
    assert session.status == "completed"
    assert session.order_id is not None
    assert session.order_id.startswith("ord_")


def test_06_exchanges(path: Walk) -> None:
    """Every exchange has its instants in order, starts where the one before ended, and has no fault."""
    exchanges = [leg.exchange for leg in path.legs]

    for exchange in exchanges:
        assert exchange.fault is None
        assert exchange.sent_ns is not None
        assert exchange.first_byte_ns is not None
        assert (
            exchange.intended_ns <= exchange.ready_ns <= exchange.sent_ns <= exchange.first_byte_ns <= exchange.end_ns
        )
    assert exchanges[0].intended_ns == path.started_ns + 500_000_000
    assert [later.intended_ns for later in exchanges[1:]] == [earlier.end_ns for earlier in exchanges[:-1]]


def test_07_outcomes(path: Walk) -> None:
    """Each step is done and the payment confirmed; the same payment without an answer would be unknown."""
    assert [(row.step, row.outcome, row.n) for row in path.batch.outcomes] == [
        ("chat", "done", 1),
        ("create", "done", 1),
        ("claim_card", "done", 1),
        ("apply_card", "done", 1),
        ("pay", "confirmed", 1),
        ("order", "confirmed", 1),
    ]
    silent = replace(path.legs[4].exchange, status=0, body=b"", first_byte_ns=None)
    assert (
        classify_pay(silent, AcpDialect("shop.test", headers={"Authorization": "Bearer key"}).decode(0, {}, b""))[0]
        is Outcome.UNKNOWN
    )


def test_08_recorded(path: Walk) -> None:
    """Histograms lie in the intended second and hold one value for each counter, on each clock that applies."""
    chat = {row.clock: row for row in path.batch.histograms if row.step == "chat"}
    gaps = chat.pop("gap")
    assert gaps.n == sum(gaps.counts) > 0
    assert set(chat) == {"response", "step", "service", "first_event", "first_content", "tpot"}
    assert {(row.second, row.n, sum(row.counts)) for row in chat.values()} == {(0, 1, 1)}
    assert chat["response"].max_us >= chat["step"].max_us >= chat["service"].max_us
    assert chat["step"].max_us >= chat["first_content"].max_us >= chat["first_event"].max_us

    (row,) = path.batch.purchases
    assert (row.wish, row.second, row.idempotency_key, row.vertical) == (0, 0, KEY, "cinema")
    assert (row.outcome, row.reason, row.last_step) == (Outcome.CONFIRMED, Reason.NONE, "pay")
    assert (row.price_minor, row.discount_minor, row.amount_minor) == (5800, 2500, 3300)
    assert (row.coupon_due, row.coupon_ok, row.correct, row.requests, row.prompts) == (True, True, True, 5, 1)


def test_09_merged(path: Walk) -> None:
    """The master counts the batch once, however often it comes, and knows that nothing is missing."""
    again = path.fold.add(encode_batch(path.batch), "local")

    assert again is not None
    assert again.batch is None
    assert (path.fold.totals.released, path.fold.totals.outcomes) == (1, {"confirmed": 1})
    assert (path.fold.is_complete, path.fold.problems()) == (True, [])


def test_10_run_directory(path: Walk) -> None:
    """The run directory holds the manifest, the wish as intended and as it ended, and finished.json."""
    run = path.run

    assert (run.manifest.run_id, run.finished is not None, run.truncated) == (RUN_ID, True, [])
    assert run.intents() == [
        IntentRow(0, KEY, "shopper-1-0", [{"sku": "popcorn-combo", "quantity": 2}], "cinema", 500_000)
    ]
    assert run.table("purchases").column("order_id").to_pylist() == [path.batch.purchases[0].order_id]


def test_11_timeline(path: Walk) -> None:
    """The second of the wish reads: one offered, one released, one confirmed, none in flight at the end."""
    second = Timeline(path.run).seconds.iloc[0]

    assert second["offered_per_s"] == 1.0
    assert (second["scheduled"], second["released"], second["dropped"], second["confirmed"]) == (1, 1, 0, 1)
    assert second[["refused_hard", "refused_soft", "shed", "unknown", "declined", "degraded", "queued"]].sum() == 0


def test_12_gate(path: Walk) -> None:
    """One wish proves nothing: the gate neither passes nor fails it, and the exit code is 3."""
    assert (path.report.verdict, path.report.exit_code) == ("INCONCLUSIVE", 3)
    assert path.report.run.confirmed == 1


def test_13_audit(path: Walk) -> None:
    """The ledger holds the order once, as told; with its row gone the audit names the order as lost."""
    clean = audit(path.run, path.run_path / LEDGER)
    assert (clean.confirmed, clean.ledger_orders) == (1, 1)
    assert {check.state for check in clean.checks} <= {"clean", "not_run"}

    copy = path.run_path / "copy.sqlite"
    with closing(sqlite3.connect(path.run_path / LEDGER)) as ledger, closing(sqlite3.connect(copy)) as other, other:
        ledger.backup(other)
        for (trigger,) in other.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            other.execute(f"DROP TRIGGER {trigger}")
        other.execute("DELETE FROM orders")
    (lost,) = [check for check in audit(path.run, copy).checks if check.id == "lost"]
    assert lost.state == "violated"
    assert KEY in lost.rows[0]


def test_14_verdict(path: Walk) -> None:
    """The console says the verdict first, then each objective, and decides nothing itself."""
    screen = io.StringIO()
    print_report(path.report, Console(file=screen, width=100, no_color=True))
    text = screen.getvalue()

    assert "INCONCLUSIVE" in text.splitlines()[0]
    for result in path.report.objectives:
        assert result.verdict in text


def decoded(leg: Leg) -> CheckoutSession:
    """The checkout session that a leg's answer holds."""
    reply = AcpDialect("shop.test", headers={"Authorization": "Bearer key"}).decode(
        leg.exchange.status, leg.exchange.headers, leg.exchange.body
    )
    assert isinstance(reply, CheckoutSession)
    return reply
