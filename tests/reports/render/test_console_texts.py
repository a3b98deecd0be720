"""Kept texts on a console: what the sample is, a line each, and nothing that a terminal would obey."""

import io

import pytest
from msgspec.structs import replace

from reports.kept_texts import Bound, KeptText, KeptTexts, TextGroup
from reports.render.console_texts import print_texts
from reports.render.plain import console_on

SAMPLE = KeptTexts(
    run_id="r1", share=0.01, answers=7526, kept=75, wishes=74, left_out=0, left_out_from=None, why_none="",
    groups=[
        TextGroup("done", "", 6142, 0.816, 2, 0, 0.8, [KeptText(12, 1034, True, "好的。"), KeptText(13, 1090, True, "")]),
        TextGroup("refused_soft", "busy_canned", 1, 0.0001, 1, 0, 0.1, [KeptText(15, 1199, False, "活动太火爆")]),
        TextGroup("shed", "timed_out", 40, None, 9, 3, 0.1, [KeptText(16, 1200, None, "x")]),
    ],
    bound=None, notes=[],
)  # fmt: skip

HEAD = "75 of 7,526 answers at chat kept (1.00%), to 74 wishes chosen by hash of seed and wish"


def printed(sample: KeptTexts) -> list[str]:
    """The lines on a console that is no terminal."""
    stream = io.StringIO()
    print_texts(sample, console_on(stream, {}))
    return stream.getvalue().splitlines()


def test_the_sample_and_its_texts() -> None:
    """First what the sample is, then each group with both of its shares, then its texts, one line each however long."""
    assert printed(SAMPLE) == [
        f"{HEAD} (a share of 0.01 was asked for); none was left out.",
        "done: 2 texts, 80.0% of the sample; 6,142 answers, 81.6% of all",
        '  second 12, wish 1034, basket understood: "好的。"',
        "  second 13, wish 1090, basket understood: (no words)",
        "refused_soft busy_canned: 1 text, 10.0% of the sample; 1 answer, 0.0% of all",
        '  second 15, wish 1199, basket not understood: "活动太火爆"',
        "shed timed_out: 9 texts, 1 shown, 3 left out, 10.0% of the sample; 40 answers",
        '  second 16, wish 1200: "x"',
    ]


def test_what_was_left_out_and_what_is_missing() -> None:
    """Texts beyond the bound are told in the first line, damage in one of its own."""
    head, note, *_ = printed(replace(SAMPLE, left_out=12, left_out_from=40, notes=["texts.arrows is cut"], share=None))

    assert head == f"{HEAD}; 12 more were left out from second 40 on, beyond what a worker keeps."
    assert note == "Note: texts.arrows is cut"


def test_a_record_without_texts() -> None:
    """Nothing but why there is none, and what is missing."""
    assert printed(replace(SAMPLE, kept=0, why_none="This record holds no texts: it is old.", notes=["Gone."])) == [
        "This record holds no texts: it is old.",
        "Note: Gone.",
    ]


@pytest.mark.parametrize(
    ("at_most", "left_out", "lines"),
    [
        pytest.param(
            0.0495,
            0,
            ["0 of 59 texts shown, to 59 wishes. So at most 4.95% of such answers are, by wishes, with 95 % certainty"],
            id="a bound",
        ),
        pytest.param(
            None, 0, ["No such text was kept, so nothing can be said of such answers."], id="nothing was shown"
        ),
        pytest.param(
            0.0495,
            7,
            ["", "That says little of the answers from second 40 on: their texts were left out."],
            id="a sample that ends before the run",
        ),
    ],
)
def test_how_far_a_finding_reaches(at_most: float | None, left_out: int, lines: list[str]) -> None:
    """The bound is one sentence, with another where it does not hold for the whole run."""
    group = TextGroup("done", "", 100, 1.0, 59, left_out, 1.0, [])
    sample = replace(SAMPLE, groups=[group], left_out_from=40, bound=Bound(0, 59, 59, at_most))
    shown = printed(sample)[-len(lines) :]

    assert all(line in seen for line, seen in zip(lines, shown, strict=True))


@pytest.mark.parametrize(
    ("hostile", "shown"),
    [
        pytest.param("\x1b[2J\x1b]0;owned\x07", r"\x1b[2J\x1b]0;owned\x07", id="escapes of a terminal"),
        pytest.param("a\nPASS  all is well\r", r"a\x0aPASS  all is well\x0d", id="a line of its own"),
        pytest.param("ab\u202edc\u2066", r"ab\u202edc\u2066", id="a direction that is turned"),
        pytest.param("[bold red]x[/] :boom:", "[bold red]x[/] :boom:", id="markup of the console"),
        pytest.param("<script>alert(1)</script>", "<script>alert(1)</script>", id="markup of a page"),
        pytest.param("\u200b" * 400, r"\u200b" * 400, id="nothing but hidden characters"),
    ],
)
def test_hostile_texts_are_shown_not_obeyed(hostile: str, shown: str) -> None:
    """Text, outcome and reason of a record stand there as they are, on one line, with each control character spelled out."""
    group = TextGroup(hostile, hostile, 1, 1.0, 1, 0, 1.0, [KeptText(1, 1, None, hostile)])
    lines = printed(replace(SAMPLE, groups=[group]))

    assert len(lines) == 3
    assert f'"{shown}"' in lines[2]
    assert all(character.isprintable() for line in lines for character in line)
