"""Medians, ratios and the form of the result."""

from pathlib import Path

import pytest

from benchmarks.generator.results import (
    Line,
    Result,
    Sample,
    disturbance,
    growth,
    lines_of,
    quantile,
    ratio,
    read,
    write,
)
from tests.helpers.bench_results import RESULT


def sample(contender: str, number: int, rate_per_s: float, workload: str = "W1") -> Sample:
    """A window with this rate."""
    return Sample(contender, workload, number, rate_per_s, 1e6 / rate_per_s, 1.0, 0.5, 50.0 + number)


SAMPLES = [
    sample("ours", 1, 100.0),
    sample("theirs", 1, 10.0),
    sample("ours", 2, 50.0),
    sample("theirs", 2, 2.0),
    sample("ours", 3, 90.0),
    sample("theirs", 3, 10.0),
    sample("ours", 1, 7.0, "W2"),
]


def test_lines_hold_medians_and_ranges() -> None:
    """Each contender has one line a workload, with the median of its rounds."""
    assert lines_of(SAMPLES) == [
        Line("ours", "W1", 90.0, 50.0, 100.0, 1e6 / 90.0, 0.5, 52.0),
        Line("theirs", "W1", 10.0, 2.0, 10.0, 1e5, 0.5, 52.0),
        Line("ours", "W2", 7.0, 7.0, 7.0, 1e6 / 7.0, 0.5, 51.0),
    ]


def test_a_ratio_is_made_within_a_round() -> None:
    """The median of 10, 25 and 9 is told, not the ratio of the medians, which is 9."""
    assert ratio(SAMPLES, "W1", "ours", "theirs") == 10.0


@pytest.mark.parametrize(
    ("workload", "theirs"),
    [
        pytest.param("W1", "wrk", id="a peer that is missing"),
        pytest.param("W2", "theirs", id="a workload it cannot do"),
    ],
)
def test_there_is_no_ratio_without_a_peer(workload: str, theirs: str) -> None:
    """What was not measured is None."""
    assert ratio(SAMPLES, workload, "ours", theirs) is None


@pytest.mark.parametrize(
    ("share", "expected"),
    [
        pytest.param(0.5, 50.0, id="the 50th of 100"),
        pytest.param(0.99, 99.0, id="the 99th"),
        pytest.param(0.0, 1.0, id="never before the first"),
        pytest.param(1.0, 100.0, id="the last"),
    ],
)
def test_quantiles_are_nearest_ranks(share: float, expected: float) -> None:
    """A quantile is one of the values."""
    assert quantile([float(value) for value in range(100, 0, -1)], share) == expected


def test_nothing_has_no_quantile() -> None:
    """A quantile of no values is refused in words."""
    with pytest.raises(ValueError, match="no quantile of no values"):
        quantile([], 0.5)


@pytest.mark.parametrize(
    ("samples_mb", "expected"),
    [
        pytest.param([10.0] * 30 + [50.0] * 570, 0.0, id="what grows in the first minute is start-up"),
        pytest.param([50.0] * 300 + [53.0] * 300, 3.0, id="what grows later is growth"),
        pytest.param([10.0] * 4 + [50.0] * 16 + [51.0] * 10, 1.0, id="a short run counts from its fifth"),
    ],
)
def test_growth_begins_after_the_first_minute(samples_mb: list[float], expected: float) -> None:
    """Growth is the end of the run minus the time after its first minute."""
    assert growth(samples_mb) == expected


def test_the_result_is_a_file(tmp_path: Path) -> None:
    """A result comes back from its JSON as it was."""
    path = tmp_path / "results" / "generator.json"

    write(RESULT, path)

    assert read(path, Result) == RESULT
    assert path.read_text().endswith("}\n")


def test_the_result_has_the_promised_figures() -> None:
    """Whoever reads the JSON finds each figure by its name at the top."""
    promised = {
        *("w1_vs_fasthttp", "w1_vs_wrk", "w2_vs_fasthttp", "w3_vs_fasthttp", "lateness_p99_ms", "rss_mb"),
        *("rss_growth_mb", "recording_cpu_share", "machine", "date", "w2_ttfc_off_p50_ms", "w2_ttfc_off_p99_ms"),
    }
    assert promised <= set(Result.__struct_fields__)


def test_a_machine_that_was_not_quiet_is_said() -> None:
    """Who always fills a core and did not had company."""
    full, half = (Sample("fast", "W1", 1, 1.0, 1.0, share, 0.5, 1.0) for share in (0.98, 0.5))

    assert disturbance([full], "fast") is None
    assert disturbance([full, half], "wrk") is None
    said = disturbance([full, half], "fast")
    assert said is not None
    assert said.startswith("This machine was not quiet: fast, which fills a core, had between 50% and 98% of it.")
