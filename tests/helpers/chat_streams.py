"""Generated chat streams: every way of writing the same chunks that a server of another make might choose."""

import json
from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

TRICKY = [
    "finish_reason", '"finish_reason":"stop"', '","finish_reason":"stop"}]}', "tool_calls", '"tool_calls":[{"index":0}]',
    '{"error":{"code":"x"}}', '"error"', "error", '"delta":{"content":"', '"content":"', '"choices":[]', '"usage":{}',
    "data: [DONE]", "[DONE]", "\n\ndata: ", "\r\n", "\\", '\\"', '"', "\\u0041", "\\n", "/", "}", "]}", "{", ":", ",",
    "\x00", "\x0b", "\x0c", "\x1c", "\x7f", "\x85", "\u2028", "\ufeff", "茶", "🧋", "é", " ", "null", "",
]  # fmt: skip
"""Pieces of text that a decoder might take for something else."""
TEXTS = st.lists(
    st.one_of(st.sampled_from(TRICKY), st.text(st.characters(codec="utf-8"), max_size=8)), min_size=1, max_size=3
).map("".join)
WORDS = st.sampled_from(["Throttling", "busy", "系统繁忙", 'say "no"', "a/b\\c"])
DECOY: dict[str, Any] = {
    "content": "decoy", "delta": {"content": "decoy"}, "error": {"code": "decoy"}, "finish_reason": "decoy",
    "choices": [{"index": 0, "delta": {"content": "decoy"}}], "tool_calls": [{"index": 0}], "completion_tokens": 99,
}  # fmt: skip
"""A member that nothing reads, made of the names that are read elsewhere."""


@dataclass(frozen=True)
class Style:
    """How a server writes its events."""

    line_end: str
    space: str
    order: str
    ascii_only: bool
    slashes: bool
    separators: tuple[str, str]
    lines: bool
    after: str


STYLES = st.builds(
    Style,
    line_end=st.sampled_from(["\n", "\n", "\r\n", "\r"]),
    space=st.sampled_from([" ", " ", ""]),
    order=st.sampled_from(["as it is", "as it is", "reversed", "sorted"]),
    ascii_only=st.booleans(),
    slashes=st.booleans(),
    separators=st.sampled_from([(",", ":"), (",", ":"), (", ", ": "), (" , ", " :\t")]),
    lines=st.sampled_from([False, False, False, True]),
    after=st.sampled_from(["", "", "", "\t "]),
)


def written(value: Any, style: Style) -> str:
    """The value as this server's JSON."""
    indent = 1 if style.lines else None
    text = json.dumps(
        _ordered(value, style.order), ensure_ascii=style.ascii_only, separators=style.separators, indent=indent
    )
    return text.replace("/", "\\/") if style.slashes else text


def _ordered(value: Any, order: str) -> Any:
    if isinstance(value, list):
        return [_ordered(item, order) for item in value]
    if not isinstance(value, dict):
        return value
    names = list(value)
    names = {"as it is": names, "reversed": names[::-1], "sorted": sorted(names)}[order]
    return {name: _ordered(value[name], order) for name in names}


def frame(data: str, style: Style, fields: tuple[str, ...] = ()) -> bytes:
    """One event in this server's framing; data of several lines is several data lines."""
    lines = [*fields, *(f"data:{style.space}{line}" for line in (data + style.after).split("\n")), "", ""]
    return style.line_end.join(lines).encode()


OTHER_MEMBERS = st.fixed_dictionaries(
    {},
    optional={
        "id": TEXTS,
        "object": st.just("chat.completion.chunk"),
        "created": st.integers(0, 2_000_000_000),
        "model": TEXTS,
        "error": st.none(),
        "metadata": st.just(DECOY),
        "x_scores": st.just([1.5, -2e10, True, None, "\\"]),
    },
)
USAGES = st.one_of(
    st.none(),
    st.builds(
        lambda tokens: {
            "prompt_tokens": 9,
            "completion_tokens": tokens,
            "completion_tokens_details": {"completion_tokens": 98, "reasoning_tokens": 0},
        },
        st.integers(0, 5000),
    ),
)
FINISHES = st.sampled_from(["stop", "tool_calls", "length", "content_filter"])
NO_FINISH: st.SearchStrategy[dict[str, Any]] = st.sampled_from([{}, {"finish_reason": None}, {"finish_reason": ""}])


@st.composite
def chunks(
    draw: st.DrawFn, deltas: st.SearchStrategy[Any], finishes: st.SearchStrategy[dict[str, Any]] = NO_FINISH
) -> dict[str, Any]:
    """A chunk with one of these deltas, among members and choices that do not count."""
    choice = {**draw(st.sampled_from([{"index": 0}, {"index": 0}, {}])), "delta": draw(deltas), **draw(finishes)}
    choice.update(draw(st.sampled_from([{}, {}, {"logprobs": None}, {"logprobs": DECOY}])))
    other = {"index": 1, "delta": {"content": "other"}, "finish_reason": "other"}
    choices = draw(st.sampled_from([[choice], [choice], [choice], [other, choice], [choice, other]]))
    before, after = draw(OTHER_MEMBERS), draw(st.sampled_from(["none", "null", "running"]))
    usage = {"none": {}, "null": {"usage": None}, "running": {"usage": draw(USAGES)}}[after]
    return {**before, "choices": choices, **usage}


_AGAIN: st.SearchStrategy[Any] = st.sampled_from(
    [
        lambda index: {},
        lambda index: {"id": ""},
        lambda index: {"id": None},
        lambda index: {"id": f"call_{index}", "type": "function"},
    ]
)
_NAMED: st.SearchStrategy[dict[str, Any]] = st.sampled_from([{}, {"name": ""}, {"name": None}])
_BESIDE: st.SearchStrategy[dict[str, Any]] = st.sampled_from([{}, {"content": None}, {"content": ""}, {"role": None}])


@st.composite
def call_deltas(draw: st.DrawFn) -> list[dict[str, Any]]:
    """The deltas of one or two tool calls, each in pieces cut anywhere."""
    deltas: list[dict[str, Any]] = []
    for index in range(draw(st.integers(1, 2))):
        items = [{"sku": draw(TEXTS), "quantity": draw(st.integers(1, 3))}]
        arguments = json.dumps({"items": items}, ensure_ascii=draw(st.booleans()))
        arguments = arguments[: draw(st.sampled_from([None, None, None, 9]))]
        cuts = sorted(draw(st.lists(st.integers(0, len(arguments)), max_size=4)))
        pieces = [arguments[low:high] for low, high in zip([0, *cuts], [*cuts, None], strict=True)]
        first = {"index": index, "id": f"call_{index}", "type": "function"}
        first["function"] = {"name": "create_checkout", "arguments": pieces[0]}
        again, named = draw(_AGAIN)(index), draw(_NAMED)
        entries = [first, *({"index": index, **again, "function": {**named, "arguments": p}} for p in pieces[1:])]
        beside = draw(_BESIDE)
        deltas += [{**beside, "tool_calls": [entry]} for entry in entries]
    return deltas


CONTENTS = TEXTS.flatmap(
    lambda text: st.sampled_from(
        [
            {"content": text},
            {"content": text},
            {"content": text, "role": None},
            {"content": text, "tool_calls": None},
            {"content": text, "tool_calls": []},
            {"content": text, "reasoning_content": '"content":"hm"'},
            {"role": "assistant", "content": text, "refusal": None, "annotations": [DECOY]},
        ]
    )
)
WITHOUT_CONTENT: st.SearchStrategy[Any] = st.sampled_from(
    [
        {"role": "assistant", "content": ""},
        {"role": "assistant", "content": None},
        {"role": "assistant"},
        {"content": ""},
        {"content": None},
        {"reasoning_content": '","content":"hm"', "content": None},
        {"reasoning": "hm"},
        {"reasoning": None, "content": ""},
        {"tool_calls": []},
        {"tool_calls": None},
        {},
        None,
    ]
)


@st.composite
def streams(draw: st.DrawFn) -> list[bytes]:
    """A stream in frames of one event each: role, text, calls, finish, usage, DONE, with what may stand between and behind."""
    style = draw(STYLES)
    values: list[dict[str, Any]] = [draw(chunks(WITHOUT_CONTENT))] if draw(st.booleans()) else []
    values += [draw(chunks(CONTENTS | WITHOUT_CONTENT)) for _ in range(draw(st.integers(0, 4)))]
    if draw(st.booleans()):
        values += [draw(chunks(st.just(delta))) for delta in draw(call_deltas())]
    if draw(st.integers(0, 4)):
        values.append(draw(chunks(WITHOUT_CONTENT | CONTENTS, FINISHES.map(lambda reason: {"finish_reason": reason}))))
    values += draw(st.sampled_from([[], [{"choices": []}], [{}], [{"choices": None}]])) if draw(st.booleans()) else []
    for value in values:
        if not value or not value.get("choices"):
            value["usage"] = {"completion_tokens": draw(st.integers(0, 5000)), "total_tokens": 7}
    frames = [frame(written(value, style), style, draw(FIELDS)) for value in values]
    for _ in range(draw(st.sampled_from([0, 0, 1, 2]))):
        frames.insert(draw(st.integers(0, len(frames))), draw(betweens(style)))
    if draw(st.sampled_from([False, False, False, True])):
        frames.insert(draw(st.integers(0, len(frames))), draw(wrongs(style)))
    if draw(st.integers(0, 3)):
        frames.append(frame("[DONE]", style))
        frames += draw(st.sampled_from([[], [], [frame(written({"choices": []}, style), style)], [b"data: {\n\n"]]))
    beginning = draw(st.sampled_from([b"", b"", b"", b"\xef\xbb\xbf", b"\n\n", b"\r\n"]))
    return [beginning + frames[0], *frames[1:]] if frames else [beginning]


FIELDS: st.SearchStrategy[tuple[str, ...]] = st.sampled_from(
    [(), (), (), ("event: message",), ("event:", "id: 5", "retry: 1000"), (": comment",), ("event: delta", "id")]
)


def betweens(style: Style) -> st.SearchStrategy[bytes]:
    """What may stand between chunks and says nothing."""
    end = style.line_end
    said = [": keep-alive" + end + end, ":" + end, end, "data:" + end + end, "event: error" + end + end]
    named = [frame('{"type":"ping"}', style, ("event: ping",)), frame('{"content":"no"}', style, ("event: x",))]
    return st.sampled_from([text.encode() for text in said] + named)


@st.composite
def wrongs(draw: st.DrawFn, style: Style) -> bytes:
    """An event that ends the answer: an error told inside the stream, or one that is no chunk."""
    error = {"error": {"message": draw(WORDS), "type": "server_error", "code": draw(WORDS)}}
    whole = {"id": "c", "choices": [], **error}
    return draw(
        st.sampled_from(
            [
                frame(written(error, style), style),
                frame(written(whole, style), style),
                frame(written(error, style), style, ("event: error",)),
                frame("busy", style, ("event: error",)),
                frame('{"choices":[', style),
                frame('{"choices":[{"index":0,"delta":{"content":"a"}}]', style),
                frame('{"choices":[{"index":0,"delta":{"content":"a"}}]} x', style),
                frame('{"choices":[{"index":0,"delta":{"content":"a}}]}', style),
                frame('{"hello":1}', style),
            ]
        )
    )
