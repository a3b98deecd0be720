"""Plain events as chunks in one go: the same as one by one, or none at all; and what an event that is no chunk is."""

import pytest

from locustfiles.protocols.chat_chunks import chunks_in, is_odd, plain_event, plain_events, texts_in, wrong_event
from locustfiles.protocols.checkout import ProtocolFault, ServiceError
from locustfiles.protocols.sse import SseDecoder, SseEvent
from tests.helpers.chat_answers import CALL, DONE, GOOD, ROLE, STOP, USAGE, chunk

TEA = chunk('{"content":"tea"}')
EMPTY = b'data: {"choices":[]}\n\n'
NO_CHUNK = b'data: {"x":1}\n\n'


@pytest.mark.parametrize(
    ("stream", "number", "done"),
    [
        pytest.param(b"", 0, False, id="nothing"),
        pytest.param(DONE, 0, True, id="DONE alone"),
        pytest.param(TEA, 1, False, id="one event"),
        pytest.param(ROLE + TEA + CALL + STOP + USAGE, 7, False, id="text, call, end and usage"),
        pytest.param(GOOD, 8, True, id="a whole answer"),
        pytest.param(TEA + NO_CHUNK, 2, False, id="an object that is no chunk is still a value"),
        pytest.param(chunk(r'{"content":"}\n\ndata: {"}'), 1, False, id="a text that spells an event's end"),
    ],
)
def test_plain_events(stream: bytes, number: int, done: bool) -> None:
    """Whole plain events are as many chunks, and DONE is told apart from them."""
    told = plain_events(stream)
    assert told is not None
    values, told_number, told_done = told
    assert (told_number, told_done) == (number, done)
    chunks = chunks_in(values, number)
    assert chunks is not None
    assert len(chunks) == number


@pytest.mark.parametrize(
    "stream",
    [
        pytest.param(TEA[:-1], id="an event without its empty line"),
        pytest.param(TEA + b"data: {", id="the beginning of another event"),
        pytest.param(b": queued\n\n" + TEA, id="a comment before"),
        pytest.param(TEA + b": queued\n\n" + TEA, id="a comment between"),
        pytest.param(b"event: message\n" + TEA, id="an event's type"),
        pytest.param(TEA.replace(b"data: ", b"data:"), id="no space behind the colon"),
        pytest.param(TEA.replace(b"\n", b"\r\n"), id="CRLF"),
        pytest.param(TEA + TEA.replace(b'"tea"', b'"t\rea"'), id="CR, which ends a line too"),
        pytest.param(b'data: {"choices":\ndata: []}\n\n', id="an event of two lines"),
        pytest.param(b'data: {"choices":[]}{"choices":[]}\n\n', id="two values in one event"),
        pytest.param(
            b'data: {"choices":[{"index":0}\n\ndata: {"index":1}]}\n\ndata: {"choices":[]} {"choices":[]}\n\n',
            id="a value over two events, and two values in a third",
        ),
        pytest.param(EMPTY + b"data: {oops}\n\n", id="no JSON"),
        pytest.param(EMPTY + b"data: 7\n\n", id="JSON that is no object"),
        pytest.param(b'data: {"choices":{}}\n\n', id="choices of another type"),
        pytest.param(b'data: {"x":"\xff"}\n\n' + EMPTY[:-2], id="no UTF-8 and no end"),
        pytest.param(DONE + EMPTY, id="DONE before the end"),
    ],
)
def test_other_bytes(stream: bytes) -> None:
    """Bytes that are anything but whole plain events of one object each are left for the long way."""
    told = plain_events(stream)
    assert told is None or (chunks_in(*told[:2]), texts_in(*told[:2])) == (None, None)


@pytest.mark.parametrize(
    ("stream", "texts"),
    [
        pytest.param(ROLE, [], id="empty text"),
        pytest.param(chunk('{"role":"assistant","content":null}') + chunk("{}"), [], id="null and no text"),
        pytest.param(
            TEA + chunk('{"content":""}') + chunk(r'{"content":"}\n\ndata: {"}'), ["tea", "}\n\ndata: {"], id="texts"
        ),
        pytest.param(b'data: {"choices":[{"index":0,"delta":{"content":"a"}}]}\n\n', ["a"], id="nothing but the text"),
        pytest.param(chunk('{"content":"a","tool_calls":null}'), ["a"], id="null for a tool call"),
        pytest.param(TEA + CALL, None, id="a tool call"),
        pytest.param(TEA + STOP, None, id="a reason of the end"),
        pytest.param(TEA + USAGE, None, id="usage and no choice"),
        pytest.param(chunk('{"content":"a"}', usage='{"completion_tokens":1}'), None, id="usage beside the text"),
        pytest.param(TEA + b'data: {"error":"busy"}\n\n', None, id="an error"),
        pytest.param(chunk('{"content":["a"]}'), None, id="content of another type"),
        pytest.param(chunk("null"), None, id="a null delta"),
        pytest.param(b'data: {"choices":[{"delta":{"content":"a"}}]}\n\n', None, id="no index"),
        pytest.param(b'data: {"choices":[{"index":1,"delta":{"content":"a"}}]}\n\n', None, id="another choice"),
        pytest.param(
            b'data: {"choices":[{"index":0,"message":{"content":"b"},"delta":{"content":"a"}}]}\n\n',
            None,
            id="a message",
        ),
        pytest.param(
            b'data: {"choices":[{"index":0,"delta":{"content":"a"}},{"index":1,"delta":{}}]}\n\n',
            None,
            id="two choices",
        ),
    ],
)
def test_texts(stream: bytes, texts: list[str] | None) -> None:
    """Chunks of the first choice's text and nothing else are their texts; any other chunk among them spoils it."""
    told = plain_events(stream)
    assert told is not None
    assert texts_in(*told[:2]) == texts


@pytest.mark.parametrize(
    ("event", "odd"),
    [
        pytest.param(TEA, False, id="a piece of text"),
        pytest.param(EMPTY, False, id="no choice"),
        pytest.param(b'data: {"choices":null}\n\n', False, id="null for choices"),
        pytest.param(USAGE, False, id="usage with choices"),
        pytest.param(b'data: {"usage":{"completion_tokens":7}}\n\n', False, id="usage alone"),
        pytest.param(b'data: {"choices":[],"error":null}\n\n', False, id="null for an error"),
        pytest.param(NO_CHUNK, True, id="neither choices nor usage"),
        pytest.param(b'data: {"error":{"code":"x"}}\n\n', True, id="an error"),
        pytest.param(b'data: {"choices":[],"error":"busy"}\n\n', True, id="an error beside choices"),
    ],
)
def test_odd(event: bytes, odd: bool) -> None:
    """A value is odd when it tells an error or has neither choices nor usage; null is as good as missing."""
    told = plain_events(event)
    assert told is not None
    chunks = chunks_in(*told[:2])
    assert chunks is not None
    assert is_odd(chunks[0]) is odd


@pytest.mark.parametrize("place", range(4))
def test_event_at_a_place(place: int) -> None:
    """The event at any place is the one that the long way finds there, and lies where it does."""
    stream = ROLE + chunk('{"content":"茶"}') + NO_CHUNK + STOP
    assert plain_event(stream, place, 100) == SseDecoder(100).feed(stream)[place]


@pytest.mark.parametrize(
    ("event", "error"),
    [
        pytest.param(
            SseEvent("", '{"code":"LimitRequests","message":"m","request_id":"r"}', 0),
            ServiceError(200, "LimitRequests", "m"),
            id="flat error without its event type",
        ),
        pytest.param(SseEvent("", '{"error":"oops"}', 0), ServiceError(200, "", "oops"), id="error as text"),
        pytest.param(
            SseEvent("error", '{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}', 0),
            ServiceError(200, "overloaded_error", "Overloaded"),
            id="Anthropic",
        ),
        pytest.param(SseEvent("error", "busy", 0), ServiceError(200, "", "busy"), id="an error event with text"),
        pytest.param(
            SseEvent("error", '{"x":1}', 0), ServiceError(200, "", '{"x":1}'), id="an error event with other JSON"
        ),
        pytest.param(
            SseEvent("ping", '{"error":{"code":"x","message":"m"}}', 0),
            ServiceError(200, "x", "m"),
            id="an error in an event of any name",
        ),
        pytest.param(
            SseEvent("", '{"error":{"code":"x","message":"m"},"choices":"none"}', 0),
            ServiceError(200, "x", "m"),
            id="an error beside choices of the wrong type",
        ),
    ],
)
def test_error_in_an_event(event: SseEvent, error: ServiceError) -> None:
    """An event that tells an error, by its type or by its value, is the service's no."""
    assert wrong_event(event) == error


@pytest.mark.parametrize(
    ("event", "fault"),
    [
        pytest.param(SseEvent("", "7", 5), ProtocolFault("An event is not a chat chunk.", 5, "7"), id="a number"),
        pytest.param(
            SseEvent("message", '{"hello":1}', 5),
            ProtocolFault("An event is not a chat chunk.", 5, '{"hello":1}'),
            id="no choices, in an event of the default type",
        ),
        pytest.param(
            SseEvent("", '{"choices":{}}', 5),
            ProtocolFault("An event is not a chat chunk.", 5, '{"choices":{}}'),
            id="choices of another type",
        ),
        pytest.param(SseEvent("", "[oops", 5), ProtocolFault("An event is not JSON.", 6, "[oops"), id="bad JSON"),
        pytest.param(
            SseEvent("", "x" * 1000, 5),
            ProtocolFault("An event is not JSON.", 5, "x" * 200),
            id="an excerpt is bounded",
        ),
        pytest.param(SseEvent("ping", '{"type":"ping"}', 5), None, id="a named event of another protocol is no fault"),
    ],
)
def test_event_that_is_no_chunk(event: SseEvent, fault: ProtocolFault | None) -> None:
    """An event that is no chunk and tells no error is a fault that says where, unless it goes by another protocol's name."""
    assert wrong_event(event) == fault
