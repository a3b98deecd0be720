"""The bytes of a refusal."""

import msgspec
import pytest

from target_stub.admission.voice import Voice, hard_reply, manner_of, soft_reply
from target_stub.sse import Envelope

ENVELOPE = Envelope("chatcmpl-1", 1770000000, "springtide-shop", with_usage=True)
HEAD = '{"id":"chatcmpl-1","object":"chat.completion.chunk","created":1770000000,"model":"springtide-shop","choices":'


@pytest.mark.parametrize(
    ("voice", "said"),
    [
        pytest.param("hard", ["hard", "hard", "hard", "hard"], id="hard"),
        pytest.param("soft", ["soft", "soft", "soft", "soft"], id="soft"),
        pytest.param("mixed", ["hard", "soft", "hard", "soft"], id="mixed: every second one softly"),
    ],
)
def test_the_voice_decides_the_manner(voice: Voice, said: list[str]) -> None:
    """The manner of a refusal follows from the voice and the refusal's number."""
    assert [manner_of(voice, nth) for nth in range(4)] == said


def test_a_hard_no_is_a_429_with_a_code() -> None:
    """The hard voice says it as the model service does: status, Retry-After, error object."""
    reply = hard_reply("r1", 1)

    assert (reply.status, dict(reply.headers)) == (429, {"content-type": "application/json", "retry-after": "1"})
    assert reply.body == (
        b'{"error":{"message":"Requests rate limit exceeded, please slow down.","type":"limit_requests",'
        b'"param":null,"code":"limit_requests"},"request_id":"r1"}'
    )


def test_a_soft_no_is_an_ordinary_stream_in_chinese() -> None:
    """The soft voice streams a busy text, ends with stop and a usage of nothing, and calls no tool."""
    reply = soft_reply(ENVELOPE, "zh", stream=True)

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


def test_a_soft_no_in_english_without_streaming() -> None:
    """A request that does not stream gets the busy text as one answer."""
    body = msgspec.json.decode(soft_reply(ENVELOPE, "en", stream=False).body)

    choice = body["choices"][0]
    assert choice["message"] == {
        "role": "assistant",
        "content": "There are too many participants right now, please try again later.",
    }
    assert choice["finish_reason"] == "stop"
