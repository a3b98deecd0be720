"""One option: how it is offered, how its text is read, and what is said of a text that it cannot take."""

from argparse import ArgumentParser
from pathlib import Path

import pytest

from locustfiles.arrivals.rate_curve import RateCurve
from locustfiles.arrivals.trace_files import Recording
from locustfiles.session.options import (
    ARRIVALS,
    COMMON,
    Option,
    UnusableError,
    offer_on,
    optional,
    plus,
    positive,
    positive_fraction,
    span_s,
)
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


def reader(flag: str) -> Option:
    """The common option with this flag."""
    return next(option for option in (*ARRIVALS, *COMMON) if option.flag == flag)


def test_an_empty_text() -> None:
    """Where an option may be left empty, that is no number at all."""
    assert (optional(positive)(""), optional(positive)("2")) == (None, 2.0)


def test_a_spike_on_top() -> None:
    """150@20s+10s is 150 wishes/s from 20 s on for 10 s, and nothing before."""
    assert plus("150@20s+10s") == RateCurve.steps([(20.0, 0.0), (10.0, 150.0)])
    assert plus("") is None


def test_several_on_top() -> None:
    """Spikes with a comma between them are added up."""
    both = plus("10@1s+2s, 5@2s+4s")

    assert both is not None
    assert [both.rate_per_s(at_s) for at_s in (0, 1, 2, 3, 5)] == [0, 10, 15, 5, 5]


def test_rates_on_top(tmp_path: Path) -> None:
    """A file of points may be added too."""
    (tmp_path / "rates.csv").write_text("0,1\n5,1\n")

    assert plus(str(tmp_path / "rates.csv")) == RateCurve.constant(1, 5)


@pytest.mark.parametrize("text", ["150@20s", "150@20s+0s", "-1@2s+2s", "150@20s+10s+1s", "none.csv", "1@1s+1s,"])
def test_nothing_to_add(text: str) -> None:
    """A spike that is none, and a file that is not there, are refused."""
    with pytest.raises(ValueError, match=r"^"):
        plus(text)


def test_arrivals(tmp_path: Path) -> None:
    """Arrivals are a process by name, or a file that was recorded; a word that is neither is told so."""
    recorded = tmp_path / "arrivals.csv"
    recorded.write_text("0\n0.5\n")
    read = reader("--arrivals").read

    assert read("even") == "even"
    found = read(str(recorded))
    assert isinstance(found, Recording)
    assert len(found.schedule.intended_us) == 2
    with pytest.raises(UnusableError, match="It is neither even, poisson, gamma nor a file of recorded arrivals"):
        read("pareto")


def test_certificate_authorities(tmp_path: Path, authority: Path) -> None:
    """The CA file's text is kept, without what is no ASCII; a file without a certificate is refused."""
    read = reader("--ca-file").read
    pem = (authority / "ca.pem").read_text()
    (tmp_path / "commented.pem").write_text(f"# 测试\n{pem}", encoding="utf-8")
    (tmp_path / "none.pem").write_text("hello\n")

    assert (read(str(authority / "ca.pem")), read("")) == (pem, "")
    assert read(str(tmp_path / "commented.pem")).endswith(pem)
    for path, why in ((tmp_path / "none.pem", "certificate"), (tmp_path / "gone.pem", "No such file or directory")):
        with pytest.raises(UnusableError, match=rf"It holds no certificate authorities in PEM \(.*{why}"):
            read(str(path))
