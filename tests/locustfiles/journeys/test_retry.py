"""What a refused shopper does next."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from locustfiles.journeys.retry import RetryPolicy, delay_before_retry_s, most_retries


@pytest.mark.parametrize(
    ("policy", "retries_done", "retry_after_s", "draw", "delay_s"),
    [
        pytest.param("leave", 0, 1.0, 0.0, None, id="a shopper who leaves never comes back"),
        pytest.param("obey", 0, 7.0, 0.0, 7.0, id="an obedient shopper waits as long as told"),
        pytest.param("obey", 0, None, 0.0, None, id="an obedient shopper who is told nothing leaves"),
        pytest.param("obey", 5, 7.0, 0.0, None, id="an obedient shopper gives up after five retries"),
        pytest.param("sdk", 0, None, 0.0, 0.5, id="an SDK waits half a second at first"),
        pytest.param("sdk", 1, None, 0.0, 1.0, id="an SDK doubles its delay"),
        pytest.param("sdk", 0, None, 1.0, 0.375, id="an SDK takes up to a quarter off its delay"),
        pytest.param("sdk", 0, 3.0, 0.5, 3.0, id="an SDK obeys Retry-After exactly"),
        pytest.param("sdk", 0, 61.0, 0.0, 0.5, id="an SDK ignores a Retry-After of more than a minute"),
        pytest.param("sdk", 0, 0.0, 0.0, 0.5, id="an SDK ignores a Retry-After of nothing"),
        pytest.param("sdk", 2, None, 0.0, None, id="an SDK retries twice"),
        pytest.param("hammer", 9, 60.0, 0.0, 0.2, id="a hammering shopper does not read Retry-After"),
        pytest.param("hammer", 10, None, 0.0, None, id="even a hammering shopper tires"),
    ],
)
def test_policies(
    policy: str, retries_done: int, retry_after_s: float | None, draw: float, delay_s: float | None
) -> None:
    """Each policy waits exactly as long as its rule says, or leaves."""
    told = delay_before_retry_s(RetryPolicy(policy), retries_done=retries_done, retry_after_s=retry_after_s, draw=draw)

    assert told == delay_s


@given(
    st.sampled_from(RetryPolicy),
    st.integers(min_value=0, max_value=50),
    st.none() | st.floats(min_value=0, max_value=1e6),
    st.floats(min_value=0, max_value=1, exclude_max=True),
)
def test_every_policy_ends(policy: RetryPolicy, retries_done: int, retry_after_s: float | None, draw: float) -> None:
    """No policy retries more than ten times, and no delay is negative."""
    delay_s = delay_before_retry_s(policy, retries_done=retries_done, retry_after_s=retry_after_s, draw=draw)

    assert delay_s is None or (retries_done < 10 and delay_s >= 0)


@given(st.sampled_from(RetryPolicy), st.floats(min_value=0.001, max_value=60), st.floats(min_value=0, max_value=0.999))
def test_most_retries(policy: RetryPolicy, retry_after_s: float, draw: float) -> None:
    """A shopper who is told each time when to come back retries exactly as often as the policy retries at most."""
    retries = 0
    while delay_before_retry_s(policy, retries_done=retries, retry_after_s=retry_after_s, draw=draw) is not None:
        retries += 1

    assert retries == most_retries(policy)


@pytest.mark.parametrize(("policy", "retries"), [("leave", 0), ("obey", 5), ("sdk", 2), ("hammer", 10)])
def test_how_often(policy: str, retries: int) -> None:
    """Leaving is no retry, obeying five, an SDK two and hammering ten."""
    assert most_retries(RetryPolicy(policy)) == retries
