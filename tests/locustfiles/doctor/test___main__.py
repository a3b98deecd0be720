"""``springtide doctor``: what it prints and how it ends, at a real stub."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from locustfiles.doctor.__main__ import BAD, GOOD, main
from locustfiles.session.embedded_stub import EmbeddedStub, StubOrder
from tests.helpers.ports import free_port
from tests.helpers.source_tree import ROOT

KEY = "sk-canary-7f3a91"
Printed = pytest.CaptureFixture[str]


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A stub of its own."""
    order = StubOrder(capacity_per_s=50.0, incident=False, voice="hard", seed=1)
    stub = EmbeddedStub.start(order, tmp_path_factory.mktemp("stub"))
    yield stub.url
    stub.end()


@pytest.fixture
def key(monkeypatch: pytest.MonkeyPatch) -> None:
    """The shop's key in the environment."""
    monkeypatch.setenv("SHOP_KEY", KEY)


def file_at(folder: Path, url: str, *, shop: str = "", path: str = "/v1") -> str:
    """A target file for the stub."""
    file = folder / "target.toml"
    file.write_text(
        f"""
name = "staging"
[chat]
url = "{url}{path}"
model = "springtide-shop"
key = {{ env = "SHOP_KEY" }}
[checkout]
protocol = "acp"
url = "{shop or url}"
key = {{ env = "SHOP_KEY" }}
[cards]
source = "door"
"""
    )
    return str(file)


def test_the_machine_alone(capsys: Printed) -> None:
    """Without a target the machine is described, and nothing is sent."""
    assert main([]) == GOOD
    printed = capsys.readouterr().out
    assert all(about in printed for about in ("cores", "open files", "ports", "clock", "timer", "memory"))
    assert "Target" not in printed


def test_a_reader_who_has_seen_enough() -> None:
    """A pipe that closes after the first line ends the doctor without a traceback."""
    words = [sys.executable, "-m", "locustfiles.doctor"]
    with subprocess.Popen(words, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as running:
        assert running.stdout is not None
        assert running.stderr is not None
        running.stdout.close()
        told = running.stderr.read()

    assert (running.returncode, told) == (BAD, b"")


@pytest.mark.usefixtures("key")
def test_a_target_that_works(url: str, tmp_path: Path, capsys: Printed) -> None:
    """Each request and each reply is printed without the key, and the end says that all steps work."""
    assert main(["--target", file_at(tmp_path, url)]) == GOOD
    printed = capsys.readouterr()
    assert KEY not in printed.out + printed.err
    assert "    > POST /v1/chat/completions HTTP/1.1" in printed.out
    assert "    > Authorization: ***" in printed.out
    assert "    < 201" in printed.out
    assert printed.out.endswith("All 5 steps work, to the end.\n")


@pytest.mark.usefixtures("key")
def test_a_target_that_works_in_brief(url: str, tmp_path: Path, capsys: Printed) -> None:
    """In brief, a step that works is one line, and ``--until`` ends before anything is paid."""
    assert main(["--target", file_at(tmp_path, url), "--brief", "--until", "create"]) == GOOD
    printed = capsys.readouterr().out
    assert "    > " not in printed
    assert "pay" not in printed
    assert printed.endswith("All 2 steps work, as far as create.\n")


@pytest.mark.usefixtures("key")
def test_a_wrong_path(url: str, tmp_path: Path, capsys: Printed) -> None:
    """A step that does not work is shown whole, with what to set, and the exit code is 2."""
    assert main(["--target", file_at(tmp_path, url, path="/v2"), "--brief"]) == BAD
    printed = capsys.readouterr().out
    assert "    < 404" in printed
    assert "Works: nothing." in printed
    assert "Does not work, or was not reached: chat, create, claim_card, apply_card, pay." in printed
    assert "Set: chat: There is nothing at /v2/chat/completions: check the path of chat.url" in printed


MISTAKES = [
    pytest.param("--until", "buy", "the journey has no such step; give one of chat, create", id="an unknown step"),
    pytest.param("--allow", "nowhere.toml", "nowhere.toml", id="no allow-list"),
]


@pytest.mark.usefixtures("key")
@pytest.mark.parametrize(("flag", "value", "says"), MISTAKES)
def test_what_cannot_be_asked(flag: str, value: str, says: str, url: str, tmp_path: Path, capsys: Printed) -> None:
    """A mistake is one sentence and exit code 2; nothing is sent."""
    assert main(["--target", file_at(tmp_path, url), flag, value]) == BAD
    printed = capsys.readouterr()
    assert says in printed.err
    assert "POST" not in printed.out


@pytest.mark.usefixtures("key")
def test_a_stranger(tmp_path: Path, capsys: Printed) -> None:
    """A host outside this machine that no allow-list names is refused before anything is sent."""
    assert main(["--target", file_at(tmp_path, "http://192.0.2.1:8000")]) == BAD
    printed = capsys.readouterr()
    assert "192.0.2.1" in printed.err
    assert "POST" not in printed.out


@pytest.mark.usefixtures("key")
def test_a_target_that_is_not_there(tmp_path: Path, capsys: Printed) -> None:
    """Where nothing listens, one sentence says so."""
    assert main(["--target", file_at(tmp_path, f"http://127.0.0.1:{free_port()}")]) == BAD
    assert "does not answer" in capsys.readouterr().err


def test_a_missing_key(url: str, tmp_path: Path, capsys: Printed, monkeypatch: pytest.MonkeyPatch) -> None:
    """A secret that is not there is named by its source."""
    monkeypatch.delenv("SHOP_KEY", raising=False)
    assert main(["--target", file_at(tmp_path, url)]) == BAD
    assert "SHOP_KEY is not set" in capsys.readouterr().err


def test_a_file_with_mistakes(tmp_path: Path, capsys: Printed) -> None:
    """All mistakes of a target file are told, a line each."""
    file = tmp_path / "target.toml"
    file.write_text('nam = "x"\njourney = "chat"\n')
    assert main(["--target", str(file)]) == BAD
    told = capsys.readouterr().err.splitlines()
    assert any("nam: unknown; did you mean name?" in line for line in told)
    assert all(line.startswith("springtide doctor: ") for line in told)
