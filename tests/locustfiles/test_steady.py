"""Steady load loads under the stock command, which shows its options and its one user."""

from locustfiles.session.scenarios import STEADY
from tests.helpers.scenario_command import locust


def test_list() -> None:
    """Locust finds the one user to run and none of the bases."""
    assert locust("steady", "--list").split() == ["Available", "Users:", "SteadyShopper"]


def test_show_options() -> None:
    """The command explains every option of ours beside Locust's own."""
    shown = " ".join(locust("steady", "--show-options").split())

    for option in STEADY.options:
        assert option.flag in shown
    assert "--users" in shown
