"""Behaviour of the chat door in virtual time: answers, pace, refusals, mistakes, shoppers who leave."""

import asyncio
from collections.abc import Mapping

import msgspec
import pytest

from target_stub.app import Stub
from target_stub.chat import DASHSCOPE_PATH, PATH
from target_stub.config import Config
from tests.helpers.asgi import AsgiCall, ask
from tests.helpers.clocks import VirtualClock, settle
from tests.helpers.stub import BEARER, chat_body, virtual_stub

MS = 1_000_000
# One server of 250 ms: 4 shoppers a second, each in service for exactly a quarter of a second.
ONE_SERVER = Config(
    preset="incident", admission="open", capacity_per_s=4.0, headroom=1.0, service_law="deterministic", voice="hard"
)


def post(stub: Stub, body: bytes, headers: Mapping[str, str] = BEARER) -> AsgiCall:
    """Start a chat request."""
    return AsgiCall(stub.public, "POST", PATH, headers=headers, body=body)


def events(call: AsgiCall) -> list[object]:
    """Return the events of a streamed answer as JSON values, `[DONE]` as text."""
    data = [event.removeprefix("data: ") for event in call.body.decode().split("\n\n")[:-1]]
    return [event if event == "[DONE]" else msgspec.json.decode(event) for event in data]


def deltas(call: AsgiCall) -> list[dict[str, object]]:
    """Return the deltas that have arrived."""
    chunks = [event for event in events(call) if isinstance(event, dict) and event["choices"]]
    return [chunk["choices"][0]["delta"] for chunk in chunks]


def totals(stub: Stub) -> dict[str, int]:
    """Return the truth log's counts that are not zero."""
    return {name: count for name, count in msgspec.to_builtins(stub.stations.chat.truth.totals).items() if count}


def test_an_order_streams_text_and_a_tool_call() -> None:
    """A shopper who names a product gets a sentence, a tool call whose pieces join to its JSON, a usage and `[DONE]`."""

    async def scenario() -> tuple[AsgiCall, Stub]:
        clock = VirtualClock()
        stub = virtual_stub(ONE_SERVER, clock)
        call = post(stub, chat_body("来两杯珍珠奶茶"))
        await clock.advance_to(250 * MS)
        await call.task
        return call, stub

    call, stub = asyncio.run(scenario())

    assert (call.status, call.headers["content-type"]) == (200, "text/event-stream; charset=utf-8")
    seen = deltas(call)
    assert "".join(str(delta.get("content", "")) for delta in seen) == "好的，马上为您下单：珍珠奶茶，2份。"
    pieces = [piece[0] for delta in seen if isinstance(piece := delta.get("tool_calls"), list)]
    assert pieces[0]["function"]["name"] == "create_checkout"
    assert pieces[0]["id"].startswith("call_")
    assert len(pieces) > 2
    arguments = "".join(piece["function"]["arguments"] for piece in pieces)
    assert arguments == '{"items":[{"sku":"pearl-milk-tea","quantity":2}]}'
    *_, reason, usage, done = events(call)
    assert isinstance(reason, dict)
    assert isinstance(usage, dict)
    assert reason["choices"][0]["finish_reason"] == "tool_calls"
    # "You sell." is 3 tokens and the prompt 21 bytes; the answer's text is 51 bytes and its arguments are 49.
    assert usage["usage"] == {"prompt_tokens": 9, "completion_tokens": 26, "total_tokens": 35}
    assert done == "[DONE]"
    assert totals(stub) == {"arrived": 1, "admitted": 1, "served": 1}


def test_an_answer_keeps_the_stations_pace() -> None:
    """The head comes when a server is free, the first words after the prefill, the last bytes at the service's end."""

    async def scenario() -> None:
        clock = VirtualClock()
        stub = virtual_stub(ONE_SERVER, clock)
        first, second = post(stub, chat_body("a 2D film ticket")), post(stub, chat_body("a 2D film ticket"))
        await settle()
        assert (first.status, len(deltas(first))) == (200, 1)

        await clock.advance_to(74 * MS)
        assert len(deltas(first)) == 1
        await clock.advance_to(75 * MS)
        assert len(deltas(first)) > 1

        await clock.advance_to(249 * MS)
        assert (first.ended, second.status) == (False, None)
        await clock.advance_to(250 * MS)
        assert (first.ended, second.status, second.ended) == (True, 200, False)

        await clock.advance_to(500 * MS)
        assert second.ended

    asyncio.run(scenario())


def test_a_request_that_does_not_stream_gets_one_object_at_the_end() -> None:
    """Without `stream` the answer is one JSON object, sent when the service ends."""

    async def scenario() -> AsgiCall:
        clock = VirtualClock()
        call = post(virtual_stub(ONE_SERVER, clock), chat_body("a 2D film ticket", stream=None))
        await clock.advance_to(249 * MS)
        assert call.status is None
        await clock.advance_to(250 * MS)
        await call.task
        return call

    call = asyncio.run(scenario())

    assert call.headers["content-type"] == "application/json"
    assert msgspec.json.decode(call.body)["choices"][0]["finish_reason"] == "tool_calls"


@pytest.mark.parametrize(
    ("body", "text"),
    [
        pytest.param(chat_body("a 2D film ticket", tools=None), "I would suggest", id="no tool is offered"),
        pytest.param(chat_body("a 2D film ticket", tool_choice="none"), "I would suggest", id="no tool may be called"),
        pytest.param(chat_body("hello"), "What would you like to buy?", id="no product is named"),
        pytest.param(
            chat_body("", messages=[{"role": "user", "content": "tea"}, {"role": "tool", "content": "{}"}]),
            "The checkout is ready",
            id="the tool has already answered",
        ),
    ],
)
def test_an_answer_without_an_order_stops(body: bytes, text: str) -> None:
    """When nothing can be ordered the answer is words, its reason is stop, and there is no tool call."""

    async def scenario() -> AsgiCall:
        clock = VirtualClock()
        call = post(virtual_stub(ONE_SERVER, clock), body)
        await clock.advance_to(250 * MS)
        return call

    call = asyncio.run(scenario())

    assert text in "".join(str(delta.get("content", "")) for delta in deltas(call))
    assert not any("tool_calls" in delta for delta in deltas(call))
    assert b'"finish_reason":"stop"' in call.body


def test_the_words_of_a_message_may_come_in_parts() -> None:
    """Content as a list of parts is read like content as text."""

    async def scenario() -> AsgiCall:
        clock = VirtualClock()
        parts = [{"type": "text", "text": "two"}, {"type": "text", "text": "popcorn combo"}]
        call = post(virtual_stub(ONE_SERVER, clock), chat_body("", messages=[{"role": "user", "content": parts}]))
        await clock.advance_to(250 * MS)
        return call

    assert "quantity 2." in "".join(str(delta.get("content", "")) for delta in deltas(asyncio.run(scenario())))


@pytest.mark.parametrize(
    ("body", "told"),
    [
        pytest.param(b"", "truncated", id="no body"),
        pytest.param(b"\xff\xfe{", "malformed", id="bytes that are no JSON"),
        pytest.param(b"[" * 100_000, "The request body is not usable", id="a very deep body"),
        pytest.param(b"[]", "Expected `object`", id="another kind of JSON"),
        pytest.param(chat_body("tea", model=None), "missing required field `model`", id="no model"),
        pytest.param(chat_body("tea", messages=[]), "length >= 1", id="no message"),
        pytest.param(chat_body("tea", messages=[{"role": "king"}]), "'king'", id="an unknown role"),
        pytest.param(chat_body("tea", stream="yes"), "Expected `bool`", id="a wrong type"),
        pytest.param(chat_body("tea", model="m" * 129), "length <= 128", id="a model name beyond its bound"),
    ],
)
def test_a_body_that_is_no_chat_request_is_a_400(body: bytes, told: str) -> None:
    """A malformed request is answered in the provider's error form, says what is wrong, and is no arrival."""
    stub = virtual_stub(ONE_SERVER, VirtualClock())

    call = asyncio.run(ask(stub.public, "POST", PATH, headers=BEARER, body=body))

    error = msgspec.json.decode(call.body)["error"]
    assert call.status == 400
    assert (error["type"], error["code"], error["param"]) == ("invalid_request_error", "invalid_parameter_error", None)
    assert told in error["message"]
    assert totals(stub) == {}


def test_a_wrong_key_is_a_401() -> None:
    """Without a bearer token the answer is 401 in the provider's error form, before the body is read for meaning."""
    stub = virtual_stub(ONE_SERVER, VirtualClock())

    call = asyncio.run(ask(stub.public, "POST", PATH, headers={"authorization": "Basic x"}, body=b"?"))

    assert call.status == 401
    assert msgspec.json.decode(call.body)["error"] == {
        "message": "Incorrect API key provided.",
        "type": "invalid_request_error",
        "param": None,
        "code": "invalid_api_key",
    }
    assert totals(stub) == {}


def test_refusals_are_said_with_the_voice() -> None:
    """Past the bucket, the mixed voice says no by a 429 and by a busy stream in turn, at once and without a server."""
    graceful = Config(capacity_per_s=1.0, voice="mixed")

    async def scenario() -> list[AsgiCall]:
        stub = virtual_stub(graceful, VirtualClock())
        post(stub, chat_body("来一杯珍珠奶茶"))
        await settle()
        calls = [post(stub, chat_body(prompt)) for prompt in ("tea", "来一杯珍珠奶茶", "tea", "tea")]
        await asyncio.wait([call.task for call in calls])
        assert totals(stub) == {"arrived": 5, "admitted": 1, "refused_hard": 2, "refused_soft": 2}
        return calls

    hard, soft_zh, _, soft_en = asyncio.run(scenario())

    assert (hard.status, hard.headers["retry-after"]) == (429, "1")
    assert (soft_zh.status, soft_en.status) == (200, 200)
    assert "".join(str(delta.get("content", "")) for delta in deltas(soft_zh)).endswith("请稍后再试。")
    assert "".join(str(delta.get("content", "")) for delta in deltas(soft_en)).endswith("please try again later.")
    assert b"tool_calls" not in soft_zh.body
    assert events(soft_zh)[-1] == "[DONE]"


@pytest.mark.parametrize(
    "left_after_ms",
    [pytest.param(100, id="while its answer is streamed"), pytest.param(0, id="while it waits for a server")],
)
def test_a_shopper_who_leaves_is_abandoned_and_its_work_is_done(left_after_ms: int) -> None:
    """A client that leaves ends its ticket as ignored at once; the station does its work all the same."""

    async def scenario() -> None:
        clock = VirtualClock()
        lines: list[bytes] = []
        stub = virtual_stub(ONE_SERVER, clock, lines)
        if not left_after_ms:
            post(stub, chat_body("tea"))
        leaver = post(stub, chat_body("tea"))
        await clock.advance_to(left_after_ms * MS)
        leaver.leave()
        await leaver.task
        assert totals(stub)["abandoned"] == 1
        assert not leaver.ended
        working = stub.stations.chat.controller.gauges()
        assert working["busy"] + working["waiting"] == (1 if left_after_ms else 2)

        await clock.advance_to(2000 * MS)
        stub.stations.chat.truth.roll()
        assert [msgspec.json.decode(line)["abandoned"] for line in lines] == [1]

    asyncio.run(scenario())


def test_an_answer_that_the_stub_cuts_off_is_dropped() -> None:
    """When the server ends, open answers count neither as served nor as abandoned."""

    async def scenario() -> dict[str, int]:
        stub = virtual_stub(ONE_SERVER, VirtualClock())
        call = post(stub, chat_body("tea"))
        await settle()
        call.task.cancel()
        await asyncio.wait([call.task])
        return totals(stub)

    assert asyncio.run(scenario()) == {"arrived": 1, "admitted": 1, "dropped": 1}


def test_a_seed_repeats_the_answers() -> None:
    """Two stubs with one seed say the same bytes at the same instants; another seed gives other ids and times."""

    async def scenario(seed: int) -> tuple[bytes, int]:
        clock = VirtualClock()
        stub = virtual_stub(Config(preset="incident", admission="open", seed=seed), clock)
        call = post(stub, chat_body("tea"))
        await clock.advance_until(call.task, limit_ns=10_000 * MS)
        return call.body, clock.monotonic_ns()

    assert asyncio.run(scenario(1)) == asyncio.run(scenario(1))
    assert asyncio.run(scenario(1)) != asyncio.run(scenario(2))


def test_who_the_queue_sends_away_is_told_as_at_the_door() -> None:
    """A shopper that a CoDel queue drops after a wait gets the refusal of the voice and not half an answer."""
    codel = msgspec.structs.replace(ONE_SERVER, queue_discipline="codel-folly", codel_interval_ms=1000.0)

    async def scenario() -> list[AsgiCall]:
        clock = VirtualClock()
        stub = virtual_stub(codel, clock)
        calls = [post(stub, chat_body("tea")) for _ in range(12)]
        await clock.advance_to(2000 * MS)
        assert all(call.task.done() for call in calls)
        assert totals(stub) == {"arrived": 12, "admitted": 7, "refused_hard": 5, "served": 7}
        return calls

    statuses = [call.status for call in asyncio.run(scenario())]

    assert (statuses.count(200), statuses.count(429)) == (7, 5)


@pytest.mark.parametrize("sent_as", ["x-waiting-room", "cookie"])
def test_a_place_in_the_waiting_room_is_kept_by_what_is_sent_back(sent_as: str) -> None:
    """A refusal gives a token with the place, and whoever sends it back, as header or cookie, gets in by turn."""
    room = msgspec.structs.replace(ONE_SERVER, admission="waiting-room", room_sessions=1, room_session_s=5.0)

    async def scenario() -> tuple[AsgiCall, AsgiCall, AsgiCall]:
        clock = VirtualClock()
        stub = virtual_stub(room, clock)
        first = post(stub, chat_body("tea"))
        await clock.advance_to(250 * MS)
        second = await ask(stub.public, "POST", PATH, headers=BEARER, body=chat_body("tea"))
        await clock.advance_to(5500 * MS)
        token = second.headers["x-waiting-room"]
        back = token if sent_as != "cookie" else f"a=b; springtide_waiting_room={token}"
        third = post(stub, chat_body("tea"), {**BEARER, sent_as: back})
        await clock.advance_to(6000 * MS)
        return first, second, third

    first, second, third = asyncio.run(scenario())

    assert (first.status, second.status, third.status) == (200, 429, 200)
    assert (
        second.headers["set-cookie"] == f"springtide_waiting_room={second.headers['x-waiting-room']}; Path=/; HttpOnly"
    )
    assert (second.headers["x-waiting-room-position"], second.headers["x-waiting-room-wait-s"]) == ("1", "5")
    assert third.headers["x-waiting-room"] == second.headers["x-waiting-room"]


def test_an_answer_takes_the_time_of_its_tokens() -> None:
    """Under the token-proportional law a request of the mean counts takes the mean, and one with a longer prompt longer."""

    async def took_ms(prompt: str) -> int:
        clock = VirtualClock()
        config = msgspec.structs.replace(ONE_SERVER, service_law="token-proportional", mean_answer_tokens=29.0)
        # 3 tokens of "You sell." and 10 of the first prompt below.
        call = post(virtual_stub(msgspec.structs.replace(config, mean_prompt_tokens=13.0), clock), chat_body(prompt))
        await clock.advance_until(call.task, limit_ns=10_000 * MS)
        assert b'"usage":{"prompt_tokens":' in call.body
        assert b'"completion_tokens":29' in call.body
        return round(clock.monotonic_ns() / MS)

    prompt = "two pearl milk teas, as soon as may be"
    assert asyncio.run(took_ms(prompt)) == 250
    assert asyncio.run(took_ms(prompt + " " * 52)) == 250 + 75


def test_whoever_waits_for_a_server_hears_that_the_line_is_alive() -> None:
    """With keep-alive comments a queued stream begins before its server is free, and no comment is an event."""

    async def scenario() -> tuple[AsgiCall, bytes]:
        clock = VirtualClock()
        stub = virtual_stub(msgspec.structs.replace(ONE_SERVER, keep_alive_s=0.1), clock)
        first, waiting = post(stub, chat_body("tea")), post(stub, chat_body("a 2D film ticket"))
        await clock.advance_to(249 * MS)
        heard = waiting.body
        await clock.advance_to(500 * MS)
        await asyncio.wait([first.task, waiting.task])
        return waiting, heard

    waiting, heard = asyncio.run(scenario())

    assert heard == b": keep-alive\n\n" * 2
    assert waiting.body.removeprefix(heard).startswith(b"data: {")


def test_whoever_waits_for_a_whole_answer_hears_blank_lines() -> None:
    """Without a stream the signs of life are blank lines, which JSON allows before the answer."""

    async def scenario() -> AsgiCall:
        clock = VirtualClock()
        stub = virtual_stub(msgspec.structs.replace(ONE_SERVER, keep_alive_s=0.1), clock)
        post(stub, chat_body("tea"))
        waiting = post(stub, chat_body("a 2D film ticket", stream=None))
        await clock.advance_to(500 * MS)
        await waiting.task
        return waiting

    call = asyncio.run(scenario())

    assert call.body.startswith(b"\n\n{")
    assert msgspec.json.decode(call.body)["object"] == "chat.completion"


def test_dashscopes_particulars() -> None:
    """Its dialect thinks first when asked to, and names a call in its first piece only; the arguments join all the same."""

    async def scenario() -> AsgiCall:
        clock = VirtualClock()
        stub = virtual_stub(msgspec.structs.replace(ONE_SERVER, chat_dialect="dashscope"), clock)
        body = chat_body("a 2D film ticket", enable_thinking=True)
        call = AsgiCall(stub.public, "POST", DASHSCOPE_PATH, headers=BEARER, body=body)
        await clock.advance_to(250 * MS)
        await call.task
        return call

    seen = deltas(asyncio.run(scenario()))

    thoughts = [delta for delta in seen if "reasoning_content" in delta]
    assert thoughts[0] == {"role": "assistant", "content": None, "reasoning_content": ""}
    assert seen[: len(thoughts)] == thoughts
    pieces = [piece[0] for delta in seen if isinstance(piece := delta.get("tool_calls"), list)]
    assert [piece["id"] for piece in pieces[1:]] == [""] * (len(pieces) - 1)
    assert pieces[1]["function"]["name"] is None
    assert pieces[-1]["function"] == {}
    arguments = "".join(piece["function"].get("arguments", "") for piece in pieces)
    assert arguments == '{"items":[{"sku":"cinema-2d","quantity":1}]}'


def test_an_answer_at_a_token_rate_sends_every_event_by_itself() -> None:
    """At a thousand tokens a second the tokens fill the last milliseconds of the service, one write each."""

    async def scenario() -> list[int]:
        clock = VirtualClock()
        stub = virtual_stub(msgspec.structs.replace(ONE_SERVER, answer_pace="tokens", tokens_per_s=1000.0), clock)
        call = post(stub, chat_body("a 2D film ticket"))
        written = []
        for at_ms in (0, 200, 249, 250):
            await clock.advance_to(at_ms * MS)
            written.append(len(call.sent) - 1)
        return written

    at_start, before, nearly, end = asyncio.run(scenario())

    assert (at_start, before) == (1, 1)
    assert before < nearly < end


def test_a_refusal_may_break_the_connection_or_say_nothing() -> None:
    """A voice that resets answers nothing; one that stalls keeps the connection silent until the shopper leaves."""

    async def scenario() -> tuple[AsgiCall, AsgiCall, dict[str, int]]:
        clock = VirtualClock()
        stub = virtual_stub(Config(capacity_per_s=1.0, voice="reset,stall"), clock)
        post(stub, chat_body("tea"))
        await settle()
        reset, stalled = post(stub, chat_body("tea")), post(stub, chat_body("tea"))
        await clock.advance_to(30_000 * MS)
        stalled.leave()
        await asyncio.wait([reset.task, stalled.task])
        return reset, stalled, totals(stub)

    reset, stalled, counted = asyncio.run(scenario())

    assert (reset.was_reset, reset.sent) == (True, [])
    assert (stalled.was_reset, stalled.sent) == (False, [])
    assert (counted["refused_shed"], counted["served"]) == (2, 1)
