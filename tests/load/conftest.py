"""Real runs that several files of tests look at."""

import pytest

from tests.helpers.festival_run import Festival, festival


@pytest.fixture(scope="session")
def calm(tmp_path_factory: pytest.TempPathFactory) -> Festival:
    """A short recorded festival at a stub with four times the peak, long enough for an onset."""
    flags = ("--duration", "12s", "--scale", "0.04", "--capacity-share", "4")
    return festival(tmp_path_factory.mktemp("calm"), *flags)[1]
