"""What a refused shopper does next."""

import math
import re
from collections import Counter

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from locustfiles.journeys.retry import RetryMix, RetryPolicy, delay_before_retry_s, most_retries, sole


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


@pytest.mark.parametrize(
    ("text", "shares"),
    [
        pytest.param("sdk", {"sdk": 1.0}, id="one name alone"),
        pytest.param("sdk:1", {"sdk": 1.0}, id="one name with everybody"),
        pytest.param("leave:0.6,sdk:0.3,hammer:0.1", {"leave": 0.6, "sdk": 0.3, "hammer": 0.1}, id="three kinds"),
        pytest.param(" hammer:0.1 , leave: 0.9", {"leave": 0.9, "hammer": 0.1}, id="another order, with blanks"),
    ],
)
def test_a_mix_is_parsed(text: str, shares: dict[str, float]) -> None:
    """A mix has the shares that it is told, in the order of the policies, whatever the order of the text."""
    assert RetryMix.parse(text).shares == tuple((RetryPolicy(name), share) for name, share in shares.items())


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        pytest.param("never", "There is no policy 'never'; there are leave, obey, sdk, hammer.", id="an unknown name"),
        pytest.param("leave:0.5,never:0.5", "There is no policy 'never'", id="an unknown name in a mix"),
        pytest.param("leave,sdk", "There is no policy 'leave,sdk'", id="names without shares"),
        pytest.param("leave:0.6,sdk", "'sdk' has the share ''; give a number above 0", id="a share that is missing"),
        pytest.param("leave:1.5,sdk:-0.5", "'leave' has the share '1.5'", id="more than everybody"),
        pytest.param("leave:1,sdk:0", "'sdk' has the share '0'", id="nobody"),
        pytest.param("leave:nan", "'leave' has the share 'nan'", id="no number"),
        pytest.param("leave:0.5,leave:0.5", "'leave' is there twice", id="a policy told twice"),
        pytest.param("leave:0.6,sdk:0.3", "The shares add up to 0.9; make them add up to 1.", id="somebody is missing"),
    ],
)
def test_no_mix(text: str, sentence: str) -> None:
    """What is no mix is refused in a sentence that says why and what to give."""
    with pytest.raises(ValueError, match=re.escape(sentence)):
        RetryMix.parse(text)


def test_shares_are_kept() -> None:
    """Of many shoppers each policy has its share, to within four standard deviations."""
    mix, n = RetryMix.parse("leave:0.6,sdk:0.3,hammer:0.1"), 20_000
    found = Counter(mix.policy_of(1, index) for index in range(n))

    assert sum(found.values()) == n
    for policy, share in mix.shares:
        assert found[policy] == pytest.approx(share * n, abs=4 * math.sqrt(n * share * (1 - share)))


@given(st.integers(0, 2**63 - 1), st.integers(0, 10**9))
def test_a_policy_is_a_function_of_seed_and_index(seed: int, index: int) -> None:
    """The same arrival of the same seed has the same policy on a worker that got the mix by message, in any order of shares."""
    mix = RetryMix.parse("leave:0.3,obey:0.3,sdk:0.3,hammer:0.1")
    far = msgspec.msgpack.decode(msgspec.msgpack.encode(mix), type=RetryMix)

    assert far == mix == RetryMix.parse("hammer:0.1,sdk:0.3,obey:0.3,leave:0.3")
    assert mix.policy_of(seed, index) == far.policy_of(seed, index)
    assert sole(RetryPolicy.OBEY).policy_of(seed, index) == RetryPolicy.OBEY


def test_another_seed_another_mix() -> None:
    """The seed decides which shopper does what."""
    mix = RetryMix.parse("leave:0.5,sdk:0.5")

    assert [mix.policy_of(1, index) for index in range(64)] != [mix.policy_of(2, index) for index in range(64)]


def test_most_retries_of_a_mix() -> None:
    """A mix retries as often as its most patient shopper."""
    assert RetryMix.parse("leave:0.9,obey:0.1").most_retries == 5
    assert sole(RetryPolicy.LEAVE).most_retries == 0
