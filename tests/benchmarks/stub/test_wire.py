"""The benchmark's requests, and what is cut out of the answers."""

from benchmarks.stub import wire
from target_stub import sse
from target_stub.assistant import answer

SESSION = b'HTTP/1.1 201 Created\r\ncontent-length: 40\r\n\r\n{"id":"cs_1","order":{"id":"ord_1"},  } '


def test_an_answer_is_whole_with_its_last_byte() -> None:
    """By its length, or by the last chunk of a stream."""
    assert wire.is_whole(SESSION)
    assert not any(wire.is_whole(SESSION[:end]) for end in range(len(SESSION)))
    stream = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n8\r\ndata: x\n\r\n8\r\ndata: y\n\r\n0\r\n\r\n"
    assert wire.is_whole(stream)
    assert not wire.is_whole(stream[:-1])
    assert wire.writes(stream) == 2


def test_what_is_read_of_an_answer() -> None:
    """The status and the ids that the next request needs."""
    card = b'HTTP/1.1 201 Created\r\n\r\n{"card":{"id":"card_F1","code":"F1"}}'
    assert (wire.status(SESSION), wire.session_id(SESSION), wire.order_id(SESSION)) == (b"201", b"cs_1", b"ord_1")
    assert wire.code(card) == b"F1"


def test_the_prompts_answer_has_the_counted_events() -> None:
    """Cut by the benchmark's piece size, deltas and the end are as many events as the goal names."""
    deltas = sse.deltas(answer(wire.PROMPT), "call", piece_bytes=wire.PIECE_BYTES)
    assert len(deltas) + 1 == wire.EVENTS
