"""What the UCP doors are told to be: the protocol's version, how an update is read, and in which posture errors are said.

A stub serves both versions at once, each under an endpoint of its own (`ucp_profile`); the rest is the same for both.
"""

from enum import StrEnum
from typing import Final, Literal

import msgspec

Posture = Literal["messages", "status"]
"""messages: business outcomes are 200 with messages, as the text has it; status: 4xx with `detail` and `code`, as the
one shop does that was seen on the wire (protocols.md 3.6)."""
UpdateRule = Literal["replace", "merge"]
"""replace: what an update leaves out is gone, as the prose has it; merge: it stays, as the OpenAPI has it."""


class UcpVersion(StrEnum):
    """The versions that are spoken; later ones compare greater."""

    JANUARY = "2026-01-23"
    APRIL = "2026-04-08"


SPOKEN: Final = " and ".join(sorted(UcpVersion))


class UcpTerms(msgspec.Struct, frozen=True):
    """The configuration of the UCP doors; `first` is the version that discovery offers first."""

    first: UcpVersion = UcpVersion.APRIL
    update: UpdateRule = "replace"
    posture: Posture = "messages"


class Dialect(msgspec.Struct, frozen=True):
    """One version as it is spoken here."""

    version: UcpVersion
    update: UpdateRule = "replace"
    posture: Posture = "messages"
