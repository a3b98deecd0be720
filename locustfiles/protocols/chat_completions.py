"""Chat completions as OpenAI-compatible servers speak them: a prompt in, bytes out; bytes in, a reply out.

``ChatDecoder`` is total over hostile bytes: it keeps a bounded amount of text and never raises. Law: any split of the
bytes gives the same reply, apart from the instants, which are those of the reads.

This module must not know sockets, checkouts, or which replies are refusals.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
from msgspec import UNSET, UnsetType

from locustfiles.protocols.checkout import ProtocolFault, ServiceError
from locustfiles.protocols.http_request import RequestTemplate
from locustfiles.protocols.service_error import (
    error_in,
    excerpt,
    parse_json,
    retry_after_s,
    service_error,
    whole_number,
)
from locustfiles.protocols.sse import SseDecoder, SseEvent
from locustfiles.protocols.tool_calls import ToolCall, ToolCallMerger, ToolDelta
from locustfiles.transport.exchange import Exchange

CHAT_PATH = "/v1/chat/completions"
MAX_TEXT_CHARACTERS = 64 * 1024
MAX_WHOLE_BYTES = 4 * 1024 * 1024
_EVENT_STREAM = "text/event-stream"
_BLANK_OR_BOM = b" \t\r\n\xef\xbb\xbf"
_BEGINNING_BYTES = 1024
_DONE = "[DONE]"
_OK = 200
_REASON_CHARACTERS = 64

CREATE_CHECKOUT_TOOL: dict[str, Any] = {
    "type": "function",
    "function": {
        "name": "create_checkout",
        "description": "Open a checkout for the products that the shopper wants to buy.",
        "parameters": {
            "type": "object",
            "properties": {
                "items": {
                    "type": "array",
                    "items": {
                        "type": "object",
                        "properties": {"sku": {"type": "string"}, "quantity": {"type": "integer", "minimum": 1}},
                        "required": ["sku", "quantity"],
                    },
                }
            },
            "required": ["items"],
        },
    },
}
"""The one function that the shop's assistant may call."""


class ChatDoor:
    """Encodes streaming chat requests of one model with one system text and one set of tools."""

    def __init__(
        self,
        host: str,
        api_key: str,
        *,
        model: str = "springtide-shop",
        system_text: str,
        tools: Sequence[dict[str, Any]] = (CREATE_CHECKOUT_TOOL,),
        path: str = CHAT_PATH,
    ) -> None:
        """``host`` is the Host header's value. ValueError when host or key cannot stand in a header."""
        headers = {
            "Host": host,
            "User-Agent": "springtide",
            "Accept": _EVENT_STREAM,
            "Authorization": f"Bearer {api_key}",
            "Content-Type": "application/json",
        }
        self._template = RequestTemplate("POST", path, headers=headers, varying=("X-Shopper-Id",))
        options = {"model": model, "stream": True, "stream_options": {"include_usage": True}, "tools": list(tools)}
        system = msgspec.json.encode({"role": "system", "content": system_text})
        self._before = msgspec.json.encode(options)[:-1] + b',"messages":[' + system + b',{"role":"user","content":'

    def ask(self, prompt_text: str, *, shopper_id: str) -> bytes:
        """The request that puts one prompt to the assistant."""
        return self._template.fill(shopper_id, body=self._before + msgspec.json.encode(prompt_text) + b"}]}")


@dataclass(frozen=True, slots=True)
class ChatReply:
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


class _Delta(msgspec.Struct):
    content: Any = None
    tool_calls: list[ToolDelta] | None = None


class _Choice(msgspec.Struct):
    index: Any = None
    delta: _Delta | None = None
    message: _Delta | None = None
    finish_reason: Any = None


class _Chunk(msgspec.Struct):
    """A chunk or a whole answer; members that nothing here reads are skipped without being built."""

    choices: list[_Choice] | UnsetType | None = UNSET
    usage: Any = None
    error: Any = None


_decode_chunk = msgspec.json.Decoder(_Chunk).decode


class ChatDecoder:
    """Decodes one answer; give it to ``ConnectionPool.exchange`` as the sink, then call ``finish`` once."""

    def __init__(self, ready_ns: int) -> None:
        """``ready_ns``: when the request was ready; the floor of every instant, since no event precedes its request."""
        self._ready_ns = ready_ns
        self._sse = SseDecoder()
        self._whole: bytearray | None = None
        self._undecided = True
        self._beginning = b""
        self._tools = ToolCallMerger()
        self._text: list[str] = []
        self._text_length = 0
        self._finish_reason = ""
        self._tokens: int | None = None
        self._chunks = 0
        self._done = False
        self._flags: set[str] = set()
        self._wrong: ServiceError | ProtocolFault | None = None
        self._last_read_ns = ready_ns
        self.first_event_ns: int | None = None
        self.first_content_ns: int | None = None
        self.last_content_ns: int | None = None
        self.content_events = 0

    def feed(self, data: bytes, at_ns: int) -> None:
        """The next bytes of a 200's body, read at this instant."""
        self._last_read_ns = max(at_ns, self._ready_ns)
        if self._undecided:
            data = self._decide(data)
        if len(self._beginning) < _BEGINNING_BYTES:
            self._beginning += data[:_BEGINNING_BYTES]
        if self._whole is None:
            for event in self._sse.feed(data):
                self._take_event(event)
        elif len(self._whole) <= MAX_WHOLE_BYTES:
            self._whole += data

    def finish(self, exchange: Exchange) -> ChatReply | ServiceError | ProtocolFault:
        """What the answer was: a reply, the service's no, or bytes that are not this protocol."""
        if exchange.status == 0:
            sentence = exchange.fault.sentence if exchange.fault else "The exchange has no answer."
            return ProtocolFault(sentence)
        if exchange.status != _OK:
            return service_error(exchange.status, exchange.headers, exchange.body)
        if exchange.body:  # the exchange had no sink
            self.feed(exchange.body, exchange.end_ns)
        if self._whole is not None:
            self._end_whole(bytes(self._whole), exchange)
        else:
            self._end_stream(exchange)
        if isinstance(self._wrong, ServiceError) and self._wrong.retry_after_s is None:
            told = self._wrong
            return ServiceError(told.status, told.code, told.message, retry_after_s(exchange.headers))
        return self._wrong or self._reply(exchange)

    def _decide(self, data: bytes) -> bytes:
        """Tell a stream from a whole JSON answer by the first byte that is not blank: a queue may send blank lines."""
        begun = data.lstrip(_BLANK_OR_BOM)
        if not begun:
            return data
        self._undecided = False
        if begun.startswith((b"{", b"[")):
            self._whole = bytearray()
            return begun
        return data

    def _end_stream(self, exchange: Exchange) -> None:
        last = self._sse.finish()
        if last is not None and not self._done and self._wrong is None:
            self._take_last(last)
        if self._wrong is not None:
            return
        kind = exchange.headers.get("content-type", "")
        if self._sse.overflow:
            self._wrong = ProtocolFault(self._sse.overflow, 0, excerpt(self._beginning))
        elif kind.partition(";")[0].strip().lower() != _EVENT_STREAM:
            sentence = f"The answer is neither JSON nor an event stream; its content type is {excerpt(kind)!r}."
            self._wrong = ProtocolFault(sentence, 0, excerpt(self._beginning))

    def _take_last(self, event: SseEvent) -> None:
        """An event without its empty line counts when it is complete in itself."""
        if event.data.strip() == _DONE or not isinstance(parse_json(event.data), ProtocolFault):
            self._flags.add("unterminated")
            self._take_event(event)

    def _end_whole(self, body: bytes, exchange: Exchange) -> None:
        self._flags.add("whole_json")
        if len(body) > MAX_WHOLE_BYTES:
            self._wrong = ProtocolFault(f"The answer is longer than {MAX_WHOLE_BYTES} bytes.", 0, excerpt(body))
        elif exchange.fault is None:
            self._take_event(SseEvent("", body.decode("utf-8", "replace"), 0))
            self._done = True

    def _take_event(self, event: SseEvent) -> None:
        text = event.data.strip()
        if self._done or self._wrong is not None or not text:
            return
        if text == _DONE:
            self._done = True
            return
        try:
            chunk = _decode_chunk(text)
        except (msgspec.DecodeError, UnicodeError, RecursionError):
            self._wrong = _wrong_event(event)
            return
        if chunk.error or event.event == "error" or (chunk.choices is UNSET and not chunk.usage):
            self._wrong = _wrong_event(event)
        else:
            self._take_chunk(chunk)

    def _take_chunk(self, chunk: _Chunk) -> None:
        self._chunks += 1
        at_ns = self._last_read_ns
        if self.first_event_ns is None:
            self.first_event_ns = at_ns
        if isinstance(chunk.usage, dict):
            tokens = whole_number(chunk.usage.get("completion_tokens"))
            self._tokens = tokens if tokens is not None else self._tokens
        for choice in chunk.choices or ():
            if choice.index in (0, None) and self._take_choice(choice):
                self.content_events += 1
                self.last_content_ns = at_ns
                if self.first_content_ns is None:
                    self.first_content_ns = at_ns

    def _take_choice(self, choice: _Choice) -> bool:
        """Whether the choice holds visible text or a piece of a tool call."""
        if isinstance(choice.finish_reason, str) and choice.finish_reason:
            self._finish_reason = choice.finish_reason[:_REASON_CHARACTERS]
        delta = choice.message or choice.delta
        if delta is None:
            return False
        for place, piece in enumerate(delta.tool_calls or ()):
            if choice.message is not None and piece.index is None:
                piece.index = place  # a whole message lists whole calls
            self._tools.add(piece)
        content = delta.content if isinstance(delta.content, str) else ""
        room = MAX_TEXT_CHARACTERS - self._text_length
        if len(content) > room:
            self._flags.add("text_cut")
        if content and room > 0:
            self._text.append(content[:room])
            self._text_length += len(content[:room])
        return bool(content or delta.tool_calls)

    def _reply(self, exchange: Exchange) -> ChatReply | ProtocolFault:
        flags = self._flags
        complete = exchange.fault is None and (self._done or bool(self._finish_reason))
        if not complete:
            flags.add("truncated")
        elif not self._done:
            flags.add("no_done")
        if not self._chunks:
            flags.add("empty")
        calls = self._tools.calls()
        for call in calls:
            if not call.broken:
                continue
            if complete and self._finish_reason != "length":
                return ProtocolFault(f"The tool call {excerpt(call.name)!r} is unreadable. {call.broken}")
            flags.add("truncated_call")
        return ChatReply(
            text="".join(self._text),
            tool_calls=calls,
            finish_reason=self._finish_reason,
            usage_completion_tokens=self._tokens,
            first_event_ns=self.first_event_ns,
            first_content_ns=self.first_content_ns,
            last_content_ns=self.last_content_ns,
            content_events=self.content_events,
            done=self._done,
            flags=frozenset(flags),
        )


def _wrong_event(event: SseEvent) -> ServiceError | ProtocolFault | None:
    """What an event that is no chunk is: the service's error, a fault, or None for a named event of another protocol."""
    value = parse_json(event.data)
    if isinstance(value, ProtocolFault):
        if event.event == "error":
            return ServiceError(_OK, "", excerpt(event.data))
        return ProtocolFault("An event is not JSON.", event.offset + value.offset, value.excerpt)
    told = error_in(_OK, value)
    if told is not None:
        return told
    if event.event == "error":
        return ServiceError(_OK, "", excerpt(event.data))
    if event.event not in ("", "message"):
        return None
    return ProtocolFault("An event is not a chat chunk.", event.offset, excerpt(event.data))
