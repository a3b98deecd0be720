"""Server-sent events: the framing rules as a table, bounds, and the law that splits change nothing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from locustfiles.protocols import sse
from locustfiles.protocols.sse import SseDecoder
from tests.helpers.splits import CUTS, single_bytes, split_at


def decode(pieces: list[bytes]) -> tuple[list[tuple[str, str]], tuple[str, str] | None, str]:
    """The events of these pieces as (type, data), the one that the end left, and the overflow sentence."""
    decoder = SseDecoder()
    events = [(event.event, event.data) for piece in pieces for event in decoder.feed(piece)]
    last = decoder.finish()
    return events, (last.event, last.data) if last else None, decoder.overflow


FRAMING = [
    pytest.param(b"data: a\n\n", [("", "a")], id="LF ends a line"),
    pytest.param(b"data: a\r\n\r\n", [("", "a")], id="CRLF ends a line"),
    pytest.param(b"data: a\r\r", [("", "a")], id="CR ends a line"),
    pytest.param(b"data: a\r\n\ndata: b\r\r\ndata: c\n\r", [("", "a"), ("", "b"), ("", "c")], id="mixed line ends"),
    pytest.param(b"data:a\n\ndata:  b\n\n", [("", "a"), ("", " b")], id="one space is stripped, not two"),
    pytest.param(b"data: a\ndata: b\n\n", [("", "a\nb")], id="data lines are joined by LF"),
    pytest.param(b"data\n\n", [("", "")], id="a field without a colon is empty"),
    pytest.param(b"data: \n\n", [("", "")], id="empty data is an event"),
    pytest.param(b"event: x\n\n", [], id="no data is no event"),
    pytest.param(b"event: x\n\ndata: a\n\n", [("", "a")], id="a type does not survive its empty line"),
    pytest.param(b"event: error\ndata: a\n\ndata: b\n\n", [("error", "a"), ("", "b")], id="a type is for one event"),
    pytest.param(b"event: a\nevent: b\ndata: c\n\n", [("b", "c")], id="the last type counts"),
    pytest.param(b": keep-alive\n\n:\n\ndata: a\n:x\ndata: b\n\n", [("", "a\nb")], id="comments say nothing"),
    pytest.param(b"id: 1\nretry: 5\nfoo: bar\ndata: a\n\n", [("", "a")], id="other fields are ignored"),
    pytest.param(b" data: a\n\nDATA: b\n\n", [], id="a field name is exact"),
    pytest.param(b"\xef\xbb\xbfdata: a\n\n", [("", "a")], id="one leading BOM is dropped"),
    pytest.param(b"\xef\xbb\xbf\xef\xbb\xbfdata: a\n\n", [], id="only one BOM is dropped"),
    pytest.param("data: 珍珠奶茶🧋\n\n".encode(), [("", "珍珠奶茶🧋")], id="text is UTF-8"),
    pytest.param(b"data: \xff\xe7\x8f\n\n", [("", "\ufffd\ufffd")], id="bytes that are no UTF-8 are replaced"),
    pytest.param(
        b"data: a\x0bb\x0cc\x85\xe2\x80\xa8d\n\n", [("", "a\x0bb\x0cc\ufffd\u2028d")], id="no other line ends"
    ),
    pytest.param(b"data: a: b\n\n", [("", "a: b")], id="only the first colon separates"),
    pytest.param(b"\n\n\r\n\ndata: a\n\n\n\n", [("", "a")], id="empty lines alone are nothing"),
]


@pytest.mark.parametrize(("wire", "events"), FRAMING)
def test_framing(wire: bytes, events: list[tuple[str, str]]) -> None:
    """Every rule of the framing gives its events, whole or byte by byte."""
    assert decode([wire]) == (events, None, "")
    assert decode(single_bytes(wire)) == (events, None, "")


@pytest.mark.parametrize(
    ("wire", "last"),
    [
        pytest.param(b"data: a\n", ("", "a"), id="a whole line without its empty line"),
        pytest.param(b"data: a", ("", "a"), id="half a line"),
        pytest.param(b"event: error\ndata: a\r", ("error", "a"), id="the type is kept"),
        pytest.param(b"data: a\n\n", None, id="an ended event is not left over"),
        pytest.param(b"event: x", None, id="no data is no event"),
        pytest.param(b"", None, id="an empty stream"),
    ],
)
def test_unterminated(wire: bytes, last: tuple[str, str] | None) -> None:
    """What the end of the stream leaves without its empty line is offered apart."""
    assert decode([wire])[1] == last


def test_offsets() -> None:
    """An event tells the offset of the line with its first data."""
    wire = b": hello\r\ndata: a\r\n\r\nevent: x\ndata: b\ndata: c\n\n"
    for pieces in ([wire], single_bytes(wire)):
        decoder = SseDecoder()
        events = [event for piece in pieces for event in decoder.feed(piece)]
        assert [wire[event.offset :][:7] for event in events] == [b"data: a", b"data: b"]


LINES = st.sampled_from(
    [
        b"data: a",
        b"data:",
        b"data",
        b"event: e",
        b":c",
        b"x: y",
        b"",
        b"",
        b"\xef\xbb\xbf",
        "data: 茶".encode(),
        b"\xff",
    ]
)
ENDS = st.sampled_from([b"\n", b"\r", b"\r\n", b""])
STREAMS = st.lists(st.tuples(LINES, ENDS), max_size=12).map(lambda parts: b"".join(line + end for line, end in parts))


@given(st.one_of(STREAMS, st.binary(max_size=60)), CUTS)
def test_any_split_gives_the_same(wire: bytes, cuts: list[int]) -> None:
    """Where the bytes are cut changes nothing."""
    assert decode(split_at(wire, cuts)) == decode([wire]) == decode(single_bytes(wire))


@given(STREAMS, CUTS)
def test_any_split_overflows_the_same(wire: bytes, cuts: list[int]) -> None:
    """Bounds are met at the same event however the bytes are cut."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sse, "MAX_LINE_BYTES", 8)
        patch.setattr(sse, "MAX_EVENT_BYTES", 5)
        assert decode(split_at(wire, cuts)) == decode([wire]) == decode(single_bytes(wire))


def test_endless_line_is_bounded() -> None:
    """A line beyond the bound ends the decoding with a sentence and holds no memory."""
    decoder = SseDecoder()
    assert [event.data for event in decoder.feed(b"data: first\n\ndata: ")] == ["first"]
    for _ in range(20):
        assert decoder.feed(b"a" * 65536) == []
    assert decoder.overflow == "A line is longer than 1048576 bytes."
    assert decoder.feed(b"\n\ndata: later\n\n") == []
    assert decoder.finish() is None


def test_endless_event_is_bounded() -> None:
    """An event beyond the bound ends the decoding with a sentence."""
    decoder = SseDecoder()
    line = b"data: " + b"a" * 100_000 + b"\n"
    for _ in range(50):
        assert decoder.feed(line) == []
    assert decoder.overflow == "An event is longer than 4194304 bytes."
