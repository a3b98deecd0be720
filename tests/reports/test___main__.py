"""The command line: its verbs, its exit codes, and one sentence for each kind of bad input."""

import json
import os
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from reports.__main__ import main
from reports.exit_codes import ExitCode
from reports.run_record.schema import TargetFacts
from tests.helpers.synthetic_run import Wishes, batch_of, changed, write_ledger, write_run

ANSWERED = "chat.step_ms: p(95) < 2s"
FESTIVAL = str(Path(__file__).parents[2] / "reports" / "slos" / "festival.yaml")
THROTTLED = Wishes(
    rates=((25, 20.0), (30, 60.0)),
    capacity_per_s=25,
    manifest={"target": TargetFacts("stub", "http://127.0.0.1:1", "acp", 25.0, ledger="stub/ledger.sqlite")},
)


@pytest.fixture(scope="module")
def throttled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A graceful run in overload, with its ledger."""
    batch = batch_of(THROTTLED)
    path = write_run(tmp_path_factory.mktemp("runs") / "graceful", THROTTLED, batch=batch)
    write_ledger(path / "stub" / "ledger.sqlite", batch)
    return path


def test_gate_prints_one_screen_and_passes(throttled: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A passing run gives 0 and at most 40 lines of 100 columns."""
    assert main(["gate", str(throttled), "--slo", FESTIVAL]) == ExitCode.PASS
    out, err = capsys.readouterr()

    assert out.startswith("PASS")
    assert len(out.splitlines()) <= 40
    assert max(map(len, out.splitlines())) <= 100
    assert err == ""


@pytest.mark.parametrize("verb", [["gate", "--slo", FESTIVAL], ["onset"], ["audit"], ["show"]])
def test_every_verb_speaks_json(throttled: Path, capsys: pytest.CaptureFixture[str], verb: list[str]) -> None:
    """With --json each verb prints one JSON document and nothing else."""
    assert main([verb[0], str(throttled), *verb[1:], "--json"]) == ExitCode.PASS
    assert json.loads(capsys.readouterr().out)


@pytest.mark.parametrize(
    "verb",
    [
        pytest.param(["gate", "--slo", FESTIVAL], id="a verdict: an answer that nobody got is no pass"),
        pytest.param(["onset", "--json"], id="an answer that waits in a buffer"),
        pytest.param(["show"], id="a screen"),
    ],
)
def test_an_answer_on_a_full_disk(throttled: Path, verb: list[str]) -> None:
    """One sentence, and exit code 2, when there is no room for what is printed."""
    command = [sys.executable, "-P", "-m", "reports", verb[0], str(throttled), *verb[1:]]
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            command, stdout=full, stderr=subprocess.PIPE, text=True, check=False, cwd=Path(__file__).parents[2],
            env={**os.environ, "PYTHONPATH": "."},
        )  # fmt: skip

    assert done.returncode == ExitCode.USAGE
    assert (
        done.stderr
        == "springtide: the answer cannot be written: No space left on device. Make room, or write it elsewhere.\n"
    )


@pytest.mark.parametrize(
    ("verb", "says"),
    [
        pytest.param("onset", "second 25", id="onset"),
        pytest.param("audit", "clean in", id="audit"),
        pytest.param("show", "scheduled 2300 = released 2300 + dropped 0", id="show"),
    ],
)
def test_every_verb_speaks_to_people(throttled: Path, capsys: pytest.CaptureFixture[str], verb: str, says: str) -> None:
    """Without --json each verb prints lines for a terminal."""
    assert main([verb, str(throttled)]) == ExitCode.PASS
    assert says in capsys.readouterr().out


def test_a_page_is_written_by_the_objectives_that_the_run_names(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Render takes the file that is given, else ours of the recorded name, else none; it says which, and is 0 whatever the verdict."""
    truth = changed(THROTTLED, manifest={"arguments": {"slo": "journey.yaml"}})
    run, file = str(write_run(tmp_path / "run", truth)), tmp_path / "page.html"
    nameless = str(write_run(tmp_path / "nameless", THROTTLED))

    for words, by in (
        ([run], "by " + FESTIVAL.replace("festival", "journey")),
        ([run, "--slo", FESTIVAL], f"by {FESTIVAL}"),
        ([run, "--require", ANSWERED], f"by {ANSWERED}"),
        ([nameless], "by no objective, give some with --slo FILE"),
    ):
        assert main(["render", *words, "--html", str(file)]) == ExitCode.PASS
        assert capsys.readouterr().out.split(" ", 2)[2].strip() == by
        assert file.read_text().startswith("<!doctype html>")


def test_a_failed_objective_gives_99(tmp_path: Path) -> None:
    """A collapse is told by the exit code."""
    truth = changed(THROTTLED, rates=((10, 20.0), (30, 120.0)), collapses=True)

    assert main(["gate", str(write_run(tmp_path / "run", truth)), "--slo", FESTIVAL]) == ExitCode.SLO_FAILED


def test_lines_judge_without_a_file(throttled: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """--require may be given again, alone or beside a file, and the worst verdict wins."""
    quick, slow = "pay.step_ms: p(99) < 2s", "pay.step_ms: p(99) < 1ms"

    assert main(["gate", str(throttled), "--require", quick]) == ExitCode.PASS
    assert (
        main(["gate", str(throttled), "--slo", FESTIVAL, "--require", quick, "--require", slow]) == ExitCode.SLO_FAILED
    )
    assert "pay.step_ms: p(99) < 1ms" in capsys.readouterr().out


def test_a_verdict_explains_itself(throttled: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """--explain tells how one verdict or each of them came about, on the console and in JSON."""
    assert main(["gate", str(throttled), "--slo", FESTIVAL, "--explain", "whole-wish"]) == ExitCode.PASS
    named = capsys.readouterr().out
    assert main(["gate", str(throttled), "--slo", FESTIVAL, "--explain"]) == ExitCode.PASS
    everything = capsys.readouterr().out
    assert main(["gate", str(throttled), "--slo", FESTIVAL, "--explain", "--json"]) == ExitCode.PASS
    told = json.loads(capsys.readouterr().out)

    assert named.count("1. ") == 1
    assert everything.count("1. Judged: ") + everything.count("1. Compared: ") == 7
    assert all(one["explain"]["lines"] and one["scope"] for one in told["objectives"])
    assert {one["name"] for one in told["objectives"] if one["budget"]} == {
        "first-words", "whole-wish", "admitted-ends-well", "served-when-room", "told-at-once",
    }  # fmt: skip


def test_an_unfinished_run_gives_3(tmp_path: Path) -> None:
    """A killed generator's run is inconclusive."""
    assert main(["gate", str(write_run(tmp_path / "run", THROTTLED, end=False)), "--slo", FESTIVAL]) == 3


def test_a_lost_order_gives_98(tmp_path: Path) -> None:
    """Gate and audit both tell a ledger violation by their exit code."""
    batch = batch_of(THROTTLED)
    path = write_run(tmp_path / "run", THROTTLED, batch=batch)
    batch.purchases = batch.purchases[1:]
    ledger = str(write_ledger(tmp_path / "ledger.sqlite", batch))

    assert main(["gate", str(path), "--slo", FESTIVAL, "--ledger", ledger]) == ExitCode.LEDGER_VIOLATION
    assert main(["audit", str(path), "--ledger", ledger]) == ExitCode.LEDGER_VIOLATION


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        pytest.param("gate {tmp}/none --slo {slo}", "There is no run at {tmp}/none", id="no such run"),
        pytest.param("gate {tmp} --slo {slo}", "{tmp} is not a run", id="a folder that is no run"),
        pytest.param("gate {run} --slo {tmp}/none.yaml", "There is no SLO file at {tmp}/none.yaml", id="no SLO file"),
        pytest.param("gate {run} --slo {slo} --explain whole-wsh", "did you mean whole-wish?", id="explain whom"),
        pytest.param("gate {run} --require order.confimed:rate>1%", "did you mean confirmed?", id="a line's typo"),
        pytest.param("gate {run} --require pya.done:rate>1%", "pya is unknown; did you mean pay?", id="a line's step"),
        pytest.param("gate {run}", "There is nothing to judge by: give --slo FILE", id="neither file nor line"),
        pytest.param("gate {run} --slo {tmp}/list.yaml", "each document must be a mapping", id="YAML that is a list"),
        pytest.param("gate {run} --slo {tmp}/broken.yaml", "is not YAML", id="broken YAML"),
        pytest.param(
            "gate {run} --slo {tmp}/typo.yaml", "spec.objectives[0].taget: unknown; did you mean target?", id="typo"
        ),
        pytest.param("gate {run} --slo {tmp}/step.yaml", "chatt is unknown; did you mean chat?", id="a step of no run"),
        pytest.param(
            "gate {run} --slo {slo} --ledger {tmp}/none", "The ledger {tmp}/none cannot be read", id="no ledger"
        ),
        pytest.param("audit {run} --ledger {tmp}/list.yaml", "is not a SQLite file", id="a ledger that is text"),
        pytest.param("audit {bare}", "There is nothing to audit: the run names no ledger", id="no ledger is named"),
        pytest.param("onset {run} --truth {tmp}/none", "The truth log {tmp}/none cannot be read", id="no truth log"),
        pytest.param("audit {run} --ledger {tmp}/empty.sqlite", "empty.sqlite", id="a ledger without orders"),
        pytest.param("render {run} --html {tmp}/none/page.html", "cannot be written", id="no folder for the page"),
        pytest.param("show {future}", "was written in version 2 of the run record", id="a run from the future"),
    ],
)
def test_bad_input_is_one_sentence_and_2(
    throttled: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: str, sentence: str
) -> None:
    """What cannot be used is named in one line on stderr, without a traceback."""
    festival = Path(FESTIVAL).read_text()
    (tmp_path / "list.yaml").write_text("- a\n")
    (tmp_path / "broken.yaml").write_text("a: [")
    (tmp_path / "typo.yaml").write_text(festival.replace("target: 0.95", "taget: 0.95"))
    (tmp_path / "step.yaml").write_text(festival.replace("step: chat,", "step: chatt,"))
    with closing(sqlite3.connect(tmp_path / "empty.sqlite")) as books:
        books.execute("CREATE TABLE other (x)")
    bare = write_run(tmp_path / "bare", Wishes(rates=((1, 1.0),)))
    future = shutil.copytree(bare, tmp_path / "future")
    manifest = (future / "manifest.json").read_text().replace('"schema_version": 1', '"schema_version": 2')
    (future / "manifest.json").write_text(manifest)
    places = {"tmp": tmp_path, "run": throttled, "slo": FESTIVAL, "bare": bare, "future": future}

    code = main([word.format(**places) for word in arguments.split()])

    out, err = capsys.readouterr()
    assert (code, out) == (ExitCode.USAGE, "")
    assert err.count("\n") == 1
    assert sentence.format(**places) in err


@pytest.mark.parametrize("arguments", [[], ["judge"], ["show"], ["show", "run", "--colour"]])
def test_a_command_line_that_makes_no_sense_is_2(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """A missing verb, an unknown one and a missing run are argparse's to tell, with code 2."""
    with pytest.raises(SystemExit) as caught:
        main(arguments)

    assert caught.value.code == ExitCode.USAGE
    assert "usage: springtide" in capsys.readouterr().err


def test_a_fault_of_ours_is_1_and_one_sentence(
    throttled: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What we did not expect is told in one line, and with its traceback when SPRINGTIDE_DEBUG is 1."""
    run = shutil.copytree(throttled, tmp_path / "run")
    (run / "manifest.json").chmod(0)
    (run / "manifest.json").unlink()
    (run / "manifest.json").symlink_to("/proc/self/mem")

    assert main(["show", str(run)]) == ExitCode.CRASH
    assert capsys.readouterr().err.count("\n") == 1
    monkeypatch.setenv("SPRINGTIDE_DEBUG", "1")
    assert main(["show", str(run)]) == ExitCode.CRASH
    assert "Traceback" in capsys.readouterr().err


def test_check(capsys: pytest.CaptureFixture[str]) -> None:
    """An SLO file can be checked before there is a run."""
    assert main(["check", FESTIVAL]) == ExitCode.PASS
    assert capsys.readouterr().out == f"{FESTIVAL}: 7 objectives can be judged.\n"
    assert main(["check", FESTIVAL, "--steps", "browse"]) == ExitCode.USAGE
    assert "step: chat is unknown" in capsys.readouterr().err


def test_the_doctor_answers_in_a_process_of_its_own(capfd: pytest.CaptureFixture[str]) -> None:
    """``springtide doctor`` hands its options on, and its exit code back."""
    assert main(["doctor"]) == 0
    assert "open files" in capfd.readouterr().out
    assert main(["doctor", "--target", "nowhere.toml"]) == 2
    assert "nowhere.toml" in capfd.readouterr().err
