"""The page is whole, quiet and safe: nothing is loaded, every text of others is text, and JSON cannot end its script."""

import base64
import hashlib
import json
import re
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.evidence import RefusalWords
from reports.gate import judge_run
from reports.onset_cohorts import Cohort, FirstSignal
from reports.onset_groups import GroupsReport
from reports.render.html import page, script_json
from reports.run_record.run_directory import open_run
from reports.run_record.schema import TargetFacts
from reports.slo import load_objectives
from reports.timeline import Timeline
from tests.helpers.other_runs import own_journey_of, unscheduled_of
from tests.helpers.source_tree import ROOT
from tests.helpers.synthetic_run import Wishes, batch_of, changed, write_run

FESTIVAL = load_objectives(ROOT / "reports" / "slos" / "festival.yaml")
THROTTLED = Wishes(rates=((25, 20.0), (30, 60.0)), capacity_per_s=25)
ATTACK = "</script><script>alert(1)</script>"
SCRIPT = re.compile(r"<script(?P<attributes>[^>]*)>(?P<text>.*?)</script>", re.DOTALL)


def page_of(path: Path, *words: RefusalWords, objectives: bool = True) -> str:
    """The page of a run by the festival's objectives."""
    run, wanted = open_run(path), FESTIVAL if objectives else []
    report = msgspec.structs.replace(judge_run(run, wanted, None), words=list(words))
    return page(report, Timeline(run), wanted, judged_by="festival.yaml")


@pytest.fixture(scope="module")
def throttled(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The page of a throttled run."""
    return page_of(write_run(tmp_path_factory.mktemp("runs") / "run", THROTTLED))


def test_everything_that_a_review_needs_is_there(throttled: str) -> None:
    """The page has the verdict, each part, and the charts' data with both clocks."""
    for words in (
        "Not decided", "judged by festival.yaml", "turning away", "A shopper who is let in sees the first words within 1.5 s",
        "rate limited", "busy canned", "Turning away: step chat said so first, in second 25", "Turning away, by kind of goods",
        "Chat was full first", "Not seen: the load stayed above the capacity to the end of the run.", "Can the measurement be trusted?", "Manifest", "everything else is here without it",
    ):  # fmt: skip
        assert words in throttled
    data = json.loads(SCRIPT.search(throttled)["text"])  # type: ignore[index]  # a page without data fails here
    assert [chart["id"] for chart in data["charts"]] == [
        "traffic", "throughput", "cards", "latency", "percentiles", "lateness", "stalls", "cpu", "flight",
    ]  # fmt: skip


def test_nothing_points_outside(throttled: str) -> None:
    """No element loads or leads anywhere but within the page; the library's licence stays with it."""
    markup = SCRIPT.sub("", re.sub(r"<style>.*?</style>", "", throttled, flags=re.DOTALL))

    assert set(re.findall(r'(?:src|href)="([^"#]*)', markup)) <= {"", "data:,"}
    assert not re.search(r"@import|url\(", throttled)
    assert "Permission is hereby granted, free of charge" in throttled


def test_the_policy_allows_exactly_the_pages_own_scripts_and_styles(throttled: str) -> None:
    """Every executable script and every style is allowed by its hash, and nothing else is; no style hides in an attribute."""
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', throttled)
    assert policy is not None
    rules = dict(rule.split(" ", 1) for rule in policy[1].split("; "))
    scripts = [found["text"] for found in SCRIPT.finditer(throttled) if not found["attributes"]]
    styles = re.findall(r"<style>(.*?)</style>", throttled, re.DOTALL)

    def allowed(texts: list[str]) -> list[str]:
        return [f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'" for text in texts]

    assert rules["default-src"] == "'none'"
    assert rules["script-src"].split() == allowed(scripts)
    assert rules["style-src"].split() == allowed(styles)
    assert not re.search(r"<[^>]+ (style|on\w+)=", SCRIPT.sub("", throttled))


def test_texts_of_others_are_escaped(tmp_path: Path) -> None:
    """A hostile name, address, reason, step or text of a refusal adds no element, and control characters are shown."""
    truth = changed(
        THROTTLED,
        manifest={
            "scenario": ATTACK,
            "target": TargetFacts("stub", f"http://{ATTACK}", "acp", 25.0),
            "steps": ["chat", ATTACK],
            "arguments": {ATTACK: "\x1b[2J\u202egnp"},
        },
    )
    said = RefusalWords("忙", f"忙 {ATTACK}", "chat", "refused_soft", ATTACK, 25, 540, 600)
    text = page_of(write_run(tmp_path / "run", truth, batch=batch_of(THROTTLED)), said)

    assert len(SCRIPT.findall(text)) == 3
    assert "alert(1)</script>" not in text
    assert "忙 &lt;/script&gt;&lt;script&gt;alert(1)" in text
    assert r"\x1b[2J\u202egnp" in text


def test_what_the_record_says_of_an_overload_is_escaped(tmp_path: Path) -> None:
    """A hostile step, reason, vertical or sentence about the overload is text on the page."""
    run = open_run(write_run(tmp_path / "run", THROTTLED))
    report = judge_run(run, [], None)
    assert report.saturation is not None
    assert report.recovery is not None
    episode = msgspec.structs.replace(
        report.onset.episodes[0],
        first_signal=FirstSignal(25, f"step {ATTACK}", "refused_hard", f"reason {ATTACK}"),
        cohorts=[Cohort("vertical", f"goods {ATTACK}", 1, 2, 25)],
    )
    groups = GroupsReport(sentences=[f"Shoppers of group {ATTACK} differ"])
    hostile = msgspec.structs.replace(
        report,
        onset=msgspec.structs.replace(
            report.onset, episodes=[episode], groups=groups, cohorts_not_recorded=(f"whom {ATTACK}",)
        ),
        saturation=msgspec.structs.replace(report.saturation, sentences=[f"full {ATTACK}"]),
        recovery=msgspec.structs.replace(report.recovery, sentences=[f"after {ATTACK}"]),
    )
    text = page(hostile, Timeline(run), [])

    for words in ("step", "reason", "goods", "whom", "group", "Full", "After"):
        assert f"{words} &lt;/script&gt;&lt;script&gt;alert(1)" in text
    assert "alert(1)</script>" not in text
    assert '<th scope="col" class="right">Began in second</th>' in text


@given(
    st.recursive(
        st.text() | st.integers() | st.none(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)
    )
)
def test_json_in_a_script_says_the_same_and_cannot_end_it(value: object) -> None:
    """Whatever the value holds, it comes back as it was, and no character of it can close a script or begin a comment."""
    text = script_json(value)

    assert json.loads(text) == value
    assert not set(text) & set("<>&\u2028\u2029")


def test_a_run_without_objectives_is_not_judged(tmp_path: Path) -> None:
    """Without objectives the page shows the run and says that nothing was judged."""
    text = page_of(write_run(tmp_path / "run", THROTTLED), objectives=False)

    assert "Not judged" in text
    assert "None was given, so nothing was judged." in text


@pytest.mark.parametrize("made", [own_journey_of, unscheduled_of], ids=["another journey", "no schedule"])
def test_other_journeys_have_a_page(tmp_path: Path, made: type) -> None:
    """A journey that buys nothing, and requests that nobody scheduled, are shown with what they have."""
    truth, batch = made(Wishes(rates=((12, 10.0),)))
    text = page_of(write_run(tmp_path / "run", truth, batch=batch), objectives=False)

    assert "How wishes and requests ended" in text


def test_an_empty_and_an_unfinished_run_have_a_page(tmp_path: Path) -> None:
    """A run in which nothing happened, and one that was killed, are shown as what they are."""
    empty = Wishes(rates=((5, 0.0),))

    text = page_of(write_run(tmp_path / "empty", empty))
    assert "No wish was released" in text
    for title in (
        "When and at what load",
        "Who said so first",
        "Who was hit",
        "What was full first",
        "What came after",
    ):
        assert re.search(rf"<h3>{title}</h3>\s*<p>Not known: ", text)
    assert "The run did not finish" in page_of(write_run(tmp_path / "killed", THROTTLED, end=False))


def test_a_long_run_says_what_a_point_stands_for(tmp_path: Path, throttled: str) -> None:
    """Where seconds are aggregated, the page says how; else it says that they are not."""
    long = Wishes(rates=((4_000, 0.5),))

    text = page_of(write_run(tmp_path / "run", long))
    assert "Each point stands for 2 seconds." in text
    assert "counts are their mean, with the lowest and the highest second in brackets" in text
    assert "Each point of a chart is one second." in throttled
