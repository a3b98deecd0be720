"""What a target file makes of a run's other options."""

from argparse import ArgumentParser
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from locustfiles.session.options import JOURNEY_SLO, offer_on
from locustfiles.session.scenarios import CLOSED_LOOP, STEADY, Scenario
from locustfiles.session.settings import Settings, SettingsError, read_settings
from locustfiles.session.target_options import is_elsewhere

CHAT = '[chat]\nurl = "http://127.0.0.1:9001/v1"\nmodel = "m"\n'
SHOP = '[checkout]\nprotocol = "acp"\nurl = "http://127.0.0.1:9002/api"\n'
KEY = 'key = { env = "SPRINGTIDE_TEST_TARGET_KEY" }\n'


def settings(path: Path, *flags: str, scenario: Scenario = STEADY, **given: Any) -> Settings:
    """The settings of a run with this target file."""
    parser = ArgumentParser()
    offer_on(parser, scenario.options)
    parsed = vars(parser.parse_args(["--target", str(path), *flags]))
    return read_settings({**parsed, **given}, scenario)


def mistakes(path: Path, *flags: str, **given: Any) -> list[str]:
    """The sentences with which such a run is refused."""
    try:
        settings(path, *flags, **given)
    except SettingsError as error:
        return error.sentences
    return []


@pytest.fixture
def target(tmp_path: Path) -> Path:
    """A target file of both services."""
    path = tmp_path / "target.toml"
    path.write_text(f'name = "t"\n{CHAT}{SHOP}')
    return path


def test_origins_and_steps(target: Path) -> None:
    """The file's origins are those of the run, its journey's steps the run's, and the manifest knows the file by name."""
    told = settings(target)

    assert told.origins == (told.host, told.chat_host) == ("http://127.0.0.1:9002", "http://127.0.0.1:9001")
    assert told.steps == ("chat", "create", "apply_card", "pay")
    assert told.target is not None
    assert (told.target.name, told.arguments["target"]) == ("t", "target.toml")
    assert told.slo.name == "service.yaml"


@pytest.mark.parametrize(
    ("journey", "origins", "slo"),
    [
        pytest.param("chat-only", ("http://127.0.0.1:9001",), "chat.yaml", id="chat"),
        pytest.param("checkout-only", ("http://127.0.0.1:9002",), "checkout.yaml", id="checkout"),
    ],
)
def test_journeys(target: Path, journey: str, origins: tuple[str, ...], slo: str) -> None:
    """A journey of one service loads that alone, and is judged by what can be asked of it, in the closed model too."""
    target.write_text(f'journey = "{journey}"\n{target.read_text()}')
    told = settings(target, scenario=CLOSED_LOOP)

    assert (told.origins, told.slo.name, told.slo.is_file()) == (origins, slo, True)
    assert settings(target, "--slo", str(JOURNEY_SLO)).slo == JOURNEY_SLO


def test_a_journey_of_ones_own(target: Path) -> None:
    """Shoppers with journeys of their own keep their steps and their objectives at any target."""
    own = replace(STEADY, steps=("look", "buy"), slo=JOURNEY_SLO, lives_target=False)

    assert (settings(target, scenario=own).steps, settings(target, scenario=own).slo) == (("look", "buy"), JOURNEY_SLO)


def test_options_beside_it(target: Path) -> None:
    """Options that say the same as the file, or nothing beside it, are refused, each in a sentence."""
    told = mistakes(
        target, "--chat-host", "http://127.0.0.1:1", "--api-key-env", "X", "--incident", host="http://127.0.0.1:2"
    )

    assert [sentence.split()[0] for sentence in told] == ["--host", "--chat-host", "--api-key-env", "--incident"]
    assert all("says nothing beside --target" in sentence for sentence in told)


def test_mistakes_of_the_file(target: Path) -> None:
    """Every mistake of the file is a sentence beside those of other options."""
    target.write_text(target.read_text().replace("protocol", "protcol"))
    told = mistakes(target, "--rate", "much")

    assert told[0].startswith("--rate")
    assert f"--target {target}: checkout.protcol: unknown; did you mean protocol?" in told


def test_secrets_are_there_before_the_run(target: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A missing secret is told where this process sends load, and not where only other processes do."""
    target.write_text(target.read_text() + KEY)
    monkeypatch.delenv("SPRINGTIDE_TEST_TARGET_KEY", raising=False)
    told = mistakes(target)

    assert told == [
        (
            f"--target {target}: checkout.key: The environment variable SPRINGTIDE_TEST_TARGET_KEY is not set; "
            "export it where this process is started."
        )
    ]
    assert mistakes(target, master=True) == []
    assert is_elsewhere({"master": True, "processes": 2}) is False


def test_an_allow_list_in_the_file(target: Path) -> None:
    """The file may name the allow-list, whose mistakes are told with it; beside --allow it is one too many."""
    target.write_text(target.read_text() + '[guard]\nallow = "allow.toml"\n')
    missing = mistakes(target)
    (target.parent / "allow.toml").write_text(
        '[[allow]]\nhost = "a.test"\nmost_per_s = 5\nfrom = 2026-01-01T00:00:00Z\nuntil = 2026-01-02T00:00:00Z\nowner = "x"\n'
    )

    assert missing[0].startswith(f"--target {target}: guard.allow: ")
    assert [entry.host for entry in settings(target).allow.entries] == ["a.test"]
    assert "leave one of them out" in mistakes(target, "--allow", str(target.parent / "allow.toml"))[0]
