"""The process that owns a run opens it, starts everybody, and ends it once, over Locust's real local runner."""

import contextlib
import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import gevent
import pytest
from locust.env import Environment

from locustfiles.session.master_role import USAGE, MasterRole
from locustfiles.session.registry import generator_of
from locustfiles.session.scenarios import FESTIVAL
from locustfiles.session.settings import SettingsError
from locustfiles.session.stop_file import STOPPED
from locustfiles.session.worker_role import WorkerRole
from reports.run_record.run_directory import Run, open_run
from tests.helpers.local_run import REFUSAL, local_environment
from tests.helpers.scripted_server import answer_each, scripted_server


@dataclass
class Local:
    """Both roles in one environment, and what they wrote."""

    environment: Environment
    role: MasterRole
    output: io.StringIO
    runs: Path

    def record(self) -> Run:
        """The run that was recorded last."""
        return open_run(self.runs / "latest")


MakeLocal = Callable[..., Local]


@pytest.fixture
def local(tmp_path: Path) -> Iterator[MakeLocal]:
    """Makes both roles against a target, as often as a test wants."""
    with contextlib.ExitStack() as stack:

        def make(host: str, *flags: str) -> Local:
            environment, output = stack.enter_context(local_environment(tmp_path, host, *flags)), io.StringIO()
            role = MasterRole(environment, FESTIVAL, output=output)
            WorkerRole(environment)
            return Local(environment, role, output, tmp_path)

        yield make


@pytest.fixture
def service_url() -> Iterator[str]:
    """The URL of a service that refuses everything."""
    with scripted_server([answer_each(lambda _: REFUSAL)]) as server:
        yield server.url


def test_a_run_that_is_stopped(local: MakeLocal, service_url: str) -> None:
    """A run that is stopped leaves a whole record that says so, and a verdict that is told once."""
    here = local(service_url)
    here.role.open_run()
    here.role.begin()
    here.role.finish("stopped")
    here.role.print_verdict()
    here.role.print_verdict()
    run = here.record()

    assert run.finished is not None
    assert (run.finished.ended_by, run.finished.complete, run.finished.problems) == ("stopped", False, [])
    assert [(worker.worker, worker.final_received) for worker in run.finished.workers] == [("local", True)]
    assert here.environment.process_exit_code == 3
    assert f"Target {service_url}, at most " in here.output.getvalue()
    assert here.output.getvalue().count("exit code 3") == 1


def test_a_run_that_is_interrupted(local: MakeLocal, service_url: str) -> None:
    """Ctrl-C is the end that the record tells, whatever Locust does after it."""
    here = local(service_url)
    here.role.open_run()
    here.role.begin()
    here.role.interrupt()
    here.role.finish("terminated")
    run = here.record()

    assert run.finished is not None
    assert run.finished.ended_by == "interrupted"


def test_a_run_that_the_stop_file_ends(tmp_path: Path, local: MakeLocal, service_url: str) -> None:
    """When the stop file appears the load ends, then the test, and the record says why."""
    stop = tmp_path / "stop"
    here = local(service_url, "--stop-file", str(stop), "--duration", "60s")
    here.role.open_run()
    here.role.begin()
    stop.touch()
    assert generator_of(here.environment).pacer.done.wait(20)
    here.role.finish("stopped")
    run = here.record()

    assert run.finished is not None
    assert (run.finished.ended_by, run.finished.complete, run.finished.problems) == (STOPPED, False, [])


def test_a_stop_file_from_before_the_run(
    tmp_path: Path, local: MakeLocal, service_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """A stop file that is there already keeps the run from being opened, with exit code 2."""
    (tmp_path / "stop").touch()
    here = local(service_url, "--stop-file", str(tmp_path / "stop"))
    with pytest.raises(gevent.GreenletExit):
        here.role.open_run()

    assert "is there, so nothing is loaded" in capsys.readouterr().err
    assert here.environment.process_exit_code == USAGE


def test_every_way_out_ends_a_run_once(tmp_path: Path, local: MakeLocal, service_url: str) -> None:
    """A run that has ended is not ended again by the next event, nor begun again by more shoppers."""
    here = local(service_url)
    here.role.open_run()
    here.role.begin()
    here.role.begin()
    here.role.finish("stopped")
    here.role.finish("terminated")
    here.role.begin()
    run = here.record()

    assert run.finished is not None
    assert run.finished.ended_by == "stopped"
    assert len(list(tmp_path.glob("2*-festival*"))) == 1


def test_a_run_that_never_began(tmp_path: Path, local: MakeLocal, service_url: str) -> None:
    """A run that ends before its shoppers are there leaves no directory, and its exit code is no pass."""
    here = local(service_url)
    here.role.open_run()
    here.role.finish("terminated")

    assert list(tmp_path.iterdir()) == []
    assert here.environment.process_exit_code == 3


def test_one_run_after_another(tmp_path: Path, local: MakeLocal, service_url: str) -> None:
    """The same environment carries out a second run, with a record and a run id of its own."""
    here = local(service_url)
    ids = []
    for _ in range(2):
        here.role.open_run()
        here.role.begin()
        here.role.finish("stopped")
        ids.append(here.record().manifest.run_id)

    assert len(set(ids)) == 2
    assert len(list(tmp_path.glob("2*-festival*"))) == 2


def test_shoppers_as_told(local: MakeLocal, service_url: str) -> None:
    """``-u`` caps the shoppers, and the record says so."""
    here = local(service_url, "-u", "7")
    here.role.open_run()
    here.role.begin()
    here.role.finish("stopped")

    assert here.record().manifest.arguments["shoppers"] == 7
    assert "at most 7 shoppers at once" in here.output.getvalue()


@pytest.mark.parametrize(
    ("host", "flags", "sentences"),
    [
        pytest.param("", ("--scale=-1", "--voice", "loud"), ["--scale '-1'", "--voice 'loud'"], id="two bad options"),
        pytest.param("http://203.0.113.7", (), ["The host '203.0.113.7' is at"], id="a target elsewhere"),
        pytest.param("http://127.0.0.1:1", (), ["The target http://127.0.0.1:1 does not answer"], id="a silent target"),
        pytest.param("", ("--runs", "/proc/nowhere"), ["No run directory can be made in"], id="no place for the run"),
    ],
)
def test_what_cannot_be_run(
    tmp_path: Path,
    local: MakeLocal,
    capsys: pytest.CaptureFixture[str],
    host: str,
    flags: tuple[str, ...],
    sentences: list[str],
) -> None:
    """A run that cannot be is told in a sentence for each mistake, leaves nothing, and its exit code is 2."""
    here = local(host, *flags)
    with pytest.raises(gevent.GreenletExit):
        here.role.open_run()
    told = capsys.readouterr().err.splitlines()

    assert [line[: len(sentence)] for line, sentence in zip(told, sentences, strict=True)] == sentences
    assert here.environment.process_exit_code == USAGE
    assert list(tmp_path.iterdir()) == []


def test_a_key_that_cannot_be_sent(
    tmp_path: Path,
    local: MakeLocal,
    service_url: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """An API key with a line end ends the run before it begins, without showing the key or leaving a directory."""
    monkeypatch.setenv("SHOP_KEY", "sk-hunter2\r")
    here = local(service_url, "--api-key-env", "SHOP_KEY")
    with pytest.raises(gevent.GreenletExit):
        here.role.open_run()
    told = capsys.readouterr().err

    assert told.startswith("The secret in the environment variable SHOP_KEY holds a line end")
    assert "hunter2" not in told
    assert (here.environment.process_exit_code, list(tmp_path.iterdir())) == (USAGE, [])


def test_an_slo_file_that_cannot_be_judged(local: MakeLocal, service_url: str, tmp_path: Path) -> None:
    """What is wrong in the SLO file is known before anything is sent; the file is read again when it has changed."""
    slo = tmp_path / "slo.yaml"
    slo.write_text("apiVersion: openslo/v1\nkind: SLO\n")
    here = local(service_url, "--slo", str(slo))
    told = []
    for text in (None, "kind: SLO\n"):
        if text is not None:
            slo.write_text(text)
        with pytest.raises(SettingsError) as raised:
            here.role.settings()
        told += raised.value.sentences

    assert told[0] == f"--slo: {slo}: metadata: missing"
    assert told[1].startswith(f"--slo: {slo}: apiVersion")
