"""How a refusal is said: the ways that a configuration names, each in turn, in the chat door's own bytes.

A voice is a list of ways (``sayings``) with commas between them; ``hard``, ``soft`` and ``mixed`` are short names for three.
"""

from typing import Final

from target_stub import sse
from target_stub.admission.sayings import SAYINGS, Headers, Saying
from target_stub.assistant import Answer
from target_stub.catalogue import Language
from target_stub.clock import NS_PER_S, Clock
from target_stub.instants import rfc3339
from target_stub.web import Reply, Reset, Stream, Write

Voice = str
SHORT_NAMES: Final = {"hard": "dashscope-rate", "soft": "busy", "mixed": "dashscope-rate,busy"}
STALL_S: Final = 600
"""A stalled answer ends empty at last: longer than any client's patience, and still a bound."""
_CHUNKED: Final = ("transfer-encoding", "chunked")


def sayings_of(voice: Voice) -> tuple[Saying, ...]:
    """Return the ways of a voice in their order; raises ValueError with a sentence for a name that is none."""
    names = [part for name in voice.split(",") for part in SHORT_NAMES.get(name.strip(), name.strip()).split(",")]
    unknown = [name for name in names if name not in SAYINGS]
    if unknown:
        raise ValueError(f"{unknown[0]!r} is no voice: give one or more of {', '.join((*SHORT_NAMES, *SAYINGS))}")
    return tuple(SAYINGS[name] for name in names)


def saying_of(ways: tuple[Saying, ...], nth: int) -> Saying:
    """Return how the nth refusal (counted from 0) is said: each way in turn."""
    return ways[nth % len(ways)]


class Said:
    """What a way needs to become bytes: the ids and instants of one refusal."""

    __slots__ = ("_clock", "_request_id", "_retry_after_s")

    def __init__(self, request_id: str, retry_after_s: int, clock: Clock) -> None:
        self._request_id = request_id
        self._retry_after_s = retry_after_s
        self._clock = clock

    def fill(self, text: str) -> str:
        """Put id and times in their places."""
        if "<" not in text:
            return text
        reset = rfc3339(self._clock.unix_ns() + self._retry_after_s * NS_PER_S)
        filled = text.replace("<request-id>", self._request_id).replace("<retry-after>", str(self._retry_after_s))
        return filled.replace("<reset>", reset)

    def headers(self, headers: Headers) -> list[tuple[str, str]]:
        """Return the headers, filled in."""
        return [(name, self.fill(value)) for name, value in headers]

    async def until_cut(self, _write: Write) -> None:
        """Write nothing until the stall's bound."""
        await self._clock.sleep_until(self._clock.monotonic_ns() + STALL_S * NS_PER_S)


def say(
    saying: Saying, said: Said, envelope: sse.Envelope, language: Language, *, stream: bool
) -> Reply | Stream | Reset:
    """Return the chat door's no; what only a stream can say is said whole to a client that does not stream."""
    if saying.how in ("spoken", "letters"):
        return _spoken(saying, envelope, language, stream=stream)
    if saying.how == "broken":
        return _broken(saying, said, envelope, language, stream=stream)
    return whole_reply(saying, said)


def whole_reply(saying: Saying, said: Said) -> Reply | Stream | Reset:
    """Return a no that any door can say."""
    if saying.how == "reset":
        return Reset()
    if saying.how == "stall":
        return Stream(saying.status, [], said.until_cut, lambda: None)
    return Reply(saying.status, said.headers(saying.headers), said.fill(saying.body).encode())


def _spoken(saying: Saying, envelope: sse.Envelope, language: Language, *, stream: bool) -> Reply:
    """A 200 with words, no tool call and a usage of nothing: no model has seen the prompt."""
    answer = Answer(saying.words[language])
    if not stream:
        return Reply(200, [("content-type", "application/json")], sse.whole(envelope, answer, "", sse.CANNED))
    parts = sse.letters(answer) if saying.how == "letters" else sse.deltas(answer, "")
    events = sse.chunks(envelope, parts, sse.finish_reason(answer), sse.CANNED)
    return Reply(200, [*sse.STREAM_HEADERS, _CHUNKED], b"".join(events))


def _broken(saying: Saying, said: Said, envelope: sse.Envelope, language: Language, *, stream: bool) -> Reply:
    """A stream that begins like any other and ends with an error event; without a stream the error is the answer."""
    event = said.fill(saying.body)
    if not stream:
        return Reply(200, [("content-type", "application/json")], event.partition("data: ")[2].strip().encode())
    beginning = Answer("好的，" if language == "zh" else "Sure, ")
    events = sse.chunks(envelope, sse.deltas(beginning, ""), "stop", sse.CANNED)[:-1]
    return Reply(200, [*sse.STREAM_HEADERS, _CHUNKED], b"".join(events) + event.encode())
