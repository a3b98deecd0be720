"""The CI examples that are shipped, and the commands in them."""

from pathlib import Path
from typing import Any

import yaml

from tests.helpers.source_tree import ROOT

GITHUB, GITLAB = (ROOT / "reports" / "ci" / name for name in ("github-actions.yaml", "gitlab-ci.yaml"))


def github_steps() -> list[dict[str, Any]]:
    """The steps of the one job."""
    steps: list[dict[str, Any]] = yaml.safe_load(GITHUB.read_text(encoding="utf-8"))["jobs"]["gate"]["steps"]
    return steps


def gitlab_job() -> dict[str, Any]:
    """The one job."""
    job: dict[str, Any] = yaml.safe_load(GITLAB.read_text(encoding="utf-8"))["release-gate"]
    return job


def programs(path: Path) -> list[str]:
    """The commands of an example, in order."""
    if path == GITHUB:
        return [step["run"] for step in github_steps() if "run" in step]
    job = gitlab_job()
    return [*job["before_script"], *job["script"], *job["after_script"]]
