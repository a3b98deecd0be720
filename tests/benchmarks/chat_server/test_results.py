"""How the two sides of each answer are compared, and what is missed."""

import msgspec
import pytest

from benchmarks.chat_server.results import (
    BEGIN,
    END,
    Compared,
    Part,
    Result,
    Scenario,
    compared,
    judged,
    line,
    missed,
    part,
    pasted,
    scenario,
)
from benchmarks.chat_server.scenario import Recorded
from benchmarks.chat_server.shoppers import TOKENS, Pair, Talks
from benchmarks.generator.bench_machine import BenchError
from reports.run_record.schema import HistogramRow

PAIRS = [
    Pair(101.0, 102.0, 100.0, 20.0, 20.0),
    Pair(104.0, 104.0, 100.0, 19.0, 20.0),
    Pair(99.0, 99.0, 100.0, 20.4, 20.0),
]


def a_part(language: str, in_flight: int, first_off: float, tpot_off: float) -> Part:
    """A part that is so far off."""
    first, tpot = Compared(102.0, 100.0, first_off, first_off), Compared(20.0, 20.0, tpot_off, tpot_off)
    return Part(language, in_flight, 3, {"done": 3}, first, tpot, 102.0, 20.0)


RUN = Scenario(9, 101.0, 100.0, 0.01, 20.0, 20.0, 0.0)


def found(first_off: float = 0.02, tpot_off: float = -0.01, run: Scenario = RUN) -> Result:
    """A result whose judged parts are so far off."""
    parts = [a_part("en", 1, first_off, 0.001), a_part("zh", 1, 0.3, -0.2), a_part("en", 4, 0.5, tpot_off)]
    return Result("2026-02-06", "m", "c", "M", "S", 4, 64, *judged(run, parts), run, parts)


def test_answer_by_answer() -> None:
    """The middle answer counts, and the one that is farthest off is told with its sign."""
    assert compared(PAIRS, "first_content_ms", "prompt_ms") == Compared(102.0, 100.0, 0.02, 0.04)
    assert compared(PAIRS, "tpot_ms", "per_token_ms") == Compared(20.0, 20.0, 0.0, -0.05)


def test_a_part_holds_what_the_record_would() -> None:
    """Beside the medians of the answers stand the means of the record's histograms."""
    rows = [
        HistogramRow(0, "chat", "done", clock, 2, us, us, [1], [2])
        for clock, us in (("first_content", 205_000), ("tpot", 39_000))
    ]
    told = part(Talks(PAIRS, {"done": 3}, rows), "en", 1)
    assert (told.answers, told.recorded_first_content_ms, told.recorded_tpot_ms) == (3, 102.5, 19.5)


def test_what_is_judged() -> None:
    """The worst of the run and of one in flight, for time per token of several too; English alone."""
    assert judged(RUN, found().parts) == (0.02, -0.01)
    assert judged(Scenario(9, 1.0, 1.0, -0.03, 1.0, 1.0, 0.04), found().parts) == (-0.03, 0.04)


@pytest.mark.parametrize(
    ("first_off", "tpot_off", "sentences"),
    [
        pytest.param(0.05, -0.05, [], id="exactly the goal"),
        pytest.param(
            0.061,
            0.0,
            ["the time to first content is +6.10% off the server's own, at most 5% are allowed"],
            id="the first token",
        ),
        pytest.param(
            0.0,
            -0.07,
            ["the time per token is -7.00% off the server's own, at most 5% are allowed"],
            id="between tokens",
        ),
    ],
)
def test_missed(first_off: float, tpot_off: float, sentences: list[str]) -> None:
    """More than 5 % off in either direction is said in a sentence, in the README too."""
    told = found(first_off, tpot_off)
    assert missed(told) == sentences
    assert all(sentence in line(told) for sentence in sentences)
    assert ("Within the goal of 5%" in line(told)) == (not sentences)


COUNTERS = {"prompt_seconds_total": 1.0, "tokens_predicted_total": 64.0, "tokens_predicted_seconds_total": 2.0}


def test_a_run_beside_the_counters() -> None:
    """The growth of the server's counters over the run is told by the answer and by the token, beside the record's means."""
    after = {
        "prompt_seconds_total": 1.2,
        "tokens_predicted_total": 64.0 + 2 * TOKENS,
        "tokens_predicted_seconds_total": 2.0 + 2 * (TOKENS - 1) * 0.02,
    }
    assert scenario(Recorded(2, 102.0, 19.8), COUNTERS, after) == Scenario(2, 102.0, 100.0, 0.02, 19.8, 20.0, -0.01)


def test_a_server_that_answered_others_too() -> None:
    """Counters of other answers than the run's prove nothing."""
    after = {**COUNTERS, "tokens_predicted_total": 64.0 + 3 * TOKENS}
    with pytest.raises(BenchError, match="the server has made 192 tokens, the run's 2 answers have 128"):
        scenario(Recorded(2, 102.0, 19.8), COUNTERS, after)


def test_the_paragraph_is_pasted_between_its_marks() -> None:
    """What stood between the marks is replaced; a page without them is refused."""
    assert pasted(f"a\n{BEGIN}old\n{END}\nb", "new\n") == f"a\n{BEGIN}new\n{END}\nb"
    with pytest.raises(ValueError, match="has no lines"):
        pasted("a", "new\n")


def test_a_result_is_json_that_reads_back() -> None:
    """The file holds everything that the paragraph is made of."""
    assert msgspec.json.decode(msgspec.json.encode(found()), type=Result) == found()
