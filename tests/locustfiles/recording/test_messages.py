"""The messages' values: checked when they come, plain when they go."""

import pytest
from locust.env import Environment

from locustfiles.recording.messages import (
    Go,
    Hello,
    PlanMessage,
    converted,
    monotonic_of,
    own_version,
    sendable,
    worker_name,
)

STARTED_UNIX_NS = 1_770_363_000_000_000_000


@pytest.mark.parametrize("value", [Hello("x"), PlanMessage("r", b"\x00\xff"), Go("r", 2**62, 0, 2)])
def test_a_value_survives_its_message(value: object) -> None:
    """What is sent is a dict of plain types, and reads as the same value."""
    sent = sendable(value)  # type: ignore[arg-type]  # the list holds structs only

    assert isinstance(sent, dict)
    assert converted(sent, type(value)) == value


@pytest.mark.parametrize("data", [None, b"x", {"speaks": 7}, ["speaks"], {}])
def test_what_is_none_of_ours(data: object) -> None:
    """A message of a wrong shape is None."""
    assert converted(data, Hello) is None


def test_the_version_names_both_numbers() -> None:
    """Who reads the sentence on two versions sees which springtide to install and that messages may differ within one."""
    assert own_version().startswith("springtide 0.")
    assert own_version().endswith("(messages 5)")


def test_the_name_of_a_local_runner() -> None:
    """A process that is both ends has a name of its own."""
    runner = Environment().create_local_runner()

    assert worker_name(runner) == "local"
    runner.quit()


def test_an_instant_of_the_wall_clock_on_the_monotonic_one() -> None:
    """A start 500 ms ahead of the wall clock is 500 ms ahead of the monotonic one."""
    assert monotonic_of(STARTED_UNIX_NS + 500, unix_ns=STARTED_UNIX_NS, monotonic_ns=7) == 507
