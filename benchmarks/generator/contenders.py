"""Who is measured, and with which command each does each workload; a contender that cannot do one says so with None.

wrk, hey and ab come with the system; whoever is missing is named in a sentence and left out. The rungs of the ladder
(``rungs.py``) are measured like contenders, and are none.
"""

import json
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.generator.bench_machine import BIN, missing
from benchmarks.generator.workload import CONNECTIONS, W1, W2, W3, Post, posts

SPRINGTIDE, FAST_HTTP, PLAIN_HTTP = "Springtide", "Locust FastHttpUser", "Locust HttpUser"
WRK, HEY, AB = "wrk", "hey", "ab"
CONTENDERS = (SPRINGTIDE, FAST_HTTP, PLAIN_HTTP, WRK, HEY, AB)
FLOOR = "kernel floor"
CALLBACKS, GREENLETS = "hub callbacks", "bare greenlets"
CALLBACKS_HTTPTOOLS, GREENLETS_HTTPTOOLS = "hub callbacks, httptools", "bare greenlets, httptools"
TRANSPORT, TRANSPORT_RECORD = "transport", "transport + record"
RUNGS = (FLOOR, CALLBACKS, GREENLETS, CALLBACKS_HTTPTOOLS, GREENLETS_HTTPTOOLS, TRANSPORT, TRANSPORT_RECORD)
PACKAGES = {WRK: "wrk", HEY: "hey", AB: "apache2-utils"}
"""Debian's package of each program that comes with the system."""
_LONGEST_S = 3600
_AB_REQUESTS = 5_000_000
"""ab sets memory aside for every request it may send."""
_CLASSES = {
    (FAST_HTTP, W1): "FastW1", (FAST_HTTP, W2): "FastW2", (FAST_HTTP, W3): "FastW3",
    (PLAIN_HTTP, W1): "PlainW1", (PLAIN_HTTP, W2): "PlainW2", (PLAIN_HTTP, W3): "PlainW3",
}  # fmt: skip


PURCHASES = "locustfiles/steady.py"
ONE_REQUEST = "benchmarks/generator/one_request.py"


@dataclass(frozen=True, slots=True)
class Job:
    """One measurement that is due: who, what, against whom, and where its files go."""

    contender: str
    workload: str
    url: str
    folder: Path
    wishes_per_s: float = 0.0
    """W3 of Springtide alone: the offered rate, more than it can do."""
    span_s: float = 0.0
    """W3 of Springtide alone: how long it is offered."""


def can_do(contender: str, workload: str) -> bool:
    """ab knows no chunked answers, the three programs send one kind of request only, and a rung is one of W1."""
    doable = {WRK: (W1, W2), HEY: (W1, W2), AB: (W1,), **dict.fromkeys(RUNGS, (W1,))}
    return workload in doable.get(contender, (W1, W2, W3))


def present(wanted: Sequence[str]) -> tuple[list[str], list[str]]:
    """Those of the wanted contenders that are installed, and a sentence for each that is not."""
    away = missing([name for name in wanted if name in PACKAGES])
    sentences = [f"{name} is not installed and was left out (apt-get install {PACKAGES[name]})." for name in away]
    return [name for name in wanted if name not in away], sentences


def install(wanted: Sequence[str], *, is_root: bool, run: Callable[..., object] = subprocess.run) -> None:
    """Install the wanted programs that are missing, where there is an apt-get to obey root; failures show in ``present``."""
    named = [name for name in wanted if name in PACKAGES]
    if not is_root or missing(["apt-get"]):
        return
    for before in ([], ["apt-get", "update"]):  # a fresh container knows no packages until it is told to look
        packages = [PACKAGES[name] for name in missing(named)]
        if packages:
            added = ["apt-get", "install", "--yes", "--no-install-recommends", *packages]
            for words in (before, added):
                if words:
                    run(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)


def command(job: Job) -> list[str]:
    """The command line of a job; files that it reads are written to the job's folder."""
    if job.contender == SPRINGTIDE:
        if job.workload == W3:
            return purchases(job)
        return closed_loop("springtide_users", f"Springtide{job.workload}", job.url)
    if job.contender in RUNGS:
        return [sys.executable, "-m", "benchmarks.generator.rungs", job.contender, job.url]
    if job.contender in (FAST_HTTP, PLAIN_HTTP):
        return closed_loop("peer_users", _CLASSES[job.contender, job.workload], job.url)
    (post,) = posts(job.workload)
    if job.contender == WRK:
        script = job.folder / "wrk.lua"
        script.write_text(wrk_script(post), encoding="utf-8")
        return ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{_LONGEST_S}s", "-s", str(script), job.url + post.path]
    body = job.folder / "body.json"
    body.write_bytes(post.body)
    headers = [
        part for name, value in post.headers.items() if name != "Content-Type" for part in ("-H", f"{name}: {value}")
    ]
    if job.contender == HEY:
        return [
            *("hey", "-z", f"{_LONGEST_S}s", "-c", str(CONNECTIONS), "-m", "POST", "-T", "application/json"),
            *(*headers, "-D", str(body), job.url + post.path),
        ]
    return [
        *("ab", "-q", "-k", "-c", str(CONNECTIONS), "-t", str(_LONGEST_S), "-n", str(_AB_REQUESTS)),
        *(*headers, "-T", "application/json", "-p", str(body), job.url + post.path),
    ]


def purchases(job: Job, *, shoppers: int = CONNECTIONS, locustfile: str = PURCHASES) -> list[str]:
    """The real steady scenario: pacing, write-ahead, decoding, classification, record and purchase rows."""
    runs = str(job.folder / "runs")
    return [
        *(str(BIN / "locust"), "-f", locustfile, "--headless", "--host", job.url, "-u", str(shoppers)),
        *("--rate", f"{job.wishes_per_s:.0f}", "--duration", f"{job.span_s:.0f}s", "--runs", runs),
    ]


def wrk_script(post: Post) -> str:
    """wrk's Lua for one request; JSON strings of ASCII are Lua strings too, but for escapes that these values lack."""
    headers = "".join(
        f"wrk.headers[{json.dumps(name)}] = {json.dumps(value)}\n" for name, value in post.headers.items()
    )
    body = "".join(f"\\{byte:03d}" for byte in post.body)
    return f'wrk.method = "POST"\n{headers}wrk.body = "{body}"\n'


def closed_loop(locustfile: str, user: str, url: str) -> list[str]:
    """Users of one of the benchmark's own locustfiles, each with the next task as soon as the last has ended."""
    return [
        *(str(BIN / "locust"), "-f", f"benchmarks/generator/{locustfile}.py", "--headless", "--only-summary"),
        *("-u", str(CONNECTIONS), "-r", str(CONNECTIONS), "--host", url, user),
    ]
