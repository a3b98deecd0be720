"""What the chunks of one chat answer add up to: text, tool calls, reason of the end, tokens, and when they came.

This module must not know bytes or streams.
"""

from collections.abc import Sequence
from typing import Any

import msgspec

from locustfiles.protocols.chat_chunks import Choice, Chunk, Delta, is_odd
from locustfiles.protocols.service_error import whole_number
from locustfiles.protocols.tool_calls import ToolCall, ToolCallMerger

MAX_TEXT_CHARACTERS = 64 * 1024
MAX_GAPS = 4096
_REASON_CHARACTERS = 64


class ChatReply(msgspec.Struct, frozen=True):
    """What the assistant said. Instants are those of the reads, on the monotonic clock; None = never.

    ``flags``: ``no_done`` (a finish reason, but no ``[DONE]``), ``unterminated`` (the last event lacked its empty
    line), ``empty`` (no chunk at all), ``truncated`` (neither finish reason nor ``[DONE]``, or the exchange has a
    fault), ``truncated_call`` (a call cut by ``length`` or by the end), ``whole_json`` (not streamed), ``text_cut``
    (text beyond ``MAX_TEXT_CHARACTERS`` was dropped).
    """

    text: str
    tool_calls: tuple[ToolCall, ...]
    finish_reason: str
    usage_completion_tokens: int | None
    first_event_ns: int | None
    first_content_ns: int | None
    last_content_ns: int | None
    content_events: int
    """Events with visible text or a piece of a tool call; an event may hold many tokens."""
    done: bool
    """Whether ``[DONE]`` came, or the whole answer in one JSON value."""
    flags: frozenset[str]
    gaps_ns: tuple[int, ...] = ()
    """Between every event with content and the one before it, at most ``MAX_GAPS``; 0 for events that came in one read."""


class AnswerSum:
    """Sums up chunks in the order of their arrival; every instant is the read's in which they came."""

    __slots__ = (
        "_has_reasoned",
        "_reasoning_tokens",
        "_text",
        "_text_length",
        "_tokens",
        "_tools",
        "content_events",
        "finish_reason",
        "first_content_ns",
        "first_event_ns",
        "flags",
        "gaps_ns",
        "last_content_ns",
    )

    def __init__(self) -> None:
        """Start without a chunk."""
        self._tools: ToolCallMerger | None = None
        self._text: list[str] = []
        self._text_length = 0
        self._tokens: int | None = None
        self._reasoning_tokens = 0
        self._has_reasoned = False
        self.finish_reason = ""
        self.flags: set[str] = set()
        self.first_event_ns: int | None = None
        self.first_content_ns: int | None = None
        self.last_content_ns: int | None = None
        self.content_events = 0
        self.gaps_ns: list[int] = []

    def take_texts(self, texts: Sequence[str], at_ns: int) -> bool:
        """Add the text of one read's chunks, which are nothing else and at least one; whether there is room for all of it."""
        text = "".join(texts)
        length = self._text_length + len(text)
        if length > MAX_TEXT_CHARACTERS:
            return False
        if self.first_event_ns is None:
            self.first_event_ns = at_ns
        if texts:
            self._text.append(text)
            self._text_length = length
            self._note_content(len(texts), at_ns)
        return True

    def take(self, chunks: Sequence[Chunk], at_ns: int) -> int | None:
        """Add the chunks of one read, of several choices only the first; the place of one that is odd, which ends it."""
        odd = None
        with_content = 0
        for place, chunk in enumerate(chunks):
            choices = chunk.choices
            if choices and len(choices) == 1 and chunk.usage is None and chunk.error is None:
                choice = choices[0]
                delta = choice.delta
                # Nearly every chunk is a piece of text or of a tool call, and nothing else.
                if delta is not None and choice.finish_reason is None and choice.index == 0 and choice.message is None:
                    with_content += self._take_delta(delta)
                    continue
            if is_odd(chunk):
                odd = place
                break
            with_content += self._take_chunk(chunk)
        if self.first_event_ns is None and chunks and odd != 0:
            self.first_event_ns = at_ns
        if with_content:
            self._note_content(with_content, at_ns)
        return odd

    @property
    def token_ns(self) -> int | None:
        """(last - first content) / (tokens - 1), as measured from usage; None below two tokens and where they are not known.

        Reasoning is no content: its tokens are left out, and where they were streamed and not told apart nothing is known.
        """
        if self._tokens is None or self.first_content_ns is None or self.last_content_ns is None:
            return None
        if self._has_reasoned and not self._reasoning_tokens:
            return None
        tokens = self._tokens - self._reasoning_tokens
        return (self.last_content_ns - self.first_content_ns) // (tokens - 1) if tokens > 1 else None

    def _take_chunk(self, chunk: Chunk) -> bool:
        if chunk.usage and isinstance(chunk.usage, dict):
            self._take_usage(chunk.usage)
        has_content = False
        for choice in chunk.choices or ():
            if choice.index == 0 or choice.index is None:
                has_content = self._take_choice(choice) or has_content
        return has_content

    def _take_usage(self, usage: dict[str, Any]) -> None:
        """The last number counts: some servers tell a running total."""
        tokens = whole_number(usage.get("completion_tokens"))
        if tokens is not None:
            self._tokens = tokens
        details = usage.get("completion_tokens_details")
        reasoning = whole_number(details.get("reasoning_tokens")) if isinstance(details, dict) else None
        if reasoning is not None:
            self._reasoning_tokens = max(0, reasoning)

    def _note_content(self, events: int, at_ns: int) -> None:
        self.content_events += events
        if self.last_content_ns is None:
            self.first_content_ns = self.last_content_ns = at_ns
            events -= 1
        gaps = self.gaps_ns
        if events and len(gaps) < MAX_GAPS:
            gaps.append(at_ns - self.last_content_ns)
            gaps += [0] * (events - 1)
        self.last_content_ns = at_ns

    def _take_text(self, content: str) -> None:
        """Keep what there is room for."""
        room = MAX_TEXT_CHARACTERS - self._text_length
        if len(content) > room:
            self.flags.add("text_cut")
            content = content[:room]
        if content:
            self._text.append(content)
            self._text_length += len(content)

    def _take_choice(self, choice: Choice) -> bool:
        """Whether the choice holds visible text or a piece of a tool call."""
        if choice.finish_reason and isinstance(choice.finish_reason, str):
            self.finish_reason = choice.finish_reason[:_REASON_CHARACTERS]
        delta = choice.message or choice.delta
        if delta is None:
            return False
        if choice.message is not None:
            for place, piece in enumerate(delta.tool_calls or ()):
                if piece.index is None:
                    piece.index = place  # a whole message lists whole calls
        return self._take_delta(delta)

    def _take_delta(self, delta: Delta) -> bool:
        """Whether there is visible text or a piece of a tool call."""
        pieces, content = delta.tool_calls, delta.content
        if delta.reasoning_content or delta.reasoning:
            self._has_reasoned = True
        has_content = False
        if pieces:
            has_content = True
            if self._tools is None:
                self._tools = ToolCallMerger()
            for piece in pieces:
                self._tools.add(piece)
        if content and content.__class__ is str:
            has_content = True
            self._take_text(content)
        return has_content

    def reply(self, *, done: bool) -> ChatReply:
        """The sum."""
        return ChatReply(
            text="".join(self._text),
            tool_calls=self._tools.calls() if self._tools is not None else (),
            finish_reason=self.finish_reason,
            usage_completion_tokens=self._tokens,
            first_event_ns=self.first_event_ns,
            first_content_ns=self.first_content_ns,
            last_content_ns=self.last_content_ns,
            content_events=self.content_events,
            done=done,
            flags=frozenset(self.flags) if self.flags else _NO_FLAGS,
            gaps_ns=tuple(self.gaps_ns),
        )


_NO_FLAGS: frozenset[str] = frozenset()
