"""A capacity review reads without statistics, and shows what is not known as not known."""

from io import StringIO

import pytest

from reports.capacity_review import Held, PeakAnswer, Question, review
from reports.render.capacity_text import held_line, needed, print_review
from reports.render.plain import console_on
from reports.replicas import Plan
from reports.run_capacity import RunCapacity
from tests.helpers.capacity_runs import found

RUNS = [found(n, n * 60.0 + place / 10) for n in (1, 2) for place in range(5)]


def screen(runs: list[RunCapacity], orders: float) -> str:
    """What a reader sees."""
    stream = StringIO()
    question = Question(orders=orders, hours=9, peak_to_mean=(3,), plan=Plan())
    print_review(review(runs, question), console_on(stream, {}))
    return stream.getvalue()


def test_an_answer() -> None:
    """Verdict, binding step, what replicas hold, the peak, every input and every run stand on the screen."""
    said = screen(RUNS, 300_000)

    assert said.startswith("PASS  capacity for 300,000 orders in 9 h, 9.3 orders/s on average")
    assert "chat is full first" in said
    assert "held 60.2 good orders/s together (5 runs, 60.0 to 60.4)" in said
    assert "4 replicas      would hold" in said
    assert "3 x mean" in said
    assert "how full a replica is planned" in said
    assert "run-2-120.0" in said
    assert max(map(len, said.splitlines())) <= 100


def test_what_is_not_known() -> None:
    """Without runs that tell there is no number on the screen, but a sentence and the reason beside the run."""
    said = screen([found(1, None)], 300_000)

    assert said.startswith("INCONCLUSIVE")
    assert "No run shows a capacity, so there is no number at all" in said
    assert "left out: it never offered more" in " ".join(said.split())


def test_hostile_names_are_escaped() -> None:
    """A run's folder name cannot write to the terminal."""
    assert "\x1b[" not in screen([found(1, 60.0, run="\x1b[31mred")], 300_000)


def peak(**fields: object) -> PeakAnswer:
    """A row of the table of peaks."""
    values: dict[str, object] = dict.fromkeys(PeakAnswer.__struct_fields__)
    return PeakAnswer(**{**values, **fields})  # type: ignore[arg-type]  # the struct's own types are those of the table


@pytest.mark.parametrize(
    ("row", "shown"),
    [
        pytest.param(peak(replicas=1234), "1,234", id="a number"),
        pytest.param(peak(at_least=45), "at least 45", id="a least"),
        pytest.param(peak(), "not known", id="nothing"),
    ],
)
def test_needed(row: PeakAnswer, shown: str) -> None:
    """A number, the least, or that nobody knows."""
    assert needed(row) == shown


@pytest.mark.parametrize(
    ("one", "line"),
    [
        pytest.param(Held(replicas=1, measured=True, runs=1, per_s=60, low=60, high=60),
                     "held 60.0 good orders/s together (1 run)", id="measured once"),
        pytest.param(Held(replicas=4, measured=False, runs=0, per_s=230, low=None, high=None),
                     "would hold 230.0 good orders/s by the law of these runs; too few runs to say how sure that is", id="unsure"),
        pytest.param(Held(replicas=4, measured=False, runs=0, per_s=230, low=220, high=238.25),
                     "would hold 220.0 to 238.2 good orders/s by the law of these runs (95 % sure)", id="sure"),
    ],
)  # fmt: skip
def test_what_replicas_hold(one: Held, line: str) -> None:
    """Measured and predicted are told apart in words."""
    assert held_line(one) == line
