"""A run on disk: written in stages, readable whatever ended it."""

import json
from pathlib import Path

import msgspec
import pytest

from reports.run_record.run_directory import RunError, RunWriter, open_run
from reports.run_record.schema import (
    Batch,
    CurveFacts,
    CurveSegment,
    Finished,
    HistogramRow,
    IntentRow,
    Manifest,
    OutcomeRow,
    SecondRow,
    TargetFacts,
    WorkerFacts,
)

MANIFEST = Manifest(
    run_id="r1",
    scenario="festival",
    started_unix_ns=1_770_000_000_000_000_000,
    duration_s=10.0,
    seed=1,
    curve=CurveFacts(name="constant", segments=[CurveSegment(0.0, 10.0, 5.0, 5.0)]),
    target=TargetFacts(kind="stub", url="http://127.0.0.1:8000"),
    steps=["chat"],
)
FINISHED = Finished(
    ended_by="completed",
    complete=True,
    ended_unix_ns=1_770_000_010_000_000_000,
    elapsed_s=10.0,
    scheduled=1,
    released=1,
    dropped=0,
    in_flight=0,
    outcomes={"confirmed": 1},
)
INTENT = IntentRow(
    wish=0, idempotency_key="k", user_id="u", items=[{"sku": "a", "quantity": 1}], vertical="tea", intended_us=5
)


def small_batch(second: int = 0) -> Batch:
    """A batch with a row in three tables, one of them with a list column and hostile text."""
    return Batch(
        run_id="r1",
        worker="w",
        sequence=second,
        seconds=[SecondRow(second, 1, 1, 0)],
        outcomes=[OutcomeRow(second, "chat", "done", "\ud800\x00<b>", 1)],
        histograms=[HistogramRow(second, "chat", "done", "step", 3, 30, 20, [5, 20], [2, 1])],
    )


def test_rows_that_travel_with_a_batch(tmp_path: Path) -> None:
    """Write-ahead rows of a worker on another host are appended to the run's own log."""
    writer = RunWriter.create(tmp_path / "run", MANIFEST)
    batch = small_batch()
    batch.intents = [INTENT, INTENT]
    writer.write_intent(INTENT)
    writer.add(batch)

    assert open_run(tmp_path / "run").intents() == [INTENT, INTENT, INTENT]
    writer.close()


@pytest.mark.parametrize(
    ("facts", "is_whole"),
    [
        pytest.param([WorkerFacts("w", 3, 2, True)], True, id="every batch came"),
        pytest.param([WorkerFacts("w", 2, 2, True)], False, id="a batch is missing"),
        pytest.param([WorkerFacts("w", 3, 2, False)], False, id="the worker was lost"),
        pytest.param(None, False, id="the run did not finish"),
    ],
)
def test_rows_that_never_came(tmp_path: Path, facts: list[WorkerFacts] | None, is_whole: bool) -> None:
    """Rows that a lost worker kept on its host are lacking, and told, until a copy of its file lies in the run directory."""
    manifest = msgspec.structs.replace(MANIFEST, spools={"w": "far:/spool/r1-w.jsonl"})
    writer = RunWriter.create(tmp_path / "run", manifest)
    writer.write_intent(INTENT)
    if facts is not None:
        writer.finish(msgspec.structs.replace(FINISHED, workers=facts))
    lacking = ["intents.jsonl lacks rows of worker w: copy far:/spool/r1-w.jsonl into the run directory"]
    run = open_run(tmp_path / "run")
    assert run.intents() == [INTENT]
    assert run.truncated == ([] if is_whole else lacking)

    other = msgspec.structs.replace(INTENT, wish=INTENT.wish + 1)
    (tmp_path / "run" / "r1-w.jsonl").write_bytes(b"".join(msgspec.json.encode(row) + b"\n" for row in (INTENT, other)))
    whole = open_run(tmp_path / "run")
    assert whole.intents() == ([INTENT] if is_whole else [INTENT, other])
    assert whole.truncated == []
    writer.close()


def test_stages(tmp_path: Path) -> None:
    """The manifest is there first and finished.json last; in between the run is readable and unfinished."""
    writer = RunWriter.create(tmp_path / "run", MANIFEST)
    assert open_run(tmp_path / "run").manifest == MANIFEST

    writer.write_intent(INTENT)
    writer.add(small_batch())
    unfinished = open_run(tmp_path / "run")
    assert unfinished.finished is None
    assert unfinished.intents() == [INTENT]
    assert unfinished.table("seconds").to_pylist() == [{"second": 0, "scheduled": 1, "released": 1, "dropped": 0}]

    writer.finish(FINISHED)
    assert open_run(tmp_path / "run").finished == FINISHED


def test_rows_come_back(tmp_path: Path) -> None:
    """Rows of all batches come back in order, lists whole and impossible characters replaced."""
    writer = RunWriter.create(tmp_path, MANIFEST)
    writer.add(small_batch(0))
    writer.add(small_batch(1))
    writer.finish(FINISHED)
    run = open_run(tmp_path)

    assert [row["buckets"] for row in run.table("histograms").to_pylist()] == [[5, 20], [5, 20]]
    assert [row["reason"] for row in run.table("outcomes").to_pylist()] == ["?\x00<b>", "?\x00<b>"]
    assert run.table("purchases").num_rows == 0
    assert run.truncated == []


def test_finish_twice(tmp_path: Path) -> None:
    """A second finish changes nothing, so that every way out of a run may call it."""
    writer = RunWriter.create(tmp_path, MANIFEST)
    writer.finish(FINISHED)
    writer.finish(Finished("stopped", False, 0, 0.0, 0, 0, 0, 0, {}))

    assert open_run(tmp_path).finished == FINISHED


@pytest.mark.parametrize("cut", [1, 40, 200])
def test_cut_stream(tmp_path: Path, cut: int) -> None:
    """A stream cut in its last batch keeps the batches before and says so."""
    writer = RunWriter.create(tmp_path, MANIFEST)
    for second in range(5):
        writer.add(small_batch(second))
    writer.close()
    path = tmp_path / "histograms.arrows"
    path.write_bytes(path.read_bytes()[: -8 - cut])
    run = open_run(tmp_path)

    assert [row["second"] for row in run.table("histograms").to_pylist()] == [0, 1, 2, 3]
    assert run.truncated == ["histograms.arrows is cut: its last batch is incomplete and left out"]


def test_missing_stream(tmp_path: Path) -> None:
    """A table whose file is gone or is garbage is empty with its columns, and the run says so."""
    RunWriter.create(tmp_path, MANIFEST).finish(FINISHED)
    (tmp_path / "health.arrows").unlink()
    (tmp_path / "seconds.arrows").write_bytes(b"garbage")
    run = open_run(tmp_path)

    assert run.table("health").num_rows == 0
    assert run.table("seconds").column_names == ["second", "scheduled", "released", "dropped"]
    assert run.truncated == [
        "health.arrows is missing or holds no readable table",
        "seconds.arrows is missing or holds no readable table",
    ]


def test_cut_intent(tmp_path: Path) -> None:
    """A half-written last intent is left out and told; the intents before it stay."""
    writer = RunWriter.create(tmp_path, MANIFEST)
    writer.write_intent(INTENT)
    writer.close()
    with (tmp_path / "intents.jsonl").open("ab") as file:
        file.write(b'{"wish":1,"idem')
    run = open_run(tmp_path)

    assert run.intents() == [INTENT]
    assert run.truncated == ["intents.jsonl is cut or garbled at line 2"]


def test_refuses_to_overwrite(tmp_path: Path) -> None:
    """A directory that holds a run is never written again."""
    RunWriter.create(tmp_path, MANIFEST).close()

    with pytest.raises(RunError, match="already holds a run"):
        RunWriter.create(tmp_path, MANIFEST)


def test_not_a_run(tmp_path: Path) -> None:
    """A missing path, a folder without a manifest and a garbled manifest are each told in one sentence."""
    with pytest.raises(RunError, match="the path does not exist"):
        open_run(tmp_path / "none")
    with pytest.raises(RunError, match=r"is not a run: it holds no manifest\.json"):
        open_run(tmp_path)
    (tmp_path / "manifest.json").write_text("[]")
    with pytest.raises(RunError, match="is not readable as a manifest of a run"):
        open_run(tmp_path)


def test_later_schema(tmp_path: Path) -> None:
    """A run of a later version is refused by name, not half understood."""
    RunWriter.create(tmp_path, MANIFEST).close()
    manifest = json.loads((tmp_path / "manifest.json").read_text())
    (tmp_path / "manifest.json").write_text(json.dumps({**manifest, "schema_version": 2}))

    with pytest.raises(RunError, match="written in version 2 of the run record, and this springtide reads up to 1"):
        open_run(tmp_path)
