"""Keys as UUIDs that depend on their text alone."""

from uuid import RFC_4122, UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from locustfiles.protocols.idempotency import uuid_of


@given(st.text(max_size=80))
def test_a_key_is_a_uuid_of_its_text(text: str) -> None:
    """Any text is one UUID of version 4, in lower case, always the same, and a UUID stays as it is."""
    key = uuid_of(text)
    assert (str(UUID(key)), UUID(key).version, UUID(key).variant) == (key, 4, RFC_4122)
    assert (uuid_of(text), uuid_of(key)) == (key, key)


@given(st.text(max_size=80), st.text(max_size=80))
def test_two_texts_have_two_keys(one: str, other: str) -> None:
    """Different texts have different keys."""
    assert (uuid_of(one) == uuid_of(other)) == (one == other)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("00000000-0000-4000-A000-000000000000", id="capitals, which a server may compare by"),
        pytest.param("00000000000040008000000000000000", id="without dashes"),
        pytest.param("00000000-0000-4000-a000-000000000000-create", id="with a step's name"),
    ],
)
def test_what_only_looks_like_a_uuid_becomes_one(text: str) -> None:
    """A text that is nearly a UUID is hashed like any other."""
    assert uuid_of(text) != text
