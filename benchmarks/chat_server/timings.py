"""What llama.cpp says of its own work: the ``timings`` of each answer, and the counters of ``/metrics``.

``prompt_ms`` runs from the moment at which a slot begins with the prompt to the first token; ``predicted_ms`` from there to the last
one. What the server does before (HTTP, template, tokens, the wait for a slot) is in neither.
"""

import re

import msgspec

TAIL_BYTES = 8192
"""The last chunks of a stream, of which one holds the timings."""
_METRIC = re.compile(r"^llamacpp:(\w+) ([0-9.e+-]+)$", re.MULTILINE)


class Timings(msgspec.Struct, frozen=True):
    """Of one answer; times in milliseconds."""

    prompt_n: int
    prompt_ms: float
    predicted_n: int
    predicted_ms: float

    @property
    def per_token_ms(self) -> float:
        """From the first token to the last, by the tokens that came after the first."""
        return self.predicted_ms / (self.predicted_n - 1)


class _LastChunk(msgspec.Struct):
    timings: Timings | None = None


_decode = msgspec.json.Decoder(_LastChunk).decode


def timings_in(tail: bytes) -> Timings | None:
    """The timings in the last bytes of a stream; None when there are none."""
    for line in reversed(tail.split(b"\n")):
        if line.startswith(b"data: {") and b'"timings"' in line:
            try:
                return _decode(line.removeprefix(b"data: ")).timings
            except msgspec.DecodeError:
                return None
    return None


def metrics_in(page: str) -> dict[str, float]:
    """The server's counters and gauges by name, from its page for Prometheus."""
    return {name: float(value) for name, value in _METRIC.findall(page)}
