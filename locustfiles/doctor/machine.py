"""What this machine can carry: open files, cores, clock, ports and memory, read from the system and told in sentences.

Reading (``read_machine``) is apart from what the figures mean (``findings``), which is a function of values.
"""

import os
import resource
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from locustfiles.session.crowd import MOST_UNASKED, SPARE_FILES

FEW_FILES = 4096
SLOW_TIMER_MS = 5.0
"""A sleep that ends this late makes every arrival late: the validity rule allows 10 ms."""
COARSE_CLOCK_US = 1.0
SHOPPER_BYTES = 10 * 1024
"""What a shopper costs, about (``crowd.MOST_UNASKED`` of them half a gigabyte)."""
TIME_WAIT_S = 60
"""Linux keeps the port of a closed connection so long (TCP_TIMEWAIT_LEN)."""
STEADY_CLOCKS = ("tsc", "kvm-clock", "hyperv_clocksource_tsc_page", "arch_sys_counter")
_SLEEPS, _SLEEP_S = 50, 0.001
_UNKNOWN_PORTS = (0, 0)
_EVERYWHERE = 1
"""Of tcp_tw_reuse; 2, the usual, is loopback alone."""


@dataclass(frozen=True, slots=True)
class Machine:
    """What was read. 0, "" and None = the system does not say."""

    cores: int
    load_1m: float
    """Mean number of processes that wanted a core in the last minute."""
    files_hard: int
    """Most files a process may open; -1 = as many as it likes."""
    ports: tuple[int, int]
    """First and last port of outgoing connections."""
    reuses_ports: bool
    clock_source: str
    clock_resolution_us: float
    timer_late_ms: float
    """99th percentile of how much longer than asked a sleep of 1 ms takes."""
    memory_available_bytes: int


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the doctor's: whether it is well, what is so and what to do."""

    is_well: bool
    about: str
    sentence: str


def read_machine(
    root: Path = Path("/"),
    *,
    sleep: Callable[[float], None] = time.sleep,
    monotonic_ns: Callable[[], int] = time.monotonic_ns,
) -> Machine:
    """The figures of this machine; takes a tenth of a second, in which it sleeps. What cannot be read is left unknown."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    first, last = _numbers(root / "proc/sys/net/ipv4/ip_local_port_range", 2) or _UNKNOWN_PORTS
    reuse = _numbers(root / "proc/sys/net/ipv4/tcp_tw_reuse", 1)
    return Machine(
        cores=len(os.sched_getaffinity(0)),
        load_1m=os.getloadavg()[0],
        files_hard=-1 if hard == resource.RLIM_INFINITY else hard,
        ports=(first, last),
        reuses_ports=reuse == [_EVERYWHERE],
        clock_source=_text(root / "sys/devices/system/clocksource/clocksource0/current_clocksource"),
        clock_resolution_us=time.clock_getres(time.CLOCK_MONOTONIC) * 1e6,
        timer_late_ms=_timer_late_ms(sleep, monotonic_ns),
        memory_available_bytes=_memory_available(root / "proc/meminfo"),
    )


def findings(machine: Machine) -> list[Finding]:
    """What the figures mean for a load test from here, one finding a figure."""
    return [_cores(machine), _files(machine), _ports(machine), _clock(machine), _timer(machine), _memory(machine)]


def _cores(machine: Machine) -> Finding:
    busy = machine.load_1m > 0.5 * machine.cores
    told = f"{machine.cores}: one worker each (--processes), and one of them for the master"
    if busy:
        told += (
            f"; {machine.load_1m:.1f} processes wanted a core in the last minute, so others work here: stop them first"
        )
    return Finding(not busy, "cores", told)


def _files(machine: Machine) -> Finding:
    if machine.files_hard < 0:
        return Finding(True, "open files", "as many as a process likes")
    room = max(0, machine.files_hard - SPARE_FILES)
    told = f"{machine.files_hard:,} a process (ulimit -Hn): {room:,} connections of one worker at once"
    if machine.files_hard < FEW_FILES:
        return Finding(False, "open files", f"{told}; raise it with ulimit -n, or in /etc/security/limits.conf")
    return Finding(True, "open files", told)


def _ports(machine: Machine) -> Finding:
    first, last = machine.ports
    if not last:
        return Finding(False, "ports", "the range of outgoing ports cannot be read")
    count = last - first + 1
    told = f"{count:,} outgoing ({first} to {last}): so many connections to one address at once"
    if machine.reuses_ports:
        return Finding(True, "ports", f"{told}; a closed one is free again soon (tcp_tw_reuse)")
    return Finding(True, "ports", f"{told}, and with --connections fresh {count // TIME_WAIT_S:,} new ones a second")


def _clock(machine: Machine) -> Finding:
    told = f"{machine.clock_source or 'unknown source'}, resolution {machine.clock_resolution_us * 1000:.0f} ns"
    if machine.clock_resolution_us > COARSE_CLOCK_US or (
        machine.clock_source and machine.clock_source not in STEADY_CLOCKS
    ):
        return Finding(False, "clock", f"{told}: reading it is slow or coarse, so latencies are; prefer the tsc")
    return Finding(True, "clock", told)


def _timer(machine: Machine) -> Finding:
    told = f"a sleep of 1 ms ends {machine.timer_late_ms:.2f} ms late at the 99th percentile"
    if machine.timer_late_ms > SLOW_TIMER_MS:
        return Finding(
            False, "timer", f"{told}: arrivals would be late, and runs invalid; find what keeps the cores busy"
        )
    return Finding(True, "timer", told)


def _memory(machine: Machine) -> Finding:
    if not machine.memory_available_bytes:
        return Finding(False, "memory", "how much is free cannot be read")
    shoppers = machine.memory_available_bytes // SHOPPER_BYTES
    told = f"{machine.memory_available_bytes / 2**30:.1f} GiB free: about {shoppers:,} shoppers at once"
    return Finding(shoppers >= MOST_UNASKED, "memory", told)


def _timer_late_ms(sleep: Callable[[float], None], monotonic_ns: Callable[[], int]) -> float:
    late_ns = []
    for _ in range(_SLEEPS):
        began_ns = monotonic_ns()
        sleep(_SLEEP_S)
        late_ns.append(monotonic_ns() - began_ns - int(_SLEEP_S * 1e9))
    late_ns.sort()
    return late_ns[-(-99 * _SLEEPS // 100) - 1] / 1e6


def _memory_available(path: Path) -> int:
    for line in _text(path).splitlines():
        name, _, value = line.partition(":")
        if name == "MemAvailable":
            return int(value.split()[0]) * 1024
    return 0


def _numbers(path: Path, count: int) -> list[int]:
    words = _text(path).split()
    return [int(word) for word in words] if len(words) == count and all(word.isdigit() for word in words) else []


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii", errors="replace").strip()
    except OSError:
        return ""
