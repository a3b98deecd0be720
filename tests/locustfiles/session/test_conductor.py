"""One run from the master's side, with a real stub and a real run directory."""

import io
import json
import time
from pathlib import Path

import pytest

from locustfiles.guard import GuardError
from locustfiles.recording.parts import at_once
from locustfiles.session.conductor import Conductor
from locustfiles.session.embedded_stub import StubError
from locustfiles.session.plan import Plan
from locustfiles.session.scenarios import FESTIVAL, STEADY
from locustfiles.session.settings import Settings, read_settings
from reports.run_record.outcome import PURCHASE_STEPS
from reports.run_record.run_directory import open_run
from reports.run_record.schema import STOPPED_AFTER_ONSET, Batch, Finished, OutcomeRow, SecondRow
from tests.helpers.scripted_server import answer_each, scripted_server
from tests.helpers.transport import OK

FINISHED = Finished("completed", True, time.time_ns(), 4.0, 3, 2, 1, 0, {"confirmed": 2})
ROWS = [SecondRow(0, 3, 2, 1)]


def settings(runs: Path, **changes: str) -> Settings:
    """A run of four seconds at a hundredth of the real rates."""
    return read_settings({"runs": str(runs), "scale": "0.01", "duration": "4s", **changes}, FESTIVAL)


def conductor(runs: Path, **changes: str) -> Conductor:
    """A conductor of such a run, whose words go nowhere."""
    return Conductor("festival", settings(runs, **changes), shoppers=5, output=io.StringIO())


def carry_out(run: Conductor) -> Plan:
    """Prepare, begin and finish a run in which nothing is recorded; what workers would have been told."""
    plan = run.prepare()
    try:
        run.begin(time.time_ns(), workers=1)
        run.finish(FINISHED)
    finally:
        run.end_target()
    return plan


@pytest.fixture
def service_url():
    """The URL of something that speaks HTTP on this machine."""
    with scripted_server([answer_each(lambda _: OK)]) as server:
        yield server.url


def test_a_declared_warm_up_is_on_record(tmp_path: Path) -> None:
    """What objectives will leave out stands in the manifest before the first wish."""
    run = conductor(tmp_path, warm_up="1500ms")
    carry_out(run)
    manifest = open_run(run.path).manifest

    assert (manifest.warm_up_s, manifest.arguments["warm_up"]) == (1.5, "1.5s")


def test_a_run_from_prepare_to_finish(tmp_path: Path) -> None:
    """A run against the embedded stub leaves manifest, tables, books and the link to the latest run."""
    output = io.StringIO()
    run = Conductor("festival", settings(tmp_path), shoppers=5, output=output)
    plan = run.prepare()
    token = (run.path / "springtide-run").read_text()
    try:
        started_unix_ns = time.time_ns()
        run.begin(started_unix_ns, workers=1)
        rows = [OutcomeRow(0, "order", "confirmed", "", 2)]
        at_once(run.take_in_parts([Batch(plan.run_id, "local", 0, seconds=ROWS, outcomes=rows)]))
        run.finish(FINISHED)
    finally:
        run.end_target()
    record = open_run(run.path)
    manifest = record.manifest

    assert (plan.run_path, plan.shoppers) == (str(run.path.resolve()), 5)
    assert (token, (run.path / "springtide-run").exists()) == (plan.run_id, False)
    assert run.planned_wishes() == sum(len(chunk.intended_ns) for chunk in plan.schedule.chunks()) > 0
    assert (manifest.run_id, manifest.scenario, manifest.started_unix_ns) == (plan.run_id, "festival", started_unix_ns)
    assert (manifest.duration_s, manifest.seed, manifest.workers) == (4.0, 1, 1)
    assert (manifest.curve, manifest.steps) == (plan.curve, list(PURCHASE_STEPS))
    assert (manifest.target.kind, manifest.target.url) == ("stub", plan.target_url)
    # One hundredth of 833.3 served orders, three wishes for each, a third of which the stub is built for.
    assert manifest.target.capacity_orders_per_s == pytest.approx(8.333, rel=1e-3)
    assert manifest.arguments["shoppers"] == 5
    assert record.finished == FINISHED
    assert record.table("seconds").to_pylist() == [{"second": 0, "scheduled": 3, "released": 2, "dropped": 1}]
    assert manifest.target.ledger is not None
    assert (run.path / manifest.target.ledger).is_file()
    assert (tmp_path / "latest").resolve() == run.path.resolve()


def test_any_scenario(tmp_path: Path) -> None:
    """Whatever the scenario offers goes into the record, and the stub is built for what it asks."""
    flags = {"runs": str(tmp_path), "rate": "7", "duration": "4s", "capacity": "9"}
    run = Conductor("steady", read_settings(flags, STEADY), shoppers=5, output=io.StringIO())
    plan = carry_out(run)
    manifest = open_run(run.path).manifest

    assert run.path.name.endswith("-steady")
    assert (manifest.scenario, manifest.curve.name, manifest.curve.note) == (
        "steady",
        "steady",
        "steady: 7 wishes/s for 4 s.",
    )
    assert manifest.curve == plan.curve
    assert manifest.target.capacity_orders_per_s == pytest.approx(9.0)


def test_a_run_against_a_service(tmp_path: Path, service_url: str) -> None:
    """A service of the user's own is loaded where it is, and the record does not claim to know its capacity or books."""
    run = conductor(tmp_path, host=service_url)
    plan = run.prepare()
    run.begin(time.time_ns(), workers=2)
    run.finish(FINISHED)
    run.end_target()
    target = open_run(run.path).manifest.target

    assert (plan.target_url, target.url, target.kind) == (service_url, service_url, "service")
    assert (target.capacity_orders_per_s, target.ledger, target.truth_log) == (None, None, None)


def test_a_key_stays_out_of_the_record(tmp_path: Path, service_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The manifest names the variable of the API key and never its value."""
    monkeypatch.setenv("SHOP_KEY", "sk-hunter2")
    run = conductor(tmp_path, host=service_url, api_key_env="SHOP_KEY")
    run.prepare()
    run.begin(time.time_ns(), workers=1)
    run.finish(FINISHED)
    manifest = (run.path / "manifest.json").read_text()

    assert json.loads(manifest)["arguments"]["api_key_env"] == "SHOP_KEY"
    assert "hunter2" not in manifest


@pytest.mark.parametrize(
    "host",
    [
        pytest.param("http://203.0.113.7", id="a target outside of this machine"),
        pytest.param("http://127.0.0.1:1", id="a target that does not answer"),
    ],
)
def test_a_target_that_cannot_be_loaded_leaves_nothing(tmp_path: Path, host: str) -> None:
    """When the target is refused, the run directory is gone again and the reason is a sentence."""
    with pytest.raises(GuardError):
        conductor(tmp_path, host=host).prepare()

    assert list(tmp_path.iterdir()) == []


def test_a_stub_that_does_not_start_leaves_nothing(tmp_path: Path) -> None:
    """When the embedded stub cannot be what it is asked to be, the run directory is gone again."""
    with pytest.raises(StubError, match="The embedded stub did not start"):
        conductor(tmp_path, capacity_share="1e300").prepare()

    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    """Where no folder can be made, the sentence says where, why and what to give."""
    (tmp_path / "file").write_text("")

    with pytest.raises(OSError, match=r"No run directory can be made in .*file/runs \(Not a directory\); give another"):
        conductor(tmp_path / "file" / "runs").prepare()


def test_a_run_that_never_began_leaves_nothing(tmp_path: Path, service_url: str) -> None:
    """A run that was prepared and not begun has no record, no directory and no verdict."""
    run = conductor(tmp_path, host=service_url)
    run.prepare()
    at_once(run.take_in_parts([]))
    run.finish(FINISHED)
    run.end_target()

    assert run.judge() is None
    assert list(tmp_path.iterdir()) == []


def test_two_runs_in_one_second(tmp_path: Path, service_url: str) -> None:
    """Runs that begin in the same second get directories of their own, and the latest is the one that began last."""
    runs = [conductor(tmp_path, host=service_url) for _ in range(3)]
    for run in runs:
        run.prepare()
        run.begin(time.time_ns(), workers=1)
        run.finish(FINISHED)

    assert len({run.path for run in runs}) == 3
    assert (tmp_path / "latest").resolve() == runs[-1].path.resolve()


def test_a_folder_called_latest_costs_no_run(tmp_path: Path, service_url: str) -> None:
    """Where the link to the latest run cannot be made, the run is recorded without it."""
    (tmp_path / "latest" / "notes").mkdir(parents=True)
    run = conductor(tmp_path, host=service_url)
    run.prepare()
    run.begin(time.time_ns(), workers=1)
    run.finish(FINISHED)

    assert open_run(run.path).finished == FINISHED
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([run.path.name, "latest"])


def test_elapsed(tmp_path: Path, service_url: str) -> None:
    """Before second 0 of the curve nothing has elapsed; a start a minute ago makes a minute or more."""
    run = conductor(tmp_path, host=service_url)
    run.prepare()
    assert run.elapsed_s() == 0.0

    run.begin(time.time_ns() + 3600 * 10**9, workers=1)
    assert run.elapsed_s() == 0.0
    run.finish(FINISHED)

    late = conductor(tmp_path, host=service_url)
    late.prepare()
    late.begin(time.time_ns() - 60 * 10**9, workers=1)
    assert late.elapsed_s() >= 60.0
    late.finish(FINISHED)


def test_the_verdict(tmp_path: Path, service_url: str) -> None:
    """A finished run is judged by the gate, whose text and exit code come back."""
    run = conductor(tmp_path, host=service_url)
    run.prepare()
    run.begin(time.time_ns(), workers=1)
    run.finish(FINISHED)
    judgement = run.judge()

    assert judgement is not None
    assert (judgement.exit_code, "INCONCLUSIVE" in judgement.text) == (3, True)


@pytest.mark.parametrize(
    ("asked", "is_enough"),
    [
        pytest.param("", False, id="the whole curve"),
        pytest.param("20s", True, id="twenty seconds later, which are over"),
        pytest.param("60s", False, id="a minute later"),
    ],
)
def test_an_onset_is_told_and_ends_the_run_when_it_is_to(tmp_path: Path, asked: str, is_enough: bool) -> None:
    """The output says when shoppers are first turned away; a run that is to go on for so long from then on has seen enough."""
    output = io.StringIO()
    told = settings(tmp_path, stop_after_onset=asked, duration="90s", scale="1")
    run = Conductor("festival", told, shoppers=5, output=output)
    plan = run.prepare()
    try:
        run.begin(time.time_ns() - 35 * 10**9, workers=1)
        bad = [OutcomeRow(second, "chat", "refused_hard", "rate_limited", 90) for second in range(10, 30)]
        wishes = [*bad, *(OutcomeRow(row.second, "order", row.outcome, row.reason, row.n) for row in bad)]
        seconds = [SecondRow(second, 100, 100, 0) for second in range(30)]
        at_once(run.take_in_parts([Batch(plan.run_id, "local", 0, seconds=seconds, outcomes=wishes)]))
        shown = output.getvalue()
        run.finish(FINISHED)
    finally:
        run.end_target()

    assert "Throttling since second 10, offered 278/s, chat: rate_limited.\n" in shown
    assert shown.endswith("  throttling since second 10\n")
    assert run.has_seen_enough == is_enough
    assert run.stop_notes("completed") == []


def test_a_run_that_an_onset_ended_says_so(tmp_path: Path) -> None:
    """The record's note says since when shoppers were turned away, and that the end was asked for."""
    run = conductor(tmp_path, stop_after_onset="60s")

    assert not run.has_seen_enough
    (note,) = run.stop_notes(STOPPED_AFTER_ONSET)
    assert note.endswith("and the run was ended 60 s later, as it was asked to.")
