"""What the collector passes over during a run, and what it still finds."""

import gc
import weakref
from collections.abc import Iterator

import pytest

from locustfiles.session.collector import pass_over_what_is_there


class Ring:
    """An object that only the collector can free."""

    def __init__(self) -> None:
        self.itself = self


@pytest.fixture(autouse=True)
def thaw() -> Iterator[None]:
    """Later tests are collected as ever."""
    yield
    gc.unfreeze()


def test_an_earlier_run_is_freed_by_the_next() -> None:
    """A ring that lived when one run began is passed over while it lasts, and gone when the next begins."""
    ring = Ring()
    gone = weakref.ref(ring)
    pass_over_what_is_there()
    del ring
    gc.collect()
    assert gone() is not None

    pass_over_what_is_there()

    assert gone() is None
