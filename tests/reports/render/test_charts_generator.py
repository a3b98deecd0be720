"""The figures about the generator: a bad second must not hide."""

from pathlib import Path

from reports.render.charts_generator import generator
from reports.run_record.run_directory import open_run
from reports.timeline import Timeline
from tests.helpers.synthetic_run import Wishes, batch_of, health_row, write_run

SHORT = Wishes(rates=((10, 10.0),))


def test_four_figures_of_each_second(tmp_path: Path) -> None:
    """Lateness beside what is allowed, stalls, CPU as percent of a core, shoppers in flight."""
    late, stalls, cpu, flight = generator(Timeline(open_run(write_run(tmp_path / "run", SHORT))), 15.0)

    assert [series.values for series in late.views[0].series] == [[0.5] * 10, [0.8] * 10]
    assert [(level.name, level.value) for level in late.views[0].levels] == [("allowed", 15)]
    assert stalls.views[0].series[0].values == [0] * 10
    assert cpu.views[0].series[0].values == [20] * 10
    assert [series.values for series in flight.views[0].series] == [[0] * 10, [10] * 10]


def test_one_stall_shows_in_a_long_run(tmp_path: Path) -> None:
    """Of several seconds in one point, lateness and stalls show the worst."""
    long = Wishes(rates=((4_000, 0.0),))
    batch = batch_of(long)
    batch.health = [health_row(second) for second in range(4_000)]
    batch.health[1_001] = health_row(1_001, stalls=1, stall_max_us=250_000)
    stalls = generator(Timeline(open_run(write_run(tmp_path / "run", long, batch=batch))), 10.0)[1]

    assert stalls.bin_s == 2
    assert stalls.views[0].series[0].values[499:502] == [0, 250, 0]


def test_without_health_there_is_no_figure(tmp_path: Path) -> None:
    """Nothing is drawn where no worker reported: an empty chart would look like a quiet generator."""
    batch = batch_of(SHORT)
    batch.health = []

    assert generator(Timeline(open_run(write_run(tmp_path / "run", SHORT, batch=batch))), 10.0) == []
