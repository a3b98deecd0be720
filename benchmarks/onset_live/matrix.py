"""Thirty-four live runs: five techniques of admission in the voices that they are heard in, each at three loads or four.

The stub is good for 60 orders a second, and shoppers come at 12 a second until they are more. A limit on concurrency refuses by
chance long before its capacity is reached, and at a fifth of it practically never.
"""

from collections.abc import Iterator
from typing import Final, NamedTuple

CAPACITY_PER_S: Final = 60
CALM_PER_S: Final = 12
DURATION_S: Final = 34
JUMP: Final = "120@12.4s+14s"
"""From second 12.4 on more than twice the capacity, for 14 s."""
RAMP: Final = ((0.0, 0.0), (8.0, 0.0), (32.0, 140.0), (34.0, 140.0))
"""What a ramp adds: points of seconds and wishes a second; 60/s are reached in second 16.2."""


STAIRS: Final = (
    (0.0, 0.0),
    (10.4, 0.0),
    (10.4, 68.0),
    (18.4, 68.0),
    (18.4, 98.0),
    (26.4, 98.0),
    (26.4, 128.0),
    (34.0, 128.0),
)
"""What stairs add; the first one is above the capacity."""


class Technique(NamedTuple):
    """One way of admission, as flags of the stub."""

    name: str
    flags: tuple[str, ...]
    voices: tuple[str, ...]
    loads: tuple[str, ...] = ("jump", "ramp", "to spare")


class Case(NamedTuple):
    """One live run."""

    technique: str
    voice: str
    load: str
    stub_flags: tuple[str, ...]

    @property
    def name(self) -> str:
        """What the run is called."""
        return f"{self.technique}, {self.voice}, {self.load}"


ON_STAIRS_TOO: Final = ("jump", "ramp", "stairs", "to spare")
"""For a cap on concurrency: on a ramp it refuses a few long before it refuses many (Erlang B), on stairs many at once."""
TECHNIQUES: Final = (
    Technique("token bucket", ("--admission", "token-bucket"), ("hard", "soft", "mixed")),
    Technique("fixed concurrency", ("--admission", "open", "--limit", "fixed"), ("hard", "soft"), ON_STAIRS_TOO),
    Technique("AIMD", ("--admission", "open", "--limit", "aimd"), ("hard", "soft"), ON_STAIRS_TOO),
    Technique("DAGOR", ("--admission", "dagor"), ("hard", "soft")),
    Technique(
        "waiting room",
        ("--admission", "waiting-room", "--room-session-s", "5", "--room-refresh-s", "2", "--room-keep-s", "10"),
        ("cloudflare-queue",),
    ),
)


def cases() -> Iterator[Case]:
    """All of them, in a fixed order."""
    for technique in TECHNIQUES:
        for voice in technique.voices:
            for load in technique.loads:
                yield Case(technique.name, voice, load, (*technique.flags, "--voice", voice))
