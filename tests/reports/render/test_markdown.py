"""The verdict as Markdown: it says what the console says, stays under 64 KB and shows hostile text letter by letter."""

import html
import re

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from reports.recovery_report import NOTHING as NO_RECOVERY
from reports.render.markdown import escaped, markdown
from reports.render.plain import plain
from reports.saturation_report import NOTHING as NO_SATURATION
from reports.verdict import Verdict
from tests.helpers.sample_report import FIRST_WORDS, REPORT, filled_with

JOINER = "\u2060"


def rendered(text: str) -> str:
    """What a GitHub-flavoured renderer that lets HTML through makes of it."""
    return str(MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"]).render(text))


def test_everything_that_matters_is_there() -> None:
    """Verdict, exit code, objective with figures and margin, onset, refusals, ledger and run."""
    shown = html.unescape(re.sub(r"<[^>]+>", "", rendered(markdown(REPORT)))).replace(JOINER, "")

    for part in (
        "❌ FAIL: festival",
        "exit code 98",
        "declared capacity 133 orders/s",
        "First words within 1.5 s",
        "1,890 ms [1,700, never]",
        "first-words: 30 of 100 are bad. Margin -390",
        "Throttle onset: second 42",
        "Refused hard: 900 wishes (10.0% of the released)",
        "Ledger: VIOLATED: lost 2",
        "Ledger, lost: key-7 is not in the ledger",
        "Wishes: 11,000 scheduled",
    ):
        assert part in shown


def test_what_came_after_an_overload_is_told_to_its_end() -> None:
    """The sentences on an overload are longer than other facts, and none is cut."""
    full = msgspec.structs.replace(NO_SATURATION, first_by="waiting room", sentences=["full " * 80 + "first"])
    over = msgspec.structs.replace(NO_RECOVERY, began=3, sentences=["waited " * 80 + "long"])
    text = markdown(msgspec.structs.replace(REPORT, saturation=full, recovery=over))

    assert "full first\n" in text
    assert "waited long\n" in text


def test_what_failed_comes_first() -> None:
    """Missed objectives, undecided ones, passes: what is cut off in a long report is the least worrying."""
    verdicts = [Verdict.PASS, Verdict.INCONCLUSIVE, Verdict.FAIL]
    objectives = [msgspec.structs.replace(FIRST_WORDS, verdict=one) for one in verdicts]
    shown = markdown(msgspec.structs.replace(REPORT, objectives=objectives))

    assert re.findall(r"^\| [^|\s]+ (\w+) \|", shown, re.MULTILINE) == ["FAIL", "INCONCLUSIVE", "PASS"]


EVIL = [
    "a | b", "`code`", "**bold** _it_ ~~no~~", "<script>alert(1)</script>", "<!-- ", "[a](http://x)", "![a](http://x)",
    "https://evil.example/x", "www.evil.example", "@everyone", "see #12", "$x^2$", "&lt;b&gt;", "a\nb\n\n# head", "a\\", "\\|",
    "<http://x.y>", "javascript://x", "\x1b[2J\u202e",
]  # fmt: skip


@pytest.mark.parametrize("text", EVIL)
def test_hostile_text_is_words(text: str) -> None:
    """Rendered, the text is there as it was, on one line, and adds no element to the page."""
    page = rendered(markdown(filled_with(text)))

    assert tags(page) == tags(rendered(markdown(filled_with("x"))))
    assert plain(text) in html.unescape(page).replace(JOINER, "")


@given(st.text(max_size=60))
def test_escaped_text_is_itself(text: str) -> None:
    """In a table's cell any text comes out as the same text."""
    row = rendered(f"| a | b |\n|---|---|\n| x{escaped(text)}x | y |\n")
    cells = re.findall(r"<td>(.*)</td>", row)

    assert [html.unescape(cell).replace(JOINER, "") for cell in cells] == [f"x{plain(text)}x".replace(JOINER, ""), "y"]


@pytest.mark.parametrize("text", ["@" * 2_000, "汉" * 2_000, "\U000e0001" * 2_000, "\x1b" * 2_000])
@pytest.mark.parametrize("times", [1, 300])
def test_the_report_is_under_64_kb(text: str, times: int) -> None:
    """However many objectives, breaches and rows there are, and whatever they are made of."""
    assert len(markdown(filled_with(text, times=times)).encode()) < 64_000


def test_what_is_left_out_is_counted() -> None:
    """Each list that does not fit ends with the number of its other lines."""
    shown = markdown(filled_with("x" * 200, times=300))

    assert re.findall(r"^[\d,]+ more lines", shown, re.MULTILINE) != []
    assert "more lines" not in markdown(filled_with("x"))


def tags(page: str) -> list[str]:
    """The elements of a page, in order."""
    return re.findall(r"</?\w+|<!--", page)


def test_links_and_mentions_are_broken_up() -> None:
    """What GitHub links by itself, an address, a person or an issue, does not stand in the source as such."""
    source = markdown(filled_with("https://evil.example www.evil.example @team #12"))

    assert not re.search(r"https?://evil|www\.evil|@team|#12", source)


def test_a_run_without_objectives_has_no_table() -> None:
    """Nothing to judge leaves no empty table."""
    assert "objective |" not in markdown(msgspec.structs.replace(REPORT, objectives=[]))
