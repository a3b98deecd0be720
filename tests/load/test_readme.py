"""What the README tells a newcomer to type does what it says."""

import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from locustfiles.session.embedded_stub import EmbeddedStub, StubOrder
from reports.exit_codes import ExitCode
from tests.helpers.festival_run import Ended, Festival, festival, springtide
from tests.helpers.source_tree import ROOT

pytestmark = pytest.mark.load

README = (ROOT / "README.md").read_text(encoding="utf-8")
FENCED = re.findall(r"^```(\w*)\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)
BLOCKS = [block for language, block in FENCED if not language]
"""Those with a language are examples of a locustfile, which test_own_journey.py runs."""
COMMANDS = [line.partition("#")[0].strip() for block in BLOCKS for line in block.splitlines()]
KEY = "canary-5d1f"
QUICKLY = {
    "festival": ("--duration", "4s", "--scale", "0.02"),
    "steady": ("--duration", "3s", "--rate", "10"),
    "stairs": ("--step-length", "1s", "--to-rate", "60"),
    "spike": ("--duration", "4s", "--spike-at", "1s", "--spike-length", "1s", "--peak-rate", "60"),
}
"""Scenario: the options that make its run short and small."""


def commands(word: str) -> list[str]:
    """The commands of the README's blocks that begin so."""
    return [command for command in COMMANDS if command.startswith(word)]


@pytest.fixture(scope="module")
def service_run(tmp_path_factory: pytest.TempPathFactory) -> tuple[Ended, Festival]:
    """A short festival at a service of one's own, a stub that somebody else has started, with the key in the environment."""
    order = StubOrder(capacity_per_s=50.0, incident=False, voice="hard", seed=1)
    stub = EmbeddedStub.start(order, tmp_path_factory.mktemp("service"))
    try:
        with pytest.MonkeyPatch.context() as environment:
            environment.setenv("SPRINGTIDE_API_KEY", KEY)
            return festival(tmp_path_factory.mktemp("own"), "--host", stub.url, *QUICKLY["festival"])
    finally:
        stub.end()


@pytest.mark.parametrize("command", commands("springtide "))
def test_springtide_commands(command: str, calm: Festival, tmp_path: Path) -> None:
    """Every springtide command works as written, on a run, with and without what stands in brackets."""
    run_path = calm.runs / "latest"
    files = {"--slo": ROOT / "reports/slos/festival.yaml", "--ledger": run_path / "stub/ledger.sqlite"}
    files |= {"--truth": run_path / "stub/truth.jsonl", "--html": tmp_path / "page.html"}
    files |= {"--markdown": tmp_path / "report.md", "--junit": tmp_path / "report.xml"}
    single = command.replace("[FILE|-]", "FILE")
    for spelled in (single.replace("[", "").replace("]", ""), re.sub(r" \[[^]]*\]", "", single)):
        words = shlex.split(spelled)[1:]
        filled = [
            str(files[words[at - 1]]) if word == "FILE" else str(run_path) if word == "RUN" else word
            for at, word in enumerate(words)
        ]
        done = springtide(*filled)
        assert done.exit_code in {ExitCode.PASS, ExitCode.INCONCLUSIVE}, done.output
        assert "Traceback" not in done.output


def headless_commands() -> list[str]:
    """The locust commands that end by themselves, each once; the web page's is one of them but for its missing last word."""
    typed = [each for each in commands(".venv/bin/locust ") if not {"--host", "--show-options"} & {*each.split()}]
    return list(dict.fromkeys(each if "--headless" in each else f"{each} --headless" for each in typed))


@pytest.mark.parametrize("command", headless_commands())
def test_locust_commands(command: str, tmp_path: Path) -> None:
    """Every locust command starts with the options that it shows; a run is made short by repeating some of them."""
    _, of_file, path, *words = shlex.split(command)
    scenario = Path(path).stem
    assert (of_file, path) == ("-f", f"locustfiles/{scenario}.py")
    ended, running = festival(tmp_path, *words, *QUICKLY[scenario], scenario=scenario)

    assert ended.exit_code in {ExitCode.PASS, ExitCode.INCONCLUSIVE}, ended.output
    assert running.run().finished is not None


@pytest.mark.parametrize("command", commands(".venv/bin/springtide-stub "))
def test_stub_commands(command: str, tmp_path: Path) -> None:
    """Every stub of the README listens, says what it is good for, and ends cleanly when it is told to."""
    words = [str(ROOT / word) if word.startswith(".venv") else word for word in shlex.split(command)]
    with subprocess.Popen([*words, "--port", "0"], cwd=tmp_path, stdout=subprocess.PIPE, text=True) as stub:
        assert stub.stdout is not None
        ready = json.loads(stub.stdout.readline())
        stub.terminate()
        code = stub.wait(20)

    binds = "payment" if "--payment-capacity-per-s" in words else "chat"
    assert (ready["event"], ready["binding_station"], code) == ("ready", binds, 0)
    assert binds == "chat" or ready["capacity_orders_per_s"] == pytest.approx(40.0)


def test_own_service(service_run: tuple[Ended, Festival]) -> None:
    """Pointed at a service that runs on this machine, the same festival is recorded, without a ledger and so without a pass."""
    (command,) = [each for each in commands(".venv/bin/locust ") if "--host" in each]
    assert "--host http://127.0.0.1:8080" in command
    ended, running = service_run
    run = running.run()

    assert ended.exit_code == ExitCode.INCONCLUSIVE
    assert "not audited" in ended.words
    assert (run.manifest.target.kind, run.manifest.target.ledger) == ("service", None)
    assert run.finished is not None
    assert run.finished.outcomes.get("confirmed", 0) > 0


def test_the_key_stays_secret(service_run: tuple[Ended, Festival]) -> None:
    """The API key that the environment holds reaches neither the run directory nor anything that is printed."""
    ended, running = service_run
    kept = [path for path in running.runs.rglob("*") if path.is_file()]

    assert len(kept) >= 7
    assert KEY not in ended.output
    assert not [path for path in kept if KEY.encode() in path.read_bytes()]


def test_exit_codes() -> None:
    """The table of exit codes is the program's own list."""
    (table,) = re.findall(r"^\| code \| meaning \|\n(.*?)\n\n", README, re.MULTILINE | re.DOTALL)
    told = {int(code) for code in re.findall(r"^\| (\d+) \|", table, re.MULTILINE)}

    assert told == {int(code) for code in ExitCode}


def test_pasted_output_is_of_this_version(calm: Festival) -> None:
    """The verdicts that the README shows name the objectives and the labels that the program prints."""
    printed = springtide("gate", calm.runs / "latest", "--slo", ROOT / "reports/slos/festival.yaml").output
    labels = re.findall(r"^(Throttle onset|Refused hard|Refused soft|Ledger|Wishes|Run)\b", printed, re.MULTILINE)
    screens = [block for block in BLOCKS if "exit code" in block]

    assert len(labels) == 6
    assert len(screens) == 2
    for screen in screens:
        for label in labels:
            assert re.search(rf"^{label}\b", screen, re.MULTILINE), label


def test_make_setup_is_quick_the_second_time() -> None:
    """With the environment built, make setup has nothing to install."""
    done = subprocess.run(
        ["make", "setup", f"VENV={sys.prefix}"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PIP_NO_INDEX": "1"},
    )

    assert "ready" in done.stdout
    assert "installing" not in done.stdout
