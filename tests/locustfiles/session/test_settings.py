"""Options become one checked value, and every mistake is told at once."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

import pytest

from locustfiles.journeys.retry import RetryMix, RetryPolicy, sole
from locustfiles.session.gate_options import Gate
from locustfiles.session.options import offer_on
from locustfiles.session.scenarios import CLOSED_LOOP, FESTIVAL, SPIKE, STAIRS, STEADY, Scenario
from locustfiles.session.settings import Settings, SettingsError, read_settings


def parsed(*flags: str, scenario: Scenario = FESTIVAL) -> dict[str, Any]:
    """What Locust's parser makes of command-line words."""
    parser = ArgumentParser()
    offer_on(parser, scenario.options)
    return vars(parser.parse_args(flags))


def settings(*flags: str, scenario: Scenario = FESTIVAL) -> Settings:
    """The settings that command-line words give a scenario."""
    return read_settings(parsed(*flags, scenario=scenario), scenario)


def test_defaults() -> None:
    """Without any option the run is the incident's first day against a graceful stub, in 90 seconds."""
    usual = settings()

    assert (usual.offer.name, usual.offer.curve.peak_per_s, usual.duration_s) == ("qwen-day1", pytest.approx(400), 90.0)
    assert (usual.seed, usual.incident, usual.retry, usual.host) == (1, False, sole(RetryPolicy.LEAVE), "")
    assert usual.gate.slos[0].is_file()


def test_incident() -> None:
    """The incident switch takes away admission control and makes shoppers retry as SDKs do, unless told otherwise."""
    assert settings("--incident").retry == sole(RetryPolicy.SDK)
    assert settings("--incident", "--retry", "hammer").retry == sole(RetryPolicy.HAMMER)
    assert settings("--incident", "no").incident is False


def test_retry_mix() -> None:
    """Shoppers of several kinds are told with their shares, in the incident too."""
    told = settings("--incident", "--retry", "leave:0.6,sdk:0.3,hammer:0.1")

    assert told.retry == RetryMix.parse("leave:0.6,sdk:0.3,hammer:0.1")
    assert told.arguments["retry"] == "leave:0.6,sdk:0.3,hammer:0.1"


@pytest.mark.parametrize(
    ("flags", "sentence"),
    [
        pytest.param(("--scale=-1",), "--scale '-1' is not usable.", id="a negative scale"),
        pytest.param(("--scale", "0"), "--scale '0' is not usable.", id="a scale of nothing"),
        pytest.param(("--scale", "nan"), "--scale 'nan' is not usable.", id="a scale that is no number"),
        pytest.param(
            ("--returning", "1"),
            "--returning '1' is not usable. Share of the wishes that are by a shopper who has wished before in the run: the same "
            "person with another wish, drawn by the seed. Takes a number from 0 to less than 1.",
            id="only returning shoppers",
        ),
        pytest.param(("--demand", "inf"), "--demand 'inf' is not usable.", id="an infinite demand"),
        pytest.param(("--duration", "soon"), "--duration 'soon' is not usable.", id="a span that is none"),
        pytest.param(("--warm-up", "soon"), "--warm-up 'soon' is not usable.", id="a warm-up that is no span"),
        pytest.param(("--warm-up", "90s"), "--warm-up 90s leaves nothing to judge", id="a warm-up of the whole run"),
        pytest.param(("--seed", "1.5"), "--seed '1.5' is not usable.", id="a seed that is not whole"),
        pytest.param(
            ("--seed", str(2**63)), "--seed '9223372036854775808' is not usable.", id="a seed no message carries"
        ),
        pytest.param(("--seed=-1",), "--seed '-1' is not usable.", id="a seed below 0"),
        pytest.param(("--capacity-share", "1/0"), "--capacity-share '1/0' is not usable.", id="a share of nothing"),
        pytest.param(("--capacity-share", "1e400"), "--capacity-share '1e400' is not usable.", id="an endless share"),
        pytest.param(("--scale", "1e306"), "--curve: A rate must be finite", id="rates that no number holds"),
        pytest.param(("--replicas", "0"), "--replicas '0' is not usable.", id="no replica"),
        pytest.param(("--replicas", "1.5"), "Takes a whole number from 1 to 10,000.", id="half a replica"),
        pytest.param(("--replica-contention", "30"), "Takes a number from 0 to 1.", id="a share in per cent"),
        pytest.param(("--burstiness", "0"), "--burstiness '0' is not usable.", id="no burstiness"),
        pytest.param(("--burstiness", "101"), "Takes a number from 0.01 to 100.", id="a few crowds"),
        pytest.param(("--retry", "never"), "--retry 'never' is not usable.", id="a policy that is unknown"),
        pytest.param(
            ("--retry", "leave:0.6,sdk:0.3"), "The shares add up to 0.9; make them add up to 1.", id="too few"
        ),
        pytest.param(("--curve", "qwen-day"), "did you mean 'qwen-day1'", id="a curve that is unknown"),
        pytest.param(
            ("--slo", "none.yaml"),
            "--gate 'none.yaml' is not usable. 'none.yaml' is not a file.",
            id="an SLO file that is missing",
        ),
    ],
)
def test_mistakes(flags: tuple[str, ...], sentence: str) -> None:
    """A value that cannot be run is told with its option and what to give."""
    with pytest.raises(SettingsError) as raised:
        settings(*flags)

    assert len(raised.value.sentences) == 1
    assert sentence in raised.value.sentences[0]


def test_all_mistakes_at_once() -> None:
    """Three mistakes give three sentences."""
    with pytest.raises(SettingsError) as raised:
        read_settings({**parsed("--scale=-1", "--voice", "shouting"), "host": "ftp://shop"}, FESTIVAL)

    assert [sentence.split()[0] for sentence in raised.value.sentences] == ["--scale", "--voice", "--host:"]


def test_capacity_share_is_a_fraction() -> None:
    """A share of the peak may be told as a fraction."""
    assert settings("--capacity-share", "1/4").offer.capacity_per_s == pytest.approx(100)


def test_rate_curve() -> None:
    """The offered curve is the festival's, times scale and demand, in the time that is asked for."""
    once = settings("--scale", "0.1", "--demand", "1", "--duration", "60s").offer.curve
    twice = settings("--scale", "0.2", "--demand", "1", "--duration", "60s").offer.curve

    assert (once.duration_s, twice.duration_s) == (60.0, 60.0)
    assert twice.peak_per_s == pytest.approx(2 * once.peak_per_s)


def test_burstiness_is_of_gamma_arrivals() -> None:
    """Gamma arrivals are as bursty as told, 3 by default; what is random without bursts has 1."""
    assert settings("--arrivals", "gamma").burstiness == 3.0
    assert settings("--arrivals", "gamma", "--burstiness", "8").burstiness == 8.0
    assert settings("--burstiness", "8").burstiness == 1.0


def test_replicas() -> None:
    """How many replicas the target has is told or not known; what they do one at a time is nothing by default."""
    told = settings("--replicas", "4", "--replica-contention", "0.03")

    assert (told.replicas, told.replica_contention) == (4, 0.03)
    assert (settings().replicas, settings().replica_contention) == (None, 0.0)


def test_web_form_values() -> None:
    """The web form's text and its missing values are read like the command line's."""
    told = read_settings({"demand": "1.5", "seed": None, "host": None}, FESTIVAL)

    assert (told.offer.curve.peak_per_s, told.seed, told.host) == (pytest.approx(200), 1, "")


def test_arguments_hold_no_secret() -> None:
    """The manifest keeps the name of the key's variable and the SLO file's name; a password in a URL is refused unread."""
    told = settings("--api-key-env", "MY_KEY")

    assert told.arguments["api_key_env"] == "MY_KEY"
    assert told.arguments["gate"] == "festival.yaml"
    with pytest.raises(SettingsError) as raised:
        read_settings({**parsed(), "host": "http://me:hunter2@shop.test"}, FESTIVAL)
    assert "hunter2" not in str(raised.value)


@pytest.mark.parametrize("scenario", [STEADY, STAIRS, SPIKE, CLOSED_LOOP], ids=lambda scenario: str(scenario.name))
def test_every_scenario_has_the_common_options(scenario: Scenario) -> None:
    """Seed, voice and the rest are read alike, whatever the scenario, and stand in the manifest beside its own options."""
    told = settings("--seed", "7", "--voice", "hard", "--capacity", "12", "--returning", "0.3", scenario=scenario)

    assert (told.seed, told.voice, told.offer.capacity_per_s, told.returning_share) == (7, "hard", 12.0, 0.3)
    assert told.arguments["returning"] == "0.3"
    assert set(told.arguments) == {option.name for option in scenario.options} | {"host"}


def test_mistakes_of_both_kinds_at_once() -> None:
    """A scenario's own mistakes and those in common options are told together."""
    with pytest.raises(SettingsError) as raised:
        settings("--spike-at", "70s", "--voice", "loud", scenario=SPIKE)

    assert [sentence.split()[0] for sentence in raised.value.sentences] == ["--voice", "--spike-at,"]


def test_no_mistake_is_made_up() -> None:
    """While one of a scenario's options cannot be read, nothing is said about how they fit together."""
    with pytest.raises(SettingsError) as raised:
        settings("--spike-at", "70s", "--duration", "soon", scenario=SPIKE)

    assert [sentence.split()[0] for sentence in raised.value.sentences] == ["--duration"]


def test_a_rate_beyond_memory() -> None:
    """A rate that no process can hold is refused before anything is started."""
    with pytest.raises(SettingsError, match=r"at most 10000000 arrivals a second, .* lower the scale or the rates"):
        settings("--rate", "1e9", scenario=STEADY)


@pytest.mark.parametrize(
    ("flags", "longest_s"),
    [
        pytest.param({"patience": "8s"}, 12.0, id="one attempt and the rest of the journey"),
        pytest.param({"patience": "8s", "retry": "sdk"}, 28.0, id="two retries more"),
        pytest.param({"patience": "8s", "incident": "yes"}, 28.0, id="the incident's shoppers retry as SDKs do"),
        pytest.param({"patience": "2s", "retry": "leave:0.9,obey:0.1"}, 13.0, id="five retries more, of one in ten"),
        pytest.param({"patience": "2s", "retry": "hammer"}, 23.0, id="ten retries more"),
    ],
)
def test_longest_wish(flags: dict[str, str], longest_s: float) -> None:
    """A wish lasts as long as patience for every attempt of its chat, and half of it for the rest."""
    assert read_settings(flags, FESTIVAL).longest_wish_s == longest_s


def test_a_slow_target_has_more_time(tmp_path: Path) -> None:
    """Deadlines of the target file count as patience, for the number of shoppers and for how long the end is waited for."""
    file = tmp_path / "slow.toml"
    file.write_text(
        'name = "slow"\njourney = "checkout-only"\n[checkout]\nprotocol = "acp"\nurl = "http://127.0.0.1:9002/api"\n[cards]\nsource = "none"\n[deadlines]\ntotal_s = 60\n'
    )
    quick, slow = (read_settings({"target": name}, FESTIVAL) for name in ("", str(file)))

    assert (quick.longest_wish_s, slow.longest_wish_s) == (12.0, 45.0)
    assert slow.usual_shoppers > 1.5 * quick.usual_shoppers


def test_usual_shoppers() -> None:
    """Without ``-u`` there are as many shoppers as can be busy at once, more with more load and more patience."""
    usual = read_settings({}, FESTIVAL).usual_shoppers

    assert usual > 400 * 12 * 0.5
    assert read_settings({"scale": "0.32"}, FESTIVAL).usual_shoppers > usual
    assert read_settings({"patience": "16s"}, FESTIVAL).usual_shoppers > usual


@pytest.fixture
def trace(tmp_path: Path) -> str:
    """Three recorded arrivals in two seconds."""
    path = tmp_path / "trace.csv"
    path.write_text("arrival_s\n0\n0.5\n1.25\n")
    return str(path)


def sentences(*flags: str, **parsed_too: Any) -> list[str]:
    """The mistakes in these words for a steady rate."""
    with pytest.raises(SettingsError) as raised:
        read_settings({**parsed(*flags, scenario=STEADY), **parsed_too}, STEADY)
    return raised.value.sentences


def test_a_trace(trace: str) -> None:
    """Recorded arrivals make the process a trace, name the run's curve and decide its length; the manifest keeps the file's name."""
    told = settings("--arrivals", trace, scenario=STEADY)

    assert (told.arrivals, told.offer.name, told.duration_s, told.burstiness) == ("trace", "trace.csv", 2.0, 1.0)
    assert told.recording is not None
    assert told.recording.schedule.intended_us.tolist() == [0, 500_000, 1_250_000]
    assert told.arguments["arrivals"] == "trace.csv"


def test_a_trace_at_another_speed(trace: str) -> None:
    """Twice as fast, arrivals come in half the time."""
    told = settings("--arrivals", trace, "--trace-speed", "2", scenario=STEADY)

    assert told.recording is not None
    assert told.recording.schedule.intended_us.tolist() == [0, 250_000, 625_000]
    assert told.duration_s == 1.0


def test_what_a_trace_takes_the_place_of(trace: str) -> None:
    """An option about the curve is refused beside a trace, each in a sentence of its own; the stub's capacity is not one."""
    told = sentences("--arrivals", trace, "--rate", "7", "--duration", "9s", "--plus", "1@1s+1s", "--capacity", "9")

    assert [sentence.split()[0] for sentence in told] == ["--rate", "--duration", "--plus"]
    assert told[0] == (
        "--rate '7' says nothing beside --arrivals trace.csv, whose arrivals take the place of the curve; leave it out."
    )


def test_a_speed_without_a_trace(trace: str) -> None:
    """A speed needs a recording; one that makes the recording last for years is refused too."""
    assert sentences("--trace-speed", "2") == [
        "--trace-speed 2: there is no recording to speed up; give --arrivals FILE."
    ]
    assert sentences("--arrivals", trace, "--trace-speed", "1e-9")[0].startswith(
        "--trace-speed 1e-09: A recording lasts at"
    )
    assert len(sentences("--arrivals", "none.csv", "--trace-speed", "2")) == 1


def test_on_top_of_a_curve() -> None:
    """What is added raises the curve, and the run lasts as long as the longer of both; the stub is built for the curve alone."""
    told = settings("--rate", "5", "--duration", "10s", "--plus", "20@8s+4s", scenario=STEADY)

    assert [told.offer.curve.rate_per_s(at) for at in (0, 8, 11)] == [5, 25, 20]
    assert (told.duration_s, told.offer.capacity_per_s) == (12.0, 50.0)
    assert told.offer.note == "steady: 5 wishes/s for 10 s. On top of it 20@8s+4s."
    assert sentences("--plus", "1e9@1s+1s")[0].startswith("--plus: A schedule holds at most")


def test_a_closed_loop() -> None:
    """A closed loop is a process of its own, with a few shoppers unless -u says how many."""
    told = settings(scenario=CLOSED_LOOP)

    assert (told.arrivals, told.usual_shoppers, told.recording, told.duration_s) == ("closed", 10, None, 60.0)


def test_an_assistant_elsewhere() -> None:
    """The assistant's URL is checked like the target's, a password in it stays unsaid, and it needs a shop."""
    shop = {"host": "http://127.0.0.1:1"}
    told = read_settings({**parsed("--chat-host", "http://127.0.0.1:2", scenario=STEADY), **shop}, STEADY)

    assert (told.host, told.chat_host) == ("http://127.0.0.1:1", "http://127.0.0.1:2")
    assert sentences("--chat-host", "http://127.0.0.1:2") == [
        "--chat-host: the embedded stub has an assistant of its own; give the shop's --host too."
    ]
    wrong = sentences("--chat-host", "http://me:hunter2@shop.test", **shop)
    assert wrong[0].startswith("--chat-host: ")
    assert "hunter2" not in str(wrong)


def test_shoppers_that_nobody_can_have_meant() -> None:
    """A rate that needs a million shoppers is told beside the other mistakes; who says -u has meant it; workers elsewhere may."""
    told = sentences("--rate", "90000", "--voice", "loud")

    assert [sentence.split()[0] for sentence in told] == ["--voice", "Without"]
    assert "starts 1,174,332 shoppers" in told[1]
    assert (
        read_settings({**parsed("--rate", "90000", scenario=STEADY), "num_users": 100}, STEADY).usual_shoppers > 10**6
    )
    assert read_settings({**parsed("--rate", "90000", scenario=STEADY), "master": True}, STEADY).usual_shoppers > 10**6
    assert sentences("--rate", "90000", master=True, processes=2)[0].startswith("Without -u this run starts 1,174,332")


def test_an_slo_file_that_cannot_be_judged() -> None:
    """What is wrong in the SLO file is told with the other mistakes; the checker learns how many segments the curve has, if any."""
    asked: list[int | None] = []

    def mistake(_gate: Gate, segments: int | None, _steps: tuple[str, ...]) -> str:
        asked.append(segments)
        return "x.yaml: spec: missing"

    for scenario, flags in ((STAIRS, ("--voice", "loud")), (CLOSED_LOOP, ()), (STEADY, ("--rate", "much"))):
        with pytest.raises(SettingsError) as raised:
            read_settings(parsed(*flags, scenario=scenario), scenario, gate_mistake=mistake)
        assert "--gate: x.yaml: spec: missing" in raised.value.sentences
    assert asked == [6, 0, None]


ALLOW = """
[[allow]]
host = "shop.test"
most_per_s = 5
from = 2026-11-26T00:00:00Z
until = 2026-11-27T00:00:00Z
owner = "Li Wei"
token = "a-token-of-this-run"
"""


def test_what_the_guard_is_told(tmp_path: Path) -> None:
    """The allow-list is read, typed hosts are parted by commas, and the manifest's arguments hold no token."""
    (tmp_path / "allow.toml").write_text(ALLOW)
    told = settings(
        "--allow", str(tmp_path / "allow.toml"), "--i-am-authorised", "shop.test, chat.test", "--stop-file", "stop"
    )

    assert [entry.host for entry in told.allow.entries] == ["shop.test"]
    assert told.typed_hosts == ("shop.test", "chat.test")
    assert told.stop_file == Path.cwd() / "stop"
    assert "a-token" not in repr(told)
    assert (settings().allow.entries, settings().typed_hosts, settings().stop_file) == ((), (), None)


def test_an_allow_list_that_cannot_be_used(tmp_path: Path) -> None:
    """Every mistake of the allow-list is told with the option's, and no token is."""
    (tmp_path / "allow.toml").write_text(f"{ALLOW}potr = 1\n[[allow]]\n")
    (told,) = sentences("--allow", str(tmp_path / "allow.toml"))

    assert told.startswith("--allow ")
    assert "unknown field 'potr'; did you mean 'port'?" in told
    assert "allow[1]: 'host' is missing." in told
    assert "a-token" not in told
