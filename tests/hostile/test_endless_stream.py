"""Ten million events and no end: what the decoder holds stays small, at rest and while it reads."""

import tracemalloc

import pytest

from locustfiles.protocols.chat_completions import MAX_TEXT_CHARACTERS, ChatDecoder, ChatReply
from tests.helpers.chat_answers import chunk, exchange
from tests.helpers.memory import held_bytes

MIB = 1 << 20
CONTENT = chunk('{"content":"%s"}' % ("茶" * 100))
EMPTY = b'data: {"choices":[]}\n\n'
EVENTS_A_READ = 2_500
"""As many as fill a read of the transport, 64 KiB, nearly."""


@pytest.mark.parametrize(
    ("read", "events"),
    [
        pytest.param(EMPTY * (EVENTS_A_READ - 1) + CONTENT, 10_000_000, id="plain events, a read at a time"),
        pytest.param(b":\n\n" + EMPTY * (EVENTS_A_READ - 1) + CONTENT, 500_000, id="with comments, event by event"),
    ],
)
def test_ten_million_events(read: bytes, events: int) -> None:
    """However many events come, less than a mebibyte is held of them, and a read takes a few mebibytes while it lasts."""
    decoder = ChatDecoder(0)
    reads = events // EVENTS_A_READ
    for place in range(reads):
        decoder.feed(read, place)
    tracemalloc.start()
    decoder.feed(read, reads)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    told = decoder.finish(exchange())

    assert held_bytes(decoder) < MIB
    assert peak < 4 * MIB
    assert isinstance(told, ChatReply)
    assert told.content_events == reads + 1
    assert len(told.text) == min(100 * (reads + 1), MAX_TEXT_CHARACTERS)
    assert told.flags >= {"truncated"}
