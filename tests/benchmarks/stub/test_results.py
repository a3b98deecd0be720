"""The stub's result: medians, ratios, and what is missed."""

import json
from pathlib import Path

from benchmarks.stub.kill9 import Killed
from benchmarks.stub.load import BARE, CHECKOUT, STREAMS
from benchmarks.stub.programs import Sample
from benchmarks.stub.results import Result, missed, result, write


def found(killed: Killed | None, checkout_per_s: float = 12_000.0) -> Result:
    """The result of a round or two with round numbers."""
    samples = [
        Sample(BARE, 1, 30_000.0, 30.0, 0.9, 0.9, 34.0),
        Sample(CHECKOUT, 1, checkout_per_s, 60.0, 1.0, 0.5, 99.0),
        Sample(CHECKOUT, 2, checkout_per_s, 70.0, 1.0, 0.5, 99.0),
        Sample(STREAMS, 1, 5_000.0, 180.0, 1.0, 0.5, 60.0),
    ]
    return result(samples, killed, date="2026-02-06", machine="m", cores="c", rounds=2, seconds=1.0)


def test_the_file_has_the_goals_figures(tmp_path: Path) -> None:
    """Under the names that the goals are checked by, with the ratios to a bare reply."""
    path = tmp_path / "results" / "stub.json"

    write(found(Killed(20, 100, 0, 0, 3, 1.5)), path)

    told = json.loads(path.read_bytes())
    assert {
        name: told[name] for name in ("checkout_requests_per_s", "streams_per_s", "kill9_rounds", "kill9_lost")
    } == {
        "checkout_requests_per_s": 12_000.0,
        "streams_per_s": 5_000.0,
        "kill9_rounds": 20,
        "kill9_lost": 0,
    }
    assert (told["machine"], told["date"]) == ("m", "2026-02-06")
    assert (told["checkout_vs_bare"], told["streams_vs_bare"]) == (2.17, 6.0)


def test_every_missed_goal_is_a_sentence() -> None:
    """A rate too low, an order lost, a restart too slow; nothing when all is well or was not measured."""
    assert missed(found(Killed(20, 100, 0, 0, 3, 1.5))) == []
    assert missed(found(None)) == []
    sentences = missed(found(Killed(20, 100, 1, 0, 3, 2.5), checkout_per_s=9_000.0))
    assert [sentence.split()[0] for sentence in sentences] == ["9,000", "kill", "a"]
