"""How a command line, a file and a preset become one configuration."""

from pathlib import Path

import pytest

from target_stub.admission.sayings import SAYINGS
from target_stub.admission.voice import SHORT_NAMES
from target_stub.command_line import as_toml, parse
from target_stub.config import Config, ConfigError


def config(*arguments: str) -> Config:
    """Return the configuration of a command line."""
    return parse(arguments).config


def test_all_mistakes_are_told_at_once(tmp_path: Path) -> None:
    """Wrong flags, wrong values and wrong keys of the file are one list of sentences."""
    file = tmp_path / "stub.toml"
    file.write_text('capcity_per_s = 3\nseed = "one"\nxyzzy = 1\n')

    with pytest.raises(ConfigError) as caught:
        parse(["--prot", "0", "more", "--voice", "loud", "--service-ms", "0", "--config", str(file)])

    known, names = ", ".join(Config.__struct_fields__), ", ".join((*SHORT_NAMES, *SAYINGS))
    assert caught.value.sentences == [
        "unknown argument '--prot'; did you mean '--port'?",
        "unexpected argument 'more': every setting is a flag, see --help",
        f"{file}: unknown key 'capcity_per_s'; did you mean 'capacity_per_s'?",
        f"{file}: unknown key 'xyzzy'; known are {known}",
        f"{file}: seed is 'one': expected int, got str",
        f"--voice is 'loud': give one or more of {names}, with commas between",
        "--service-ms is '0': expected float > 0.0",
    ]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        pytest.param(["--ledger"], "argument --ledger: expected one argument", id="a flag without its value"),
        pytest.param(["--capacity-per-s", "nan"], "--capacity-per-s is 'nan'", id="not a number"),
        pytest.param(["--capacity-per-s", "inf"], "--capacity-per-s is 'inf'", id="infinity"),
        pytest.param(["--port", "65536"], "--port is '65536': expected int <= 65535", id="a port that is none"),
        pytest.param(["--qqqq=1"], "unknown argument '--qqqq'; see --help", id="nothing like it is known"),
        pytest.param(["--config", "/nowhere.toml"], "cannot read the configuration /nowhere.toml", id="no such file"),
    ],
)
def test_a_mistake_is_a_sentence_with_its_value(arguments: list[str], sentence: str) -> None:
    """What cannot be used is told with the value and what to do."""
    with pytest.raises(ConfigError, match=sentence):
        parse(arguments)


def test_a_file_that_is_no_toml_is_told(tmp_path: Path) -> None:
    """A broken file is one sentence with its name."""
    file = tmp_path / "stub.toml"
    file.write_bytes(b"seed = \xff")

    with pytest.raises(ConfigError, match="is not TOML"):
        parse(["--config", str(file)])


def test_a_flag_wins_over_the_file_and_the_file_over_the_preset(tmp_path: Path) -> None:
    """The later source of a value wins: preset, file, flag."""
    file = tmp_path / "stub.toml"
    file.write_text('preset = "incident"\nvoice = "soft"\nseed = 5\nuntil_stdin_closes = true\n')

    made = config("--config", str(file), "--seed", "6")

    assert (made.preset, made.admission, made.voice, made.seed, made.until_stdin_closes) == (
        "incident",
        "open",
        "soft",
        6,
        True,
    )


def test_a_printed_configuration_can_be_read_back(tmp_path: Path) -> None:
    """The TOML of a configuration gives the same configuration, also with quotes and umlauts in a path."""
    made = config("--preset", "incident", "--ledger", 'a "böse"\tname', "--queue-limit", "9", "--api-key-env", "KEY")
    file = tmp_path / "stub.toml"
    file.write_text(as_toml(made), encoding="utf-8")

    assert config("--config", str(file)) == made


def test_an_abbreviated_flag_is_not_understood() -> None:
    """A flag is written in full, so that a new one cannot change what an old command line means."""
    with pytest.raises(ConfigError, match="unknown argument '--capacity'; did you mean '--capacity-per-s'"):
        parse(["--capacity", "3"])
