"""The published figures, as data."""

import pytest

from locustfiles.arrivals.published_figures import FIGURES, SOURCES, Figure, figure


@pytest.mark.parametrize(("name", "fact"), FIGURES.items(), ids=FIGURES.keys())
def test_every_figure_says_what_it_is_and_where_it_is_from(name: str, fact: Figure) -> None:
    """A figure has a value above 0, a unit, a statement, a known grade and at least one known source."""
    assert fact.value > 0
    assert fact.unit
    assert fact.statement
    assert fact.grade in {"P", "N", "S", "C"}
    assert fact.sources
    assert set(fact.sources) <= SOURCES.keys()


def test_no_source_is_kept_without_a_figure() -> None:
    """Every source that is listed backs a figure."""
    assert {key for fact in FIGURES.values() for key in fact.sources} == SOURCES.keys()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        pytest.param("qwen-3h", 1_000_000, id="1 million orders in under 3 hours"),
        pytest.param("qwen-4h", 2_000_000, id="2 million in under 4 hours"),
        pytest.param("qwen-5h", 5_000_000, id="5 million in 5 hours"),
        pytest.param("qwen-9h", 10_000_000, id="10 million in 9 hours"),
        pytest.param("qwen-day1", 15_000_000, id="15 million on day 1"),
        pytest.param("qwen-planned-day", 1_000_000, id="1 million planned for the day"),
        pytest.param("qwen-commands-9h", 30_000_000, id="30 million commands in 9 hours"),
        pytest.param("qwen-6d", 120_000_000, id="120 million in 6 days"),
        pytest.param("qwen-holiday", 200_000_000, id="about 200 million over the holiday"),
        pytest.param("qwen-prerelease-cards", 50_000, id="50,000 cards before the launch"),
    ],
)
def test_figures_of_the_campaign(name: str, value: float) -> None:
    """The campaign's figures are those that were printed."""
    assert figure(name) == value
