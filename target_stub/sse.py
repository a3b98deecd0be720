"""The wire form of a chat answer: OpenAI-compatible chunks as server-sent events, and the same answer in one piece.

Every chunk of an answer shares its envelope, so the envelope is encoded once an answer and the deltas once a text.
"""

from functools import lru_cache
from typing import Final, Literal

import msgspec

from target_stub.assistant import TOOL, Answer

DONE: Final = b"data: [DONE]\n\n"
STREAM_HEADERS: Final = [("content-type", "text/event-stream; charset=utf-8"), ("cache-control", "no-cache")]
Dialect = Literal["openai", "dashscope"]
_CALL_PIECE: Final[dict[Dialect, bytes]] = {
    "openai": b'{"tool_calls":[{"index":0,"function":{"arguments":',
    "dashscope": b'{"tool_calls":[{"index":0,"id":"","type":"function","function":{"name":null,"arguments":',
}
_REASONING: Final = [
    b'{"content":null,"reasoning_content":"The shopper names a product;"}',
    b'{"content":null,"reasoning_content":" the tool orders it."}',
]
_PIECE_BYTES: Final = 20  # about four tokens: a delta carries more than one token, as real servers' do under load


class Usage(msgspec.Struct, frozen=True):
    """Token counts as the provider bills them."""

    prompt_tokens: int
    completion_tokens: int

    def encoded(self) -> bytes:
        """Return the JSON object."""
        total = self.prompt_tokens + self.completion_tokens
        counts = (self.prompt_tokens, self.completion_tokens, total)
        return b'{"prompt_tokens":%d,"completion_tokens":%d,"total_tokens":%d}' % counts


CANNED: Final = Usage(0, 0)


def tokens_of(text: str) -> int:
    """Return an estimate of a text's tokens: one for every four bytes of UTF-8, as byte-pair vocabularies give roughly."""
    return -(-len(text.encode()) // 4)


class Envelope(msgspec.Struct, frozen=True):
    """What all chunks of one answer have in common; `with_usage` adds `usage` as stream_options.include_usage asks."""

    answer_id: str
    created_s: int
    model: str
    with_usage: bool

    def head(self, kind: str = "chat.completion.chunk") -> bytes:
        """Return the opening members of a chunk or of a whole answer."""
        model = msgspec.json.encode(self.model)
        return b'{"id":"%s","object":"%s","created":%d,"model":%s' % (
            self.answer_id.encode(), kind.encode(), self.created_s, model,
        )  # fmt: skip


def deltas(answer: Answer, call_id: str, dialect: Dialect = "openai", *, thinking: bool = False) -> list[bytes]:
    """Return the deltas of an answer in order: role, text in pieces, then the tool call opened, then its arguments.

    DashScope's have an empty id and a null name in every piece of a call but its first, an empty function last, and, when the
    client asks for thinking, reasoning before the text, with no content meanwhile.
    """
    text, arguments = _pieces(answer, dialect)
    is_dashscope = dialect == "dashscope"
    parts = [b'{"role":"assistant","content":""}']
    if is_dashscope and thinking:
        parts = [b'{"role":"assistant","content":null,"reasoning_content":""}', *_REASONING]
    parts.extend(text)
    if answer.sku is not None:
        parts.append(
            b'{"tool_calls":[{"index":0,"id":"%s","type":"function","function":{"name":"%s","arguments":""}}]}'
            % (call_id.encode(), TOOL.encode())
        )
        parts.extend(arguments)
        if is_dashscope:
            parts.append(b'{"tool_calls":[{"index":0,"id":"","type":"function","function":{}}]}')
    return parts


def letters(answer: Answer) -> list[bytes]:
    """Return the deltas of words that come a character at a time."""
    encode = msgspec.json.encode
    return [b'{"role":"assistant","content":""}', *(b'{"content":%s}' % encode(letter) for letter in answer.text)]


def chunks(envelope: Envelope, parts: list[bytes], reason: str, usage: Usage) -> list[bytes]:
    """Return the events of an answer: one for each delta, then the finish reason with the usage and `[DONE]` as one."""
    begin = b"data: " + envelope.head() + b',"choices":[{"index":0,"delta":'
    tail = b',"usage":null}\n\n' if envelope.with_usage else b"}\n\n"
    end = b',"finish_reason":null}]' + tail
    events = [begin + part + end for part in parts]
    last = begin + b'{},"finish_reason":"' + reason.encode() + b'"}]' + tail
    if envelope.with_usage:
        last += b"data: " + envelope.head() + b',"choices":[],"usage":' + usage.encoded() + b"}\n\n"
    events.append(last + DONE)
    return events


def whole(envelope: Envelope, answer: Answer, call_id: str, usage: Usage) -> bytes:
    """Return the answer as one `chat.completion` object, for requests that do not stream."""
    message: dict[str, object] = {"role": "assistant", "content": answer.text}
    if answer.sku is not None:
        function = {"name": TOOL, "arguments": answer.arguments}
        message["tool_calls"] = [{"id": call_id, "type": "function", "function": function}]
    choices = [{"index": 0, "message": message, "finish_reason": finish_reason(answer)}]
    body = b',"choices":' + msgspec.json.encode(choices) + b',"usage":' + usage.encoded() + b"}"
    return envelope.head("chat.completion") + body


def finish_reason(answer: Answer) -> str:
    """Return why the model stopped."""
    return "stop" if answer.sku is None else "tool_calls"


@lru_cache(maxsize=1024)
def _pieces(answer: Answer, dialect: Dialect) -> tuple[tuple[bytes, ...], tuple[bytes, ...]]:
    encode = msgspec.json.encode
    text = tuple(b'{"content":%s}' % encode(piece) for piece in cut(answer.text))
    begin = _CALL_PIECE[dialect]
    arguments = tuple(begin + encode(piece) + b"}}]}" for piece in cut(answer.arguments))
    return text, arguments


def cut(text: str) -> list[str]:
    """Return the text in pieces of at most 20 bytes of UTF-8, never inside a character."""
    pieces: list[str] = []
    piece = ""
    size = 0
    for character in text:
        width = len(character.encode())
        if size + width > _PIECE_BYTES:
            pieces.append(piece)
            piece, size = "", 0
        piece += character
        size += width
    return [*pieces, piece] if piece else pieces
