"""Base URLs become origins, or one clear sentence."""

import socket

import pytest
from hypothesis import given
from hypothesis import strategies as st

from locustfiles.transport.origin import Address, Origin, resolve


@pytest.mark.parametrize(
    ("url", "origin", "host_header", "shown"),
    [
        ("http://127.0.0.1:8000", Origin("http", "127.0.0.1", 8000), "127.0.0.1:8000", "http://127.0.0.1:8000"),
        ("http://shop.test/", Origin("http", "shop.test", 80), "shop.test", "http://shop.test"),
        ("https://Shop.Test", Origin("https", "shop.test", 443), "shop.test", "https://shop.test"),
        ("https://shop.test:80", Origin("https", "shop.test", 80), "shop.test:80", "https://shop.test:80"),
        ("http://[::1]:81", Origin("http", "::1", 81), "[::1]:81", "http://[::1]:81"),
        ("http://[0:0::1]", Origin("http", "::1", 80), "[::1]", "http://[::1]"),
        ("http://奶茶.test", Origin("http", "xn--yuso58g.test", 80), "xn--yuso58g.test", "http://xn--yuso58g.test"),
    ],
    ids=["with port", "default port", "case of the name", "unusual port", "IPv6", "IPv6 is shortened", "international"],
)
def test_parse(url: str, origin: Origin, host_header: str, shown: str) -> None:
    """A good URL gives scheme, host and port, and they give the Host header and the URL back."""
    assert Origin.parse(url) == origin
    assert (origin.host_header, str(origin)) == (host_header, shown)


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("", "scheme ''"),
        ("shop.test:8000", "must begin with http:// or https://"),
        ("ftp://shop.test", "scheme 'ftp'"),
        ("http://", "names no host"),
        ("http://:8000", "names no host"),
        ("http://user:secret@shop.test", "user name or password"),
        ("http://shop.test:0", "no usable port"),
        ("http://shop.test:", "no usable port"),
        ("http://shop.test:65536", "no usable port"),
        ("http://shop.test:http", "no usable port"),
        ("http://shop.test/v1", "goes on after the host"),
        ("http://shop.test?x=1", "goes on after the host"),
        ("http://shop.test\r\nX: y", "white space or control"),
        ("http://[::1", "cannot be read"),
        ("http://[fe80]", "cannot be read|no IPv6 address"),
        ("http://" + "a" * 64 + ".test", "no host name"),
    ],
)
def test_bad_url(url: str, sentence: str) -> None:
    """A bad URL is refused with a sentence that says what is wrong."""
    with pytest.raises(ValueError, match=sentence):
        Origin.parse(url)


def test_secret_in_a_url_is_not_repeated() -> None:
    """The sentence about a password in the URL does not hold the password."""
    with pytest.raises(ValueError, match="user name or password") as caught:
        Origin.parse("http://user:secret@shop.test")
    assert "secret" not in str(caught.value)


@given(st.text(max_size=40), st.sampled_from(["", "http://", "https://", "http://[", "http://shop.test:"]))
def test_any_text_is_an_origin_or_a_sentence(text: str, before: str) -> None:
    """Any text is an origin that parses to itself, or a ValueError."""
    try:
        origin = Origin.parse(before + text)
    except ValueError:
        return
    assert Origin.parse(str(origin)) == origin


def test_literals_need_no_resolver() -> None:
    """IP literals are addresses as they stand."""
    assert resolve(Origin("http", "127.0.0.1", 80), 1.0) == [Address(socket.AF_INET, ("127.0.0.1", 80))]
    assert resolve(Origin("http", "::1", 80), 1.0) == [Address(socket.AF_INET6, ("::1", 80, 0, 0))]


def test_localhost_resolves() -> None:
    """A name resolves to at least one address with the origin's port."""
    assert all(address.location[1] == 81 for address in resolve(Origin("http", "localhost", 81), 8.0))


def test_unknown_name_has_no_address() -> None:
    """A name that does not exist has no address."""
    assert resolve(Origin("http", "no-such-host.invalid", 80), 8.0) == []
