"""One worker's half of a run, with real arrivals, connections and shoppers against a scripted service."""

import json
import time
from pathlib import Path

import gevent
import pytest
from msgspec import structs

from locustfiles.arrivals.arrival import Arrival
from locustfiles.arrivals.closed_loop import Thinking
from locustfiles.arrivals.pacer import Pacer
from locustfiles.arrivals.rate_curve import RateCurve
from locustfiles.journeys.prompts import prompt_for
from locustfiles.journeys.purchase import purchase
from locustfiles.journeys.retry import RetryMix, RetryPolicy, sole
from locustfiles.recording.intents import leave_token
from locustfiles.session.doors import GeneratorError
from locustfiles.session.generator import Generator
from locustfiles.session.plan import Plan, curve_facts
from locustfiles.session.stop_file import LAST_REQUESTS_S
from reports.run_record.schema import CurveFacts, Permit
from tests.helpers.local_run import REFUSAL
from tests.helpers.scripted_server import answer_each, scripted_server

VARIABLE = "SPRINGTIDE_TEST_KEY"
WISHES = 4
NO_CURVE = CurveFacts("closed-loop", [], process="closed")


def plan(folder: Path, url: str) -> Plan:
    """Four wishes in a fifth of a second."""
    leave_token(folder, "r1")
    curve = curve_facts(RateCurve.constant(20, 0.2), name="test", process="even", note="")
    return Plan("r1", str(folder), 1, curve, url, VARIABLE, sole(RetryPolicy.LEAVE), 5.0, WISHES)


def shopper(generator: Generator) -> None:
    """Take one arrival and live it."""
    arrival = generator.gate.take()
    purchase(generator.store, prompt_for("r1", 1, arrival.index), arrival)
    generator.pacer.ended()


def test_a_share_of_a_run(tmp_path: Path) -> None:
    """What a generator released, sent, wrote ahead and recorded is the same number of wishes."""
    with scripted_server([answer_each(lambda _: REFUSAL)]) as server:
        generator = Generator(plan(tmp_path, server.url), worker="w1")
        shoppers = [gevent.spawn(shopper, generator) for _ in range(WISHES)]
        gevent.sleep(0)
        generator.go(time.monotonic_ns(), (0, 1))
        generator.pacer.done.wait(20)
        gevent.joinall(shoppers, timeout=20)
        generator.drain(5.0)
        batch = generator.cut(final=True)
        generator.close()

    assert (batch.run_id, batch.worker, batch.sequence, batch.final) == ("r1", "w1", 0, True)
    assert [(row.scheduled, row.released, row.dropped) for row in batch.seconds] == [(WISHES, WISHES, 0)]
    assert len(batch.purchases) == len(server.requests) == WISHES
    assert {(row.outcome, row.last_step) for row in batch.purchases} == {("refused_hard", "chat")}
    assert len((tmp_path / "intents.jsonl").read_text().splitlines()) == WISHES
    assert generator.pacer.in_flight == 0


@pytest.mark.parametrize(("share", "texts"), [pytest.param(1.0, WISHES, id="all"), pytest.param(0.0, 0, id="none")])
def test_texts_travel_with_the_batch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, share: float, texts: int) -> None:
    """A batch holds the texts of the wishes that the plan's share chooses, without the key that the target has sent back."""
    monkeypatch.setenv(VARIABLE, "limit_requests")
    with scripted_server([answer_each(lambda _: REFUSAL)]) as server:
        generator = Generator(structs.replace(plan(tmp_path, server.url), keep_texts=share), worker="w1")
        shoppers = [gevent.spawn(shopper, generator) for _ in range(WISHES)]
        gevent.sleep(0)
        generator.go(time.monotonic_ns(), (0, 1))
        gevent.joinall(shoppers, timeout=20)
        batch = generator.cut(final=True)
        generator.close()

    assert sorted(row.wish for row in batch.texts) == list(range(texts))
    assert {row.text for row in batch.texts} <= {"429 ***: "}


def test_a_spool_of_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A generator that writes ahead on its own host sends the rows along, and keeps the file unless all of it has arrived."""
    monkeypatch.setenv("SPRINGTIDE_SPOOL", str(tmp_path / "spool"))
    for has_all_arrived in (False, True):
        with scripted_server([answer_each(lambda _: REFUSAL)]) as server:
            generator = Generator(plan(tmp_path, server.url), worker="w1")
            shoppers = [gevent.spawn(shopper, generator) for _ in range(WISHES)]
            gevent.sleep(0)
            generator.go(time.monotonic_ns(), (0, 1))
            gevent.joinall(shoppers, timeout=20)
            batches = [generator.cut(), generator.cut(final=True)]
            generator.close(has_all_arrived=has_all_arrived)
        told = capsys.readouterr().err

        assert generator.place.endswith(f":{tmp_path}/spool/r1-w1.jsonl")
        assert [sorted(row.wish for row in batch.intents) for batch in batches] == [[0, 1, 2, 3], []]
        assert (tmp_path / "spool" / "r1-w1.jsonl").exists() == (not has_all_arrived)
        assert (generator.place in told) == (not has_all_arrived)
    assert not (tmp_path / "intents.jsonl").exists()


def test_workers_agree_on_what_a_shopper_does(tmp_path: Path) -> None:
    """On every worker the shopper of an arrival has the policy that the plan's mix, seed and the index give."""
    mix = RetryMix.parse("leave:0.5,hammer:0.5")
    mixed = structs.replace(plan(tmp_path, "http://127.0.0.1:9"), retry=mix)
    workers = [Generator(mixed, worker=name) for name in "ab"]
    told = [[worker.store.retry(index) for index in range(64)] for worker in workers]
    for worker in workers:
        worker.close()

    assert told[0] == told[1] == [mix.policy_of(mixed.seed, index) for index in range(64)]


def test_workers_agree_on_who_returns(tmp_path: Path) -> None:
    """On every worker the same arrivals are by the same shoppers, who do the same with every wish when refused."""
    mix = RetryMix.parse("leave:0.5,hammer:0.5")
    share = structs.replace(plan(tmp_path, "http://127.0.0.1:9"), retry=mix, returning_share=0.5)
    workers = [Generator(share, worker=name) for name in "ab"]
    shoppers = [[worker.prompt(index).buyer.user_id for index in range(64)] for worker in workers]
    policies = [[worker.store.retry(index) for index in range(64)] for worker in workers]
    for worker in workers:
        worker.close()

    assert shoppers[0] == shoppers[1]
    assert policies[0] == policies[1]
    assert len(set(zip(shoppers[0], policies[0], strict=True))) == len(set(shoppers[0])) < 50
    assert all(worker.store.shoppers_return for worker in workers)


def test_workers_share_the_schedule(tmp_path: Path) -> None:
    """Two workers without shoppers drop what is theirs, and together that is the whole schedule, each wish once."""
    workers = [Generator(plan(tmp_path, "http://127.0.0.1:9"), worker=name) for name in "ab"]
    for number, worker in enumerate(workers):
        worker.go(time.monotonic_ns(), (number, 2))
    rows = []
    for worker in workers:
        worker.pacer.done.wait(20)
        rows += worker.cut(final=True).seconds
        worker.close()

    assert sum(row.scheduled for row in rows) == sum(row.dropped for row in rows) == WISHES


def test_an_arrival_on_its_way_is_waited_for(tmp_path: Path) -> None:
    """A drain that begins while an arrival is being handed over waits for that wish as for any other in flight."""
    with scripted_server([answer_each(lambda _: REFUSAL)]) as server:
        generator = Generator(plan(tmp_path, server.url), worker="w1")
        gevent.spawn(shopper, generator)
        gevent.sleep(0)
        generator.go(time.monotonic_ns() - 10**9, (0, 1))
        with gevent.Timeout(20):
            while generator.gate.idle:
                gevent.sleep(0)
        generator.drain(5.0)
        batch = generator.cut(final=True)
        generator.close()

    assert len(batch.purchases) == 1
    assert sum(row.released for row in batch.seconds) == 1


def test_the_key_of_the_environment_is_sent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Requests carry the API key that this process has in its environment."""
    monkeypatch.setenv(VARIABLE, "sk-secret")
    with scripted_server([answer_each(lambda _: REFUSAL)]) as server:
        generator = Generator(plan(tmp_path, server.url), worker="w1")
        here = gevent.spawn(shopper, generator)
        gevent.sleep(0)
        generator.go(time.monotonic_ns(), (0, 1))
        here.join(20)
        generator.drain(5.0)
        generator.cut(final=True)
        generator.close()

    assert b"\r\nAuthorization: Bearer sk-secret\r\n" in server.requests[0]
    assert b"X-Shopper-Id: shopper-1-0\r\n" in server.requests[0]


@pytest.mark.parametrize("key", ["sk-hunter2\n", "sk-hunter2\r", "sk-hünter2"])
def test_a_key_that_no_header_can_carry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, key: str) -> None:
    """A key with a line end is refused with the name of its variable, and is not repeated."""
    monkeypatch.setenv(VARIABLE, key)

    with pytest.raises(
        GeneratorError, match=f"The secret in the environment variable {VARIABLE} holds a line end"
    ) as raised:
        Generator(plan(tmp_path, "http://127.0.0.1:9"), worker="w1")
    assert "nter2" not in str(raised.value)


def closed_shopper(generator: Generator, index: list[int]) -> None:
    """Wish and wish again until the end of the run."""
    while True:
        arrival = generator.gate.take()
        index.append(arrival.index)
        purchase(generator.store, prompt_for("r1", 1, arrival.index), arrival)
        generator.pacer.ended()


def test_a_closed_loop_over_two_workers(tmp_path: Path) -> None:
    """Two workers' shoppers wish by themselves, under indices of their own; what was begun is what was sent and recorded."""
    indices: list[list[int]] = [[], []]
    with scripted_server([answer_each(lambda _: REFUSAL)]) as server:
        closed = structs.replace(
            plan(tmp_path, server.url), thinking=Thinking(0.02, "exponential", 0.3), curve=NO_CURVE
        )
        workers = [Generator(closed, worker=name) for name in "ab"]
        shoppers = [gevent.spawn(closed_shopper, workers[n], indices[n]) for n in (0, 1) for _ in range(2)]
        gevent.sleep(0)
        for number, worker in enumerate(workers):
            worker.go(time.monotonic_ns(), (number, 2))
        for worker in workers:
            worker.pacer.done.wait(20)
            worker.drain(5.0)
        batches = [worker.cut(final=True) for worker in workers]
        gevent.killall(shoppers)
        for worker in workers:
            worker.close()

    begun = sorted(indices[0] + indices[1])
    assert [{index % 2 for index in one} for one in indices] == [{0}, {1}]
    assert len(begun) == len(set(begun)) == len(server.requests)
    assert sum(row.scheduled for batch in batches for row in batch.seconds) == len(begun)
    assert sorted(row.wish for batch in batches for row in batch.purchases) == begun
    assert sum(row.dropped for batch in batches for row in batch.seconds) == 0


def test_an_assistant_at_another_origin(tmp_path: Path) -> None:
    """Prompts go to the assistant's origin and nowhere else, under its own name; the health row counts both pools' connections."""
    with (
        scripted_server([answer_each(lambda _: REFUSAL)]) as shop,
        scripted_server([answer_each(lambda _: REFUSAL)]) as assistant,
    ):
        generator = Generator(structs.replace(plan(tmp_path, shop.url), chat_url=assistant.url), worker="w1")
        shoppers = [gevent.spawn(shopper, generator) for _ in range(WISHES)]
        gevent.sleep(0)
        started_ns = time.monotonic_ns() - 10**9
        generator.go(started_ns, (0, 1))
        gevent.joinall(shoppers, timeout=20)
        generator.drain(5.0)
        kept = generator.store.wire.exchange(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", intended_ns=started_ns)
        batch = generator.cut(final=True)
        generator.close()

    assert (len(assistant.requests), len(shop.requests), kept.status) == (WISHES, 1, 429)
    assert {f"Host: 127.0.0.1:{assistant.port}".encode() in request for request in assistant.requests} == {True}
    assert batch.health[-1].connections == assistant.accepted + shop.accepted


def test_fresh_connections(tmp_path: Path) -> None:
    """With fresh connections every request has one of its own, as a crowd of new visitors does."""
    with scripted_server([answer_each(lambda _: REFUSAL)]) as server:
        generator = Generator(structs.replace(plan(tmp_path, server.url), connections="fresh"), worker="w1")
        shoppers = [gevent.spawn(shopper, generator) for _ in range(WISHES)]
        gevent.sleep(0)
        generator.go(time.monotonic_ns(), (0, 1))
        gevent.joinall(shoppers, timeout=20)
        purchase(generator.store, prompt_for("r1", 1, 99), Arrival(99, 0))
        generator.close()

    assert server.accepted == len(server.requests) == WISHES + 1


def recorded(folder: Path, seed: int, workers: int) -> list[tuple[int, int, str]]:
    """Index, intended time and user of the wishes that so many workers wrote ahead for a seed."""
    folder.mkdir()
    curve = curve_facts(RateCurve.ramp(100, 900, 0.3), name="test", process="poisson", note="")
    with scripted_server([answer_each(lambda _: REFUSAL)]) as server:
        plan_of_seed = structs.replace(plan(folder, server.url), curve=curve, seed=seed)
        crew = [Generator(plan_of_seed, worker=str(number)) for number in range(workers)]
        shoppers = [gevent.spawn(shopper, worker) for worker in crew for _ in range(400)]
        gevent.sleep(0)
        started_ns = time.monotonic_ns()
        for number, worker in enumerate(crew):
            worker.go(started_ns, (number, workers))
        for worker in crew:
            worker.pacer.done.wait(20)
            worker.drain(10.0)
            worker.close()
        gevent.killall(shoppers)
    rows = [json.loads(line) for line in (folder / "intents.jsonl").read_text().splitlines()]
    return sorted((row["wish"], row["intended_us"], row["user_id"]) for row in rows)


def test_same_seed_same_arrivals(tmp_path: Path) -> None:
    """Two runs of a seed write the same wishes ahead, on one worker or on two, as many as the curve's integral allows."""
    once = recorded(tmp_path / "a", 7, workers=1)

    assert recorded(tmp_path / "b", 7, workers=2) == once
    assert recorded(tmp_path / "c", 8, workers=1) != once
    # 100 to 900 per second over 0.3 s are 150 expected arrivals, of which four deviations are 49.
    assert abs(len(once) - 150) <= 49


STRANGER = Permit("http://shop.test", ("203.0.113.7",), "proof", "Li Wei", 5.0, 2**62)


@pytest.mark.parametrize(
    ("url", "permit", "sentence"),
    [
        pytest.param("http://shop.test", None, "holds no permit", id="a stranger without a permit"),
        pytest.param("http://shop.test", structs.replace(STRANGER, until_unix_ns=1), "closed by this machine's clock", id="too late"),
        pytest.param("http://shop.test", structs.replace(STRANGER, most_per_s=None), "no owner, ceiling", id="no ceiling"),
        pytest.param("http://localhost:8000", STRANGER, "holds no permit", id="a name that nobody has looked up"),
    ],
)  # fmt: skip
def test_a_worker_refuses_a_plan(tmp_path: Path, url: str, permit: Permit | None, sentence: str) -> None:
    """A plan that leads to where nobody permits load is refused by the worker itself, before it opens anything."""
    permits = () if permit is None else (permit,)
    with pytest.raises(GeneratorError, match=sentence):
        Generator(structs.replace(plan(tmp_path, url), permits=permits), worker="w1")
    assert not (tmp_path / "intents.jsonl").exists()


def test_load_goes_to_the_pinned_addresses(tmp_path: Path) -> None:
    """Requests go to the address in the plan under the host's name, which nobody looks up again, and below the ceiling."""
    with scripted_server([answer_each(lambda _: REFUSAL)]) as server:
        url = f"http://no-such-host.invalid:{server.port}"
        permit = Permit(url, ("127.0.0.1",), "loopback", "Li Wei", 3.0, 2**62)
        generator = Generator(structs.replace(plan(tmp_path, url), permits=(permit,)), worker="w1")
        shoppers = [gevent.spawn(shopper, generator) for _ in range(WISHES)]
        gevent.sleep(0)
        generator.go(time.monotonic_ns(), (0, 1))
        generator.pacer.done.wait(20)
        generator.drain(5.0)
        batch = generator.cut(final=True)
        generator.close()
        gevent.killall(shoppers)

    assert len(server.requests) == 3
    assert f"Host: no-such-host.invalid:{server.port}".encode() in server.requests[0]
    assert [(row.scheduled, row.released, row.dropped) for row in batch.seconds] == [(WISHES, 3, 1)]
    assert batch.held_back == 1


@pytest.mark.parametrize("by", ["file", "window"])
def test_a_worker_ends_load_by_itself(tmp_path: Path, by: str) -> None:
    """The stop file, or the end of the window, ends the load on a worker without a word of the master."""
    stop = tmp_path / "stop"
    with scripted_server([answer_each(lambda _: REFUSAL)]) as server:
        closes_unix_ns = 2**62 if by == "file" else time.time_ns() + 1_300_000_000
        permit = Permit(server.url, ("127.0.0.1",), "loopback", "Li Wei", 500.0, closes_unix_ns)
        long = curve_facts(RateCurve.constant(20, 60), name="test", process="even", note="")
        ending = structs.replace(plan(tmp_path, server.url), permits=(permit,), stop_file=str(stop), curve=long)
        generator = Generator(ending, worker="w1")
        generator.go(time.monotonic_ns(), (0, 1))
        if by == "file":
            stop.touch()
        ended = generator.pacer.done.wait(20)
        generator.close()

    assert ended
    assert isinstance(generator.pacer, Pacer)
    assert not generator.pacer.completed


def test_ended_load(tmp_path: Path) -> None:
    """When load has ended, a shopper's further requests are never sent, and its wish stays without an outcome."""
    with scripted_server([answer_each(lambda _: REFUSAL)]) as server:
        generator = Generator(plan(tmp_path, server.url), worker="w1")
        generator.go(time.monotonic_ns() + 3600 * 10**9, (0, 1))
        generator.end_load()
        generator.end_load()
        gevent.sleep(LAST_REQUESTS_S + 0.2)
        late = gevent.spawn(purchase, generator.store, prompt_for("r1", 1, 0), Arrival(0, 0))
        late.join(0.1)
        batch = generator.cut(final=True)
        assert not late.ready()
        late.kill()
        generator.close()

    assert server.accepted == 0
    assert batch.purchases == []


def test_load_that_has_ended_does_not_begin(tmp_path: Path) -> None:
    """A word to go that comes after the end of load releases nothing."""
    with scripted_server([answer_each(lambda _: REFUSAL)]) as server:
        generator = Generator(plan(tmp_path, server.url), worker="w1")
        generator.end_load()
        generator.go(time.monotonic_ns() - 10**9, (0, 1))
        gevent.sleep(0.05)
        batch = generator.cut(final=True)
        generator.close()

    assert (batch.seconds, server.accepted) == ([], 0)
