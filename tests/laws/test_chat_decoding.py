"""Laws of the chat decoder: splits change nothing, no bytes raise, no answer holds unbounded memory."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from locustfiles.protocols.chat_completions import MAX_TEXT_CHARACTERS, ChatDecoder, ChatReply
from locustfiles.protocols.checkout import ProtocolFault
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
    USAGE,
    WHOLE,
    answer,
    chunk,
    exchange,
    reply,
)
from tests.helpers.splits import CUTS, single_bytes, split_at


@pytest.mark.parametrize("cut", range(0, len(GOOD), 7))
def test_cut_answer_keeps_what_came(cut: int) -> None:
    """An answer that the transport cut keeps its text and says that it is truncated."""
    told = reply(GOOD[:cut], fault=Fault.TRUNCATED)
    assert "truncated" in told.flags
    assert "好的，下单了".startswith(told.text)


def test_endless_text_is_bounded() -> None:
    """Text beyond the bound is dropped and flagged; the answer goes on."""
    decoder = ChatDecoder(READY_NS)
    for _ in range(100):
        decoder.feed(chunk(json.dumps({"content": "x" * 1000})), READ_NS)
    decoder.feed(STOP + DONE, READ_NS)
    told = decoder.finish(exchange())
    assert isinstance(told, ChatReply)
    assert len(told.text) == MAX_TEXT_CHARACTERS
    assert told.flags == {"text_cut"}
    assert told.content_events == 100


def test_endless_whole_answer_is_bounded() -> None:
    """A JSON value that never ends is a fault and holds bounded memory."""
    decoder = ChatDecoder(READY_NS)
    decoder.feed(b'{"a":"', READ_NS)
    for _ in range(80):
        decoder.feed(b"x" * 65536, READ_NS)
    told = decoder.finish(exchange(headers=JSON))
    assert isinstance(told, ProtocolFault)
    assert told.sentence == "The answer is longer than 4194304 bytes."


def test_endless_line_is_a_fault() -> None:
    """A line of the stream beyond its bound is a fault."""
    told = answer([b"data: " + b"x" * 65536] * 20)
    assert isinstance(told, ProtocolFault)
    assert told.sentence == "A line is longer than 1048576 bytes."


PIECES = st.sampled_from(
    [
        ROLE,
        CALL,
        CALLED,
        STOP,
        USAGE,
        DONE,
        chunk('{"content":"茶🧋"}'),
        b"\n",
        b"\r",
        b": c\n\n",
        b"data: {}\n\n",
        b"\xff",
        b"{",
    ]
)
WIRES = st.one_of(
    st.lists(PIECES, max_size=8).map(b"".join),
    st.builds(lambda wire, cut: wire[:cut], st.sampled_from([GOOD, WHOLE]), st.integers(0, 900)),
    st.binary(max_size=80),
    st.recursive(
        st.none()
        | st.booleans()
        | st.integers()
        | st.floats(allow_nan=False, allow_infinity=False)
        | st.text(max_size=5),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(
                    ["choices", "delta", "content", "tool_calls", "function", "error", "usage", "code", "message"]
                ),
                inner,
                max_size=4,
            )
        ),
        max_leaves=12,
    ).map(lambda value: b"data: " + json.dumps(value).encode() + b"\n\n"),
)


@given(WIRES, CUTS, st.sampled_from([STREAM, JSON]), st.sampled_from([None, Fault.TRUNCATED]))
def test_any_split_gives_the_same(wire: bytes, cuts: list[int], headers: dict[str, str], fault: Fault | None) -> None:
    """Hostile or not, any bytes decode without an exception, and where they are cut changes nothing."""
    whole = answer([wire], headers, fault)
    assert answer(split_at(wire, cuts), headers, fault) == whole
    assert answer(single_bytes(wire), headers, fault) == whole


def test_lone_surrogate_is_text_or_fault() -> None:
    """A JSON escape of half a character does not break the decoder, and kept text can be encoded."""
    told = answer([chunk('{"content":"\\ud83e"}') + STOP + DONE])
    assert isinstance(told, ProtocolFault) or told.text.encode()  # type: ignore[union-attr] # a reply has text


@pytest.mark.parametrize(
    "wire",
    [
        pytest.param(
            b'data: {"choices":[],"x":"}\n\ndata: {"}\n\ndata: {"choices":[]},{"choices":[]}\n\n',
            id="a text over two events, and two values in one",
        ),
        pytest.param(
            b'data: {"choices":[{"index":0}\n\ndata: {"index":1}]}\n\ndata: {"choices":[]} {"choices":[]}\n\n',
            id="a list over two events",
        ),
        pytest.param(b'data: {"choices":\n[]}{"choices":[]}\n\n', id="a line end within a value, and two values"),
        pytest.param(b'data: {"choices":[]}{"choices":[]}\n\n', id="two values in one event"),
    ],
)
def test_events_that_are_json_only_together(wire: bytes) -> None:
    """Events that are no JSON each are a fault, however many of them one read holds and whatever they would be when joined."""
    told = answer([wire])
    assert isinstance(told, ProtocolFault)
    assert told.sentence == "An event is not JSON."
    assert answer(single_bytes(wire)) == told
