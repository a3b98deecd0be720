"""The README's way to a service of one's own, typed as it stands, and the journeys of one service alone."""

import re
import shlex
import sqlite3
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from locustfiles.session.embedded_stub import LEDGER, EmbeddedStub, StubOrder
from tests.helpers.festival_run import start_festival
from tests.helpers.source_tree import ROOT

pytestmark = pytest.mark.load

README = (ROOT / "README.md").read_text(encoding="utf-8")
(SECTION,) = re.findall(r"^## Point it at your service in five minutes\n(.*?)^## ", README, re.MULTILINE | re.DOTALL)
FILE, COMMAND = (
    re.findall(rf"^```{language}\n(.*?)^```$", SECTION, re.MULTILINE | re.DOTALL)[0] for language in ("toml", "sh")
)
AT = "http://127.0.0.1:8080"
"""Where the README's service stands; the only thing that the test writes otherwise."""
SHORT = ("--duration", "3s", "--rate", "10")


@pytest.fixture
def service(tmp_path: Path) -> Iterator[EmbeddedStub]:
    """A service of one's own."""
    stub = EmbeddedStub.start(StubOrder(capacity_per_s=50.0, incident=False, voice="hard", seed=1), tmp_path / "shop")
    yield stub
    stub.end()


def test_five_minutes(tmp_path: Path, service: EmbeddedStub, monkeypatch: pytest.MonkeyPatch) -> None:
    """The README's file and commands buy at a service over UCP, and every confirmed wish is an order in its books."""
    (tmp_path / "target.toml").write_text(FILE.replace(AT, service.url))
    exports, examination, command = COMMAND.strip().splitlines()
    for name in re.findall(r"(\w+)=\.\.\.", exports):
        monkeypatch.setenv(name, f"sk-{name}")
    examined = subprocess.run(
        [ROOT / word if word.startswith(".venv") else word for word in shlex.split(examination)],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert examined.returncode == 0, examined.stdout + examined.stderr
    assert "discovery says UCP 2026-04-08" in examined.stdout
    assert "All 5 steps work, to the end." in examined.stdout
    assert "sk-SHOP_KEY" not in examined.stdout
    words = shlex.split(command)
    assert words[:4] == [".venv/bin/locust", "-f", "locustfiles/steady.py", "--headless"]
    flags = [str(tmp_path / word) if word == "target.toml" else word for word in words[4:]]
    with start_festival(tmp_path, *flags, *SHORT, scenario="steady") as running:
        ended = running.ended()
    run = running.run()
    service.end()
    with sqlite3.connect(tmp_path / "shop" / LEDGER) as books:
        (orders,) = books.execute("SELECT count(*) FROM orders").fetchone()
    books.close()

    assert run.finished is not None, ended.output
    assert run.finished.outcomes == {"confirmed": orders - 1}  # one is the doctor's
    assert orders > 10
    assert (run.manifest.target.name, run.manifest.target.protocol) == (
        *("staging", "chat completions, UCP 2026-04-08, campaign"),
    )
    assert "Traceback" not in ended.output


def test_one_service_alone(tmp_path: Path, service: EmbeddedStub, monkeypatch: pytest.MonkeyPatch) -> None:
    """A chat-only run ends its wishes done and is judged by that; it asks with the file's prompts, each once before any again."""
    monkeypatch.setenv("ASSISTANT_KEY", "sk-assistant")
    (tmp_path / "prompts.jsonl").write_text("".join(f'{{"text":"question {number}"}}\n' for number in range(5)))
    (tmp_path / "target.toml").write_text(
        f'name = "talk"\njourney = "chat-only"\n[chat]\nurl = "{service.url}/v1"\nmodel = "m"\ntool = false\n'
        'key = { env = "ASSISTANT_KEY" }\n'
        '[data]\nprompts = "prompts.jsonl"\n'
    )
    with start_festival(tmp_path, "--target", str(tmp_path / "target.toml"), *SHORT, scenario="steady") as running:
        ended = running.ended()
    run = running.run()

    assert run.finished is not None, ended.output
    assert set(run.finished.outcomes) == {"done"}
    assert (run.manifest.steps, run.manifest.target.protocol) == (["chat"], "chat completions")
    assert "Who is let in gets the answer" in ended.words
