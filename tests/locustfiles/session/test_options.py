"""One option: how it is offered, how its text is read, and what is said of a text that it cannot take."""

from argparse import ArgumentParser

import pytest

from locustfiles.session.options import COMMON, Option, UnusableError, offer_on, positive, positive_fraction, span_s
from locustfiles.session.scenarios import FESTIVAL

RATE = Option("--peak-rate", "5", "Takes a number above 0.", positive)


@pytest.mark.parametrize(
    ("text", "seconds"), [("90", 90.0), ("90s", 90.0), ("1.5m", 90.0), ("2h", 7200.0), ("250ms", 0.25)]
)
def test_spans(text: str, seconds: float) -> None:
    """A span is a number with ms, s, m or h, seconds without."""
    assert span_s(text) == seconds


@pytest.mark.parametrize("text", ["", "0s", "-1s", "1d", "s", "1 2", "9" * 400])
def test_no_spans(text: str) -> None:
    """Nothing, no time at all, another unit and more than a number holds are no spans."""
    with pytest.raises(ValueError, match=r"^"):
        span_s(text)


def test_numbers() -> None:
    """A number is finite and above 0, and a fraction may be told as one."""
    assert (positive("2.5"), positive_fraction("1/4"), positive_fraction("0.25")) == (2.5, 0.25, 0.25)
    for text in ("0", "-1", "nan", "inf", "much"):
        with pytest.raises(ValueError, match=r"^"):
            positive(text)


def test_text_and_name() -> None:
    """What was given counts, the default when nothing was, under the name that argparse makes of the flag."""
    assert RATE.name == "peak_rate"
    assert [RATE.text_in(parsed) for parsed in ({"peak_rate": 7}, {"peak_rate": None}, {})] == ["7", "5", "5"]


def test_mistakes() -> None:
    """A mistake names flag, text and what to give, or what the reader says of it."""
    assert RATE.mistake("x", ValueError("no float")) == "--peak-rate 'x' is not usable. Takes a number above 0."
    assert RATE.mistake("x", UnusableError("Say a number.")) == "--peak-rate 'x' is not usable. Say a number."


def test_the_incident_needs_no_value() -> None:
    """``--incident`` alone means yes."""
    parser = ArgumentParser()
    offer_on(parser, COMMON)

    assert [parser.parse_args(words).incident for words in ([], ["--incident"], ["--incident", "no"])] == [
        "no",
        "yes",
        "no",
    ]


def test_every_option_is_explained() -> None:
    """Every option says in --help what it means, demand with the reason for its default."""
    parser = ArgumentParser()
    offer_on(parser, FESTIVAL.options)
    shown = " ".join(parser.format_help().split())

    for option in FESTIVAL.options:
        assert option.flag in shown
    assert "about a third of the peak" in shown
