"""The tables of the page: figures in their places, and no number that is not there."""

import math

import pytest
from msgspec.structs import replace

from reports.gate import Report, judge_run
from reports.objectives import ObjectiveResult
from reports.render.page_parts import BAR, episode_rows, interval_bar, manifest_parts, objective_rows, step_outcomes
from reports.run_record.run_directory import open_run
from reports.slo import Objective, load_objectives
from reports.timeline import Timeline
from reports.verdict import Verdict
from tests.helpers.source_tree import ROOT
from tests.helpers.synthetic_run import Wishes, manifest_of, write_run

FESTIVAL = load_objectives(ROOT / "reports" / "slos" / "festival.yaml")
THROTTLED = Wishes(rates=((25, 20.0), (30, 60.0)), capacity_per_s=25)


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> tuple[Timeline, Report]:
    """A throttled run without a ledger."""
    run = open_run(write_run(tmp_path_factory.mktemp("runs") / "run", THROTTLED))
    return Timeline(run), judge_run(run, FESTIVAL, None)


def test_every_objective_is_a_row(judged: tuple[Timeline, Report]) -> None:
    """Each has its figures; what was not measured says so and has no bar."""
    rows = {row.name: row for row in objective_rows(judged[1], FESTIVAL)}

    assert list(rows) == [one.name for one in FESTIVAL]
    assert (rows["first-words"].verdict, rows["first-words"].tone) == ("PASS", "pass")
    assert rows["first-words"].margin.startswith("+1,")
    assert (rows["first-words"].spent, rows["goodput-held"].spent) == ("0 %", "")
    assert rows["first-words"].explained[0].startswith("Judged: requests of step chat")
    assert (rows["nothing-lost"].measured, rows["nothing-lost"].margin, rows["nothing-lost"].bar) == (
        "no data", "none", None,
    )  # fmt: skip


def objective(name: str) -> Objective:
    """One of the festival's."""
    return next(one for one in FESTIVAL if one.name == name)


@pytest.mark.parametrize(
    ("name", "result", "bad_side"),
    [
        pytest.param("first-words", {"unit": "ms", "value": 300, "low": 200, "high": 400}, "right", id="a latency"),
        pytest.param(
            "first-words", {"unit": "ms", "value": 300, "low": 200, "high": math.inf}, "right", id="open-ended"
        ),
        pytest.param("whole-wish", {"unit": "share", "value": 0.995, "low": 0.98, "high": 1.0}, "left", id="a share"),
        pytest.param(
            "goodput-held", {"unit": "of capacity", "value": 1.0, "low": 0.95, "high": 1.1}, "left", id="goodput"
        ),
    ],
)
def test_the_interval_lies_against_the_limit(name: str, result: dict[str, float | str], bad_side: str) -> None:
    """Low, value and high are in order within the bar, and the bad side is the one that the objective forbids."""
    bar = interval_bar(ObjectiveResult(name, name, "t", Verdict.PASS, "s", **result), objective(name))  # type: ignore[arg-type]  # a row of the table
    assert bar is not None

    assert 0 <= bar.low <= bar.value <= bar.high <= BAR
    assert (bar.bad_from, bar.bad_to) == ((0, bar.limit) if bad_side == "left" else (bar.limit, BAR))


def test_what_is_on_the_good_side_is_drawn_there(judged: tuple[Timeline, Report]) -> None:
    """The whole interval of a passed objective lies outside of the bad side."""
    for row in objective_rows(judged[1], FESTIVAL):
        if row.bar is not None and row.verdict == "PASS":
            assert row.bar.high <= row.bar.bad_from or row.bar.low >= row.bar.bad_to


def test_no_interval_no_bar() -> None:
    """Without a number there is nothing to draw."""
    assert (
        interval_bar(ObjectiveResult("a", "A", "t", Verdict.INCONCLUSIVE, "s", "share"), objective("whole-wish"))
        is None
    )


@pytest.mark.parametrize(("spent", "words"), [(0.0, "0 %"), (0.00123, "0.12 %"), (0.5, "50 %"), (61.4, "6,140 %")])
def test_how_much_of_the_budget_is_spent(judged: tuple[Timeline, Report], spent: float, words: str) -> None:
    """A little is not nothing, and more than all of it is told."""
    result = judged[1].objectives[0]
    assert result.budget is not None
    changed = replace(result, budget=replace(result.budget, spent=spent))

    assert objective_rows(replace(judged[1], objectives=[changed]), FESTIVAL[:1])[0].spent == words


def test_every_ending_is_a_line_and_a_segment(judged: tuple[Timeline, Report]) -> None:
    """Wishes come first; numbers add up, segments fill the bar without a gap."""
    wishes, chat, *_ = step_outcomes(judged[0])

    assert (wishes.step, chat.step, wishes.n) == ("order", "chat", 2300)
    assert [(line.outcome, line.reason, line.n) for line in wishes.lines] == [
        ("confirmed", "", 1250),
        ("refused_soft", "busy_canned", 540),
        ("refused_hard", "rate_limited", 510),
    ]
    for step in (wishes, chat):
        ends = [part.x + part.width for part in step.segments]
        assert [part.x for part in step.segments[1:]] == pytest.approx(ends[:-1], abs=0.2)
        assert ends[-1] == pytest.approx(BAR, abs=0.3)


def test_an_episode_in_words(judged: tuple[Timeline, Report]) -> None:
    """An episode has its second, its band, its load and whether it ended."""
    episode = judged[1].onset.episodes[0]
    open_one, ended, wide = episode_rows([
        episode, replace(episode, end=40), replace(episode, offered_low=55.0, last_seen=None)
    ])  # fmt: skip

    assert (open_one.what, open_one.certain, open_one.offered) == ("turning away", "25 to 25", "60.0")
    assert open_one.begun.startswith("second 25 (")
    assert open_one.ended == "not certain; last seen in second 54"
    assert (ended.ended, wide.ended, wide.offered) == ("second 40", "not certain", "60.0 (55.0 to 60.0)")


def test_the_manifest_without_what_is_empty() -> None:
    """Each part has its rows; an empty value and an empty part are left out."""
    parts = {part.title: dict(part.rows) for part in manifest_parts(manifest_of(THROTTLED))}

    assert list(parts) == ["Run", "Target", "Offered curve"]
    assert parts["Run"]["seed"] == "1"
    assert parts["Target"]["declared capacity"] == "25 orders/s"
    assert "file" not in parts["Offered curve"]
