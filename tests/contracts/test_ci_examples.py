"""The CI examples are well-formed by the published schemas, keep the run whatever happens, and say the same to both services."""

import shlex
import subprocess
import sys
from typing import Any

import pytest
import yaml

from tests.helpers.ci_examples import GITHUB, GITLAB, github_steps, gitlab_job, programs
from tests.helpers.source_tree import ROOT

SCHEMAS = {GITHUB: "vendor.github-workflows", GITLAB: "vendor.gitlab-ci"}


def broken(text: str) -> str:
    """The same example with a mistyped key."""
    return text.replace("runs-on:", "runs-at:").replace("script:\n", "scripts:\n")


@pytest.mark.parametrize("path", SCHEMAS, ids=lambda path: path.stem)
def test_the_services_would_read_them(path: Any, tmp_path: Any) -> None:
    """Each is valid by the schema of its service, and would not be with one key mistyped."""
    (tmp_path / path.name).write_text(broken(path.read_text(encoding="utf-8")), encoding="utf-8")
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", SCHEMAS[path]]
    codes = [
        subprocess.run([*command, str(file)], capture_output=True, check=False).returncode
        for file in (path, tmp_path / path.name)
    ]

    assert codes == [0, 1]


def test_github_keeps_the_run_when_the_gate_fails() -> None:
    """Every step after the load goes on after a failure, and the artifact holds the run, the test view and the page."""
    steps = github_steps()
    load = next(number for number, step in enumerate(steps) if step.get("name") == "Load")
    upload = steps[-1]

    assert [step.get("if") for step in steps[load + 1 :]] == ["${{ !cancelled() }}"] * 3
    assert "if" not in steps[load]
    assert (upload["uses"].split("@")[0], upload["with"]["path"].split()) == (
        "actions/upload-artifact", ["runs/", "gate.xml", "page.html"],
    )  # fmt: skip


def test_gitlab_keeps_the_run_when_the_gate_fails() -> None:
    """Artifacts are kept always, the JUnit file is the test view, and nothing excuses a failed job."""
    job = gitlab_job()

    assert (job["artifacts"]["when"], job["artifacts"]["reports"]) == ("always", {"junit": "gate.xml"})
    assert "runs/" in job["artifacts"]["paths"]
    assert "allow_failure" not in job
    assert len(job["script"]) == 1


def test_both_do_the_same() -> None:
    """Set up, load under the gate, report, page: the commands differ only in where the Markdown goes."""
    github, gitlab = programs(GITHUB), programs(GITLAB)

    assert github[0] == gitlab[0] == "make setup"
    assert [command.replace(" --markdown gate.md", " --markdown") for command in gitlab] == github
    assert [shlex.split(command)[0] for command in github[1:]] == [
        ".venv/bin/locust", ".venv/bin/springtide", ".venv/bin/springtide",
    ]  # fmt: skip


def test_the_readme_shows_the_job() -> None:
    """What the README shows of a workflow is the example, line by line."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    shown = next(block.split("```")[0] for block in readme.split("```yaml\n")[1:] if "actions/checkout" in block)
    example = [line.strip() for line in GITHUB.read_text(encoding="utf-8").splitlines()]

    assert [line for line in shown.splitlines() if line.strip() not in example] == []
    assert yaml.safe_load(shown)["jobs"]["gate"]["steps"][-1]["uses"].startswith("actions/upload-artifact@")
