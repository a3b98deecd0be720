"""The bytes of a refusal."""

import asyncio

import msgspec
import pytest

from target_stub.admission.sayings import SAYINGS
from target_stub.admission.voice import STALL_S, Said, Voice, say, saying_of, sayings_of, whole_reply
from target_stub.sse import Envelope
from target_stub.web import Reply, Reset, Stream
from tests.helpers.clocks import VirtualClock

ENVELOPE = Envelope("chatcmpl-1", 1770000000, "springtide-shop", with_usage=True)
HEAD = '{"id":"chatcmpl-1","object":"chat.completion.chunk","created":1770000000,"model":"springtide-shop","choices":'


def said(retry_after_s: int = 1) -> Said:
    """What one refusal is made with."""
    return Said("r1", retry_after_s, VirtualClock())


def reply_of(name: str, *, stream: bool = True, language: str = "en") -> Reply:
    """A way that is one reply, said."""
    answer = say(SAYINGS[name], said(), ENVELOPE, "zh" if language == "zh" else "en", stream=stream)
    assert isinstance(answer, Reply)
    return answer


@pytest.mark.parametrize(
    ("voice", "names"),
    [
        pytest.param("hard", ["dashscope-rate"] * 4, id="hard"),
        pytest.param("soft", ["busy"] * 4, id="soft"),
        pytest.param("mixed", ["dashscope-rate", "busy"] * 2, id="mixed: every second one softly"),
        pytest.param("reset,soft,openai-rate", ["reset", "busy", "openai-rate", "reset"], id="three in turn"),
    ],
)
def test_the_ways_of_a_voice_take_turns(voice: Voice, names: list[str]) -> None:
    """How a refusal is said follows from the voice and the refusal's number."""
    ways = sayings_of(voice)

    assert [saying_of(ways, nth) for nth in range(4)] == [SAYINGS[name] for name in names]


def test_an_unknown_voice_is_a_sentence() -> None:
    """A name that is none is told with those that are."""
    with pytest.raises(ValueError, match=r"'loud' is no voice: give one or more of hard, soft, mixed, dashscope-rate"):
        sayings_of("hard,loud")


def test_a_hard_no_is_a_429_with_a_code() -> None:
    """The hard voice says it as the model service does: status, Retry-After, error object."""
    reply = reply_of("dashscope-rate")

    assert (reply.status, dict(reply.headers)) == (429, {"content-type": "application/json", "retry-after": "1"})
    assert reply.body == (
        b'{"error":{"message":"Requests rate limit exceeded, please slow down.","type":"limit_requests",'
        b'"param":null,"code":"limit_requests"},"request_id":"r1"}'
    )


def test_instants_are_filled_in() -> None:
    """A reset is an RFC 3339 instant, so many seconds after the refusal."""
    clock = VirtualClock()
    reply = whole_reply(SAYINGS["anthropic-rate"], Said("r1", 7, clock))
    assert isinstance(reply, Reply)

    headers = dict(reply.headers)
    before = whole_reply(SAYINGS["anthropic-rate"], Said("r1", 0, clock))
    assert isinstance(before, Reply)
    assert headers["retry-after"] == "7"
    assert headers["anthropic-ratelimit-requests-reset"] != dict(before.headers)["anthropic-ratelimit-requests-reset"]
    assert "<" not in "".join(value for _, value in reply.headers) + reply.body.decode()


def test_a_soft_no_is_an_ordinary_stream_in_chinese() -> None:
    """The soft voice streams a busy text, ends with stop and a usage of nothing, and calls no tool."""
    reply = reply_of("busy", language="zh")

    assert reply.status == 200
    assert dict(reply.headers)["content-type"] == "text/event-stream; charset=utf-8"
    piece = ',"finish_reason":null}],"usage":null}'
    assert reply.body.decode().split("\n\n") == [
        f'data: {HEAD}[{{"index":0,"delta":{{"role":"assistant","content":""}}{piece}',
        f'data: {HEAD}[{{"index":0,"delta":{{"content":"活动太火爆，"}}{piece}',
        f'data: {HEAD}[{{"index":0,"delta":{{"content":"参与人数较多"}}{piece}',
        f'data: {HEAD}[{{"index":0,"delta":{{"content":"，请稍后再试"}}{piece}',
        f'data: {HEAD}[{{"index":0,"delta":{{"content":"。"}}{piece}',
        f'data: {HEAD}[{{"index":0,"delta":{{}},"finish_reason":"stop"}}],"usage":null}}',
        f'data: {HEAD}[],"usage":{{"prompt_tokens":0,"completion_tokens":0,"total_tokens":0}}}}',
        "data: [DONE]",
        "",
    ]


def test_a_copy_of_deepseek_speaks_a_character_a_chunk() -> None:
    """Every delta after the role holds one character."""
    reply = reply_of("deepseek", language="zh")

    chunks = [msgspec.json.decode(line[6:]) for line in reply.body.decode().split("\n\n") if line.startswith("data: {")]
    words = [chunk["choices"][0]["delta"]["content"] for chunk in chunks[1:-2]]
    assert words == list("服务器繁忙，请稍后再试。")


def test_a_soft_no_in_english_without_streaming() -> None:
    """A request that does not stream gets the busy text as one answer."""
    body = msgspec.json.decode(reply_of("busy", stream=False).body)

    choice = body["choices"][0]
    assert choice["message"] == {
        "role": "assistant",
        "content": "There are too many participants right now, please try again later.",
    }
    assert choice["finish_reason"] == "stop"


def test_an_error_event_ends_a_stream_that_had_begun() -> None:
    """Content comes first, then the error, and no end of the stream is told."""
    events = reply_of("dashscope-mid-stream").body.decode().split("\n\n")

    assert '"content":"Sure, "' in events[1]
    assert msgspec.json.decode(events[2].removeprefix("data: "))["error"]["code"] == "Throttling"
    assert events[3:] == [""]


def test_without_a_stream_the_error_event_is_the_answer() -> None:
    """A client that does not stream gets the error as a JSON body of the same 200."""
    reply = reply_of("anthropic-mid-stream", stream=False)

    assert (reply.status, msgspec.json.decode(reply.body)["error"]["type"]) == (200, "overloaded_error")


def test_a_reset_and_a_stall_are_no_replies() -> None:
    """A reset is the connection's end; a stall writes nothing until its bound."""
    assert whole_reply(SAYINGS["reset"], said()) == Reset()

    async def stall() -> tuple[list[bytes], int]:
        clock, written = VirtualClock(), []

        async def write(data: bytes) -> None:
            written.append(data)

        stream = whole_reply(SAYINGS["stall"], Said("r1", 1, clock))
        assert isinstance(stream, Stream)
        work = asyncio.ensure_future(stream.produce(write))
        await clock.advance_until(work, limit_ns=(STALL_S + 1) * 1_000_000_000)
        return written, clock.monotonic_ns()

    assert asyncio.run(stall()) == ([], STALL_S * 1_000_000_000)
