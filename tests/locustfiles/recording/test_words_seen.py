"""Which words of refusals are kept, and how they are counted."""

from hypothesis import given
from hypothesis import strategies as st

from locustfiles.recording.words_seen import MOST_TEMPLATES, WordsSeen
from locustfiles.target.secret import Redactor, Secret
from reports.run_record.outcome import CHAT, PAY, Outcome, Reason
from reports.run_record.said import OTHER_WORDS, WordsRow

SOFT, BUSY = Outcome.REFUSED_SOFT, Reason.BUSY_CANNED
KEY = "sk-spring-0123456789abcdef"


def noted(
    words: WordsSeen, detail: str, *, second: int = 3, met: frozenset[int] = frozenset(), own: tuple[str, ...] = ()
) -> int:
    """The key after one soft refusal of a prompt."""
    return words.note(second, CHAT, SOFT, BUSY, detail, own=own, met=met)


def test_one_template_of_many_shoppers() -> None:
    """Texts that differ in numbers and names are one row of their second, with one sample as it came."""
    words = WordsSeen()
    key = noted(words, "抱歉，珍珠奶茶前面还有 12 位", own=("珍珠奶茶",))
    assert noted(words, "抱歉，手打柠檬茶前面还有 7 位", own=("手打柠檬茶",)) == key

    assert words.take() == [
        WordsRow(
            3, "chat", "refused_soft", "busy_canned", key, 2, 2, "抱歉,#前面还有 # 位", "抱歉，珍珠奶茶前面还有 12 位"
        )
    ]


def test_a_wish_that_asks_again_is_one_shopper() -> None:
    """Answers are counted each, the wish that met the template before is not."""
    words = WordsSeen()
    key = noted(words, "busy")
    noted(words, "busy", met=frozenset({key}))

    assert [(row.n, row.wishes) for row in words.take()] == [(2, 1)]


def test_words_are_told_once() -> None:
    """The first row of a template carries its text, a later one only its key; nothing is told twice."""
    words = WordsSeen()
    noted(words, "busy", second=3)
    first = words.take()
    noted(words, "busy", second=4)
    second = words.take()

    assert [(row.second, row.sample) for row in first + second] == [(3, "busy"), (4, "")]
    assert first[0].key == second[0].key
    assert words.take() == []


def test_steps_outcomes_and_reasons_are_apart() -> None:
    """One text at two steps makes two rows with one key, and one of them has the text."""
    words = WordsSeen()
    words.note(1, CHAT, SOFT, BUSY, "busy")
    words.note(1, PAY, Outcome.REFUSED_HARD, Reason.RATE_LIMITED, "busy")

    rows = words.take()
    assert [(row.step, row.outcome, row.reason, row.sample) for row in rows] == [
        ("chat", "refused_soft", "busy_canned", "busy"),
        ("pay", "refused_hard", "rate_limited", ""),
    ]
    assert len({row.key for row in rows}) == 1


def test_a_quoted_secret_is_kept_nowhere() -> None:
    """A target that sends our key back, or the beginning of it at the text's end, puts it neither into template nor sample."""
    words = WordsSeen(Redactor([Secret(KEY)]).clean)
    noted(words, f"429 rate_limited: key {KEY} is over its limit")
    noted(words, "x" * 180 + KEY[:20])

    assert not any(KEY[:10] in row.template + row.sample for row in words.take())


def test_a_status_without_a_message_is_its_own_words() -> None:
    """A bare 429 reads as 429."""
    words = WordsSeen()
    noted(words, "429 : ")

    assert [row.sample for row in words.take()] == ["429"]


def test_templates_are_bounded() -> None:
    """Beyond 200 different texts, further ones are counted together without their words; known ones still are themselves."""
    words = WordsSeen()
    first = noted(words, chr(0xAC00) * 30)
    for number in range(1, MOST_TEMPLATES + 50):
        noted(words, chr(0xAC00 + number) * 30)

    rows = words.take()
    assert len(rows) == MOST_TEMPLATES + 1
    assert [(row.n, row.template, row.sample) for row in rows if row.key == OTHER_WORDS] == [(50, "", "")]
    assert noted(words, chr(0xAC00) * 30) == first


@given(st.lists(st.text(max_size=200), max_size=30))
def test_every_answer_is_counted(details: list[str]) -> None:
    """Whatever the target says, the rows add up to the answers and every key is a positive 63-bit number or 0."""
    words = WordsSeen()
    for detail in details:
        noted(words, detail)
    rows = words.take()

    assert sum(row.n for row in rows) == len(details)
    assert all(0 <= row.key < 2**63 for row in rows)
