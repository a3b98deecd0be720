"""Listeners on Locust's request event that are not Locust's: who they are, what they are told, what their mistakes do."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from locust import log as locust_log
from locust.env import Environment
from locust.exception import StopUser

from locustfiles.journeys.purchase import purchase
from locustfiles.recording.request_event import HeardRecorder, HeardWire, call_cost_us, foreign_listeners, told_of
from locustfiles.transport.connection_pool import ConnectionPool, Deadlines, Limits, Origin
from reports.run_record.outcome import Outcome, Reason
from tests.helpers.exchanges import MS, answered
from tests.helpers.scripted_server import answer_each, scripted_server
from tests.helpers.scripted_shop import ARRIVAL, GOOD, PROMPT, ScriptedShop, scripted_shop
from tests.helpers.transport import GET, OK, ask


@pytest.fixture(autouse=True)
def quiet_locust() -> Iterator[None]:
    """Locust keeps a listener's mistake in a global, which decides its exit code."""
    before = locust_log.unhandled_greenlet_exception
    yield
    locust_log.unhandled_greenlet_exception = before


def test_locusts_own_listener_is_not_foreign() -> None:
    """A runner listens for its table; only what a user adds is foreign."""
    environment = Environment()
    runner = environment.create_local_runner()
    assert foreign_listeners(environment) == []

    def mine(**_: Any) -> None: ...

    environment.events.request.add_listener(mine)
    assert foreign_listeners(environment) == [mine]
    runner.quit()


def test_what_it_costs_is_said_once() -> None:
    """The line names each listener and adds up the cost; without one nothing is said."""
    assert told_of([]) == ""
    told = told_of([lambda **_: None] * 2, lambda: 3.5)
    assert "<lambda>, called for every request; that costs 7.0 us" in told
    assert call_cost_us() > 0


def heard(told: list[dict[str, Any]]) -> HeardRecorder:
    """A recorder that tells a list."""
    return HeardRecorder("run-1", "w1", [lambda **arguments: told.append(arguments)], "http://shop.test/")


def test_a_request_is_told_as_locust_tells_its_own() -> None:
    """Every argument of Locust's event is there, times in ms, and the sample is on record."""
    told: list[dict[str, Any]] = []
    recorder = heard(told)
    recorder.ask("GET", "/basket/7")
    recorder.record("basket", Outcome.DONE, Reason.NONE, answered(200, b"tea", {"x-a": "1"}))
    (event,) = told
    answer = event.pop("response")

    assert event.pop("start_time") > 1.7e9
    assert event == {
        "request_type": "GET",
        "name": "basket",
        "response_time": 10.0,
        "response_length": 3,
        "exception": None,
        "context": {},
        "url": "http://shop.test/basket/7",
    }
    assert (answer.status_code, answer.text, answer.headers["x-a"]) == (200, "tea", "1")
    assert len(recorder.cut(0, seconds=[], in_flight=0, idle_shoppers=0, connections=0).outcomes) == 1


@pytest.mark.parametrize(
    ("outcome", "reason", "why", "words"),
    [
        (Outcome.REFUSED_HARD, Reason.RATE_LIMITED, "", "refused_hard: rate_limited"),
        (Outcome.REFUSED_SOFT, Reason.BUSY_CANNED, "queue full", "queue full"),
        (Outcome.DEGRADED, Reason.NONE, "", "degraded"),
        (Outcome.DECLINED, Reason.OUT_OF_STOCK, "", None),
    ],
)
def test_a_failure_is_told_with_its_words(outcome: Outcome, reason: Reason, why: str, words: str | None) -> None:
    """The exception is the journey's own words, or the record's; a business no is no failure, as in Locust's table."""
    told: list[dict[str, Any]] = []
    recorder = heard(told)
    recorder.ask("POST", "/", why)
    recorder.record("basket", outcome, reason, answered(200))

    assert (told[0]["exception"] and str(told[0]["exception"])) == words


def test_a_listener_that_raises_ends_nothing(caplog: pytest.LogCaptureFixture) -> None:
    """Its mistake is logged as by Locust, and the next listener is told all the same."""
    told: list[str] = []

    def broken(**_: Any) -> None:
        raise KeyError("id")

    recorder = HeardRecorder("run-1", "w1", [broken, lambda name, **_: told.append(name)], "http://shop.test")
    recorder.record("basket", Outcome.DONE, Reason.NONE, answered(200))

    assert told == ["basket"]
    assert "Uncaught exception in event handler" in caplog.text
    assert locust_log.unhandled_greenlet_exception is True


def test_a_listener_may_stop_its_user() -> None:
    """What Locust raises to end a user passes, and the request is on record."""

    def stopping(**_: Any) -> None:
        raise StopUser

    recorder = HeardRecorder("run-1", "w1", [stopping], "http://shop.test")
    with pytest.raises(StopUser):
        recorder.record("basket", Outcome.DONE, Reason.NONE, answered(200))

    assert len(recorder.cut(0, seconds=[], in_flight=0, idle_shoppers=0, connections=0).outcomes) == 1


def test_the_wire_says_what_was_asked() -> None:
    """Method and address of the steps of a purchase are read from the request itself."""
    told: list[dict[str, Any]] = []
    recorder = heard(told)
    with scripted_server([answer_each(lambda _: OK)]) as server:
        pool = ConnectionPool(Origin.parse(server.url), deadlines=Deadlines(), limits=Limits())
        exchange = ask(HeardWire(pool, recorder), GET)  # type: ignore[arg-type]  # the part of a pool that is asked
        recorder.record("home", Outcome.DONE, Reason.NONE, exchange)
        pool.close()

    assert (told[0]["request_type"], told[0]["url"]) == ("GET", f"{server.url}/")


def test_a_whole_purchase_is_told(tmp_path: Path) -> None:
    """A storefront with such a recorder tells each of its five requests once."""
    told: list[dict[str, Any]] = []
    shop: ScriptedShop = scripted_shop(tmp_path, GOOD)
    shop.store.recorder = heard(told)
    purchase(shop.store, PROMPT, ARRIVAL)

    assert [event["name"] for event in told] == ["chat", "create", "claim_card", "apply_card", "pay"]
    assert {event["response_time"] for event in told} == {10 * MS / MS}
