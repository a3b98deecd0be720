"""The explanation of a verdict on a console: numbered sentences, of one objective or of all, safe to show."""

import io
from pathlib import Path

import msgspec
import pytest

from reports.gate import Report, judge_run
from reports.one_liner import parse_line
from reports.render.console_explain import chosen_name, print_explanations
from reports.render.plain import console_on
from reports.run_record.run_directory import open_run
from reports.slo_fields import SloError
from tests.helpers.synthetic_run import Wishes, write_run

LINES = ["order.confirmed: rate > 95%", "pay.step_ms: max < 1s"]


@pytest.fixture
def report(tmp_path: Path) -> Report:
    """A small run, judged by two lines."""
    return judge_run(
        open_run(write_run(tmp_path / "run", Wishes(rates=((20, 20.0),)))), [parse_line(line) for line in LINES], None
    )


def screen(report: Report, name: str = "") -> str:
    """What a pipe gets."""
    stream = io.StringIO()
    print_explanations(report, name, console_on(stream, {}))
    return stream.getvalue()


def test_every_objective_is_explained_in_numbered_sentences(report: Report) -> None:
    """Name, target, measured value and verdict, then how it came about, on 100 columns."""
    shown = screen(report)

    assert "order.confirmed: rate > 95%: >= 95 %, measured 100.0% [99.0%, 100.0%]: PASS" in shown
    assert "  1. Judged: orders, in 20 seconds from 0 to 19; no warm-up was declared." in shown
    assert "is within the 5 % allowed: PASS." in shown
    assert "Error budget: 400 events were planned" in shown
    assert "pay.step_ms: max < 1s: max < 1000 ms, measured 22 ms [22, 22]: PASS" in shown
    assert max(map(len, shown.splitlines())) <= 100


def test_one_objective_is_explained_by_its_name(report: Report) -> None:
    """Only the named one is shown."""
    shown = screen(report, LINES[1])

    assert "pay.step_ms" in shown
    assert "order.confirmed" not in shown


def test_hostile_text_is_shown_not_obeyed(report: Report) -> None:
    """A name or a sentence with escapes arrives as visible text."""
    evil = "\x1b[2J[bold]x"
    first = report.objectives[0]
    assert first.explain is not None
    explain = msgspec.structs.replace(first.explain, lines=[evil])
    changed = msgspec.structs.replace(report, objectives=[msgspec.structs.replace(first, name=evil, explain=explain)])

    assert "\x1b" not in screen(changed)
    assert screen(changed).count(r"\x1b[2J[bold]x") == 2


def test_the_name_is_known_or_the_nearest_is_told() -> None:
    """Blanks do not matter; no name is every objective; an unknown one is a mistake."""
    assert [chosen_name(name, LINES) for name in (None, "", "pay.step_ms:  max < 1s")] == ["", "", LINES[1]]
    with pytest.raises(SloError, match=r"--explain: told-at-one is unknown; did you mean told-at-once\?"):
        chosen_name("told-at-one", ["told-at-once"])
