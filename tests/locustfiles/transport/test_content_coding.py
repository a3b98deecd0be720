"""A compressed body is inflated within a bound, and what cannot be is a fault with a name."""

import gzip

import pytest
from hypothesis import given
from hypothesis import strategies as st

from locustfiles.transport.content_coding import asks_for_gzip, inflated
from locustfiles.transport.exchange import Fault

BOMB = gzip.compress(bytes(10_000_000))


@pytest.mark.parametrize(
    ("headers", "asks"),
    [
        pytest.param({}, False, id="nothing is asked for"),
        pytest.param({"Accept-Encoding": "gzip, br"}, True, id="one of several"),
        pytest.param({"accept-encoding": "GZIP"}, True, id="in any case"),
        pytest.param({"Accept-Encoding": "br"}, False, id="another coding"),
    ],
)
def test_asking(headers: dict[str, str], asks: bool) -> None:
    """Only headers that name gzip ask for it."""
    assert asks_for_gzip(headers) is asks


@given(st.binary(max_size=2000), st.binary(max_size=2000))
def test_every_body_comes_back(first: bytes, second: bytes) -> None:
    """Whatever was compressed, in one member or in two, is what is inflated."""
    assert inflated(gzip.compress(first) + gzip.compress(second), "gzip", limit=4000) == first + second


@pytest.mark.parametrize(
    ("body", "coding", "told"),
    [
        pytest.param(b"plain", "", b"plain", id="no coding"),
        pytest.param(b"plain", "identity", b"plain", id="identity"),
        pytest.param(gzip.compress(b"x"), "X-GZip", b"x", id="the old name"),
        pytest.param(gzip.compress(b"x" * 50), "gzip", b"x" * 50, id="exactly the bound"),
        pytest.param(gzip.compress(b"x" * 51), "gzip", Fault.BODY_TOO_LARGE, id="a byte beyond the bound"),
        pytest.param(BOMB, "gzip", Fault.BODY_TOO_LARGE, id="a bomb"),
        pytest.param(gzip.compress(b"hello" * 9)[:-9], "gzip", Fault.TRUNCATED, id="cut"),
        pytest.param(b"no gzip at all", "gzip", Fault.MALFORMED_ANSWER, id="not gzip"),
        pytest.param(b"x", "br", Fault.MALFORMED_ANSWER, id="not asked for"),
        pytest.param(b"x", "gzip, gzip", Fault.MALFORMED_ANSWER, id="twice"),
    ],
)
def test_what_becomes_of_a_body(body: bytes, coding: str, told: bytes | Fault) -> None:
    """Each body is inflated, left alone, or a fault."""
    assert inflated(body, coding, limit=50) == told


def test_a_bomb_costs_no_memory() -> None:
    """Of a body that inflates to megabytes, no more than the bound is ever made."""
    import tracemalloc  # noqa: PLC0415 - traces from here on

    tracemalloc.start()
    inflated(BOMB, "gzip", limit=1000)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert peak < 200_000
