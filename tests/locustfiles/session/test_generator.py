"""One worker's half of a run, with real arrivals, connections and shoppers against a scripted service."""

import time
from pathlib import Path

import gevent
import pytest
from msgspec import structs

from locustfiles.arrivals.rate_curve import RateCurve
from locustfiles.journeys.prompts import prompt_for
from locustfiles.journeys.purchase import purchase
from locustfiles.journeys.retry import RetryMix, RetryPolicy, sole
from locustfiles.recording.intents import leave_token
from locustfiles.session.generator import Generator, GeneratorError
from locustfiles.session.plan import Plan, curve_facts
from tests.helpers.local_run import REFUSAL
from tests.helpers.scripted_server import answer_each, scripted_server

VARIABLE = "SPRINGTIDE_TEST_KEY"
WISHES = 4


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

    with pytest.raises(GeneratorError, match=f"The API key in {VARIABLE} holds a line end") as raised:
        Generator(plan(tmp_path, "http://127.0.0.1:9"), worker="w1")
    assert "nter2" not in str(raised.value)
