"""``locust --gate`` and ``--abort-on`` in real runs: the exit code is the verdict, and a hopeless run ends early."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from reports.exit_codes import ExitCode
from tests.helpers.festival_run import Ended, Festival, festival

pytestmark = pytest.mark.load

KEPT, MISSED = "order.intent_ms: p(50) < 60s", "order.confirmed: rate > 90%"
"""A limit of a minute: a busy machine's lateness hides in it."""
RUNS: dict[ExitCode, tuple[str, ...]] = {
    ExitCode.PASS: ("--rate", "20", "--capacity", "60", "--duration", "4s", "--gate", KEPT),
    ExitCode.INCONCLUSIVE: ("--rate", "20", "--duration", "2s", "--gate", KEPT, "--require", "order.confirmed: rate > 99.9%"),
    ExitCode.SLO_FAILED: ("--rate", "40", "--capacity", "10", "--duration", "90s", "--gate", KEPT, "--abort-on", MISSED),
}  # fmt: skip
"""Exit code: the options of a steady run that ends with it."""


def test_the_exit_code_is_the_verdict(tmp_path: Path) -> None:
    """0, 3 and 99 come out of the locust command; the last of a run that ended itself long before its time."""

    def ran(code: ExitCode) -> tuple[Ended, Festival]:
        return festival(tmp_path / code.name, *RUNS[code], scenario="steady")

    for code in RUNS:
        (tmp_path / code.name).mkdir()
    with ThreadPoolExecutor(3) as pool:
        ended = dict(zip(RUNS, pool.map(ran, RUNS), strict=True))
    for code, (told, _) in ended.items():
        assert (told.exit_code, "Traceback" in told.output) == (code, False), told.output
    told, running = ended[ExitCode.SLO_FAILED]
    finished = running.run().finished
    assert finished is not None
    assert finished.aborted is not None

    assert (finished.ended_by, finished.aborted.line, finished.complete) == ("aborted early", MISSED, False)
    assert finished.elapsed_s < 60
    assert finished.released == sum(finished.outcomes.values()) + finished.in_flight
    assert f"Aborted early: {MISSED} is proven missed on the seconds before" in told.words
    assert "FAIL (the run was aborted early) steady" in told.words
