"""How a refusal is said: a status that tells it (hard), or an ordinary answer whose meaning is no (soft)."""

from typing import Final, Literal, get_args

from target_stub import sse
from target_stub.assistant import Answer
from target_stub.catalogue import Language
from target_stub.web import Reply

Voice = Literal["hard", "soft", "mixed"]
Manner = Literal["hard", "soft"]
VOICES: Final[tuple[str, ...]] = get_args(Voice)

# The busy texts of the incident sheet, part 5.7; a canned reply says the same to everybody.
_BUSY: Final[dict[Language, Answer]] = {
    "zh": Answer("活动太火爆，参与人数较多，请稍后再试。"),
    "en": Answer("There are too many participants right now, please try again later."),
}
_CHUNKED: Final = [*sse.STREAM_HEADERS, ("transfer-encoding", "chunked")]


def manner_of(voice: Voice, nth: int) -> Manner:
    """Return how the nth refusal (counted from 0) is said; the mixed voice says every second one softly."""
    if voice == "mixed":
        return "soft" if nth % 2 else "hard"
    return voice


def hard_reply(request_id: str, retry_after_s: int) -> Reply:
    """Return a 429 in the OpenAI-compatible form of DashScope (incident sheet, part 5.3)."""
    body = (
        b'{"error":{"message":"Requests rate limit exceeded, please slow down.","type":"limit_requests","param":null,'
        b'"code":"limit_requests"},"request_id":"%s"}' % request_id.encode()
    )
    return Reply(429, [("content-type", "application/json"), ("retry-after", str(retry_after_s))], body)


def soft_reply(envelope: sse.Envelope, language: Language, *, stream: bool) -> Reply:
    """Return a 200 with a busy text, no tool call and a usage of nothing: no model has seen the prompt."""
    busy = _BUSY[language]
    if not stream:
        return Reply(200, [("content-type", "application/json")], sse.whole(envelope, busy, "", sse.CANNED))
    events = sse.chunks(envelope, sse.deltas(busy, ""), sse.finish_reason(busy), sse.CANNED)
    return Reply(200, _CHUNKED, b"".join(events))
