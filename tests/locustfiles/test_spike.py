"""The spike scenario loads under the stock command, which shows its options and its one user."""

from locustfiles.session.scenarios import SPIKE
from tests.helpers.scenario_command import locust


def test_list() -> None:
    """Locust finds the one user to run and none of the bases."""
    assert locust("spike", "--list").split() == ["Available", "Users:", "SpikeShopper"]


def test_show_options() -> None:
    """The command explains every option of ours beside Locust's own."""
    shown = " ".join(locust("spike", "--show-options").split())

    for option in SPIKE.options:
        assert option.flag in shown
    assert "--users" in shown
