"""Shoppers who only talk, against literal answers of llama.cpp."""

import json

from benchmarks.chat_server.shoppers import MEMBERS, SYSTEM_TEXT, TOKENS, talk
from reports.run_record.outcome import Clock
from tests.helpers.scripted_server import answer_each, request, scripted_server, send

HEAD = b"HTTP/1.1 200 OK\r\nServer: llama.cpp\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n"
TEXT = b'data: {"choices":[{"finish_reason":null,"index":0,"delta":{"content":"Tea"}}]}\n\n'
STOP = b'data: {"choices":[{"finish_reason":"length","index":0,"delta":{}}]}\n\n'
USAGE = b'data: {"choices":[],"usage":{"completion_tokens":3},"timings":{"prompt_n":9,"prompt_ms":2.5,"predicted_n":3,"predicted_ms":8.0}}\n\n'
DONE = b"data: [DONE]\n\n"


def whole(body: bytes) -> bytes:
    """An answer whose end is its length."""
    return HEAD.replace(b"Connection: close", b"Content-Length: %d" % len(body)) + body


def test_both_sides_of_an_answer() -> None:
    """Each answer gives the recorder's times and the server's own, and the record holds them."""
    with scripted_server([answer_each(lambda _: whole(TEXT * 3 + STOP + USAGE + DONE))]) as server:
        talks = talk(f"{server.url}/v1", "smollm2", language="en", in_flight=1, answers=1)
    (pair,) = talks.pairs
    assert (pair.prompt_ms, pair.per_token_ms, pair.tpot_ms) == (2.5, 4.0, 0.0)
    assert pair.first_content_ms == pair.first_event_ms > 0
    assert talks.outcomes == {"done": 1}
    assert {row.clock: row.n for row in talks.histograms}[Clock.TPOT] == 1


def test_what_is_asked() -> None:
    """Every shopper asks for an answer of one length, without a tool, of a prompt that is worked on from its beginning."""
    script = [request, send(whole(TEXT + STOP + USAGE + DONE))]
    with scripted_server(script) as server:
        talk(f"{server.url}/v1", "smollm2", language="zh", in_flight=2, answers=3)
        bodies = [json.loads(one.partition(b"\r\n\r\n")[2]) for one in server.requests]
    assert len(bodies) == 3
    assert all(body["model"] == "smollm2" and "tools" not in body for body in bodies)
    assert all({name: body[name] for name in MEMBERS} == MEMBERS for body in bodies)
    assert MEMBERS["max_tokens"] == TOKENS
    assert {body["messages"][0]["content"] for body in bodies} == {SYSTEM_TEXT}
    assert server.requests[0].startswith(b"POST /v1/chat/completions HTTP/1.1\r\n")


def test_an_answer_without_times_is_no_pair() -> None:
    """What is refused or tells no timings is counted by its outcome and not compared."""
    refusal = b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n"
    with scripted_server([request, send(refusal)], [request, send(whole(TEXT + STOP + DONE))]) as server:
        talks = talk(f"{server.url}/v1", "smollm2", language="en", in_flight=1, answers=2)
    assert talks.pairs == []
    assert talks.outcomes == {"refused_hard: overloaded": 1, "done": 1}
