"""How many may be inside at once: pure functions of a limit's rule, its state and one sample.

The semantics of AIMD, Gradient2 and Vegas, and their defaults, are those of Netflix's concurrency-limits (incident sheet 4.2): a
request that ended gives a sample with its round-trip time and the number in flight when it began, itself included;
a request whose client left gives none. With `window_ms` a limit sees one sample a window (``limit_window``), without one each.
"""

import math
from typing import Annotated, Final, Literal

import msgspec
from msgspec import Meta

from target_stub.clock import NS_PER_MS

LimitKind = Literal["none", "fixed", "aimd", "gradient2", "vegas"]
Places = Annotated[int, Meta(ge=1, le=1_000_000)]
WindowMs = Annotated[float, Meta(ge=0, le=600_000)]
Share = Annotated[float, Meta(gt=0, le=1)]
_WARM_UP: Final = 10  # samples of which Gradient2's long average is the plain mean
_GRADIENT_MIN: Final = 0.5
_DRIFT: Final = 2.0  # long / short round trip from which the long average is pulled down
_PULL: Final = 0.95  # 0.9 in early versions
_GOLDEN: Final = (math.sqrt(5) - 1) / 2


class Sample(msgspec.Struct, frozen=True, gc=False):
    """One request that ended. `rtt_ns` is 0 for one that a full queue turned away: it says nothing of latency."""

    rtt_ns: int
    in_flight: int
    dropped: bool = False


class NoLimit(msgspec.Struct, frozen=True, tag="none", tag_field="kind", forbid_unknown_fields=True):
    """As many as come."""


class FixedLimit(msgspec.Struct, frozen=True, tag="fixed", tag_field="kind", forbid_unknown_fields=True):
    """Always the same number; by Little's law it admits limit / (mean time inside) a second at most."""

    limit: Places


class Aimd(msgspec.Struct, frozen=True, tag="aimd", tag_field="kind", forbid_unknown_fields=True):
    """One more for each answer while half of the limit is in use; times `backoff` on a drop or past `timeout_ms`."""

    initial: Places = 20
    minimum: Places = 20
    maximum: Places = 200
    backoff: Annotated[float, Meta(ge=0.5, lt=1)] = 0.9
    timeout_ms: Annotated[float, Meta(gt=0)] = 5000.0
    window_ms: WindowMs = 0.0

    def __post_init__(self) -> None:
        _in_order(self.minimum, self.initial, self.maximum)


class Gradient2(msgspec.Struct, frozen=True, tag="gradient2", tag_field="kind", forbid_unknown_fields=True):
    """Follows long-term / present round-trip time; it does not look at drops.

    g = clamp(0.5, 1, tolerance * long / short); new = limit * g + queue; limit = (1 - smoothing) * limit + smoothing * new; no
    change while in flight < limit / 2. Where the two times agree and tolerance >= 1, g = 1 and the limit grows.
    """

    initial: Places = 20
    minimum: Places = 20
    maximum: Places = 200
    queue: Annotated[int, Meta(ge=0, le=10_000)] = 4
    smoothing: Share = 0.2
    long_window: Annotated[int, Meta(ge=1, le=1_000_000)] = 600
    tolerance: Annotated[float, Meta(ge=1, le=100)] = 1.5
    window_ms: WindowMs = 0.0

    def __post_init__(self) -> None:
        _in_order(self.minimum, self.initial, self.maximum)


class Vegas(msgspec.Struct, frozen=True, tag="vegas", tag_field="kind", forbid_unknown_fields=True):
    """Estimates the queue, limit * (1 - no-load / present round-trip time), and keeps it between alpha and beta.

    With l = max(1, floor(log10 limit)): alpha = 3 l, beta = 6 l; up to l queued the limit grows by beta, under alpha by l,
    past beta or on a drop it shrinks by l. The no-load time is measured anew about every probe * limit samples.
    """

    initial: Places = 20
    maximum: Places = 1000
    smoothing: Share = 1.0
    probe: Annotated[int, Meta(ge=1, le=1_000_000)] = 30
    window_ms: WindowMs = 0.0

    def __post_init__(self) -> None:
        _in_order(1, self.initial, self.maximum)


Limit = NoLimit | FixedLimit | Aimd | Gradient2 | Vegas


def _in_order(minimum: int, initial: int, maximum: int) -> None:
    if not minimum <= initial <= maximum:
        raise ValueError(
            f"a limit begins between its minimum and its maximum, not at {initial} of {minimum} to {maximum}"
        )


class State(msgspec.Struct, frozen=True, gc=False):
    """What a limit knows: its estimate, and what Gradient2 and Vegas remember of round-trip times."""

    estimate: float
    base_ns: float = 0.0
    """Gradient2: the long average. Vegas: the round-trip time without load."""
    warm_up_ns: float = 0.0
    samples: int = 0
    """Gradient2: those of the warm-up. Vegas: those since the last probe."""
    probes: int = 0

    @property
    def limit(self) -> int:
        """How many may be in flight."""
        return int(self.estimate)


def begin(rule: FixedLimit | Aimd | Gradient2 | Vegas) -> State:
    """Return the state of a limit that has seen no sample."""
    return State(float(rule.limit if isinstance(rule, FixedLimit) else rule.initial))


def carried(before: Limit, state: State | None, rule: Limit) -> State | None:
    """Return the state under another rule: that of the same kind goes on within its new bounds, another kind begins anew."""
    if isinstance(rule, NoLimit):
        return None
    if state is None or type(before) is not type(rule) or isinstance(rule, FixedLimit):
        return begin(rule)
    minimum = 1 if isinstance(rule, Vegas) else rule.minimum
    return msgspec.structs.replace(state, estimate=min(float(rule.maximum), max(float(minimum), state.estimate)))


def update(rule: Limit, state: State, sample: Sample) -> State:
    """Return the state after a request has ended."""
    match rule:
        case Aimd():
            return _aimd(rule, state, sample)
        case Gradient2():
            return _gradient2(rule, state, sample)
        case Vegas():
            return _vegas(rule, state, sample)
        case _:
            return state


def _aimd(rule: Aimd, state: State, sample: Sample) -> State:
    limit = state.limit
    if sample.dropped or sample.rtt_ns > rule.timeout_ms * NS_PER_MS:
        limit = int(limit * rule.backoff)
    elif sample.in_flight * 2 >= limit:
        limit += 1
    return State(float(min(rule.maximum, max(rule.minimum, limit))))


def _gradient2(rule: Gradient2, state: State, sample: Sample) -> State:
    if not sample.rtt_ns:
        return state
    short_ns = float(sample.rtt_ns)
    samples, warm_up_ns = state.samples, state.warm_up_ns
    if samples < _WARM_UP:
        samples += 1
        warm_up_ns += short_ns
        long_ns = warm_up_ns / samples
    else:
        factor = 2.0 / (rule.long_window + 1)
        long_ns = state.base_ns * (1 - factor) + short_ns * factor
    kept_ns = long_ns * _PULL if long_ns / short_ns > _DRIFT else long_ns
    estimate = state.estimate
    if sample.in_flight >= estimate / 2:
        gradient = max(_GRADIENT_MIN, min(1.0, rule.tolerance * long_ns / short_ns))
        wanted = estimate * gradient + rule.queue
        estimate = estimate * (1 - rule.smoothing) + wanted * rule.smoothing
        estimate = max(float(rule.minimum), min(float(rule.maximum), estimate))
    return State(estimate, kept_ns, warm_up_ns, samples)


def _vegas(rule: Vegas, state: State, sample: Sample) -> State:
    if not sample.rtt_ns:
        return _shrunk(rule, state, state.samples) if sample.dropped else state
    samples = state.samples + 1
    # The original jitters its probes by a random share from 0.5 to 1; this sequence covers the same stretch evenly.
    jitter = 0.5 + 0.5 * (state.probes * _GOLDEN % 1)
    if samples >= jitter * rule.probe * state.estimate:
        return State(state.estimate, sample.rtt_ns, 0.0, 0, state.probes + 1)
    if not state.base_ns or sample.rtt_ns < state.base_ns:
        return State(state.estimate, sample.rtt_ns, 0.0, samples, state.probes)
    if sample.dropped:
        return _shrunk(rule, state, samples)
    if sample.in_flight * 2 < state.estimate:
        return State(state.estimate, state.base_ns, 0.0, samples, state.probes)
    step = _log10(state.estimate)
    queued = math.ceil(state.estimate * (1 - state.base_ns / sample.rtt_ns))
    if queued > 6 * step:
        return _shrunk(rule, state, samples)
    growth = 6 * step if queued <= step else step if queued < 3 * step else 0
    return _moved(rule, state, state.estimate + growth, samples)


def _log10(limit: float) -> int:
    return max(1, int(math.log10(limit)))


def _shrunk(rule: Vegas, state: State, samples: int) -> State:
    return _moved(rule, state, state.estimate - _log10(state.estimate), samples)


def _moved(rule: Vegas, state: State, wanted: float, samples: int) -> State:
    wanted = max(1.0, min(float(rule.maximum), wanted))
    estimate = (1 - rule.smoothing) * state.estimate + rule.smoothing * wanted
    return State(estimate, state.base_ns, 0.0, samples, state.probes)
