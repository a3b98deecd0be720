"""Every exit code of the gate, reached through the real command in a process of its own."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from reports.exit_codes import ExitCode
from tests.helpers.festival_run import Ended, springtide
from tests.helpers.synthetic_run import Wishes, batch_of, write_ledger, write_run

pytestmark = pytest.mark.load

TRUTH = Wishes(rates=((20, 50.0),))
PASSES, FAILS = "order.confirmed: rate > 95% while offered <= 300/s", "pay.step_ms: p(99) < 1ms"


def good(path: Path) -> list[str]:
    """A run that keeps its objective."""
    return [str(write_run(path, TRUTH)), "--require", PASSES]


def unreadable(path: Path) -> list[str]:
    """A manifest that is a file of the kernel's: nothing that we foresee."""
    manifest = write_run(path, TRUTH) / "manifest.json"
    manifest.unlink()
    manifest.symlink_to("/proc/self/mem")
    return [str(path), "--require", PASSES]


def mistyped(path: Path) -> list[str]:
    """A good run, and a line with a typo."""
    return [str(write_run(path, TRUTH)), "--require", PASSES.replace("confirmed", "confimed")]


def killed(path: Path) -> list[str]:
    """A run whose generator was killed."""
    return [str(write_run(path, TRUTH, end=False)), "--require", PASSES]


def lost(path: Path) -> list[str]:
    """A confirmed order is not in the ledger, and an objective fails beside it."""
    batch = batch_of(TRUTH)
    write_run(path, TRUTH, batch=batch)
    batch.purchases = batch.purchases[1:]
    ledger = write_ledger(path / "ledger.sqlite", batch)
    return [str(path), "--require", FAILS, "--ledger", str(ledger)]


def slow(path: Path) -> list[str]:
    """One objective is kept and one is not."""
    return [str(write_run(path, TRUTH)), "--require", PASSES, "--require", FAILS, "--explain", FAILS]


ENDINGS: dict[ExitCode, tuple[Callable[[Path], list[str]], str]] = {
    ExitCode.PASS: (good, "PASS"),
    ExitCode.CRASH: (unreadable, "springtide: failed with OSError"),
    ExitCode.USAGE: (mistyped, "unknown flag or measure confimed; did you mean confirmed?"),
    ExitCode.INCONCLUSIVE: (killed, "INCONCLUSIVE (the run is INVALID)"),
    ExitCode.LEDGER_VIOLATION: (lost, "VIOLATED: lost 1"),
    ExitCode.SLO_FAILED: (slow, "is beyond the 1 % allowed: FAIL."),
}
"""Exit code: the arguments that lead to it, and what the command says."""


def test_each_exit_code_is_reached_by_the_real_command(tmp_path: Path) -> None:
    """0, 1, 2, 3, 98 and 99 come out of ``springtide gate``, each with its reason and without a traceback."""

    def ended(code: ExitCode) -> Ended:
        return springtide("gate", *ENDINGS[code][0](tmp_path / code.name))

    with ThreadPoolExecutor(2) as pool:
        for code, end in zip(ENDINGS, pool.map(ended, ENDINGS), strict=True):
            assert (end.exit_code, "Traceback" in end.output) == (code, False), end.output
            assert ENDINGS[code][1] in end.words


def test_every_exit_code_is_in_the_table() -> None:
    """No code of the command is left out."""
    assert set(ENDINGS) == set(ExitCode)
