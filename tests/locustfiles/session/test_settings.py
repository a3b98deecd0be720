"""Options become one checked value, and every mistake is told at once."""

from argparse import ArgumentParser
from typing import Any

import pytest

from locustfiles.journeys.retry import RetryPolicy
from locustfiles.session.settings import OPTIONS, SettingsError, add_options, read_settings, span_s


def parsed(*flags: str) -> dict[str, Any]:
    """What Locust's parser makes of command-line words."""
    parser = ArgumentParser()
    add_options(parser)
    return vars(parser.parse_args(flags))


def test_defaults() -> None:
    """Without any option the run is the incident's first day against a graceful stub, in 90 seconds."""
    settings = read_settings(parsed())

    assert (settings.curve, settings.demand, settings.duration_s, settings.seed) == ("qwen-day1", 3.0, 90.0, 1)
    assert (settings.incident, settings.retry, settings.host) == (False, RetryPolicy.LEAVE, "")
    assert settings.slo.is_file()


def test_incident() -> None:
    """The incident switch takes away admission control and makes shoppers retry as SDKs do, unless told otherwise."""
    assert read_settings(parsed("--incident")).retry == RetryPolicy.SDK
    assert read_settings(parsed("--incident", "--retry", "hammer")).retry == RetryPolicy.HAMMER
    assert read_settings(parsed("--incident", "no")).incident is False


@pytest.mark.parametrize(
    ("flags", "sentence"),
    [
        pytest.param(("--scale=-1",), "--scale '-1' is not usable.", id="a negative scale"),
        pytest.param(("--scale", "0"), "--scale '0' is not usable.", id="a scale of nothing"),
        pytest.param(("--scale", "nan"), "--scale 'nan' is not usable.", id="a scale that is no number"),
        pytest.param(("--demand", "inf"), "--demand 'inf' is not usable.", id="an infinite demand"),
        pytest.param(("--duration", "soon"), "--duration 'soon' is not usable.", id="a span that is none"),
        pytest.param(("--seed", "1.5"), "--seed '1.5' is not usable.", id="a seed that is not whole"),
        pytest.param(
            ("--seed", str(2**63)), "--seed '9223372036854775808' is not usable.", id="a seed no message carries"
        ),
        pytest.param(("--seed=-1",), "--seed '-1' is not usable.", id="a seed below 0"),
        pytest.param(("--capacity-share", "1/0"), "--capacity-share '1/0' is not usable.", id="a share of nothing"),
        pytest.param(("--capacity-share", "1e400"), "--capacity-share '1e400' is not usable.", id="an endless share"),
        pytest.param(("--scale", "1e306"), "--curve: A rate must be finite", id="rates that no number holds"),
        pytest.param(("--retry", "never"), "--retry 'never' is not usable.", id="a policy that is unknown"),
        pytest.param(("--curve", "qwen-day"), "did you mean 'qwen-day1'", id="a curve that is unknown"),
        pytest.param(("--slo", "none.yaml"), "--slo 'none.yaml' is not a file.", id="an SLO file that is missing"),
    ],
)
def test_mistakes(flags: tuple[str, ...], sentence: str) -> None:
    """A value that cannot be run is told with its option and what to give."""
    with pytest.raises(SettingsError) as raised:
        read_settings(parsed(*flags))

    assert len(raised.value.sentences) == 1
    assert sentence in raised.value.sentences[0]


def test_all_mistakes_at_once() -> None:
    """Three mistakes give three sentences."""
    with pytest.raises(SettingsError) as raised:
        read_settings({**parsed("--scale=-1", "--voice", "shouting"), "host": "ftp://shop"})

    assert [sentence.split()[0] for sentence in raised.value.sentences] == ["--scale", "--voice", "--host:"]


def test_capacity_share_is_a_fraction() -> None:
    """A share of the peak may be told as a fraction."""
    assert read_settings(parsed("--capacity-share", "1/4")).capacity_share == 0.25


def test_rate_curve() -> None:
    """The offered curve is the festival's, times scale and demand, in the time that is asked for."""
    once = read_settings(parsed("--scale", "0.1", "--demand", "1", "--duration", "60s")).rate_curve
    twice = read_settings(parsed("--scale", "0.2", "--demand", "1", "--duration", "60s")).rate_curve

    assert (once.duration_s, twice.duration_s) == (60.0, 60.0)
    assert twice.peak_per_s == pytest.approx(2 * once.peak_per_s)


def test_web_form_values() -> None:
    """The web form's text and its missing values are read like the command line's."""
    settings = read_settings({"demand": "2.5", "seed": None, "host": None})

    assert (settings.demand, settings.seed, settings.host) == (2.5, 1, "")


def test_arguments_hold_no_secret() -> None:
    """The manifest keeps the name of the key's variable and the SLO file's name; a password in a URL is refused unread."""
    settings = read_settings(parsed("--api-key-env", "MY_KEY"))

    assert settings.arguments["api_key_env"] == "MY_KEY"
    assert settings.arguments["slo"] == "festival.yaml"
    with pytest.raises(SettingsError) as raised:
        read_settings({**parsed(), "host": "http://me:hunter2@shop.test"})
    assert "hunter2" not in str(raised.value)


@pytest.mark.parametrize(
    ("text", "seconds"), [("90", 90.0), ("90s", 90.0), ("1.5m", 90.0), ("2h", 7200.0), ("250ms", 0.25)]
)
def test_spans(text: str, seconds: float) -> None:
    """A span is a number with ms, s, m or h, seconds without."""
    assert span_s(text) == seconds


def test_every_option_is_explained() -> None:
    """Every option says in --help what it means, demand with the reason for its default."""
    parser = ArgumentParser()
    add_options(parser)
    shown = " ".join(parser.format_help().split())

    for option in OPTIONS:
        assert option.flag in shown
    assert "about a third of the peak" in shown
