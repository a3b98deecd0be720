"""Ways to cut a byte string into pieces, for laws that say that cutting changes nothing."""

from itertools import pairwise

from hypothesis import strategies as st


def split_at(data: bytes, cuts: list[int]) -> list[bytes]:
    """The pieces between the cuts; joined they are the data again."""
    places = [0, *sorted({cut % (len(data) + 1) for cut in cuts}), len(data)]
    return [data[low:high] for low, high in pairwise(places) if low < high]


def single_bytes(data: bytes) -> list[bytes]:
    """The finest split."""
    return [data[place : place + 1] for place in range(len(data))]


CUTS = st.lists(st.integers(0, 100_000), max_size=12)
"""Places to cut at, taken modulo the length."""
