"""The sum of an answer's chunks: what counts, from when, and how much of it is kept."""

import json

import pytest

from locustfiles.protocols.chat_answer import MAX_GAPS, MAX_TEXT_CHARACTERS, AnswerSum, ChatReply
from locustfiles.protocols.chat_chunks import Chunk, chunks_in, plain_events, texts_in
from tests.helpers.chat_answers import CALL, CALLED, ROLE, STOP, TEA, USAGE, chunk


def chunks(stream: bytes) -> list[Chunk]:
    """The chunks of these plain events."""
    told = plain_events(stream)
    assert told is not None
    taken = chunks_in(*told[:2])
    assert taken is not None
    return taken


def text(content: str) -> bytes:
    """A chunk with this text."""
    return chunk(json.dumps({"content": content}))


def summed(*reads: bytes) -> ChatReply:
    """The reply to these reads, which come at instants 1, 2, 3 and so on."""
    total = AnswerSum()
    for at_ns, read in enumerate(reads, 1):
        assert total.take(chunks(read), at_ns) is None
    return total.reply(done=True)


@pytest.mark.parametrize(
    ("stream", "content", "finish", "tokens"),
    [
        pytest.param(b"", "", "", None, id="nothing"),
        pytest.param(ROLE + text("a") + text("b") + STOP, "ab", "stop", None, id="no usage is unknown"),
        pytest.param(
            text("a") + chunk("{}", '"stop"', '{"completion_tokens":3}'), "a", "stop", 3, id="usage on the finish chunk"
        ),
        pytest.param(
            chunk('{"content":"a"}', usage='{"completion_tokens":1}')
            + chunk('{"content":"b"}', usage='{"completion_tokens":2}')
            + STOP,
            "ab",
            "stop",
            2,
            id="running usage: the last one counts",
        ),
        pytest.param(
            USAGE + chunk("{}", usage='{"completion_tokens":"9"}'), "", "", 7, id="tokens as text do not count"
        ),
        pytest.param(chunk("{}", usage='"none"'), "", "", None, id="usage of another type is none"),
        pytest.param(
            chunk('{"role":"assistant","content":null}') + chunk('{"role":null,"content":"a"}') + chunk("null") + STOP,
            "a",
            "stop",
            None,
            id="null content, null role and a null delta are nothing",
        ),
        pytest.param(chunk('{"content":["a"]}') + text("b"), "b", "", None, id="content that is no text is nothing"),
        pytest.param(chunk('{"reasoning":"hm"}') + text("a") + STOP, "a", "stop", None, id="reasoning"),
        pytest.param(
            b'data: {"choices":[{"index":1,"delta":{"content":"other"}},{"index":0,"delta":{"content":"a"}}]}\n\n',
            "a",
            "",
            None,
            id="only the first choice is read",
        ),
        pytest.param(
            b'data: {"choices":[{"index":1,"delta":{"content":"b"},"finish_reason":"stop"}]}\n\n' + text("a"),
            "a",
            "",
            None,
            id="another choice in a chunk of its own ends nothing",
        ),
        pytest.param(b'data: {"choices":[{"delta":{"content":"a"}}]}\n\n', "a", "", None, id="no index is the first"),
        pytest.param(
            chunk('{"content":"a"}', '"stop"') + chunk("{}", "7"),
            "a",
            "stop",
            None,
            id="a reason that is no text is none",
        ),
        pytest.param(chunk("{}", f'"{"x" * 100}"'), "", "x" * 64, None, id="a reason is bounded"),
    ],
)
def test_sum(stream: bytes, content: str, finish: str, tokens: int | None) -> None:
    """Text is joined, the last reason and the last number of tokens count, and what is of another type is nothing."""
    told = summed(stream)
    assert (told.text, told.finish_reason, told.usage_completion_tokens) == (content, finish, tokens)


def test_streamed_call() -> None:
    """A call in pieces is one call, and each piece is an event with content."""
    told = summed(ROLE + CALL, CALLED)
    assert (told.tool_calls, told.finish_reason, told.content_events) == ((TEA,), "tool_calls", 3)


def test_whole_message() -> None:
    """The calls of a whole message are as many calls, though none of them has an index."""
    call = '{"id":"%s","function":{"name":"%s","arguments":"{}"}}'
    calls = f"{call % ('c1', 'a')},{call % ('', 'b')}"
    told = summed(f'data: {{"choices":[{{"message":{{"content":"hi","tool_calls":[{calls}]}}}}]}}\n\n'.encode())
    assert told.text == "hi"
    assert [(each.id, each.name, each.arguments) for each in told.tool_calls] == [("c1", "a", {}), ("", "b", {})]


@pytest.mark.parametrize(
    ("reads", "first_event_ns", "first_content_ns", "last_content_ns", "events", "gaps_ns"),
    [
        pytest.param((), None, None, None, 0, (), id="no read"),
        pytest.param((b"",), None, None, None, 0, (), id="a read without a chunk"),
        pytest.param((ROLE, STOP), 1, None, None, 0, (), id="a role and an end are no content"),
        pytest.param((ROLE, text("a"), text("b")), 1, 2, 3, 2, (1,), id="role, then text"),
        pytest.param((text(""), text("a")), 1, 2, 2, 1, (), id="empty text is no content"),
        pytest.param((text("a"), ROLE, CALL), 1, 1, 3, 4, (2, 0, 0), id="a call's pieces are content, 0 within a read"),
        pytest.param((text("a") + text("b"), text("c") + USAGE), 1, 1, 2, 3, (0, 1), id="reads of several chunks"),
    ],
)
def test_instants(
    reads: tuple[bytes, ...],
    first_event_ns: int | None,
    first_content_ns: int | None,
    last_content_ns: int | None,
    events: int,
    gaps_ns: tuple[int, ...],
) -> None:
    """Every instant is its read's; only visible text and pieces of calls are content, and gaps lie between them."""
    told = summed(*reads)
    assert (told.first_event_ns, told.first_content_ns, told.last_content_ns) == (
        first_event_ns,
        first_content_ns,
        last_content_ns,
    )
    assert (told.content_events, told.gaps_ns) == (events, gaps_ns)


@pytest.mark.parametrize(
    "reads",
    [
        pytest.param([ROLE, text("a"), text("b") + text(""), text("c")], id="texts of four reads"),
        pytest.param([text("x" * MAX_TEXT_CHARACTERS), text("")], id="up to the bound"),
    ],
)
def test_texts_are_as_good_as_their_chunks(reads: list[bytes]) -> None:
    """Texts without their chunks give the same sum."""
    total = AnswerSum()
    for at_ns, read in enumerate(reads, 1):
        told = plain_events(read)
        assert told is not None
        texts = texts_in(*told[:2])
        assert texts is not None
        assert total.take_texts(texts, at_ns)
    assert total.reply(done=True) == summed(*reads)


def test_texts_beyond_the_bound() -> None:
    """Texts for which there is no room are not taken."""
    total = AnswerSum()
    assert total.take_texts(["x" * MAX_TEXT_CHARACTERS], 1)
    assert not total.take_texts(["y"], 2)
    assert total.reply(done=True) == summed(text("x" * MAX_TEXT_CHARACTERS))


@pytest.mark.parametrize(
    ("stream", "place", "content"),
    [
        pytest.param(b'data: {"error":"busy"}\n\n' + text("a"), 0, "", id="at once"),
        pytest.param(text("a") + text("b") + b'data: {"x":1}\n\n' + text("c"), 2, "ab", id="behind two pieces of text"),
    ],
)
def test_odd_chunk_ends_the_sum(stream: bytes, place: int, content: str) -> None:
    """The place of the first odd chunk is told, and the sum holds what came before it and nothing behind."""
    total = AnswerSum()
    assert total.take(chunks(stream), 1) == place
    told = total.reply(done=False)
    assert (told.text, told.content_events, told.done) == (content, place, False)
    assert told.first_event_ns == (1 if place else None)


@pytest.mark.parametrize(
    ("lengths", "kept", "flags"),
    [
        pytest.param([MAX_TEXT_CHARACTERS], MAX_TEXT_CHARACTERS, set(), id="exactly the bound"),
        pytest.param([MAX_TEXT_CHARACTERS, 1], MAX_TEXT_CHARACTERS, {"text_cut"}, id="one more"),
        pytest.param([MAX_TEXT_CHARACTERS - 1, 9, 9], MAX_TEXT_CHARACTERS, {"text_cut"}, id="over the bound, twice"),
    ],
)
def test_text_is_bounded(lengths: list[int], kept: int, flags: set[str]) -> None:
    """Text up to the bound is kept, what is beyond is dropped and flagged, and its events count all the same."""
    told = summed(b"".join(text("x" * length) for length in lengths))
    assert (len(told.text), told.flags, told.content_events) == (kept, flags, len(lengths))


def test_gaps_are_bounded() -> None:
    """Of an answer with more events than gaps are kept for, the first ones are; the events are counted on."""
    events = MAX_GAPS + 10
    told = summed(*[text("x")] * events)
    assert told.gaps_ns == (1,) * MAX_GAPS
    assert (told.content_events, told.last_content_ns) == (events, events)


def tokens(number: int, details: str = "null") -> bytes:
    """A chunk of usage."""
    return (
        f'data: {{"choices":[],"usage":{{"completion_tokens":{number},"completion_tokens_details":{details}}}}}\n\n'
    ).encode()


THOUGHT = chunk('{"content":null,"reasoning_content":"hm"}')
THOUGHT_OF_VLLM = chunk('{"reasoning":"hm"}')


@pytest.mark.parametrize(
    ("reads", "token_ns"),
    [
        pytest.param([text("a"), text("b"), text("c"), tokens(3)], 1, id="a token a read"),
        pytest.param([text("a"), b"", b"", b"", text("b"), tokens(5)], 1, id="one chunk may carry many tokens"),
        pytest.param([text("a") + text("b"), tokens(2)], 0, id="everything in one read"),
        pytest.param([ROLE, CALL, STOP, tokens(9)], 0, id="a call is content"),
        pytest.param([text("a"), tokens(1)], None, id="one token has no time between tokens"),
        pytest.param([text("a"), text("b")], None, id="usage is not told"),
        pytest.param([ROLE, STOP, tokens(9)], None, id="no content"),
        pytest.param([THOUGHT, text("a"), text("b"), tokens(9)], None, id="reasoning that is not told apart"),
        pytest.param([THOUGHT_OF_VLLM, text("a"), text("b"), tokens(9)], None, id="the same at vLLM"),
        pytest.param(
            [THOUGHT, text("a"), text("b"), text("c"), tokens(9, '{"reasoning_tokens":6}')],
            1,
            id="reasoning told apart",
        ),
        pytest.param([text("a"), text("b"), tokens(2, '{"reasoning_tokens":-5}')], 1, id="less than no reasoning"),
        pytest.param(
            [text("a"), text("b"), tokens(2, '{"reasoning_tokens":7}')], None, id="more reasoning than tokens"
        ),
    ],
)
def test_time_per_token(reads: list[bytes], token_ns: int | None) -> None:
    """(last - first content) / (tokens - 1), from usage alone and without reasoning; undefined where one of them is not known."""
    total = AnswerSum()
    for at_ns, read in enumerate(reads, 1):
        total.take(chunks(read), at_ns)
    assert total.token_ns == token_ns


def test_worked_example_of_time_per_token() -> None:
    """Contents at 200, 220, 240, 260 and 280 ms are 20 ms a token, at 500 and 600 ms 100 ms, and one content has none."""
    found = []
    for times_ms in ([200, 220, 240, 260, 280], [500, 600], [50]):
        total = AnswerSum()
        for time_ms in times_ms:
            total.take(chunks(text("x")), time_ms)
        total.take(chunks(tokens(len(times_ms))), times_ms[-1])
        found.append(total.token_ns)
    assert found == [20, 100, None]


def test_reasoning_starts_the_first_clock_and_is_no_content() -> None:
    """What the model thinks is an event of the answer; first content, text and gaps are those of what it says."""
    total = AnswerSum()
    for at_ns, read in enumerate([THOUGHT, THOUGHT_OF_VLLM, text("a"), STOP], 1):
        total.take(chunks(read), at_ns)
    told = total.reply(done=True)
    assert (told.text, told.first_event_ns, told.first_content_ns, told.content_events) == ("a", 1, 3, 1)
