"""What shoppers are like, as texts."""

import pytest

from locustfiles.journeys.retry import RetryPolicy, sole
from locustfiles.session.options import UnusableError
from locustfiles.session.scenarios import CLOSED_LOOP, FESTIVAL
from locustfiles.session.shopper_options import SHOPPERS

READ = {option.flag: option.read for option in SHOPPERS}


def test_every_scenario_has_them() -> None:
    """Whoever draws shoppers says what they are like, with a curve and without one."""
    for scenario in (FESTIVAL, CLOSED_LOOP):
        assert set(SHOPPERS) <= set(scenario.options)


@pytest.mark.parametrize(("text", "share"), [("0", 0.0), ("0.3", 0.3), ("1e-3", 0.001), (".999", 0.999)])
def test_a_share_of_returning_shoppers(text: str, share: float) -> None:
    """From none to nearly all: the first shopper of a run is always new."""
    assert READ["--returning"](text) == share


@pytest.mark.parametrize("text", ["1", "1.5", "-0.1", "nan", "inf", "30%", "", "some"])
def test_no_share(text: str) -> None:
    """All of them, less than none, and what is no number are refused."""
    with pytest.raises(ValueError, match=r"^"):
        READ["--returning"](text)


def test_what_refused_shoppers_do() -> None:
    """A policy by name, nothing for the scenario's own, and a sentence for a policy that there is not."""
    assert READ["--retry"]("obey") == sole(RetryPolicy.OBEY)
    assert READ["--retry"]("") is None
    with pytest.raises(UnusableError, match="There is no policy 'shout'"):
        READ["--retry"]("shout")
