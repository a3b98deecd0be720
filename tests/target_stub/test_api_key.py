"""Who may call."""

import pytest

from target_stub.api_key import KeyCheck
from target_stub.web import Request


def request_with(authorization: str | None) -> Request:
    """Return a request with this Authorization header."""
    return Request("GET", "/", {}, {} if authorization is None else {"authorization": authorization}, b"")


@pytest.mark.parametrize(
    ("key", "authorization", "accepted"),
    [
        pytest.param("k1", "Bearer k1", True, id="the key"),
        pytest.param("k1", "bearer  k1 ", True, id="the scheme's case and spaces do not matter"),
        pytest.param("k1", "Bearer k2", False, id="another key"),
        pytest.param("k1", "Bearer k1x", False, id="the key and more"),
        pytest.param("k1", "Bearer \xe9\xff", False, id="bytes that are no text"),
        pytest.param("k1", "Basic k1", False, id="another scheme"),
        pytest.param("k1", "Bearer ", False, id="no token"),
        pytest.param("k1", None, False, id="no header"),
        pytest.param(None, "Bearer anything", True, id="a stub without a key takes any token"),
        pytest.param(None, "Bearer ", False, id="but not an empty one"),
        pytest.param(None, None, False, id="and not none at all"),
    ],
)
def test_a_request_is_accepted_by_its_bearer_token(key: str | None, authorization: str | None, accepted: bool) -> None:
    """The bearer token decides."""
    assert KeyCheck(key).accepts(request_with(authorization)) is accepted


def test_a_key_is_accepted_however_it_came() -> None:
    """The bare key decides where a protocol carries it in a header of its own."""
    assert KeyCheck("k1").accepts_key("k1")
    assert not KeyCheck("k1").accepts_key("k2")
    assert KeyCheck(None).accepts_key("anything")
    assert not KeyCheck(None).accepts_key("")


def test_an_empty_key_is_refused() -> None:
    """A key that nobody could send is a mistake of whoever started the stub."""
    with pytest.raises(ValueError, match="the API key is empty"):
        KeyCheck("")
