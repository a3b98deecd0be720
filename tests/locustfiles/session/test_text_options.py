"""The share of wishes whose answers are kept: what is read, and what is said of a bad one."""

import pytest

from locustfiles.session.options import Option
from locustfiles.session.scenarios import CLOSED_LOOP, FESTIVAL, Scenario
from locustfiles.session.settings import SettingsError, read_settings
from locustfiles.session.text_options import KEEP_TEXTS


@pytest.mark.parametrize("scenario", [FESTIVAL, CLOSED_LOOP], ids=["a curve", "the closed loop"])
def test_one_in_a_hundred_unless_told_otherwise(scenario: Scenario) -> None:
    """Every scenario keeps 1 % without being asked, and the run's options say so."""
    usual = read_settings({}, scenario)

    assert (usual.keep_texts, usual.arguments["keep_texts"]) == (0.01, "0.01")


@pytest.mark.parametrize(("text", "share"), [("0", 0.0), ("1", 1.0), ("0.05", 0.05), ("1e-3", 0.001)])
def test_shares(text: str, share: float) -> None:
    """A share is a number from 0, which switches it off, to 1."""
    assert read_settings({"keep_texts": text}, FESTIVAL).keep_texts == share


@pytest.mark.parametrize("text", ["1%", "1.01", "-0.1", "nan", "inf", "all"])
def test_no_shares(text: str) -> None:
    """Anything else is one sentence with the value and what to give."""
    with pytest.raises(SettingsError) as raised:
        read_settings({"keep_texts": text}, FESTIVAL)

    (sentence,) = raised.value.sentences
    assert sentence.startswith(f"--keep-texts '{text}' is not usable.")
    assert sentence.endswith("Takes a number from 0, which keeps none, to 1.")


def test_every_scenario_has_the_option_once() -> None:
    """It stands among the options of each scenario, and no other has its flag."""
    flags: list[Option] = [option for option in FESTIVAL.options if option.flag == KEEP_TEXTS.flag]

    assert flags == [KEEP_TEXTS]
