"""What the shop remembers of a POST: equality of bodies, scope of keys, and the life of a key."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from target_stub.idempotency import IdempotencyStore, Standing, fingerprint, scope_of
from target_stub.web import Reply

HOUR_NS = 3600 * 1_000_000_000
REPLY = Reply(201, [], b"{}")


@pytest.mark.parametrize(
    ("one", "other", "equal"),
    [
        pytest.param(b'{"a":1,"b":2}', b'{ "b":2,\n"a":1}', True, id="member order and white space do not count"),
        pytest.param(b'{"a":1.0}', b'{"a":1}', True, id="1.0 is 1"),
        pytest.param(b'{"a":1e2}', b'{"a":100}', True, id="1e2 is 100"),
        pytest.param(b'{"a":"\\u7ea2"}', '{"a":"红"}'.encode(), True, id="an escape is its character"),
        pytest.param(b'{"a":null}', b"{}", False, id="null is not absent"),
        pytest.param(b"[1,2]", b"[2,1]", False, id="list order counts"),
        pytest.param(b'{"a":true}', b'{"a":1}', False, id="true is not 1"),
        pytest.param(b'{"a":"1"}', b'{"a":1}', False, id="text is not a number"),
        pytest.param(b'{"a":0.1}', b'{"a":0.10000001}', False, id="a fraction counts to its last digit"),
        pytest.param(b"{broken", b"{broken", True, id="what is no JSON equals itself"),
        pytest.param(b"{broken", b"{broken ", False, id="what is no JSON is compared as bytes"),
        pytest.param(b'{"a":1e999}', b'{"a":null}', False, id="a number without a value is not null"),
        pytest.param(b'{"a":18446744073709551616}', b'{"a":18446744073709551617}', False, id="numbers past 64 bits"),
        pytest.param(b"", b"{}", False, id="no body is not an empty object"),
    ],
)
def test_bodies_are_equal_when_their_json_values_are(one: bytes, other: bytes, equal: bool) -> None:
    """Two bodies have one fingerprint exactly when they have one JSON value."""
    assert (fingerprint(one) == fingerprint(other)) is equal


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)


@given(JSON_VALUES)
def test_the_way_a_value_is_written_does_not_count(value: object) -> None:
    """Compact, spaced, escaped or sorted: one value has one fingerprint."""
    compact = json.dumps(value, separators=(",", ":")).encode()
    spaced = json.dumps(value, indent=1, sort_keys=True, ensure_ascii=False).encode("utf-8", "surrogatepass")

    assert fingerprint(compact) == fingerprint(spaced)


def test_a_key_is_known_per_identity_and_path() -> None:
    """The same key of another client or on another path is another key, and no secret stands in the scope."""
    scopes = {scope_of("Bearer a", "/x", "k"), scope_of("Bearer b", "/x", "k"), scope_of("Bearer a", "/y", "k")}

    assert len(scopes) == 3
    assert all(len(scope) == 16 for scope in scopes)


def test_a_key_lives_from_fresh_over_running_to_its_reply() -> None:
    """The first request is fresh, the next ones find it running and then its reply, another body finds a conflict."""
    store = IdempotencyStore()

    assert store.begin(b"k", b"body", 0) is Standing.FRESH
    assert store.begin(b"k", b"body", 1) is Standing.RUNNING
    assert store.begin(b"k", b"other", 1) is Standing.CONFLICT
    store.keep(b"k", REPLY)
    assert store.begin(b"k", b"body", 2) is REPLY
    assert store.begin(b"k", b"other", 2) is Standing.CONFLICT


def test_a_forgotten_key_is_fresh() -> None:
    """After an end with nothing to repeat, the same key acts again, even with another body."""
    store = IdempotencyStore()
    store.begin(b"k", b"body", 0)
    store.forget(b"k")

    assert store.begin(b"k", b"other", 1) is Standing.FRESH


def test_a_reply_is_kept_for_a_day() -> None:
    """A reply is repeated until 24 hours after its request began, and the key is fresh from then on."""
    store = IdempotencyStore()
    store.begin(b"k", b"body", 0)
    store.keep(b"k", REPLY)

    assert store.begin(b"k", b"body", 24 * HOUR_NS - 1) is REPLY
    assert store.begin(b"k", b"body", 24 * HOUR_NS) is Standing.FRESH


def test_a_running_request_never_ages() -> None:
    """However long the first request takes, a repeat of it does not start beside it."""
    store = IdempotencyStore()
    store.begin(b"k", b"body", 0)

    assert store.begin(b"k", b"body", 100 * HOUR_NS) is Standing.RUNNING


def test_the_store_is_bounded_and_keeps_what_runs() -> None:
    """Past the bound the oldest reply goes, and a key whose request is running stays."""
    store = IdempotencyStore(limit=3)
    store.begin(b"running", b"body", 0)
    for name in (b"a", b"b", b"c"):
        store.begin(name, b"body", 0)
        store.keep(name, REPLY)

    assert len(store) == 3
    assert store.begin(b"running", b"body", 1) is Standing.RUNNING
    assert store.begin(b"c", b"body", 1) is REPLY
    assert store.begin(b"a", b"body", 1) is Standing.FRESH
