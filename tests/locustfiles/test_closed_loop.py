"""The closed loop loads under the stock command, which shows its options and its one user."""

from locustfiles.session.scenarios import CLOSED_LOOP
from tests.helpers.scenario_command import locust


def test_list() -> None:
    """Locust finds the one user to run and none of the bases."""
    assert locust("closed_loop", "--list").split() == ["Available", "Users:", "ClosedLoopShopper"]


def test_show_options() -> None:
    """The command explains every option of the closed model, and none of arrivals by a curve."""
    shown = " ".join(locust("closed_loop", "--show-options").split())

    for option in CLOSED_LOOP.options:
        assert option.flag in shown
    assert "--plus" not in shown
