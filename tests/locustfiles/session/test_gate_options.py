"""What judges a run and what ends it early, from any of the places in which Locust takes options."""

import os
from pathlib import Path

import pytest
from locust.argument_parser import get_parser

from locustfiles.session.gate_options import Gate, gate_options, parts_of, read_gate, told, warm_up_mistake
from locustfiles.session.options import offer_on

DEFAULT = Path("reports/slos/festival.yaml")
LINE, OTHER = "order.confirmed: rate > 95%", "pay.step_ms: p(99) < 2s"
OPTIONS = gate_options(DEFAULT)


def read(*flags: str, config: str = "") -> tuple[Gate | None, list[str]]:
    """What these words, or a configuration file, ask for; and what is wrong with it."""
    parser = get_parser(default_config_files=[])
    offer_on(parser, OPTIONS)
    wrong: list[str] = []
    parsed = parser.parse_args(args=["--headless", *flags], config_file_contents=config or None)
    return read_gate(OPTIONS, vars(parsed), wrong), wrong


@pytest.mark.parametrize(
    ("flags", "gate"),
    [
        pytest.param((), Gate((DEFAULT,)), id="nothing: the scenario's own file"),
        pytest.param(("--gate", "README.md"), Gate((Path("README.md"),)), id="a file"),
        pytest.param(("--slo", "README.md"), Gate((Path("README.md"),)), id="the other flag"),
        pytest.param(("--gate", LINE), Gate((), (LINE,)), id="a line alone"),
        pytest.param(("--gate", f"README.md; {LINE}"), Gate((Path("README.md"),), (LINE,)), id="both"),
        pytest.param(("--gate", LINE, "--slo", OTHER), Gate((), (LINE, OTHER)), id="given again"),
        pytest.param(("--require", f"{LINE};{OTHER}"), Gate((DEFAULT,), (LINE, OTHER)), id="beside the usual file"),
        pytest.param(("--require", LINE, "--require", OTHER), Gate((DEFAULT,), (LINE, OTHER)), id="beside it, again"),
        pytest.param(("--abort-on", LINE), Gate((DEFAULT,), (), (LINE,)), id="what ends it early"),
        pytest.param(("--warm-up", "1.5m"), Gate((DEFAULT,), warm_up_s=90.0), id="what is left out"),
    ],
)
def test_what_is_asked_for(flags: tuple[str, ...], gate: Gate) -> None:
    """Files, lines or both; what is given again is added and takes nothing's place."""
    assert read(*flags) == (gate, [])


def test_configuration_lists() -> None:
    """A list in a configuration file is several."""
    assert read(config=f"gate = [{LINE}, {OTHER}]\n")[0] == Gate((), (LINE, OTHER))


def test_a_file_that_is_missing() -> None:
    """What is neither a file nor a line is told with what to give."""
    gate, (sentence,) = read("--gate", "none.yaml")

    assert gate is None
    assert "'none.yaml' is not a file. Give the path of an SLO file, or an objective on one line as in" in sentence


def test_a_warm_up_that_is_no_span() -> None:
    """A time without meaning is told with the option, the value and what it takes."""
    gate, (sentence,) = read("--warm-up", "soon")

    assert gate is None
    assert sentence.startswith("--warm-up 'soon' is not usable.")
    assert "Takes a span such as 30s" in sentence


@pytest.mark.parametrize(
    ("duration_s", "is_mistake"),
    [
        pytest.param(31.0, False, id="a second is left to judge"),
        pytest.param(30.0, True, id="as long as the run"),
        pytest.param(20.0, True, id="longer"),
        pytest.param(0.0, False, id="a run that somebody ends"),
    ],
)
def test_a_warm_up_ends_before_the_run(duration_s: float, is_mistake: bool) -> None:
    """A warm-up of 30 s that leaves nothing to judge is told before anything is sent."""
    told_of = warm_up_mistake(30.0, duration_s)

    assert bool(told_of) is is_mistake
    assert not is_mistake or told_of == (
        f"--warm-up 30s leaves nothing to judge of a run of {duration_s:g} s: give a shorter warm-up or a longer run."
    )


def test_the_words_that_say_the_same() -> None:
    """The gate, the checker and the manifest are told all of it; what ended a run the run says itself."""
    gate = Gate((Path("a/b.yaml"),), (LINE,), (OTHER,), 30.0)

    assert gate.words == ["--slo", "a/b.yaml", "--require", LINE]
    assert gate.checked_words == ["a/b.yaml", "--require", LINE, "--abort-on", OTHER]
    assert gate.recorded == {"gate": f"b.yaml; {LINE}", "abort_on": OTHER, "warm_up": "30s"}
    assert Gate().recorded == {"gate": "", "abort_on": "", "warm_up": ""}


def test_parts() -> None:
    """Empty parts are none."""
    assert parts_of(f" {LINE} ;; {OTHER};") == (LINE, OTHER)
    assert parts_of("") == ()


def test_whose_mistake_it_is() -> None:
    """A line names its option itself; a file is the gate's."""
    assert told("x.yaml: spec: missing") == "--gate: x.yaml: spec: missing"
    assert told("--abort-on 'x': is no") == "--abort-on 'x': is no"


def test_a_changed_file_is_another_state(tmp_path: Path) -> None:
    """A check's answer is kept only as long as the files are the same."""
    file = tmp_path / "slo.yaml"
    file.write_text("one")
    gate = Gate((file,))
    before = gate.state
    file.write_text("two")
    os.utime(file, ns=(1, 1))  # the clock of a file system may be coarse

    assert gate.state != before
