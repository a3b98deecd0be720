"""The chunks of a chat stream as values, and the short way to them: many whole events parsed in one go.

Nearly every stream is nothing but events of one data line each, ``data: {...}`` and an empty line. Those of one read become
values side by side and are parsed by one call; anything else takes the long way through ``sse``, event by event, and means the
same. To parse only the events whose bytes say that they matter would let garbage between them pass.

Most events are a piece of text and nothing else. ``texts_in`` has the parser see to that, so that no chunk is looked at twice.

This module must not know what a chunk is worth.
"""

from typing import Any, Literal

import msgspec
from msgspec import UNSET, UnsetType

from locustfiles.protocols.checkout import ProtocolFault, ServiceError
from locustfiles.protocols.service_error import error_in, excerpt, parse_json
from locustfiles.protocols.sse import SseEvent
from locustfiles.protocols.tool_calls import ToolDelta

DONE = "[DONE]"
EVENT_END = b"\n\n"
_OK = 200
_ERROR_STATUSES = range(400, 600)
_DATA = b"data: "
_FIRST, _BETWEEN, _LAST = b"data: {", b"}\n\ndata: {", b"}\n\n"
_SIDE_BY_SIDE = b"}\t{"
"""What no JSON value holds: a raw tab is not allowed in a text, and nothing goes on behind "}" with "{"."""
_DONE_EVENT = b"data: [DONE]\n\n"


class Delta(msgspec.Struct, gc=False):
    """What a chunk adds to a message, or a whole message."""

    content: Any = None
    tool_calls: list[ToolDelta] | None = None
    reasoning_content: Any = None
    """Qwen's and DeepSeek's name of what the model thinks before it speaks; it is not content."""
    reasoning: Any = None
    """vLLM's name of the same."""


class Choice(msgspec.Struct, gc=False):
    """One of the answers that a chunk is about."""

    index: Any = None
    delta: Delta | None = None
    message: Delta | None = None
    finish_reason: Any = None


class Chunk(msgspec.Struct, gc=False):
    """A chunk or a whole answer; members that nothing here reads are skipped without being built."""

    choices: list[Choice] | UnsetType | None = UNSET
    usage: Any = None
    error: Any = None


class _TextDelta(msgspec.Struct, gc=False):
    content: str | None = None
    tool_calls: None = None
    reasoning_content: None = None
    reasoning: None = None


class _TextChoice(msgspec.Struct, gc=False):
    index: Literal[0]
    delta: _TextDelta
    message: None = None
    finish_reason: None = None


class _TextChunk(msgspec.Struct, gc=False):
    """A ``Chunk`` of a piece of text, or of none, and nothing else; any other does not decode."""

    choices: tuple[_TextChoice]
    usage: None = None
    error: None = None


decode_chunk = msgspec.json.Decoder(Chunk).decode
"""One chunk of its JSON; raises what ``msgspec`` raises, UnicodeError and RecursionError."""
_decode_chunks = msgspec.json.Decoder(Chunk).decode_lines
_decode_texts = msgspec.json.Decoder(_TextChunk).decode_lines


def plain_events(stream: bytes) -> tuple[bytes, int, bool] | None:
    """The values of bytes that look like whole plain events: side by side, how many they must be, and whether ``[DONE]`` ended them.

    None for all other bytes, good or bad: they are for the long way.
    """
    done = stream.endswith(_DONE_EVENT)
    body = stream[: -len(_DONE_EVENT)] if done else stream
    if not body:
        return b"", 0, done
    if not (body.startswith(_FIRST) and body.endswith(_LAST)):
        return None
    events = body[len(_DATA) : -len(EVENT_END)].split(_BETWEEN)
    values = _SIDE_BY_SIDE.join(events)
    if b"\n" in values or b"\r" in values:  # an event of several lines
        return None
    return values, len(events), done


def texts_in(values: bytes, number: int) -> list[str] | None:
    """The pieces of text of so many chunks of text, blank ones left out; None when there is anything else."""
    try:
        chunks = _decode_texts(values)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return None
    if len(chunks) != number:
        return None
    return [content for chunk in chunks if (content := chunk.choices[0].delta.content)]


def chunks_in(values: bytes, number: int) -> list[Chunk] | None:
    """The chunks of as many values; None when some are no chunks, or one event is not one value."""
    try:
        chunks = _decode_chunks(values)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return None
    return chunks if len(chunks) == number else None


def is_odd(chunk: Chunk) -> bool:
    """Whether a value is no chunk although it could be read as one: it tells an error, or has neither choices nor usage."""
    return bool(chunk.error) or (chunk.choices is UNSET and not chunk.usage)


def plain_event(stream: bytes, place: int, offset: int) -> SseEvent:
    """The event at a place among the plain ones of ``stream``, which begins at ``offset`` of the whole stream."""
    events = stream.split(EVENT_END)
    begin = offset + sum(len(event) + len(EVENT_END) for event in events[:place])
    return SseEvent("", events[place][len(_DATA) :].decode("utf-8", "replace"), begin)


def wrong_event(event: SseEvent) -> ServiceError | ProtocolFault | None:
    """What an event that is no chunk is: the service's error, a fault, or None for a named event of another protocol."""
    value = parse_json(event.data)
    if isinstance(value, ProtocolFault):
        if event.event == "error":
            return ServiceError(_OK, "", excerpt(event.data))
        return ProtocolFault("An event is not JSON.", event.offset + value.offset, value.excerpt)
    told = error_in(_inner_status(value), value)
    if told is not None:
        return told
    if event.event == "error":
        return ServiceError(_OK, "", excerpt(event.data))
    if event.event not in ("", "message"):
        return None
    return ProtocolFault("An event is not a chat chunk.", event.offset, excerpt(event.data))


def _inner_status(value: Any) -> int:
    """The status that a late error would have had: vLLM and llama.cpp tell it as the error's code, behind a head that said 200."""
    error = value.get("error", value) if isinstance(value, dict) else None
    code = error.get("code") if isinstance(error, dict) else None
    return code if isinstance(code, int) and code in _ERROR_STATUSES else _OK
