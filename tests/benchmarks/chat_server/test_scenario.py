"""A run of one shopper who only talks: its target file, and the means of its record."""

from pathlib import Path

import pytest

from benchmarks.chat_server.scenario import PROMPTS, Recorded, command, recorded, write_target
from benchmarks.chat_server.shoppers import MEMBERS, SYSTEM_TEXT
from benchmarks.generator.bench_machine import BenchError
from locustfiles.target.target_file import read_target
from reports.run_record.run_directory import open_run
from reports.run_record.schema import Batch, OutcomeRow
from tests.helpers.synthetic_run import Wishes, histogram_row, write_run


def a_run(folder: Path, outcome: str = "done", clocks: tuple[str, ...] = ("first_content", "tpot")) -> Path:
    """A run of two answers that ended so, with these clocks."""
    batch = Batch("synthetic", "worker-1", 0)
    batch.outcomes = [OutcomeRow(0, "chat", outcome, "", 2)]
    batch.histograms = [histogram_row(0, "chat", outcome, clock, [100_000, 102_000]) for clock in clocks]
    return write_run(folder / "run", Wishes(rates=((1, 2.0),)), batch=batch)


def test_target_file(tmp_path: Path) -> None:
    """The target file is one that a run takes: a chat alone, no tool, no key, answers of one length, English prompts."""
    target = read_target(write_target(tmp_path, "http://127.0.0.1:8500/v1", "smollm2"))
    assert target.chat is not None
    assert (target.journey, target.chat.url, target.chat.model) == ("chat-only", "http://127.0.0.1:8500/v1", "smollm2")
    assert (target.chat.offers_tool, target.chat.key, target.chat.system_text) == (False, None, SYSTEM_TEXT)
    assert target.chat.members == MEMBERS
    assert target.prompts.count(b"\n") == PROMPTS
    assert target.prompts.isascii()


def test_command(tmp_path: Path) -> None:
    """One shopper asks for as long as is said, with a connection for each request."""
    words = [str(part) for part in command(tmp_path / "target.toml", 30)]
    assert words[words.index("-u") + 1] == "1"
    assert words[words.index("--duration") + 1] == "30s"
    assert words[words.index("--connections") + 1] == "fresh"


def test_means(tmp_path: Path) -> None:
    """The means are exact, since a histogram keeps the sum."""
    assert recorded(open_run(a_run(tmp_path))) == Recorded(2, 101.0, 101.0)


@pytest.mark.parametrize(
    ("outcome", "clocks", "sentence"),
    [
        pytest.param(
            "shed", ("first_content", "tpot"), "answers that are not done cannot be compared", id="a lost answer"
        ),
        pytest.param("done", ("first_content",), "the record holds no tpot of chat", id="no time per token"),
    ],
)
def test_what_cannot_be_compared(tmp_path: Path, outcome: str, clocks: tuple[str, ...], sentence: str) -> None:
    """What the server counted and the record has not, or the other way round, is told in a sentence."""
    with pytest.raises(BenchError, match=sentence):
        recorded(open_run(a_run(tmp_path, outcome, clocks)))
