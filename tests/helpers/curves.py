"""Rate curves that Hypothesis draws: short, with jumps, flat pieces, rises, falls and stretches of nothing."""

from hypothesis import strategies as st

from locustfiles.arrivals.rate_curve import RateCurve, Segment


@st.composite
def curves(draw: st.DrawFn, max_rate_per_s: float = 500.0) -> RateCurve:
    """A curve of one to six pieces that lasts at most a minute."""
    rates = st.one_of(st.just(0.0), st.floats(0.01, max_rate_per_s))
    pieces = draw(st.lists(st.tuples(st.floats(0.05, 10.0), rates, rates), min_size=1, max_size=6))
    segments, start_s = [], 0.0
    for length_s, start_per_s, end_per_s in pieces:
        segments.append(Segment(start_s, start_s + length_s, start_per_s, end_per_s))
        start_s += length_s
    return RateCurve(tuple(segments))
