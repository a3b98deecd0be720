"""Chat completions: every shape of answer that servers are known to give."""

import pytest

from locustfiles.protocols.chat_completions import ChatDecoder, ChatReply
from locustfiles.protocols.checkout import ProtocolFault, ServiceError
from locustfiles.protocols.tool_calls import ToolCall
from locustfiles.transport.exchange import Fault
from tests.helpers.chat_answers import (
    CALL,
    CALLED,
    DONE,
    GOOD,
    JSON,
    READ_NS,
    READY_NS,
    ROLE,
    STOP,
    STREAM,
    TEA,
    USAGE,
    WHOLE,
    answer,
    chunk,
    exchange,
    reply,
)
from tests.helpers.splits import single_bytes

TEA_CALL = (TEA.name, TEA.arguments)


def test_good_answer() -> None:
    """A streamed answer with text, a tool call, usage and DONE is a reply with all of them and no flag."""
    assert answer([GOOD]) == ChatReply(
        text="好的，下单了",
        tool_calls=(TEA,),
        finish_reason="tool_calls",
        usage_completion_tokens=7,
        first_event_ns=READ_NS,
        first_content_ns=READ_NS,
        last_content_ns=READ_NS,
        content_events=5,
        done=True,
        flags=frozenset(),
        gaps_ns=(0, 0, 0, 0),
    )


def test_instants() -> None:
    """The role chunk starts the first clock, the first text or call the second; comments start none."""
    decoder = ChatDecoder(READY_NS)
    pieces = [
        b": keep-alive\n\n",
        ROLE,
        chunk('{"reasoning_content":"hm"}'),
        chunk('{"content":"a"}'),
        CALL,
        STOP + DONE,
    ]
    for place, piece in enumerate(pieces):
        decoder.feed(piece, READY_NS + place)
    told = decoder.finish(exchange())
    assert isinstance(told, ChatReply)
    assert told.first_event_ns == READY_NS + 1
    assert told.first_content_ns == READY_NS + 3
    assert told.last_content_ns == READY_NS + 4
    assert told.content_events == 4
    assert decoder.first_content_ns == told.first_content_ns
    assert told.gaps_ns == (1, 0, 0)


@pytest.mark.parametrize(
    ("wire", "text", "finish", "tokens", "flags"),
    [
        pytest.param(
            ROLE + chunk('{"content":"a"}') + STOP + USAGE + DONE, "a", "stop", 7, set(), id="usage, own chunk"
        ),
        pytest.param(chunk('{"content":"a"}', '"stop"'), "a", "stop", None, {"no_done"}, id="a finish without DONE"),
        pytest.param(chunk('{"content":"a"}'), "a", "", None, {"truncated"}, id="neither finish nor DONE"),
        pytest.param(chunk('{"content":"a"}') + DONE, "a", "", None, set(), id="DONE without a finish"),
        pytest.param(
            chunk('{"content":"a"}') + STOP + b"data: [DONE]",
            "a",
            "stop",
            None,
            {"unterminated"},
            id="DONE at the very end",
        ),
        pytest.param(
            chunk('{"content":"a"}') + STOP[:-2],
            "a",
            "stop",
            None,
            {"unterminated", "no_done"},
            id="a chunk at the end",
        ),
        pytest.param(
            chunk('{"content":"a"}') + STOP[:-9], "a", "", None, {"truncated"}, id="half a chunk at the end is dropped"
        ),
        pytest.param(DONE, "", "", None, {"empty"}, id="DONE alone"),
        pytest.param(b"", "", "", None, {"empty", "truncated"}, id="nothing at all"),
        pytest.param(b"data:  [DONE] \n\n", "", "", None, {"empty"}, id="DONE is compared trimmed"),
        pytest.param(
            chunk('{"content":"a"}') + DONE + chunk('{"content":"b"}') + b"data: {\n\n",
            "a",
            "",
            None,
            set(),
            id="nothing counts behind DONE",
        ),
        pytest.param(
            b'event: ping\ndata: {"type":"ping"}\n\n' + chunk('{"content":"a"}') + STOP + DONE,
            "a",
            "stop",
            None,
            set(),
            id="named events of others are passed over",
        ),
        pytest.param(
            b"\r\n\r\n: queued\r\n\r\n" + chunk('{"content":"a"}').replace(b"\n", b"\r\n") + DONE,
            "a",
            "",
            None,
            set(),
            id="blank lines and comments while queued, CRLF",
        ),
    ],
)
def test_stream(wire: bytes, text: str, finish: str, tokens: int | None, flags: set[str]) -> None:
    """Every way of streaming an answer gives its text, finish reason, tokens, and flags for what is odd."""
    told = reply(wire)
    assert (told.text, told.finish_reason, told.usage_completion_tokens, told.flags) == (text, finish, tokens, flags)
    assert told == answer(single_bytes(wire))


@pytest.mark.parametrize(
    ("wire", "error"),
    [
        pytest.param(
            b'data: {"error":{"message":"busy","type":"rate_limit_error","code":"Throttling"}}\n\n' + DONE,
            ServiceError(200, "Throttling", "busy"),
            id="an error, then DONE",
        ),
        pytest.param(
            ROLE + chunk('{"content":"a"}') + b'data: {"error":{"message":"late","type":"x","code":500}}\n\n',
            ServiceError(500, "x", "late"),
            id="after content, with the status that the head no longer could tell",
        ),
        pytest.param(
            b'data: {"error": {"message": "busy", "type": "ServiceUnavailableError", "param": null, "code": 503}}\n\n'
            + DONE,
            ServiceError(503, "ServiceUnavailableError", "busy"),
            id="vLLM",
        ),
        pytest.param(
            b'data: {"error":{"code":400,"message":"the request exceeds the available context size",'
            b'"type":"exceed_context_size_error"}}\n\n',
            ServiceError(400, "exceed_context_size_error", "the request exceeds the available context size"),
            id="llama.cpp",
        ),
        pytest.param(
            b'data: {"object":"error","message":"busy","type":"Overloaded","param":null,"code":429}\n\n' + DONE,
            ServiceError(429, "Overloaded", "busy"),
            id="older vLLM, flat",
        ),
        pytest.param(
            b'data: {"error":{"message":"m","type":"x","code":42}}\n\n',
            ServiceError(200, "x", "m"),
            id="a code of its own",
        ),
        pytest.param(
            b'event: error\ndata: {"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}\n\n',
            ServiceError(200, "overloaded_error", "Overloaded"),
            id="Anthropic, after content",
        ),
        pytest.param(
            b"event:error\n:HTTP_STATUS/429\n"
            b'data:{"code":"Throttling.RateQuota","message":"Requests throttling triggered.","request_id":"r"}\n\n',
            ServiceError(200, "Throttling.RateQuota", "Requests throttling triggered."),
            id="native DashScope stream",
        ),
        pytest.param(
            ROLE
            + b'data: {"code":"Throttling.BurstRate","message":"Request rate increased too quickly.","request_id":"r"}\n\n',
            ServiceError(200, "Throttling.BurstRate", "Request rate increased too quickly."),
            id="DashScope's native error among chunks",
        ),
        pytest.param(b'data: {"error":"busy"}\n\n' + DONE, ServiceError(200, "", "busy"), id="an error that is text"),
        pytest.param(b'data: {"error":{"code":"x"}}', ServiceError(200, "x", ""), id="unterminated"),
    ],
)
def test_error_inside_200(wire: bytes, error: ServiceError) -> None:
    """An error inside a 200 stream is the service's no, whatever came before it."""
    assert answer([wire]) == error
    assert answer(single_bytes(wire)) == error


@pytest.mark.parametrize(
    ("wire", "sentence", "excerpt_begins"),
    [
        pytest.param(ROLE + b"data: {oops}\n\n", "An event is not JSON.", "{oops}", id="bad JSON"),
        pytest.param(b'data: {"hello":1}\n\n', "An event is not a chat chunk.", '{"hello":1}', id="no choices"),
        pytest.param(
            CALL[:-40] + b"\n\n" + CALLED + DONE, "An event is not JSON.", "", id="a chunk that is cut in the middle"
        ),
        pytest.param(
            chunk(r'{"tool_calls":[{"index":0,"function":{"name":"buy","arguments":"{\"a\":"}}]}') + STOP + DONE,
            "The tool call 'buy' is unreadable. The arguments are not JSON.",
            "",
            id="broken arguments of a complete answer",
        ),
    ],
)
def test_protocol_fault(wire: bytes, sentence: str, excerpt_begins: str) -> None:
    """Bytes that are not this protocol are a fault with a sentence and a bounded excerpt."""
    told = answer([wire])
    assert isinstance(told, ProtocolFault)
    assert told.sentence == sentence
    assert told.excerpt.startswith(excerpt_begins)
    assert len(told.excerpt) <= 200
    assert told == answer(single_bytes(wire))


def test_fault_tells_where() -> None:
    """The offset of a fault points at the line that breaks, or behind its beginning."""
    told = answer([ROLE + b"data: {oops}\n\n"])
    assert isinstance(told, ProtocolFault)
    assert len(ROLE) <= told.offset <= len(ROLE) + 10


def test_call_cut_by_length() -> None:
    """A call that the token limit cuts is a truncated call, not a fault."""
    cut = chunk(r'{"tool_calls":[{"index":0,"id":"c","function":{"name":"buy","arguments":"{\"a\":"}}]}')
    told = reply(cut + chunk("{}", '"length"') + DONE)
    assert told.flags == {"truncated_call"}
    assert told.tool_calls == (ToolCall("c", "buy", None, "The arguments are not JSON."),)


def test_tool_call_needs_no_finish_reason_of_its_own() -> None:
    """Calls are known by their pieces: a server that says stop has called all the same."""
    assert reply(CALL + STOP + DONE).tool_calls == (TEA,)


@pytest.mark.parametrize(
    "before", [b"", b"\n\n \r\n", b"\xef\xbb\xbf"], ids=["plain", "blank lines while queued", "BOM"]
)
@pytest.mark.parametrize("headers", [JSON, {"content-type": "text/plain"}, STREAM], ids=["json", "text", "mislabelled"])
def test_whole_answer(before: bytes, headers: dict[str, str]) -> None:
    """A whole answer in one JSON value is a reply whose instants are those of its last byte."""
    told = reply(before + WHOLE, headers)
    assert (told.text, told.finish_reason, told.usage_completion_tokens) == ("hi", "tool_calls", 5)
    assert told.tool_calls == (TEA, ToolCall("", "b", {}))
    assert (told.first_event_ns, told.first_content_ns, told.last_content_ns) == (READ_NS, READ_NS, READ_NS)
    assert (told.done, told.flags) == (True, {"whole_json"})
    assert told == answer(single_bytes(before + WHOLE), headers)


@pytest.mark.parametrize(
    ("body", "error"),
    [
        (b'{"error":{"message":"m","code":"c"}}', ServiceError(200, "c", "m")),
        (
            b'{"code":336501,"msg":"Rate limit reached for RPM"}',
            ServiceError(200, "336501", "Rate limit reached for RPM"),
        ),
        (b'{"errcode":-1,"errmsg":"system error"}', ServiceError(200, "-1", "system error")),
    ],
    ids=["error object", "Baidu", "WeChat"],
)
def test_whole_error_inside_200(body: bytes, error: ServiceError) -> None:
    """A 200 whose JSON is an error is the service's no."""
    assert answer([body], JSON) == error


@pytest.mark.parametrize(
    ("body", "headers", "sentence"),
    [
        (
            b"<html>busy</html>",
            {"content-type": "text/html"},
            "neither JSON nor an event stream; its content type is 'text/html'",
        ),
        (b"", {"content-length": "0"}, "neither JSON nor an event stream; its content type is ''"),
        (DONE, {"content-type": "text/plain"}, "neither JSON nor an event stream"),
        (b'{"ret":["FAIL_SYS_USER_VALIDATE"]}', JSON, "not a chat chunk"),
        (b"{broken", JSON, "not JSON"),
        (b"[1]", JSON, "not a chat chunk"),
    ],
    ids=["a page", "nothing", "a stream by another name", "another protocol", "broken JSON", "a list"],
)
def test_200_that_is_no_answer(body: bytes, headers: dict[str, str], sentence: str) -> None:
    """A 200 that is neither stream nor answer is a fault, never an answer."""
    told = answer([body], headers)
    assert isinstance(told, ProtocolFault)
    assert sentence in told.sentence


LLAMA_CPP = (
    b'data: {"choices":[{"finish_reason":null,"index":0,"delta":{"role":"assistant","content":null}}],"created":1795659400,'
    b'"id":"chatcmpl-z","model":"smollm2","system_fingerprint":"b0-unknown","object":"chat.completion.chunk"}\n\n'
    b'data: {"choices":[{"finish_reason":null,"index":0,"delta":{"content":"Hello"}}],"created":1795659400,"id":"chatcmpl-z",'
    b'"model":"smollm2","system_fingerprint":"b0-unknown","object":"chat.completion.chunk"}\n\n:\n\n'
    b'data: {"choices":[{"finish_reason":"length","index":0,"delta":{}}],"created":1795659400,"id":"chatcmpl-z",'
    b'"model":"smollm2","system_fingerprint":"b0-unknown","object":"chat.completion.chunk"}\n\n'
    b'data: {"choices":[],"created":1795659400,"id":"chatcmpl-z","model":"smollm2","system_fingerprint":"b0-unknown",'
    b'"object":"chat.completion.chunk","usage":{"completion_tokens":5,"prompt_tokens":31,"total_tokens":36,'
    b'"prompt_tokens_details":{"cached_tokens":0}},"timings":{"cache_n":0,"prompt_n":31,"prompt_ms":213.656,'
    b'"predicted_n":5,"predicted_ms":80.977,"predicted_per_token_ms":20.24425}}\n\ndata: [DONE]\n\n'
)
QWEN = (
    b'data: {"choices":[{"delta":{"content":null,"role":"assistant","reasoning_content":""},"index":0,"logprobs":null,'
    b'"finish_reason":null}],"object":"chat.completion.chunk","usage":null,"created":1,"system_fingerprint":null,"model":"qwen-plus"}\n\n'
    b'data: {"choices":[{"delta":{"content":null,"reasoning_content":"\xe7\x94\xa8\xe6\x88\xb7"},"index":0,"finish_reason":null}],'
    b'"usage":null}\n\n'
    b'data: {"choices":[{"delta":{"content":"","reasoning_content":null},"index":0,"finish_reason":null}],"usage":null}\n\n'
    b'data: {"choices":[{"delta":{"content":null,"tool_calls":[{"index":0,"id":"call_9","type":"function",'
    b'"function":{"name":"create_checkout","arguments":"{\\"items\\":[{\\"sku\\":"}}]},"index":0,"finish_reason":null}],"usage":null}\n\n'
    b'data: {"choices":[{"delta":{"content":null,"tool_calls":[{"index":0,"id":"","type":"function",'
    b'"function":{"name":null,"arguments":"\\"tea\\",\\"quantity\\":2}]}"}}]},"index":0,"finish_reason":null}],"usage":null}\n\n'
    b'data: {"choices":[{"delta":{"content":null,"tool_calls":[{"function":{},"index":0,"id":"","type":"function"}]},'
    b'"index":0,"finish_reason":"tool_calls"}],"usage":null}\n\n'
    b'data: {"choices":[],"object":"chat.completion.chunk","usage":{"prompt_tokens":9,"completion_tokens":40,"total_tokens":49,'
    b'"completion_tokens_details":{"reasoning_tokens":11}},"created":1}\n\ndata: [DONE]\n\n'
)
VLLM = (
    b'data: {"id":"chatcmpl-1","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,'
    b'"delta":{"role":"assistant","content":"","reasoning":null},"logprobs":null,"finish_reason":null}],"usage":{"prompt_tokens":9,'
    b'"total_tokens":9,"completion_tokens":0}}\n\n'
    b'data: {"id":"chatcmpl-1","choices":[{"index":0,"delta":{"reasoning":"hm"},"finish_reason":null}],"usage":{"prompt_tokens":9,'
    b'"total_tokens":10,"completion_tokens":1}}\n\n'
    b'data: {"id":"chatcmpl-1","choices":[{"index":0,"delta":{"content":"Tea"},"finish_reason":"stop","stop_reason":null}],'
    b'"usage":{"prompt_tokens":9,"total_tokens":12,"completion_tokens":3}}\n\n'
    b'data: {"id":"chatcmpl-1","choices":[],"usage":{"prompt_tokens":9,"total_tokens":12,"completion_tokens":3}}\n\ndata: [DONE]\n\n'
)
OPENAI = (
    b'data: {"id":"chatcmpl-1","object":"chat.completion.chunk","created":1,"model":"gpt-4o-mini","service_tier":"default",'
    b'"system_fingerprint":"fp_1","choices":[{"index":0,"delta":{"role":"assistant","content":"","refusal":null},"logprobs":null,'
    b'"finish_reason":null}],"usage":null,"obfuscation":"Xk2"}\n\n'
    b'data: {"id":"chatcmpl-1","choices":[{"index":0,"delta":{"content":"Tea"},"logprobs":null,"finish_reason":null}],"usage":null,'
    b'"obfuscation":"a"}\n\n'
    b'data: {"id":"chatcmpl-1","choices":[{"index":0,"delta":{},"logprobs":null,"finish_reason":"stop"}],"usage":null,'
    b'"obfuscation":""}\n\ndata: [DONE]\n\n'
)


@pytest.mark.parametrize(
    ("wire", "text", "calls", "finish", "tokens", "content_events"),
    [
        pytest.param(LLAMA_CPP, "Hello", (), "length", 5, 1, id="llama.cpp: a bare comment, usage and timings apart"),
        pytest.param(
            QWEN,
            "",
            (ToolCall("call_9", *TEA_CALL),),
            "tool_calls",
            40,
            3,
            id="Qwen: it thinks, then calls with empty ids",
        ),
        pytest.param(VLLM, "Tea", (), "stop", 3, 1, id="vLLM: reasoning, running usage"),
        pytest.param(OPENAI, "Tea", (), "stop", None, 1, id="OpenAI: padding, and no usage"),
    ],
)
def test_service(
    wire: bytes, text: str, calls: tuple[ToolCall, ...], finish: str, tokens: int | None, content_events: int
) -> None:
    """The stream of each known service is read whole: no flag, its own number of tokens, and reasoning is no content."""
    told = reply(wire)
    assert (told.text, told.tool_calls, told.finish_reason) == (text, calls, finish)
    assert (told.usage_completion_tokens, told.content_events, told.flags) == (tokens, content_events, frozenset())
    assert told == answer(single_bytes(wire))


def test_time_per_token_of_a_whole_answer() -> None:
    """An answer that did not stream has no time per token, however many tokens it tells."""
    decoder = ChatDecoder(READY_NS)
    decoder.feed(WHOLE, READ_NS)
    assert isinstance(decoder.finish(exchange(headers=JSON)), ChatReply)
    assert (decoder.token_ns, decoder.first_event_ns) == (None, READ_NS)


def test_other_status_is_a_service_error() -> None:
    """Any status but 200 is the service's no, with its code and the time to come back."""
    body = b'{"error":{"message":"slow down","type":"limit_requests","param":null,"code":"limit_requests"}}'
    told = ChatDecoder(READY_NS).finish(exchange(429, {"retry-after": "1"}, body))
    assert told == ServiceError(429, "limit_requests", "slow down", 1.0)


def test_retry_after_of_an_error_inside_200() -> None:
    """The header that tells when to come back counts for an error inside a 200 too."""
    told = answer([b'data: {"error":{"code":"x","message":"m"}}\n\n'], {**STREAM, "retry-after": "3"})
    assert told == ServiceError(200, "x", "m", 3.0)


def test_no_answer() -> None:
    """An exchange without a head is a fault in the transport's own words."""
    told = ChatDecoder(READY_NS).finish(exchange(0, {}, fault=Fault.RESET))
    assert told == ProtocolFault("The target reset the connection.")


def test_body_without_a_sink() -> None:
    """An exchange that kept its body is decoded from it."""
    told = ChatDecoder(READY_NS).finish(exchange(200, STREAM, GOOD))
    assert isinstance(told, ChatReply)
    assert told.tool_calls == (TEA,)


def test_reset_of_a_limit() -> None:
    """Without a Retry-After an error tells when the limit that is used up is there again; with one, that wins."""
    headers = {"x-ratelimit-remaining-requests": "0", "x-ratelimit-reset-requests": "6m0s"}
    body = b'{"error":{"message":"Rate limit reached","type":"requests","param":null,"code":"rate_limit_exceeded"}}'
    told = ChatDecoder(READY_NS).finish(exchange(429, headers, body))
    assert told == ServiceError(429, "rate_limit_exceeded", "Rate limit reached", None, 360.0)
    told = ChatDecoder(READY_NS).finish(exchange(429, {**headers, "retry-after": "3"}, body))
    assert told == ServiceError(429, "rate_limit_exceeded", "Rate limit reached", 3.0)
    inside = answer([b'data: {"error":{"code":"x","message":"m"}}\n\n'], {**STREAM, **headers})
    assert inside == ServiceError(200, "x", "m", None, 360.0)
