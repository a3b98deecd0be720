"""Refusals must not begin before a second or below a load: what a run shows, and what it cannot show."""

from pathlib import Path

import msgspec
import numpy as np
import pytest

from reports.judge_onset import judge_onset
from reports.onset_groups import GroupsReport
from reports.run_record.run_directory import open_run
from reports.slo import Objective, parse_objectives
from reports.throttle_onset import Episode, OnsetReport, detect
from reports.timeline import Timeline
from tests.helpers.grouped_orders import grouped_run, hit
from tests.helpers.synthetic_run import Wishes, write_run

JUMP = Wishes(rates=((40, 60.0), (40, 140.0)), capacity_per_s=100)
CALM = Wishes(rates=((40, 60.0), (40, 90.0)), capacity_per_s=100)


def onset(by: str, value: str, voice: str = "any", more: str = "") -> Objective:
    """Refusals do not begin before the value; ``more`` fields say of whom."""
    (found,) = parse_objectives(
        "apiVersion: openslo/v1\nkind: SLO\nmetadata: {name: a}\nspec:\n  indicator:\n    spec:\n      thresholdMetric:\n"
        f"        metricSource: {{type: springtide-throttling, spec: {{onset: {by}, voice: {voice}{more}}}}}\n"
        f"  objectives: [{{op: gte, value: {value}}}]\n"
    )
    return found


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[Timeline, OnsetReport]]:
    """Both runs and what was found in them."""
    folder = tmp_path_factory.mktemp("runs")
    opened = {name: open_run(write_run(folder / name, truth)) for name, truth in (("jump", JUMP), ("calm", CALM))}
    return {name: (Timeline(run), detect(run)) for name, run in opened.items()}


@pytest.mark.parametrize(
    ("run", "by", "value", "verdict", "says"),
    [
        pytest.param("jump", "second", "40s", "PASS", "refused began at second 40 s", id="as late as it may"),
        pytest.param("jump", "second", "41s", "FAIL", "against 41 s", id="a second too early"),
        pytest.param("jump", "load", "60/s", "PASS", "60/s to 140/s", id="so much was borne"),
        pytest.param("jump", "load", "150/s", "FAIL", "against 150/s", id="so much was not"),
        pytest.param(
            "jump", "load", "100/s", "INCONCLUSIVE", "60/s to 140/s", id="between what was borne and what was not"
        ),
        pytest.param(
            "calm", "second", "80s", "PASS", "never exceeded 0.10% of the wishes; the run lasted 80 s", id="never"
        ),
        pytest.param("calm", "second", "90s", "INCONCLUSIVE", "which does not reach 90 s", id="the run was shorter"),
        pytest.param("calm", "load", "90/s", "PASS", "at most 90/s were offered", id="never, at that load"),
        pytest.param("calm", "load", "120/s", "INCONCLUSIVE", "which does not reach 120/s", id="never offered so much"),
    ],
)
def test_an_onset(
    runs: dict[str, tuple[Timeline, OnsetReport]], run: str, by: str, value: str, verdict: str, says: str
) -> None:
    """A jump from 60 to 140 wishes/s at a door of 100/s is refused from second 40 on."""
    found = judge_onset(onset(by, value), *runs[run])

    assert found.verdict == verdict
    assert says in found.sentence
    assert found.explain.lines[-1].endswith(f"{verdict}.")


def test_each_voice_has_its_own_onset(runs: dict[str, tuple[Timeline, OnsetReport]]) -> None:
    """A service that only says no politely never refuses hard."""
    timeline, report = runs["jump"]
    report = msgspec.structs.replace(report, episodes=[one for one in report.episodes if one.signal != "refused_hard"])

    assert judge_onset(onset("second", "60s", "hard"), timeline, report).verdict == "PASS"
    assert judge_onset(onset("second", "60s", "soft"), timeline, report).verdict == "FAIL"


@pytest.mark.parametrize("missing", [True, False])
def test_an_onset_that_is_not_known_never_passes(runs: dict[str, tuple[Timeline, OnsetReport]], missing: bool) -> None:
    """Nobody looked, or the run could not be analysed: INCONCLUSIVE."""
    why = OnsetReport(
        tolerated_share=0.001, planned_s=9, episodes=[], blips=[], note="", ran=False, why_not="no wish ended"
    )
    found = judge_onset(onset("second", "60s"), runs["calm"][0], None if missing else why)

    assert found.verdict == "INCONCLUSIVE"
    assert found.sentence == "the onset is not known: " + ("it was not looked for" if missing else "no wish ended")


def test_a_ramp_gives_the_load_with_its_interval(runs: dict[str, tuple[Timeline, OnsetReport]]) -> None:
    """Where the load rises gradually, the first-throttle load decides and not the second's."""
    episode = Episode(
        signal="refused", second=42, set_first=41, set_last=43, alarm=45, end=None, wall_utc="x", offered_per_s=133.4, offered_low=131.0,
        offered_high=136.0, released_per_s=133.0, released_low=125.9, released_high=140.1, refused=900, of=1800, method="hinge",
        first_throttle_per_s=132.6, first_throttle_low=130.0, first_throttle_high=135.0, capacity_low=None, capacity_high=None,
    )  # fmt: skip
    report = OnsetReport(
        tolerated_share=0.001, planned_s=90, episodes=[episode], blips=[], note="", ran=True, why_not=""
    )
    timeline, _ = runs["calm"]

    verdicts = [judge_onset(onset("load", f"{load}/s"), timeline, report).verdict for load in (129, 132, 136)]
    assert verdicts == ["PASS", "INCONCLUSIVE", "FAIL"]


@pytest.fixture(scope="module")
def grouped(tmp_path_factory: pytest.TempPathFactory) -> tuple[Timeline, OnsetReport]:
    """80 s at 60/s; from second 40 on half of the gifts, a tenth of the wishes, are refused, which all together need not show."""
    calm = {"gifts": np.full(80, 6), "travel": np.full(80, 53), "rare": np.repeat([1, 0], [3, 77])}
    run = grouped_run(tmp_path_factory.mktemp("runs") / "run", hit(calm, {"gifts": np.repeat([0, 3], 40)}))
    timeline = Timeline(run)
    return timeline, detect(run, timeline, tolerated_share=0.1)


@pytest.mark.parametrize(
    ("objective", "verdict", "says"),
    [
        pytest.param(onset("second", "41s"), "PASS", "refused never exceeded 10.00% of the wishes", id="all shoppers"),
        pytest.param(
            onset("second", "41s", more=", vertical: gifts"), "FAIL", "refused of vertical gifts began at second 40 s", id="who was hit"
        ),
        pytest.param(
            onset("second", "30s", more=", vertical: gifts"), "PASS", "refused of vertical gifts began at second 40 s", id="late enough"
        ),
        pytest.param(
            onset("load", "70/s", more=", vertical: gifts"), "FAIL", "at an offered load of", id="at a load of all shoppers"
        ),
        pytest.param(
            onset("second", "80s", more=", vertical: travel"), "PASS", "refused of vertical travel never exceeded 10.00%", id="who was not"
        ),
        pytest.param(
            onset("second", "80s", more=", vertical: rare"), "INCONCLUSIVE", "has 3 wishes, too few to notice", id="too few to tell"
        ),
        pytest.param(
            onset("second", "80s", more=", vertical: shoes"), "INCONCLUSIVE", "no wish of vertical shoes is on record", id="nobody"
        ),
        pytest.param(
            onset("second", "80s", more=", cohort: hammer"), "INCONCLUSIVE", "it knows no cohorts", id="what no record tells apart"
        ),
    ],
)  # fmt: skip
def test_a_vertical_has_its_own_onset(
    grouped: tuple[Timeline, OnsetReport], objective: Objective, verdict: str, says: str
) -> None:
    """An objective on a vertical is judged by the charts of its shoppers, and never passes where those cannot tell."""
    found = judge_onset(objective, *grouped)

    assert found.verdict == verdict
    assert says in found.sentence


@pytest.mark.parametrize(
    ("returning", "more", "verdict", "says"),
    [
        pytest.param("gifts", "cohort: returning", "FAIL", "refused of cohort returning began at second 40 s", id="who was hit"),
        pytest.param("gifts", "cohort: new", "PASS", "refused of cohort new never exceeded 10.00%", id="who was not"),
        pytest.param("", "cohort: new", "INCONCLUSIVE", "the record does not say which shoppers are new", id="nobody knows"),
        pytest.param(
            "gifts", "cohort: new, vertical: travel", "INCONCLUSIVE",
            "vertical travel and cohort new together have no chart of their own", id="two groups at once",
        ),
    ],
)  # fmt: skip
def test_new_and_returning_shoppers_have_their_own_onset(
    tmp_path: Path, returning: str, more: str, verdict: str, says: str
) -> None:
    """From second 40 on half of the gifts are refused, which returning shoppers wish, if any do."""
    calm = {"gifts": np.full(80, 6), "travel": np.full(80, 54)}
    run = grouped_run(tmp_path / "run", hit(calm, {"gifts": np.repeat([0, 3], 40)}), returning)
    timeline = Timeline(run)
    found = judge_onset(onset("second", "41s", more=f", {more}"), timeline, detect(run, timeline, tolerated_share=0.1))

    assert found.verdict == verdict
    assert says in found.sentence


def test_the_only_vertical_is_all_shoppers(runs: dict[str, tuple[Timeline, OnsetReport]]) -> None:
    """Its onset is that of all."""
    found = judge_onset(onset("second", "41s", more=", vertical: milk_tea"), *runs["jump"])

    assert (found.verdict, found.value) == ("FAIL", 40.0)


@pytest.mark.parametrize(
    ("groups", "says"),
    [
        pytest.param(GroupsReport(why_not="rows are missing"), "no chart of its own: rows are missing", id="why not"),
        pytest.param(GroupsReport(), "no chart of its own: only the 32 largest have", id="a small one of many"),
    ],
)
def test_a_vertical_without_a_chart_never_passes(
    grouped: tuple[Timeline, OnsetReport], groups: GroupsReport, says: str
) -> None:
    """Nobody looked, so nobody knows."""
    timeline, report = grouped
    found = judge_onset(
        onset("second", "30s", more=", vertical: gifts"), timeline, msgspec.structs.replace(report, groups=groups)
    )

    assert found.verdict == "INCONCLUSIVE"
    assert says in found.sentence
