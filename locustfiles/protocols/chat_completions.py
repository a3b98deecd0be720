"""Chat completions as OpenAI-compatible servers answer: bytes in, a reply out.

``ChatDecoder`` is total over hostile bytes: it keeps a bounded amount of text and never raises. Law: any split of the
bytes gives the same reply, apart from the instants, which are those of the reads.

This module must not know sockets, checkouts, or which replies are refusals.
"""

import msgspec
from msgspec import structs

from locustfiles.protocols.announced import reset_s
from locustfiles.protocols.chat_answer import MAX_TEXT_CHARACTERS, AnswerSum, ChatReply
from locustfiles.protocols.chat_chunks import (
    DONE,
    EVENT_END,
    chunks_in,
    decode_chunk,
    plain_event,
    plain_events,
    texts_in,
    wrong_event,
)
from locustfiles.protocols.chat_request import EVENT_STREAM
from locustfiles.protocols.checkout import ProtocolFault, ServiceError
from locustfiles.protocols.service_error import excerpt, parse_json, retry_after_s, service_error
from locustfiles.protocols.sse import SseDecoder, SseEvent
from locustfiles.transport.exchange import Exchange

__all__ = ["MAX_TEXT_CHARACTERS", "MAX_WHOLE_BYTES", "ChatDecoder", "ChatReply"]

MAX_WHOLE_BYTES = 4 * 1024 * 1024
_BLANK_OR_BOM = b" \t\r\n\xef\xbb\xbf"
_BEGINNING_BYTES = 1024
_TAIL_BYTES = 64 * 1024
_OK = 200


class ChatDecoder:
    """Decodes one answer; give it to ``ConnectionPool.exchange`` as the sink, then call ``finish`` once."""

    __slots__ = (
        "_beginning",
        "_done",
        "_last_read_ns",
        "_offset",
        "_only_text",
        "_ready_ns",
        "_sse",
        "_sum",
        "_tail",
        "_undecided",
        "_whole",
        "_wrong",
    )

    def __init__(self, ready_ns: int) -> None:
        """``ready_ns``: when the request was ready; the floor of every instant, since no event precedes its request."""
        self._ready_ns = ready_ns
        self._sum = AnswerSum()
        self._sse: SseDecoder | None = None
        self._whole: bytearray | None = None
        self._undecided = True
        self._only_text = True
        self._beginning = b""
        self._offset = 0
        self._tail = b""
        self._done = False
        self._wrong: ServiceError | ProtocolFault | None = None
        self._last_read_ns = ready_ns

    @property
    def first_event_ns(self) -> int | None:
        """When the first event without an error came."""
        return self._sum.first_event_ns

    @property
    def first_content_ns(self) -> int | None:
        """When the first text or piece of a tool call came."""
        return self._sum.first_content_ns

    @property
    def gaps_ns(self) -> list[int]:
        """Between every event with content and the one before it, 0 for events of one read."""
        return self._sum.gaps_ns

    @property
    def token_ns(self) -> int | None:
        """The time per output token of a streamed answer; None when it is undefined."""
        return None if self._whole is not None else self._sum.token_ns

    def feed(self, data: bytes, at_ns: int) -> None:
        """The next bytes of a 200's body, read at this instant."""
        self._last_read_ns = max(self._ready_ns, at_ns)
        if len(self._beginning) < _BEGINNING_BYTES:
            self._beginning += data[:_BEGINNING_BYTES]
        if self._undecided:
            data = self._decide(data)
        if self._whole is not None:
            if len(self._whole) <= MAX_WHOLE_BYTES:
                self._whole += data
        elif self._sse is not None:
            for event in self._sse.feed(data):
                self._take_event(event)
        else:
            self._feed_plain(data)

    def finish(self, exchange: Exchange) -> ChatReply | ServiceError | ProtocolFault:
        """What the answer was: a reply, the service's no, or bytes that are not this protocol."""
        if exchange.status == 0:
            sentence = exchange.fault.sentence if exchange.fault else "The exchange has no answer."
            return ProtocolFault(sentence)
        if exchange.status != _OK:
            return _with_reset(service_error(exchange.status, exchange.headers, exchange.body), exchange)
        if exchange.body:  # the exchange had no sink
            self.feed(exchange.body, exchange.end_ns)
        if self._whole is not None:
            self._end_whole(bytes(self._whole), exchange)
        else:
            self._end_stream(exchange)
        if isinstance(self._wrong, ServiceError):
            return _with_reset(self._wrong, exchange)
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

    # The short way, while the stream is nothing but plain events; the long way takes over for good at the first that is not.

    def _feed_plain(self, data: bytes) -> None:
        if self._tail:
            data, self._tail = self._tail + data, b""
        if data.endswith(EVENT_END):
            foreign, tail = self._take_whole(data), b""
        else:
            at = data.rfind(EVENT_END)
            whole, tail = (data[: at + len(EVENT_END)], data[at + len(EVENT_END) :]) if at >= 0 else (b"", data)
            foreign = self._take_whole(whole) if whole else b""
        if foreign or (tail and (len(tail) > _TAIL_BYTES or b"\r" in tail)):
            self._take_long_way(foreign + tail)
        else:
            self._tail = tail

    def _take_whole(self, whole: bytes) -> bytes:
        """Take whole events as far as they are plain; those that are left."""
        if self._done or self._wrong is not None:
            return b""
        told = plain_events(whole)
        if told is None:
            return whole
        values, number, done = told
        if self._only_text and number and not done:  # an end is told before it
            texts = texts_in(values, number)
            if texts is not None and self._sum.take_texts(texts, self._last_read_ns):
                self._offset += len(whole)
                return b""
            self._only_text = False  # a tool call, as a rule, and no text follows it
        chunks = chunks_in(values, number)
        if chunks is None:
            return whole
        odd = self._sum.take(chunks, self._last_read_ns)
        if odd is None:
            self._done = done
        else:
            self._take_event(plain_event(whole, odd, self._offset))
        self._offset += len(whole)
        return b""

    def _take_long_way(self, data: bytes) -> None:
        self._sse = SseDecoder(self._offset)
        for event in self._sse.feed(data):
            self._take_event(event)

    def _take_event(self, event: SseEvent) -> None:
        text = event.data.strip()
        if self._done or self._wrong is not None or not text:
            return
        if text == DONE:
            self._done = True
            return
        try:
            chunk = decode_chunk(text)
        except (msgspec.DecodeError, UnicodeError, RecursionError):
            self._wrong = wrong_event(event)
            return
        if event.event == "error" or self._sum.take([chunk], self._last_read_ns) is not None:
            self._wrong = wrong_event(event)

    # The end.

    def _end_stream(self, exchange: Exchange) -> None:
        if self._sse is None and self._tail:
            self._take_long_way(self._tail)
        sse = self._sse
        last = sse.finish() if sse is not None else None
        if last is not None and not self._done and self._wrong is None:
            self._take_last(last)
        if self._wrong is not None:
            return
        kind = exchange.headers.get("content-type", "")
        if sse is not None and sse.overflow:
            self._wrong = ProtocolFault(sse.overflow, 0, excerpt(self._beginning))
        elif kind != EVENT_STREAM and kind.partition(";")[0].strip().lower() != EVENT_STREAM:
            sentence = f"The answer is neither JSON nor an event stream; its content type is {excerpt(kind)!r}."
            self._wrong = ProtocolFault(sentence, 0, excerpt(self._beginning))

    def _take_last(self, event: SseEvent) -> None:
        """An event without its empty line counts when it is complete in itself."""
        if event.data.strip() == DONE or not isinstance(parse_json(event.data), ProtocolFault):
            self._sum.flags.add("unterminated")
            self._take_event(event)

    def _end_whole(self, body: bytes, exchange: Exchange) -> None:
        self._sum.flags.add("whole_json")
        if len(body) > MAX_WHOLE_BYTES:
            self._wrong = ProtocolFault(f"The answer is longer than {MAX_WHOLE_BYTES} bytes.", 0, excerpt(body))
        elif exchange.fault is None:
            self._take_event(SseEvent("", body.decode("utf-8", "replace"), 0))
            self._done = True

    def _reply(self, exchange: Exchange) -> ChatReply | ProtocolFault:
        told = self._sum
        complete = exchange.fault is None and (self._done or bool(told.finish_reason))
        if not complete:
            told.flags.add("truncated")
        elif not self._done:
            told.flags.add("no_done")
        if told.first_event_ns is None:
            told.flags.add("empty")
        reply = told.reply(done=self._done)
        broken = [call for call in reply.tool_calls if call.broken]
        if not broken:
            return reply
        if complete and told.finish_reason != "length":
            return ProtocolFault(f"The tool call {excerpt(broken[0].name)!r} is unreadable. {broken[0].broken}")
        told.flags.add("truncated_call")
        return told.reply(done=self._done)


def _with_reset(told: ServiceError, exchange: Exchange) -> ServiceError:
    """The error with what the answer's headers say of when to come back."""
    if told.retry_after_s is not None:
        return told
    asked_s = retry_after_s(exchange.headers)
    return structs.replace(told, retry_after_s=asked_s, reset_s=reset_s(exchange.headers) if asked_s is None else None)
