"""Runs are found by path or as the latest."""

from pathlib import Path

import pytest

from reports.run_lookup import SLOS, find_run, own_slo_of
from reports.run_record.run_directory import RunError
from tests.helpers.synthetic_run import Wishes, write_run

SMALL = Wishes(rates=((1, 2.0),))


def test_a_run_is_found_by_its_path(tmp_path: Path) -> None:
    """A path names a run directory."""
    assert find_run(str(write_run(tmp_path / "run", SMALL))).manifest.run_id == "synthetic"


def test_the_latest_run_is_the_last_by_name(tmp_path: Path) -> None:
    """Names begin with the UTC start, so the last name is the newest run."""
    for name in ("20260206T073000Z-b", "20260207T073000Z-a"):
        write_run(tmp_path / name, SMALL)

    assert find_run("latest", tmp_path).path.name == "20260207T073000Z-a"


def test_a_link_named_latest_wins(tmp_path: Path) -> None:
    """A link runs/latest is followed."""
    for name in ("one", "two"):
        write_run(tmp_path / name, SMALL)
    (tmp_path / "latest").symlink_to(tmp_path / "one")

    assert find_run("latest", tmp_path).path.resolve().name == "one"


def test_no_run_at_all_says_what_to_do(tmp_path: Path) -> None:
    """An empty folder of runs is named in the sentence."""
    with pytest.raises(RunError, match=r"There is no run in .*: make one first"):
        find_run("latest", tmp_path)


@pytest.mark.parametrize(
    ("named", "found"),
    [
        ({"slo": "festival.yaml"}, "festival.yaml"),
        ({"slo": "somewhere/festival.yaml"}, "festival.yaml"),
        ({"slo": "mine.yaml"}, None),
        ({"slo": ""}, None),
        ({"slo": ".."}, None),
        ({}, None),
    ],
)
def test_the_objectives_that_a_run_names(tmp_path: Path, named: dict[str, str], found: str | None) -> None:
    """A recorded name leads to our own file of that name and nowhere else."""
    run = find_run(str(write_run(tmp_path / "run", Wishes(rates=((1, 2.0),), manifest={"arguments": named}))))

    assert own_slo_of(run) == (SLOS / found if found else None)
