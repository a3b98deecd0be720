"""Tool calls of a chat answer, put together from the pieces in which they are streamed.

Servers disagree on the pieces: the index may be missing, id and name may come once, come again, or come back empty,
and the arguments are cut anywhere. The rules are those of section 1.3 of the protocol notes; JSON is parsed at the
end only.

This module must not know streams.
"""

from dataclasses import dataclass, field
from typing import Any

import msgspec

MAX_ARGUMENT_BYTES = 256 * 1024
MAX_CALLS = 64
_NAME_CHARACTERS = 256


class FunctionDelta(msgspec.Struct, gc=False):
    """The ``function`` member of a piece; text or anything else a server puts there."""

    name: Any = None
    arguments: Any = None


class ToolDelta(msgspec.Struct, gc=False):
    """One entry of ``tool_calls`` in a delta or a message."""

    index: Any = None
    id: Any = None
    function: FunctionDelta | None = None


class ToolCall(msgspec.Struct, frozen=True):
    """One finished call. ``arguments`` is None exactly when ``broken`` says in a sentence why they are unreadable."""

    id: str
    name: str
    arguments: dict[str, Any] | None
    broken: str = ""


@dataclass(slots=True)
class _Draft:
    id: str = ""
    name: str = ""
    pieces: list[str] = field(default_factory=list)
    length: int = 0


_NO_FUNCTION = FunctionDelta()


class ToolCallMerger:
    """Takes the pieces in order; ``calls`` are the finished ones. Pieces of more than ``MAX_CALLS`` calls are dropped."""

    def __init__(self) -> None:
        """Start without a call."""
        self._drafts: list[_Draft] = []
        self._by_index: dict[int, _Draft] = {}

    def add(self, delta: ToolDelta) -> None:
        """Merge one piece."""
        function = delta.function or _NO_FUNCTION
        index = delta.index
        if (
            index.__class__ is int and not delta.id and not function.name and index in self._by_index
        ):  # as most pieces are
            _extend(self._by_index[index], function.arguments)
            return
        identity, name = _text(delta.id)[:_NAME_CHARACTERS], _text(function.name)[:_NAME_CHARACTERS]
        draft = self._draft_for(index, identity, name)
        if draft is None:
            return
        draft.id = draft.id or identity
        draft.name = draft.name or name
        _extend(draft, function.arguments)

    def calls(self) -> tuple[ToolCall, ...]:
        """The calls as they stand."""
        return tuple(_finished(draft) for draft in self._drafts)

    def _draft_for(self, index: Any, identity: str, name: str) -> _Draft | None:
        key = index if isinstance(index, int) and not isinstance(index, bool) else None
        known = self._by_index.get(key) if key is not None else None
        if known is None and self._drafts and (key is None or not name):
            known = self._drafts[-1]
        another = known is not None and bool(identity and name and known.id) and identity != known.id
        if known is not None and not another:
            return known
        if len(self._drafts) >= MAX_CALLS:
            return None
        draft = _Draft()
        self._drafts.append(draft)
        if key is not None:
            self._by_index[key] = draft
        return draft


def _extend(draft: _Draft, arguments: Any) -> None:
    if isinstance(arguments, dict):  # some servers send the object itself
        arguments = msgspec.json.encode(arguments).decode()
    if arguments and arguments.__class__ is str:
        draft.length += len(arguments)
        if draft.length <= MAX_ARGUMENT_BYTES:
            draft.pieces.append(arguments)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _finished(draft: _Draft) -> ToolCall:
    if draft.length > MAX_ARGUMENT_BYTES:
        return ToolCall(draft.id, draft.name, None, f"The arguments are longer than {MAX_ARGUMENT_BYTES} characters.")
    text = "".join(draft.pieces)
    if not text.strip():
        return ToolCall(draft.id, draft.name, {})
    try:
        arguments = msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return ToolCall(draft.id, draft.name, None, "The arguments are not JSON.")
    if not isinstance(arguments, dict):
        return ToolCall(draft.id, draft.name, None, "The arguments are not a JSON object.")
    return ToolCall(draft.id, draft.name, arguments)
