"""What every door does around its handler: key, version, idempotency, and the echo of headers."""

import asyncio
from typing import Literal, get_args

import pytest

from target_stub.api_door import ApiDoor, Turn, TurnedAwayError, base_url, check_api_version
from target_stub.capacity.station import StationName
from target_stub.idempotency import IdempotencyStore
from target_stub.ledger import DuplicateKeyError, LedgerUnavailableError
from target_stub.protocol_error import NotNow, ProtocolError
from target_stub.web import Reply, Request
from tests.helpers.clocks import VirtualClock


class Till:
    """A handler that counts its calls, waits for `gate`, and answers or raises what it is told."""

    def __init__(self, outcome: Reply | Exception | None = None) -> None:
        self.calls = 0
        self.gate = asyncio.Event()
        self.gate.set()
        self.outcome = outcome

    async def __call__(self, request: Request) -> Reply:
        """Handle one request."""
        self.calls += 1
        await self.gate.wait()
        if isinstance(self.outcome, Exception):
            raise self.outcome
        return self.outcome or Reply(201, [("content-type", "application/json")], b'{"n":%d}' % self.calls)


def door(api_key: str | None = None, **stations: Turn) -> ApiDoor:
    """A door with an empty memory, in front of the stations."""
    named = {name: turn for name in get_args(StationName) if (turn := stations.get(name)) is not None}
    return ApiDoor(api_key=api_key, store=IdempotencyStore(), clock=VirtualClock(), stations=named)


class Queue:
    """The turns of a station: counts them, lets one through when `gate` is open, and refuses while it is full."""

    def __init__(self) -> None:
        self.turns = 0
        self.full = False
        self.status: Literal[429, 503] = 503
        self.gate = asyncio.Event()

    async def __call__(self) -> None:
        """Take one turn."""
        self.turns += 1
        if self.full:
            raise TurnedAwayError(self.status, "full", 3)
        await self.gate.wait()


def post(body: bytes = b"{}", path: str = "/x", **headers: str) -> Request:
    """A POST with key k1 unless another is given."""
    named = {"idempotency-key": "k1"} | {name.replace("_", "-"): value for name, value in headers.items()}
    return Request("POST", path, {}, {name: value for name, value in named.items() if value}, body)


def test_a_replay_is_the_stored_reply_and_says_so() -> None:
    """The same key with an equal body repeats status and body, adds Idempotent-Replayed and acts once."""

    async def story() -> None:
        till, around = Till(), door()
        write = around.writing(till)
        first = await write(post(b'{"a":1,"b":2}'))
        again = await write(post(b'{"b":2,"a":1.0}', request_id="r2"))

        assert (again.status, again.body, till.calls) == (first.status, first.body, 1)
        assert ("idempotent-replayed", "true") in again.headers
        assert ("idempotent-replayed", "true") not in first.headers
        assert ("request-id", "r2") in again.headers
        assert around.replays == 1

    asyncio.run(story())


def test_another_body_is_a_conflict_for_good() -> None:
    """The same key with another body answers 422 again and again and never acts."""

    async def story() -> None:
        till = Till()
        write = door().writing(till)
        await write(post(b'{"a":1}'))
        answers = [await write(post(b'{"a":2}')) for _ in range(2)]

        assert [answer.status for answer in answers] == [422, 422]
        assert b"idempotency_conflict" in answers[0].body
        assert till.calls == 1

    asyncio.run(story())


def test_a_repeat_while_the_first_runs_is_told_to_wait() -> None:
    """The same key while the first request runs answers 409 with Retry-After, and the stored reply once it has ended."""

    async def story() -> None:
        till = Till()
        till.gate.clear()
        write = door().writing(till)
        first = asyncio.ensure_future(write(post()))
        await asyncio.sleep(0)
        early = await write(post())
        till.gate.set()
        reply = await first
        late = await write(post())

        assert early.status == 409
        assert b"idempotency_in_flight" in early.body
        assert ("retry-after", "1") in early.headers
        assert (late.status, late.body, till.calls) == (reply.status, reply.body, 1)

    asyncio.run(story())


@pytest.mark.parametrize(
    ("outcome", "status"),
    [
        pytest.param(LedgerUnavailableError("full"), 503, id="the books cannot be written"),
        pytest.param(ProtocolError(500, "internal_error", "broken"), 500, id="the shop failed"),
        pytest.param(ProtocolError(409, "session_in_progress", "wait", retry_after_s=1), 409, id="told to come back"),
        pytest.param(NotNow(200, [], b'{"card":null}'), 200, id="a soft refusal"),
    ],
)
def test_a_reply_that_is_no_answer_is_not_kept(outcome: Reply | Exception, status: int) -> None:
    """After a 5xx or a refusal for the moment, the same key acts again."""

    async def story() -> None:
        till = Till(outcome)
        write = door().writing(till)
        assert (await write(post())).status == status
        till.outcome = None

        assert (await write(post())).status == 201
        assert till.calls == 2

    asyncio.run(story())


@pytest.mark.parametrize(
    ("outcome", "status"),
    [
        pytest.param(ProtocolError(404, "not_found", "no such session"), 404, id="a definite no"),
        pytest.param(DuplicateKeyError("UNIQUE"), 422, id="a key that the database knows"),
    ],
)
def test_a_definite_no_is_kept(outcome: Exception, status: int) -> None:
    """A 4xx that the same request would meet again is repeated without asking the handler again."""

    async def story() -> None:
        till = Till(outcome)
        write = door().writing(till)

        assert [(await write(post())).status for _ in range(2)] == [status, status]
        assert till.calls == 1

    asyncio.run(story())


def test_a_defect_leaves_no_key_behind() -> None:
    """A handler that fails by a defect raises through the door, and the same key acts again."""

    async def story() -> None:
        till = Till(ZeroDivisionError())
        write = door().writing(till)
        with pytest.raises(ZeroDivisionError):
            await write(post())
        till.outcome = None

        assert (await write(post())).status == 201

    asyncio.run(story())


def test_a_request_is_ended_when_its_client_has_left() -> None:
    """A client that goes away does not stop its request, and its repeat finds the reply."""

    async def story() -> None:
        till = Till()
        till.gate.clear()
        write = door().writing(till)
        gone = asyncio.ensure_future(write(post()))
        await asyncio.sleep(0)
        gone.cancel()
        await asyncio.gather(gone, return_exceptions=True)
        till.gate.set()
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        again = await write(post())

        assert (again.status, till.calls) == (201, 1)
        assert ("idempotent-replayed", "true") in again.headers

    asyncio.run(story())


def test_a_fresh_request_takes_its_turn_before_it_acts() -> None:
    """The handler acts when the station has done its part; a repeat meanwhile is told to wait, and later takes no turn."""

    async def story() -> None:
        till, queue = Till(), Queue()
        write = door(payment=queue).writing(till, station="payment")
        first = asyncio.ensure_future(write(post()))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        early = await write(post())
        assert (early.status, queue.turns, till.calls) == (409, 1, 0)
        queue.gate.set()
        reply = await first
        late = await write(post())

        assert (reply.status, late.body, queue.turns, till.calls) == (201, reply.body, 1, 1)

    asyncio.run(story())


@pytest.mark.parametrize(
    ("status", "code"),
    [pytest.param(503, b"service_unavailable", id="full"), pytest.param(429, b"rate_limited", id="door")],
)
def test_a_refusal_of_the_station_is_not_kept(status: Literal[429, 503], code: bytes) -> None:
    """Who is turned away reads when to come again and nothing has acted; the same key acts when there is a place again."""

    async def story() -> None:
        till, queue = Till(), Queue()
        queue.gate.set()
        queue.full, queue.status = True, status
        write = door(card=queue).writing(till, station="card")
        refused = await write(post())
        assert (refused.status, code in refused.body, till.calls) == (status, True, 0)
        assert ("retry-after", "3") in refused.headers
        assert ("idempotency-key", "k1") in refused.headers
        queue.full = False

        assert (await write(post())).status == 201

    asyncio.run(story())


def test_a_client_that_leaves_the_station_loses_no_order() -> None:
    """Who hangs up while the request waits for the station has ordered all the same, and the repeat finds the reply."""

    async def story() -> None:
        till, queue = Till(), Queue()
        write = door(payment=queue).writing(till, station="payment")
        gone = asyncio.ensure_future(write(post()))
        await asyncio.sleep(0)
        gone.cancel()
        await asyncio.gather(gone, return_exceptions=True)
        queue.gate.set()
        for _ in range(3):
            await asyncio.sleep(0)
        again = await write(post())

        assert (again.status, till.calls) == (201, 1)
        assert ("idempotent-replayed", "true") in again.headers

    asyncio.run(story())


def test_a_station_without_a_limit_is_not_asked() -> None:
    """A route of a station that is not there goes straight to its handler."""

    async def story() -> None:
        queue = Queue()

        assert (await door(card=queue).writing(Till(), station="checkout")(post())).status == 201
        assert queue.turns == 0

    asyncio.run(story())


def test_a_key_belongs_to_its_path_and_its_caller() -> None:
    """The same key on another path or from another bearer acts for itself."""

    async def story() -> None:
        till = Till()
        write = door().writing(till)
        for request in (post(), post(path="/y"), post(authorization="Bearer b")):
            assert (await write(request)).status == 201

        assert till.calls == 3

    asyncio.run(story())


@pytest.mark.parametrize("key", ["", "k" * 256], ids=["none", "256 characters"])
def test_a_post_without_a_usable_key_is_refused(key: str) -> None:
    """Without a key of 1 to 255 characters a POST answers 400, echoes its request id and does not act."""

    async def story() -> None:
        till = Till()
        answer = await door().writing(till)(post(idempotency_key=key, request_id="r1"))

        assert answer.status == 400
        assert b"idempotency_key_required" in answer.body
        assert ("request-id", "r1") in answer.headers
        assert till.calls == 0

    asyncio.run(story())


def test_a_key_of_255_characters_is_usable() -> None:
    """The longest key acts and is echoed whole."""

    async def story() -> None:
        answer = await door().writing(Till())(post(idempotency_key="k" * 255))

        assert ("idempotency-key", "k" * 255) in answer.headers

    asyncio.run(story())


@pytest.mark.parametrize(
    ("authorization", "status"),
    [
        pytest.param("", 401, id="none"),
        pytest.param("Bearer wrong", 401, id="another"),
        pytest.param("Basic right", 401, id="another scheme"),
        pytest.param("Bearer right", 201, id="the key"),
    ],
)
def test_who_asks_comes_first(authorization: str, status: int) -> None:
    """With a key configured, a request without it answers 401 before anything else is looked at."""

    async def story() -> None:
        till = Till()
        answer = await door("right").writing(till, check_api_version)(
            post(authorization=authorization, api_version="2026-04-17" if status == 201 else "")
        )

        assert answer.status == status
        assert till.calls == (status == 201)

    asyncio.run(story())


def test_a_door_without_a_key_asks_nobody() -> None:
    """Without a configured key a read needs no Authorization, and a refusal of the handler becomes a flat error."""

    async def story() -> None:
        around = door()
        request = Request("GET", "/x", {}, {"request-id": "r1"}, b"")

        assert (await around.reading(Till())(request)).status == 201
        refused = await around.reading(Till(ProtocolError(404, "not_found", "none")))(request)
        assert refused.status == 404
        assert ("request-id", "r1") in refused.headers

    asyncio.run(story())


@pytest.mark.parametrize(
    ("host", "told"),
    [
        pytest.param("127.0.0.1:8000", "http://127.0.0.1:8000", id="an address"),
        pytest.param("shop.example", "http://shop.example", id="a name"),
        pytest.param("[::1]:80", "http://[::1]:80", id="IPv6"),
        pytest.param("", "http://shop.test", id="none"),
        pytest.param("evil/../x?<script>", "http://shop.test", id="no host name"),
        pytest.param("a" * 300, "http://shop.test", id="an endless name"),
    ],
)
def test_links_repeat_only_a_host_name(host: str, told: str) -> None:
    """Links name the host under which the shop was reached, and never repeat text that is no host."""
    assert base_url(Request("GET", "/", {}, {"host": host}, b"")) == told
