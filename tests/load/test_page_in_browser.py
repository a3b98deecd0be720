"""The report's page in a real browser: what a reader sees, hovers, types and prints, and what a hostile target cannot do to it."""

import json
import subprocess
import sys
from typing import Any

import pytest
from msgspec.structs import replace

from benchmarks.browser import HOW_TO_INSTALL, chromium
from reports.evidence import RefusalWords
from reports.gate import judge_run
from reports.render.html import page
from reports.run_record.outcome import PURCHASE_STEPS
from reports.run_record.run_directory import open_run
from reports.run_record.schema import CurveFacts, CurveSegment, TargetFacts
from reports.slo import load_objectives
from reports.timeline import Timeline
from tests.helpers.source_tree import ROOT
from tests.helpers.synthetic_run import Wishes, batch_of, write_run

pytestmark = [pytest.mark.load, pytest.mark.skipif(chromium() is None, reason=HOW_TO_INSTALL)]

ATTACK = "</script><script>window.hacked = 1; alert(1)</script>"
IMAGE = '"><img src=http://192.0.2.1/x onerror="window.hacked = 1">'
HOSTILE = Wishes(
    rates=((25, 20.0), (30, 60.0)),
    capacity_per_s=25,
    manifest={
        "scenario": f"festival{ATTACK}",
        "target": TargetFacts("stub", f"http://127.0.0.1:1/{IMAGE}", "acp", 25.0),
        "steps": [*PURCHASE_STEPS, f"page{ATTACK}"],
        "arguments": {"header": IMAGE},
        "curve": CurveFacts(
            "stairs", [CurveSegment(0, 25, 20.0, 20.0), CurveSegment(25, 55, 60.0, 60.0)], "even", note=f"from {ATTACK}"
        ),
    },
)
BUSY = f"大家的热情太高啦 {ATTACK}"


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What a browser tells of the page of a throttled run in which every text of others is an attack."""
    folder = tmp_path_factory.mktemp("page")
    batch = batch_of(HOSTILE)
    batch.outcomes = [replace(row, reason=IMAGE) if row.reason == "busy_canned" else row for row in batch.outcomes]
    batch.histograms += [replace(row, step=f"page{ATTACK}") for row in batch.histograms if row.step == "pay"]
    run = open_run(write_run(folder / "run", HOSTILE, batch=batch))
    objectives = load_objectives(ROOT / "reports" / "slos" / "festival.yaml")
    said = [RefusalWords(BUSY, BUSY, "chat", "refused_soft", "busy_canned", 25, 540, 600)]
    report = replace(judge_run(run, objectives, None), words=said)
    file = folder / "page.html"
    file.write_text(page(report, Timeline(run), objectives), encoding="utf-8")
    session = [sys.executable, "-m", "tests.helpers.page_session", str(file)]
    done = subprocess.run(session, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    seen: dict[str, Any] = json.loads(done.stdout)
    return seen | {"file": file.as_uri()}


def test_the_verdict_is_what_one_sees_first(told: dict[str, Any]) -> None:
    """The verdict stands in words at the top of the first screen, in a page that names its language."""
    assert "Not judged" in told["verdict"]
    assert told["verdict_in_view"]["y"] < 200
    assert told["lang"] == "en"
    assert told["canvases"] == told["charts"] == 9


def test_nothing_is_loaded_and_nothing_complains(told: dict[str, Any]) -> None:
    """The page asks the network for nothing but itself, and its console stays empty: no error, no broken policy."""
    assert set(told["requests"]) == {told["file"]}
    assert told["console"] == []


def test_texts_of_others_are_text(told: dict[str, Any]) -> None:
    """Markup in a scenario's name, an address, a reason or a refusal's words is shown and never run."""
    assert (told["hacked"], told["dialogs"], told["scripts"]) == ("undefined", [], 3)
    assert BUSY in told["text"]
    assert f"festival{ATTACK}" in told["verdict"]
    assert IMAGE.replace("_", " ") in told["text"]


def test_the_mouse_reads_values(told: dict[str, Any]) -> None:
    """Hovering names the second and what each line has there."""
    assert told["hovered"].startswith("second ")
    for name in ("got their order", "turned away politely (soft)", "turned away openly (hard)", "offered", "released"):
        assert name in told["hovered"]


def test_the_keyboard_reads_values(told: dict[str, Any]) -> None:
    """Arrow keys move through the seconds and a live region says the values; Escape leaves, Tab goes on to the legend."""
    assert [told[f"after_Arrow{side}"].split(" (")[0] for side in ("Right", "Left")] == ["second 1", "second 0"]
    assert "got their order 20" in told["after_ArrowLeft"]
    assert told["after_End"].startswith("second 54 ")
    assert told["tip_after_escape"] is False
    assert (told["tab_leads_to"], told["pressed"]) == ("got their order", "false")


def test_every_chart_is_a_table_too(told: dict[str, Any]) -> None:
    """A chart's values can be read as a table, and another view draws one chart, not two."""
    assert told["table_rows"] == 55
    assert told["first_row"].split() == ["0", "20", "0", "0", "20", "20"]
    assert told["drawn_again"] == 1


def test_the_page_is_dark_where_the_reader_is(told: dict[str, Any]) -> None:
    """The background follows the reader's scheme, and nothing glides for those who want no motion."""
    light, dark = ([int(part) for part in told[one][4:-1].split(",")] for one in ("light", "dark"))

    assert min(light) > 200
    assert max(dark) < 60
    assert told["scrolling"] == "auto"


def test_the_page_fits_a_phone(told: dict[str, Any]) -> None:
    """At 320 pixels nothing must be scrolled sideways, and nothing jumps while the page builds."""
    assert told["phone_width"] == 320
    assert told["phone_shift"] < 0.01


def test_the_page_prints(told: dict[str, Any]) -> None:
    """It becomes a PDF with its charts, without what only a screen can use."""
    assert told["pdf_bytes"] > 50_000
    assert told["nav_in_print"] is False
