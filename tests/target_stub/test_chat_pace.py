"""When the events of an answer go out."""

import random

from hypothesis import given
from hypothesis import strategies as st

from target_stub.capacity.station import Placement
from target_stub.chat_pace import by_token, in_bursts

S = 1_000_000_000
EVENTS = [b"%d" % number for number in range(41)]


@given(st.integers(0, 10**12), st.integers(1, 10**9), st.lists(st.binary(min_size=1, max_size=3), min_size=2))
def test_pacing_sends_every_byte_in_order_within_the_service(start_ns: int, service_ns: int, data: list[bytes]) -> None:
    """However many events, they go out in order, from the start to exactly the end, in at most six bursts."""
    moments = in_bursts(data, Placement(0, start_ns, start_ns + service_ns))

    assert b"".join(part for _, part in moments) == b"".join(data)
    instants_ns = [at_ns for at_ns, _ in moments]
    assert instants_ns == sorted(instants_ns)
    assert (instants_ns[0], instants_ns[-1]) == (start_ns, start_ns + service_ns)
    assert len(moments) <= 6


@given(
    st.integers(0, 10**12),
    st.integers(1, 10**9),
    st.lists(st.binary(min_size=1, max_size=3), min_size=1),
    st.none() | st.floats(0.1, 1e5),
    st.sampled_from([0.0, 0.4, 3.0]),
)
def test_tokens_go_out_in_order_within_the_service(
    start_ns: int, service_ns: int, data: list[bytes], tokens_per_s: float | None, gap_cv: float
) -> None:
    """Whatever rate and jitter, every event has an instant between start and end, in order, and the last is the end."""
    placement = Placement(0, start_ns, start_ns + service_ns)
    moments = by_token(
        data,
        placement,
        completion_tokens=len(data),
        tokens_per_s=tokens_per_s,
        gap_cv=gap_cv,
        rng=random.Random(1),
    )

    instants_ns = [at_ns for at_ns, _ in moments]
    assert [part for _, part in moments] == data
    assert instants_ns == sorted(instants_ns)
    assert start_ns <= instants_ns[0] <= instants_ns[-1] == placement.end_ns


def test_tokens_come_at_the_rate_asked_for() -> None:
    """40 tokens at 20/s take 2 of the service's 10 seconds: the first comes after 8, even gaps are 2/39 s."""
    moments = by_token(
        EVENTS, Placement(0, 0, 10 * S), completion_tokens=40, tokens_per_s=20.0, gap_cv=0.0, rng=random.Random(1)
    )

    assert (moments[0][0], moments[1][0], moments[-1][0]) == (0, 8 * S, 10 * S)
    gaps_ns = {moments[place + 1][0] - moments[place][0] for place in range(1, 40)}
    assert max(gaps_ns) - min(gaps_ns) <= 1


def test_jitter_has_the_coefficient_of_variation_asked_for() -> None:
    """The gaps of a long answer vary as a gamma law of this coefficient does, within 5 %."""
    events = [b"."] * 20_002
    moments = by_token(
        events, Placement(0, 0, 100 * S), completion_tokens=1, tokens_per_s=None, gap_cv=0.4, rng=random.Random(1)
    )
    gaps = [moments[place + 1][0] - moments[place][0] for place in range(1, len(events) - 1)]
    mean = sum(gaps) / len(gaps)
    variation = (sum((gap - mean) ** 2 for gap in gaps) / len(gaps)) ** 0.5 / mean

    assert abs(variation / 0.4 - 1) < 0.05
