"""What the machine can carry is read from the system and told in sentences."""

from dataclasses import replace
from pathlib import Path

import pytest

from locustfiles.doctor.machine import Machine, findings, read_machine

GOOD = Machine(
    cores=4,
    load_1m=0.2,
    files_hard=65_536,
    ports=(32_768, 60_999),
    reuses_ports=False,
    clock_source="tsc",
    clock_resolution_us=0.001,
    timer_late_ms=0.08,
    memory_available_bytes=8 * 2**30,
)


def test_a_good_machine() -> None:
    """Each figure is told with what it allows, and all is well."""
    told = findings(GOOD)

    assert [(finding.about, finding.is_well) for finding in told] == [
        ("cores", True),
        ("open files", True),
        ("ports", True),
        ("clock", True),
        ("timer", True),
        ("memory", True),
    ]
    assert told[1].sentence == "65,536 a process (ulimit -Hn): 65,280 connections of one worker at once"
    assert told[2].sentence.endswith("and with --connections fresh 470 new ones a second")


@pytest.mark.parametrize(
    ("machine", "about", "says"),
    [
        pytest.param(replace(GOOD, load_1m=3.0), "cores", "others work here", id="others work on it"),
        pytest.param(replace(GOOD, files_hard=1024), "open files", "raise it with ulimit", id="few open files"),
        pytest.param(replace(GOOD, ports=(0, 0)), "ports", "cannot be read", id="ports unknown"),
        pytest.param(replace(GOOD, clock_source="hpet"), "clock", "slow or coarse", id="a slow clock"),
        pytest.param(replace(GOOD, clock_resolution_us=4000.0), "clock", "slow or coarse", id="a coarse clock"),
        pytest.param(replace(GOOD, timer_late_ms=12.0), "timer", "arrivals would be late", id="late timers"),
        pytest.param(replace(GOOD, memory_available_bytes=0), "memory", "cannot be read", id="memory unknown"),
        pytest.param(replace(GOOD, memory_available_bytes=2**27), "memory", "shoppers at once", id="little memory"),
    ],
)
def test_what_is_not_well(machine: Machine, about: str, says: str) -> None:
    """A figure that would spoil a run is not well, and its sentence says why."""
    bad = [finding for finding in findings(machine) if not finding.is_well]

    assert [finding.about for finding in bad] == [about]
    assert says in bad[0].sentence


@pytest.mark.parametrize(
    ("machine", "says"),
    [
        (replace(GOOD, files_hard=-1), "as many as a process likes"),
        (replace(GOOD, reuses_ports=True), "free again soon"),
    ],
)
def test_what_has_no_limit(machine: Machine, says: str) -> None:
    """A system without the usual limit is said to have none."""
    assert any(says in finding.sentence and finding.is_well for finding in findings(machine))


def test_reading_this_machine() -> None:
    """Every figure of the machine that runs the tests is known."""
    machine = read_machine()

    assert machine.cores >= 1
    assert machine.ports[0] < machine.ports[1]
    assert machine.memory_available_bytes > 0
    assert machine.clock_resolution_us > 0


def test_reading_a_system_that_says_nothing(tmp_path: Path) -> None:
    """Files that are missing or hold something else leave their figures unknown; sleeps are timed by the clock given."""
    (tmp_path / "proc/sys/net/ipv4").mkdir(parents=True)
    (tmp_path / "proc/sys/net/ipv4/ip_local_port_range").write_text("many\n")
    ticks = iter(range(0, 10**9, 3_000_000))

    machine = read_machine(tmp_path, sleep=lambda _: None, monotonic_ns=lambda: next(ticks))

    assert (machine.ports, machine.clock_source, machine.memory_available_bytes) == ((0, 0), "", 0)
    assert machine.timer_late_ms == pytest.approx(2.0)
