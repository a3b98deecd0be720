"""A canary in every place where a secret can stand, and a shop that sends all of them back: none is found anywhere afterwards."""

import base64
import subprocess
from pathlib import Path
from urllib.parse import quote

import httpx
import pyarrow as pa
import pytest

from locustfiles.target.secret import MARK
from tests.helpers.echo_shop import SKU, EchoShop, echo_shop
from tests.helpers.festival_run import Festival, springtide, start_festival
from tests.helpers.ports import free_port
from tests.helpers.web_ui import numbers_when_stopped, press_start, sentences_told

pytestmark = pytest.mark.load

ENVIRON = {
    "CHAT_KEY": "sk-chat/canary+a1=",
    "TOKEN": "tok-canary-b2&b2",
    "CREDENTIAL": "pay-canary-d4",
    "SPRINGTIDE_API_KEY": "old-canary-e5",
}
IN_FILE = "shop-canary-c3"
CANARIES = (*ENVIRON.values(), IN_FILE)
PAGES = (
    "/",
    "/stats/requests",
    "/exceptions",
    "/exceptions/csv",
    "/logs",
    "/stats/requests/csv",
    "/stats/failures/csv",
    "/tasks",
)
JOURNEY = """
import logging
from locust import events, task
from locustfiles.journeys.shopper import Shopper
from locustfiles.recording.install import carry_out
from locustfiles.session.scenarios import STEADY

carry_out(events, STEADY)


class Visitor(Shopper):
    @task(3)
    def buy(self):
        session = self.checkout.open(self.checkout.ask())
        self.checkout.pay(self.checkout.apply_card(session, self.checkout.claim_card()))

    @task(1)
    def look(self):
        page = self.client.get("/page")
        page.fail(page.text)
        logging.getLogger("journey").warning("odd page: %s", page.text)
        try:
            raise KeyError(page.text)
        except KeyError as error:
            raise ValueError("no price in " + page.text) from error
"""


@pytest.fixture
def shop():
    """The shop that sends secrets back."""
    with echo_shop() as running:
        yield running


@pytest.fixture
def target(tmp_path: Path, shop: EchoShop, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A target file with a secret from each source, all of which are set."""
    for name, value in ENVIRON.items():
        monkeypatch.setenv(name, value)
    (tmp_path / "shop.key").write_text(f"{IN_FILE}\n")
    (tmp_path / "prompts.jsonl").write_text(f'{{"text":"roses","items":[{{"sku":"{SKU}","quantity":1}}]}}\n')
    path = tmp_path / "target.toml"
    path.write_text(f"""
name = "echo"
[chat]
url = "{shop.url}/v1"
model = "m"
key = {{ env = "CHAT_KEY" }}
headers = {{ X-Token = {{ env = "TOKEN" }} }}
[checkout]
protocol = "acp"
url = "{shop.url}"
key = {{ file = "shop.key" }}
payment = {{ credential = {{ env = "CREDENTIAL" }} }}
[cards]
source = "door"
[data]
prompts = "prompts.jsonl"
""")
    return path


def found_in(text: str) -> list[str]:
    """The canaries that a text holds, in any of the forms that a service may give them."""
    folded = text.casefold()
    forms = {
        canary: (canary, quote(canary, safe=""), canary.encode().hex(), base64.b64encode(canary.encode()).decode()[:-4])
        for canary in CANARIES
    }
    return [canary for canary, ways in forms.items() if any(way.casefold() in folded for way in ways)]


def files_below(folder: Path) -> dict[str, str]:
    """Every file's text, of an Arrow table its rows."""
    texts = {}
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            data = path.read_bytes()
            texts[path.name] = data.decode("utf-8", "replace")
            if path.suffix == ".arrows":
                with pa.ipc.open_stream(data) as stream:
                    texts[path.name] += str(stream.read_all().to_pylist())
    return texts


def command_lines(running: Festival) -> str:
    """The command lines of every process of the run's group, as the process list shows them."""
    group = subprocess.run(["pgrep", "-g", str(running.process.pid)], capture_output=True, text=True, check=True)
    lines = []
    for pid in group.stdout.split():
        try:
            lines.append(Path(f"/proc/{pid}/cmdline").read_text())
        except OSError:
            continue
    return "\n".join(lines)


def pages_of(port: int) -> dict[str, str]:
    """What Locust's page and its endpoints say."""
    return {
        page: httpx.get(f"http://127.0.0.1:{port}{page}", trust_env=False, timeout=30).text
        for page in (*PAGES, "/stats/report")
    }


def test_no_secret_is_left_anywhere(tmp_path: Path, shop: EchoShop, target: Path) -> None:
    """Record, output, log, page, process list and reports of a run hold none of the secrets that the shop has seen and sent back."""
    (tmp_path / "own.py").write_text(JOURNEY)
    port = free_port()
    flags = (
        "--web-host",
        "127.0.0.1",
        "--web-port",
        str(port),
        "--target",
        str(target),
        "--patience",
        "2s",
        "--retry",
        "sdk",
        "--keep-texts",
        "1",
    )
    with start_festival(tmp_path, *flags, headless=False, scenario=str(tmp_path / "own")) as running:
        press_start(port, duration="3s", rate="25", user_count="60", spawn_rate="60")
        sentences_told(port)
        lists = command_lines(running)
        pages = pages_of(port)
        numbers_when_stopped(port)
        pages |= {f"{page} afterwards": text for page, text in pages_of(port).items()}
        running.interrupt()
        output = running.ended().output
    latest = running.runs / "latest"
    reports = {command: springtide(*command.split(), latest).output for command in ("show", "texts", "gate --json")}
    record = files_below(latest.resolve())
    run = running.run()
    rows, texts = run.table("purchases").to_pylist(), run.table("texts").to_pylist()

    for name, text in {**record, **pages, **reports, "output": output, "process list": lists}.items():
        assert found_in(text) == [], name
    # The canaries did come back: what stands in their places, and where else could it come from.
    assert {kind for kind, times in shop.shown.items() if times > 3} == {
        *("completions", "checkout_sessions", "cards", "apply", "complete"),
    }
    assert {row["outcome"] for row in rows} >= {"confirmed"}
    assert all(MARK in row["order_id"] and MARK in row["session_id"] for row in rows if row["order_id"])
    assert {row["outcome"] for row in texts if MARK in row["text"]} >= {"done", "refused_hard"}
    assert MARK in record["texts.arrows"]
    assert "no price in" in output
    assert MARK in output
    assert MARK in pages["/exceptions"]


def test_a_password_in_a_url(tmp_path: Path, target: Path) -> None:
    """A URL with a password is refused with exit code 2 in every place that takes one, and no output or page repeats it."""
    bad = tmp_path / "bad.toml"
    bad.write_text(target.read_text().replace("http://", "http://user:url-canary@", 1))
    told = []
    for flags in (("--host", "http://user:url-canary@127.0.0.1:9"), ("--target", str(bad))):
        with start_festival(tmp_path, *flags, scenario="steady") as running:
            ended = running.ended()
        told.append((ended.exit_code, "user name or password" in ended.words, "canary" in ended.output.casefold()))
    port = free_port()
    with start_festival(
        tmp_path, "--web-host", "127.0.0.1", "--web-port", str(port), headless=False, scenario="steady"
    ) as running:
        press_start(port, host="http://user:url-canary@127.0.0.1:9", user_count="1", spawn_rate="1")
        sentences = sentences_told(port)
        pages = pages_of(port)
        running.interrupt()
        output = running.ended().output

    assert told == [(2, True, False), (2, True, False)]
    assert "user name or password" in " ".join(sentences)
    assert "canary" not in "".join([*pages.values(), output])
    assert not (tmp_path / "runs").exists() or not list((tmp_path / "runs").iterdir())
