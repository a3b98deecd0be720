"""The festival loads under the stock command, which shows its options and its one user."""

from locustfiles.session.scenarios import FESTIVAL
from tests.helpers.scenario_command import locust


def test_list() -> None:
    """Locust finds the one user to run and none of the bases."""
    assert locust("festival", "--list").split() == ["Available", "Users:", "FestivalShopper"]


def test_show_options() -> None:
    """The command explains every option of ours beside Locust's own, and why demand is three by default."""
    shown = " ".join(locust("festival", "--show-options").split())

    for option in FESTIVAL.options:
        assert option.flag in shown
    assert "--users" in shown
    assert 'capacity is reported as "about a third of the peak", hence 3' in shown
