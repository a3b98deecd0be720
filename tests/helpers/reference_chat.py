"""A chat decoder that is slow and plainly right, for well-formed streams and for those cut short; the fast one must agree.

It splits the whole text into lines, reads every event with the standard library's JSON, and keeps no state between
reads. Not covered, since the answers it is given hold none: bounds on sizes, whole JSON answers, values of the wrong type.
"""

import json
import re
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from locustfiles.protocols.chat_completions import ChatReply
from locustfiles.protocols.checkout import ServiceError
from locustfiles.protocols.tool_calls import ToolCall

DONE = "[DONE]"


@dataclass
class Event:
    """One event: its type, its data, the number of its frame, and whether its empty line came."""

    name: str
    data: str
    frame: int
    ended: bool


@dataclass
class Account:
    """What the chunks of an answer add up to."""

    text: str = ""
    calls: dict[int, dict[str, str]] = field(default_factory=dict)
    finish: str = ""
    tokens: int | None = None
    chunk_frames: list[int] = field(default_factory=list)
    content_frames: list[int] = field(default_factory=list)


def events_of(text: str, frame: int = 0) -> list[Event]:
    """Every event of the text; of the last one the empty line may be missing."""
    events: list[Event] = []
    name, data = "", list[str]()
    lines = re.split("\r\n|\n|\r", text.removeprefix("\ufeff"))
    rest = lines.pop()  # "" when the text ends with a line end
    for line in lines + ([rest] if rest else []):
        if not line:
            events += [Event(name, "\n".join(data), frame, True)] if data else []
            name, data = "", []
            continue
        label, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if label == "event":
            name = value
        elif label == "data":
            data.append(value)
    return events + ([Event(name, "\n".join(data), frame, False)] if data else [])


def reference_reply(frames: list[bytes], *, cut: bool) -> ChatReply | ServiceError | str:
    """The reply to frames of whole events, of which the last may lack its end; ``cut`` when the transport says so.

    Instants are the numbers of the frames, from 0. A protocol fault is its sentence.
    """
    account, done, unterminated = Account(), False, False
    events = [one for place, frame in enumerate(frames) for one in events_of(frame.decode("utf-8", "replace"), place)]
    for event in events:
        if done or not event.data.strip():
            continue
        is_done = event.data.strip() == DONE
        if not event.ended:
            if not is_done and not is_json(event.data):
                continue
            unterminated = True
        if is_done:
            done = True
            continue
        wrong = take(account, event)
        if wrong is not None:
            return wrong
    return _reply(account, done=done, unterminated=unterminated, cut=cut)


def take(account: Account, event: Event) -> ServiceError | str | None:
    """Add one event to the account; the error or the fault that it is instead."""
    if not is_json(event.data):
        return ServiceError(200, "", event.data[:200]) if event.name == "error" else "An event is not JSON."
    chunk = json.loads(event.data)
    if chunk.get("error"):
        return ServiceError(200, chunk["error"]["code"], chunk["error"]["message"])
    if event.name == "error":
        return ServiceError(200, "", event.data[:200])
    if "choices" not in chunk and not chunk.get("usage"):
        return "An event is not a chat chunk." if event.name in ("", "message") else None
    account.chunk_frames.append(event.frame)
    account.tokens = (chunk.get("usage") or {}).get("completion_tokens", account.tokens)
    for choice in chunk.get("choices") or []:
        if choice.get("index") in (0, None):
            account.finish = choice.get("finish_reason") or account.finish
            delta = choice.get("delta") or {}
            account.text += delta.get("content") or ""
            for piece in delta.get("tool_calls") or []:
                _merge(account.calls, piece)
            account.content_frames += [event.frame] if delta.get("content") or delta.get("tool_calls") else []
    return None


def is_json(text: str) -> bool:
    """Whether the text is one JSON value."""
    try:
        json.loads(text)
    except ValueError:
        return False
    return True


def _reply(account: Account, *, done: bool, unterminated: bool, cut: bool) -> ChatReply | str:
    complete = not cut and (done or bool(account.finish))
    calls = tuple(_call(call) for call in account.calls.values())
    broken = [call for call in calls if call.broken]
    if broken and complete and account.finish != "length":
        return f"The tool call {broken[0].name!r} is unreadable. {broken[0].broken}"
    flags = {
        "unterminated": unterminated,
        "truncated": not complete,
        "no_done": complete and not done,
        "empty": not account.chunk_frames,
        "truncated_call": bool(broken),
    }
    return ChatReply(
        text=account.text,
        tool_calls=calls,
        finish_reason=account.finish,
        usage_completion_tokens=account.tokens,
        first_event_ns=account.chunk_frames[0] if account.chunk_frames else None,
        first_content_ns=account.content_frames[0] if account.content_frames else None,
        last_content_ns=account.content_frames[-1] if account.content_frames else None,
        content_events=len(account.content_frames),
        done=done,
        flags=frozenset(flag for flag, holds in flags.items() if holds),
        gaps_ns=tuple(later - earlier for earlier, later in pairwise(account.content_frames)),
    )


def _merge(calls: dict[int, dict[str, str]], piece: dict[str, Any]) -> None:
    call = calls.setdefault(piece["index"], {"id": "", "name": "", "arguments": ""})
    function = piece.get("function") or {}
    call["id"] = call["id"] or piece.get("id") or ""
    call["name"] = call["name"] or function.get("name") or ""
    call["arguments"] += function.get("arguments") or ""


def _call(call: dict[str, str]) -> ToolCall:
    text = call["arguments"] if call["arguments"].strip() else "{}"
    if not is_json(text):
        return ToolCall(call["id"], call["name"], None, "The arguments are not JSON.")
    return ToolCall(call["id"], call["name"], json.loads(text))
