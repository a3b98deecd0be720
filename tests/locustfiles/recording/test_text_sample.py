"""Which answers of the assistant are kept as texts, and what of them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from locustfiles.protocols.checkout import ServiceError
from locustfiles.recording import text_sample
from locustfiles.recording.classify import DETAIL_CHARACTERS, Verdict
from locustfiles.recording.text_sample import TextSample, splitmix64
from locustfiles.target.secret import MARK, Redactor, Secret
from locustfiles.transport.exchange import Exchange, Fault
from reports.run_record.outcome import Outcome, Reason
from reports.run_record.said import TextRow
from tests.helpers.exchanges import answered, chat_reply, faulted, good_call

KEY = "sk-spring-0123456789abcdef"
DONE = Verdict(Outcome.DONE)
SOFT = Verdict(Outcome.REFUSED_SOFT, Reason.BUSY_CANNED, "busy")
STALLED = Verdict(Outcome.SHED, Reason.STALLED, "Our own sentence.")
ANSWERED = answered()


def kept(
    sample: TextSample,
    reply: object,
    verdict: Verdict = SOFT,
    exchange: Exchange = ANSWERED,
    *,
    asked_for_call: bool = True,
) -> TextRow:
    """The row of one answer to wish 7 in second 3."""
    sample.keep(3, 7, exchange, reply, verdict, asked_for_call=asked_for_call)
    (row,) = sample.take()
    return row


def text_of(text: str) -> str:
    """What is kept of a text."""
    return kept(TextSample(), chat_reply(text)).text


def test_a_hundredth_of_the_wishes() -> None:
    """Of a million wishes one in a hundred is chosen, for each seed others, and for one seed the same by every worker."""
    first, again, other = (
        {wish for wish in range(1_000_000) if sample.chooses(wish)}
        for sample in (TextSample(1, 0.01), TextSample(1, 0.01), TextSample(2, 0.01))
    )

    assert len(first) == pytest.approx(10_000, abs=400)
    assert first == again
    assert len(first & other) == pytest.approx(100, abs=50)


def test_the_choice_is_that_of_the_published_generator() -> None:
    """A wish is chosen when its output of SplitMix64 is below the share, so that others can tell which ones are in the sample."""
    assert splitmix64(1234567, 0, 3).tolist() == [6457827717110365317, 3203168211198807973, 9817491932198370423]
    assert splitmix64(1234567, 2, 1).tolist() == [9817491932198370423]
    assert [TextSample(1234567, 0.35).chooses(wish) for wish in range(2)] == [False, True]
    assert [TextSample(1234567, 0.36).chooses(wish) for wish in range(2)] == [True, True]


def test_wishes_that_ask_late() -> None:
    """However far apart the wishes are that ask in turn, each is told the same as in order."""
    late, ordered = TextSample(3, 0.5), TextSample(3, 0.5)
    wishes = [place * 4096 + place for place in range(40)] + [2**40]
    first = [ordered.chooses(wish) for wish in wishes]

    assert [late.chooses(wish) for wish in reversed(wishes)] == first[::-1]
    assert [late.chooses(wish) for wish in wishes] == first
    assert set(first) == {True, False}


@pytest.mark.parametrize(("share", "expected"), [pytest.param(0.0, 0, id="none"), pytest.param(1.0, 1000, id="all")])
def test_the_ends_of_the_share(share: float, expected: int) -> None:
    """A share of 0 chooses no wish, one of 1 every wish."""
    assert sum(TextSample(1, share).chooses(wish) for wish in range(1000)) == expected


def test_what_is_kept_of_an_answer() -> None:
    """Second, wish, outcome and reason of the verdict, the text as it came; it is told once."""
    sample = TextSample()

    assert kept(sample, chat_reply("当前访问人数过多")) == TextRow(
        3, 7, "chat", "refused_soft", "busy_canned", 0, "当前访问人数过多", 0
    )
    assert sample.take() == []


@pytest.mark.parametrize(
    ("reply", "verdict", "asked_for_call", "understood"),
    [
        pytest.param(chat_reply("", good_call()), DONE, True, 1, id="the call that was asked for"),
        pytest.param(chat_reply("Busy."), SOFT, True, 0, id="no call"),
        pytest.param(chat_reply("A fine choice."), DONE, False, -1, id="no call was asked for"),
        pytest.param(ServiceError(429, "limit", "Slow down."), SOFT, True, -1, id="no assistant answered"),
    ],
)
def test_whether_the_basket_was_understood(
    reply: object, verdict: Verdict, asked_for_call: bool, understood: int
) -> None:
    """Done by a call is understood, an assistant's other answer is not, and else it is not known."""
    assert kept(TextSample(), reply, verdict, asked_for_call=asked_for_call).understood == understood


@pytest.mark.parametrize(
    ("reply", "verdict", "exchange", "text"),
    [
        pytest.param(chat_reply("", good_call()), DONE, ANSWERED, "", id="a call alone says nothing"),
        pytest.param(ServiceError(429, "c", "m"), SOFT, answered(429), "busy", id="an error is told as the verdict has it"),
        pytest.param(None, STALLED, faulted(Fault.IDLE_TIMEOUT), "", id="no answer"),
        pytest.param(chat_reply("Of cou"), STALLED, faulted(Fault.IDLE_TIMEOUT, status=200), "Of cou", id="an answer that stops"),
        pytest.param(chat_reply(""), STALLED, faulted(Fault.IDLE_TIMEOUT, status=200), "", id="one that stops before it begins"),
    ],
)  # fmt: skip
def test_the_text_is_the_targets_own(reply: object, verdict: Verdict, exchange: Exchange, text: str) -> None:
    """What the assistant said, else what the error told; a fault is our word for it, and not kept as theirs."""
    assert kept(TextSample(), reply, verdict, exchange).text == text


def test_a_text_is_bounded_and_on_one_line() -> None:
    """At most 200 characters are kept, and what a terminal would obey is blank."""
    assert text_of("很" * 70_000) == "很" * DETAIL_CHARACTERS
    assert text_of("a\x1b[31mred\x1b[0m\r\nb\u202ec\ud800<script>") == "a [31mred [0m  b c <script>"


@pytest.mark.parametrize("before", [0, 170, 190, 199], ids=lambda before: f"after {before} characters")
def test_a_quoted_secret_is_kept_nowhere(before: int) -> None:
    """A secret that the target sends back is blanked, also across the place where the text is cut."""
    text = kept(TextSample(clean=Redactor([Secret(KEY)]).clean), chat_reply("x" * before + KEY + "y" * 500)).text

    assert "sk" not in text
    assert MARK[0] in text
    assert len(text) == DETAIL_CHARACTERS


@pytest.mark.parametrize(
    ("bound", "most", "kept_texts"),
    [
        pytest.param("MOST_TEXTS", 3, ["长长长", "short", "长长长"], id="so many texts"),
        pytest.param("MOST_BYTES", 15, ["长长长", "short"], id="so many bytes of them"),
    ],
)
def test_texts_are_bounded(monkeypatch: pytest.MonkeyPatch, bound: str, most: int, kept_texts: list[str]) -> None:
    """From the first text beyond the bound, texts are only counted, by second and verdict, also short ones that would fit."""
    monkeypatch.setattr(text_sample, bound, most)
    sample = TextSample()
    for wish in range(6):
        sample.keep(wish // 4, wish, ANSWERED, chat_reply("short" if wish % 2 else "长长长"), SOFT, asked_for_call=True)
    sample.keep(9, 6, ANSWERED, chat_reply(""), DONE, asked_for_call=True)
    rows = sample.take()
    gaps = [(row.second, row.wish, row.outcome, row.text, row.left_out) for row in rows if row.left_out]

    assert [row.text for row in rows if not row.left_out] == kept_texts
    assert gaps == [
        (0, -1, "refused_soft", "", 4 - len(kept_texts)),
        (1, -1, "refused_soft", "", 2),
        (9, -1, "done", "", 1),
    ]
    assert sample.take() == []


@given(st.lists(st.text(max_size=300), max_size=30))
def test_every_answer_is_kept_or_counted(said: list[str]) -> None:
    """Whatever the target says, rows and those left out add up to the answers, and each text can be written."""
    sample = TextSample()
    for text in said:
        sample.keep(1, 1, ANSWERED, chat_reply(text), SOFT, asked_for_call=True)
    rows = sample.take()

    assert len(rows) == len(said)
    assert all(row.text.isprintable() and row.text.encode() is not None for row in rows)
