"""``springtide texts`` prints a sample for people and machines, and has one sentence for each question it cannot take."""

import json
from pathlib import Path

import pytest

from reports.__main__ import main
from reports.exit_codes import ExitCode
from reports.run_record.said import TextRow
from tests.helpers.synthetic_run import Wishes, batch_of, write_run

TRUTH = Wishes(rates=((5, 20.0),), manifest={"arguments": {"keep_texts": "0.1"}})


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A run with two texts of answers that are done."""
    batch = batch_of(TRUTH)
    batch.texts = [TextRow(wish, wish, "chat", "done", "", 1, f"Of course, {wish}.", 0) for wish in (2, 3)]
    return str(write_run(tmp_path_factory.mktemp("runs") / "run", TRUTH, batch=batch))


def test_people_and_machines(run: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Lines by default, one JSON document with --json."""
    assert main(["texts", run]) == ExitCode.PASS
    lines = capsys.readouterr().out.splitlines()
    assert main(["texts", run, "--json"]) == ExitCode.PASS
    told = json.loads(capsys.readouterr().out)

    assert lines[0].startswith("2 of 100 answers at chat kept (2.00%), to 2 wishes")
    assert lines[-1] == '  second 3, wish 3, basket understood: "Of course, 3."'
    assert [one["text"] for one in told["groups"][0]["texts"]] == ["Of course, 2.", "Of course, 3."]


def test_a_finding(run: str, capsys: pytest.CaptureFixture[str]) -> None:
    """What an auditor has found among the texts of an outcome is answered with a bound, in JSON too."""
    asked = ["texts", run, "--outcome", "done", "--reason", "", "--limit", "1", "--found", "0"]
    assert main(asked) == ExitCode.PASS
    assert "Found to be something else: 0 of 1 text shown, to 1 wish. So at most 95.00%" in capsys.readouterr().out
    assert main([*asked, "--json"]) == ExitCode.PASS
    assert json.loads(capsys.readouterr().out)["bound"]["at_most"] == pytest.approx(0.95)


def test_nothing_to_read_is_no_pass(run: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A run without texts says so with exit code 3, and so does a finding among none."""
    silent = str(write_run(tmp_path / "silent", TRUTH))
    assert main(["texts", silent]) == ExitCode.INCONCLUSIVE
    assert capsys.readouterr().out.startswith("This record holds no texts: ")
    assert main(["texts", run, "--outcome", "shed", "--found", "0"]) == ExitCode.INCONCLUSIVE
    assert "nothing can be said" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        pytest.param(["--outcome", "dnoe"], "--outcome 'dnoe' is unknown; did you mean done?", id="an outcome's typo"),
        pytest.param(["--reason", "buzy_canned"], "unknown; did you mean busy_canned?", id="a reason's typo"),
        pytest.param(["--outcome", "\x1b[2J"], r"--outcome '\x1b[2J' is unknown; known are", id="no outcome at all"),
        pytest.param(["--limit", "0"], "--limit '0' is not usable: give a whole number of at least 1.", id="no text"),
        pytest.param(["--limit", "some"], "--limit 'some' is not usable", id="a limit that is a word"),
        pytest.param(["--outcome", "done", "--found", "-1"], "give a whole number of at least 0.", id="less than none"),
        pytest.param(["--found", "1"], "say which with --outcome, such as done.", id="found among everything"),
        pytest.param(
            ["--outcome", "done", "--found", "3"],
            "--found 3: the number of such texts shown is 2; give at most that.",
            id="more than there are",
        ),
    ],
)
def test_mistakes_are_usage(run: str, words: list[str], sentence: str, capsys: pytest.CaptureFixture[str]) -> None:
    """A question that cannot be asked is one sentence and exit code 2, and nothing else is printed."""
    assert main(["texts", run, *words]) == ExitCode.USAGE
    out, err = capsys.readouterr()

    assert out == ""
    assert sentence in err
    assert len(err.splitlines()) == 1


def test_a_run_that_is_none(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A path without a run is one sentence and exit code 2."""
    assert main(["texts", str(tmp_path)]) == ExitCode.USAGE
    assert f"{tmp_path} is not a run" in capsys.readouterr().err
