"""A target that hangs, lies or floods never takes the generator down: what it does is an outcome with a name."""

from pathlib import Path

import pytest

from tests.helpers.festival_run import festival
from tests.helpers.hostile_target import Misbehave, flood, garble, hang, hostile_target

pytestmark = pytest.mark.load

MEMORY_BYTES = 400 << 20
"""Far below one flooding answer that is kept, far above an idle generator."""


@pytest.mark.parametrize(
    ("misbehave", "reason"),
    [
        pytest.param(hang, "timed_out", id="a target that never answers runs out of patience"),
        pytest.param(garble, "protocol_fault", id="a target that sends garbage is told apart from a slow one"),
        pytest.param(flood, "protocol_fault", id="a target that sends without end is cut off at the bound"),
    ],
)
def test_every_wish_has_an_outcome(tmp_path: Path, misbehave: Misbehave, reason: str) -> None:
    """Every wish is shed for its reason, none is in flight at the end, memory is bounded, and the run never passes."""
    with hostile_target(misbehave) as url:
        flags = ("--host", url, "--rate", "5", "--duration", "2s", "--patience", "1s")
        ended, running = festival(tmp_path, *flags, scenario="steady")
    run = running.run()
    finished = run.finished

    assert finished is not None
    assert finished.complete
    assert finished.in_flight == 0
    assert finished.outcomes == {"shed": finished.released}
    assert set(run.table("purchases").column("reason").to_pylist()) == {reason}
    assert max(run.table("health").column("rss_bytes").to_pylist()) < MEMORY_BYTES
    assert ended.exit_code in {3, 99}
    assert "Traceback" not in ended.output
