"""The chat decoder against the reference decoder: the same reply to every stream, however the stream is written and cut."""

import msgspec
from hypothesis import example, given, settings
from hypothesis import strategies as st

from locustfiles.protocols.chat_completions import ChatDecoder, ChatReply
from locustfiles.protocols.checkout import ProtocolFault, ServiceError
from locustfiles.transport.exchange import Fault
from tests.helpers.chat_answers import GOOD, exchange
from tests.helpers.chat_streams import streams
from tests.helpers.reference_chat import reference_reply
from tests.helpers.splits import CUTS, single_bytes, split_at


def decoded(pieces: list[bytes], *, cut: bool = False) -> ChatReply | ServiceError | str:
    """The decoder's reply to these reads, the instant of each its number; a protocol fault is its sentence."""
    decoder = ChatDecoder(0)
    for place, piece in enumerate(pieces):
        decoder.feed(piece, place)
    told = decoder.finish(exchange(fault=Fault.TRUNCATED if cut else None))
    return told.sentence if isinstance(told, ProtocolFault) else told


def timeless(told: ChatReply | ServiceError | str) -> ChatReply | ServiceError | str:
    """The reply without its instants, which depend on the reads."""
    if not isinstance(told, ChatReply):
        return told
    unknown = dict.fromkeys(("first_event_ns", "first_content_ns", "last_content_ns"))
    return msgspec.structs.replace(told, **unknown, gaps_ns=())


@settings(max_examples=250)
@given(streams())
def test_every_stream(frames: list[bytes]) -> None:
    """Read event by event, every stream gives what the reference reads, the instants of text and calls included."""
    assert decoded(frames) == reference_reply(frames, cut=False)


@settings(max_examples=150)
@given(streams(), CUTS)
def test_every_split(frames: list[bytes], cuts: list[int]) -> None:
    """Wherever the reads cut the stream, within a character, a line end or a word, the reply is the reference's."""
    wire = b"".join(frames)
    expected = timeless(reference_reply([wire], cut=False))

    assert timeless(decoded(split_at(wire, cuts))) == expected
    assert timeless(decoded(single_bytes(wire))) == expected


@settings(max_examples=150)
@given(streams(), st.integers(0, 100_000), st.booleans(), CUTS)
@example([GOOD], len(GOOD) - 1, False, [])
def test_every_end(frames: list[bytes], end: int, is_told: bool, cuts: list[int]) -> None:
    """Wherever the stream ends, told by the transport or not, what is left of it is what the reference reads."""
    wire = b"".join(frames)
    wire = wire[: end % (len(wire) + 1)]
    expected = timeless(reference_reply([wire], cut=is_told))

    assert timeless(decoded(split_at(wire, cuts), cut=is_told)) == expected
