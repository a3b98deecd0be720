"""The stub as a program: its ready line, its doors over real sockets, and its ends."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import httpx
import msgspec
import pytest

from target_stub.__main__ import EXIT_USAGE, main
from tests.helpers.stub import BEARER, chat_body

CHAT = "/v1/chat/completions"


class Ready(msgspec.Struct):
    """The ready line."""

    event: str
    url: str
    control_url: str
    control_token: str
    pid: int
    capacity_orders_per_s: float
    binding_station: str
    station_orders_per_s: dict[str, float]


@contextmanager
def program(tmp_path: Path, *arguments: str, **environ: str) -> Iterator[tuple[Ready, subprocess.Popen[bytes]]]:
    """Run the stub with files in `tmp_path` until the block ends; it ends when its standard input is closed."""
    command = [sys.executable, "-m", "target_stub", "--port", "0", "--until-stdin-closes"]
    files = ["--ledger", str(tmp_path / "ledger.sqlite"), "--truth", str(tmp_path / "truth.jsonl")]
    with subprocess.Popen(
        [*command, *files, *arguments],
        env={**os.environ, **environ},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as stub:
        assert stub.stdin is not None
        assert stub.stdout is not None
        try:
            line = stub.stdout.readline()
            assert line, stub.communicate()[1].decode()
            yield msgspec.json.decode(line, type=Ready), stub
        finally:
            stub.stdin.close()
            try:
                stub.wait(timeout=20)
            finally:
                stub.kill()
    assert stub.returncode == 0


def truth(tmp_path: Path) -> list[dict[str, int]]:
    """Return the lines of the truth log."""
    return [msgspec.json.decode(line) for line in (tmp_path / "truth.jsonl").read_bytes().splitlines()]


def test_a_stub_answers_refuses_and_tells_the_truth(tmp_path: Path) -> None:
    """Over real sockets: health, an answer, 401, 400, refusals past the bucket, and a truth log that conserves them."""
    arguments = [
        "--preset",
        "graceful",
        "--capacity-per-s",
        "5",
        "--service-ms",
        "40",
        "--service-law",
        "deterministic",
    ]
    with program(tmp_path, *arguments, "--api-key-env", "STUB_KEY", STUB_KEY="k1") as (ready, stub):
        assert (ready.event, ready.pid, ready.capacity_orders_per_s) == ("ready", stub.pid, 5.0)
        key = {"authorization": "Bearer k1"}
        with httpx.Client(base_url=ready.url, timeout=10) as client, ThreadPoolExecutor(10) as shoppers:
            assert client.get("/healthz").json() == {"status": "ok"}
            assert client.get("/.well-known/acp.json").status_code == 200
            wrong = client.post(CHAT, headers={"authorization": "Bearer k2"}, content=chat_body("tea"))
            assert (wrong.status_code, wrong.json()["error"]["code"]) == (401, "invalid_api_key")
            malformed = client.post(CHAT, headers=key, content=b"{}")
            assert (malformed.status_code, malformed.json()["error"]["type"]) == (400, "invalid_request_error")

            body = chat_body("来两杯珍珠奶茶")
            answers = list(shoppers.map(lambda _: client.post(CHAT, headers=key, content=body), range(40)))
            served = [a for a in answers if a.status_code == 200 and '"tool_calls"' in a.text]
            soft = [a for a in answers if a.status_code == 200 and "参与人数较多" in a.text]
            hard = [a for a in answers if a.status_code == 429]
            assert len(served) >= 5
            assert len(served) + len(soft) + len(hard) == 40
            assert abs(len(hard) - len(soft)) <= 1
            assert all(a.text.endswith("data: [DONE]\n\n") for a in served + soft)
            assert all(a.headers["retry-after"] == "1" for a in hard)

            control = {"authorization": f"Bearer {ready.control_token}"}
            counters = httpx.get(f"{ready.control_url}/control/counters", headers=control).json()
            assert (counters["chat"]["arrived"], counters["chat"]["served"]) == (40, len(served))
            paused = httpx.post(f"{ready.control_url}/control/campaign", headers=control, json={"issuing": "paused"})
            assert paused.json()["issuing"] == "paused"
            door = httpx.post(f"{ready.control_url}/control/door", headers=control, json={"kind": "open"})
            assert door.json() == {"kind": "open"}

    rows = truth(tmp_path)
    total = {name: sum(row[name] for row in rows) for name in ("arrived", "admitted", "served", "overflowed")}
    assert total == {"arrived": 40, "admitted": len(served), "served": len(served), "overflowed": 0}
    assert [sum(row[f"refused_{manner}"] for row in rows) for manner in ("hard", "soft")] == [len(hard), len(soft)]
    assert all(
        row["arrived"] == row["admitted"] + row["refused_hard"] + row["refused_soft"] + row["overflowed"]
        for row in rows
    )


def test_a_stub_survives_what_its_clients_do(tmp_path: Path) -> None:
    """Half requests, bytes that are no HTTP, endless headers and shoppers who hang up leave the stub serving others."""
    with program(tmp_path, "--preset", "incident", "--capacity-per-s", "4") as (ready, _):
        host, port = ready.url.removeprefix("http://").split(":")
        body = chat_body("tea")
        request = b"POST %s HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer k\r\nContent-Length: %d\r\n\r\n"
        head = request % (CHAT.encode(), len(body))
        for sent in (
            head + body[:10],
            b"\x16\x03\x01nonsense\r\n\r\n",
            b"GET /" + b"a" * 70_000,
            head + body,
            head + body,
        ):
            with socket.create_connection((host, int(port)), timeout=5) as connection:
                connection.sendall(sent)
        with httpx.Client(base_url=ready.url, timeout=10) as client:
            answer = client.post(CHAT, headers=BEARER, content=body)
            control = {"authorization": f"Bearer {ready.control_token}"}
            counters = httpx.get(f"{ready.control_url}/control/counters", headers=control).json()

        assert answer.text.endswith("data: [DONE]\n\n")
        assert counters["chat"]["served"] == 1
        assert counters["chat"]["admitted"] - counters["chat"]["abandoned"] == 1


def test_answers_that_are_open_at_the_end_are_cut_off(tmp_path: Path) -> None:
    """A stub that is told to end does not wait for its queue, and its truth has the admitted and nobody as served."""
    with program(tmp_path, "--preset", "incident", "--capacity-per-s", "0.01") as (ready, stub):
        with httpx.Client(base_url=ready.url, timeout=10) as client:
            request = client.build_request("POST", CHAT, headers=BEARER, content=chat_body("tea"))
            answer = client.send(request, stream=True)
            assert answer.status_code == 200
            stub.send_signal(signal.SIGTERM)
            with pytest.raises(httpx.RemoteProtocolError):
                answer.read()
        stub.wait(timeout=20)

    rows = truth(tmp_path)
    assert [sum(row[name] for row in rows) for name in ("arrived", "admitted", "served", "abandoned")] == [1, 1, 0, 0]
    assert rows[-1]["in_system"] == 1


def test_a_truth_that_cannot_be_written_is_told_and_costs_no_shopper(tmp_path: Path) -> None:
    """When the disk is full the stub says on standard error which file lost a second, and answers all the same."""
    with program(tmp_path, "--truth", "/dev/full") as (ready, stub):
        answer = httpx.post(ready.url + CHAT, headers=BEARER, content=chat_body("tea"), timeout=10)
        _, errors = stub.communicate(timeout=20)

    assert answer.text.endswith("data: [DONE]\n\n")
    assert b"--truth /dev/full: a second of the truth is lost (No space left on device)" in errors


def test_nothing_but_the_ready_line_is_on_standard_output(tmp_path: Path) -> None:
    """A program that reads the stub's output reads one line and then its end."""
    with program(tmp_path) as (_, stub):
        rest, errors = stub.communicate(timeout=20)

    assert (rest, errors) == (b"", b"")


def test_a_taken_port_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    """A port that somebody else listens on is a sentence and exit code 2."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert main(["--port", str(port)]) == EXIT_USAGE

    told = capsys.readouterr().err
    assert f"cannot listen on 127.0.0.1 port {port}" in told
    assert "choose another with --port" in told


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        pytest.param(["--voice", "loud"], "--voice is 'loud': give one or more of", id="a wrong value"),
        pytest.param(["--truth", "/nowhere/t.jsonl"], "--truth /nowhere/t.jsonl: cannot write", id="no such directory"),
        pytest.param(["--ledger", "/nowhere/l.sqlite"], "--ledger /nowhere/l.sqlite: ", id="no place for the ledger"),
        pytest.param(["--api-key-env", "SURELY_UNSET_KEY"], "'SURELY_UNSET_KEY', which is not set", id="no key"),
    ],
)
def test_what_cannot_be_used_is_told(arguments: list[str], told: str, capsys: pytest.CaptureFixture[str]) -> None:
    """A configuration that cannot be used is a sentence on standard error and exit code 2."""
    assert main(arguments) == EXIT_USAGE
    assert told in capsys.readouterr().err


def test_the_configuration_can_be_printed(capsys: pytest.CaptureFixture[str]) -> None:
    """With --print-config the stub prints its configuration as TOML and does not start."""
    assert main(["--print-config", "--preset", "incident"]) == 0
    assert 'admission = "open"\n' in capsys.readouterr().out
