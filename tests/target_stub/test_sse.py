"""The bytes of a chat answer on the wire."""

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from target_stub.assistant import Answer, answer
from target_stub.sse import CANNED, DONE, Envelope, Usage, chunks, cut, deltas, finish_reason, tokens_of, whole

ENVELOPE = Envelope("chatcmpl-1", 1770000000, "springtide-shop", with_usage=True)
HEAD = b'data: {"id":"chatcmpl-1","object":"chat.completion.chunk","created":1770000000,"model":"springtide-shop","choices":'


def test_an_order_is_role_text_tool_call_finish_usage_and_done() -> None:
    """A good answer has, in this order, the role, the text, the tool call in pieces, the reason, the usage, `[DONE]`."""
    said = answer("来两杯珍珠奶茶")

    events = chunks(ENVELOPE, deltas(said, "call_1"), finish_reason(said), Usage(9, 30))

    piece = b',"finish_reason":null}],"usage":null}\n\n'
    assert [
        HEAD + b'[{"index":0,"delta":{"role":"assistant","content":""}' + piece,
        HEAD + '[{"index":0,"delta":{"content":"好的，马上为"}'.encode() + piece,
        HEAD + '[{"index":0,"delta":{"content":"您下单：珍珠"}'.encode() + piece,
        HEAD + '[{"index":0,"delta":{"content":"奶茶，2份。"}'.encode() + piece,
        HEAD + b'[{"index":0,"delta":{"tool_calls":[{"index":0,"id":"call_1","type":"function",'
        b'"function":{"name":"create_checkout","arguments":""}}]}' + piece,
        HEAD + b'[{"index":0,"delta":{"tool_calls":[{"index":0,"function":{"arguments":"{\\"items\\":[{\\"sku\\":\\"pe"}}]}' + piece,
        HEAD + b'[{"index":0,"delta":{"tool_calls":[{"index":0,"function":{"arguments":"arl-milk-tea\\",\\"quant"}}]}' + piece,
        HEAD + b'[{"index":0,"delta":{"tool_calls":[{"index":0,"function":{"arguments":"ity\\":2}]}"}}]}' + piece,
        HEAD + b'[{"index":0,"delta":{},"finish_reason":"tool_calls"}],"usage":null}\n\n'
        + HEAD + b'[],"usage":{"prompt_tokens":9,"completion_tokens":30,"total_tokens":39}}\n\n'
        + b"data: [DONE]\n\n",
    ] == events  # fmt: skip


def test_usage_is_sent_only_to_those_who_ask() -> None:
    """Without stream_options.include_usage no chunk has a usage member."""
    plain = Envelope("chatcmpl-1", 1770000000, "springtide-shop", with_usage=False)

    events = chunks(plain, deltas(Answer("Hi"), ""), "stop", CANNED)

    piece = b',"finish_reason":null}]}\n\n'
    assert [
        HEAD + b'[{"index":0,"delta":{"role":"assistant","content":""}' + piece,
        HEAD + b'[{"index":0,"delta":{"content":"Hi"}' + piece,
        HEAD + b'[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\n' + DONE,
    ] == events


def test_a_model_name_with_quotes_stays_inside_its_string() -> None:
    """The model's name is echoed as JSON, whatever the client wrote."""
    hostile = Envelope("chatcmpl-1", 1770000000, 'a"b\n', with_usage=False)

    event = chunks(hostile, [b"{}"], "stop", CANNED)[0]

    assert msgspec.json.decode(event.removeprefix(b"data: "))["model"] == 'a"b\n'


def test_a_whole_answer_is_one_object() -> None:
    """Without streaming the answer is one chat.completion with message, tool call and usage."""
    said = answer("a 2D film ticket")

    assert msgspec.json.decode(whole(ENVELOPE, said, "call_1", Usage(4, 20))) == {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1770000000,
        "model": "springtide-shop",
        "choices": [
            {
                "index": 0,
                "message": {
                    "role": "assistant",
                    "content": "Sure, I am ordering this for you: 2D film ticket, quantity 1.",
                    "tool_calls": [
                        {
                            "id": "call_1",
                            "type": "function",
                            "function": {
                                "name": "create_checkout",
                                "arguments": '{"items":[{"sku":"cinema-2d","quantity":1}]}',
                            },
                        }
                    ],
                },
                "finish_reason": "tool_calls",
            }
        ],
        "usage": {"prompt_tokens": 4, "completion_tokens": 20, "total_tokens": 24},
    }


@given(st.text())
def test_a_cut_text_is_the_text(text: str) -> None:
    """The pieces of a text joined are the text, none is empty and none is over 20 bytes."""
    pieces = cut(text)

    assert "".join(pieces) == text
    assert all(0 < len(piece.encode()) <= 20 for piece in pieces)


def test_tokens_are_estimated_from_bytes() -> None:
    """Four bytes of UTF-8 count as a token, and a rest counts as one more."""
    assert [0, 1, 1, 2, 3] == [tokens_of(text) for text in ("", "a", "abcd", "abcde", "珍珠奶")]
