"""Request templates: exact bytes, and nothing that a value could smuggle in."""

import httptools
import pytest
from hypothesis import given
from hypothesis import strategies as st

from locustfiles.protocols.http_request import RequestTemplate, checked_base_path, common_headers

HEADERS = {"Host": "shop.test", "Authorization": "Bearer k"}


def test_post() -> None:
    """A POST is its head, the varying headers, its length and its body, byte by byte."""
    template = RequestTemplate("POST", "/orders/{}/pay", headers=HEADERS, varying=("Idempotency-Key",))
    assert template.fill("k-1", body=b'{"a":1}', path_values=("cs_1",)) == (
        b"POST /orders/cs_1/pay HTTP/1.1\r\nHost: shop.test\r\nAuthorization: Bearer k\r\n"
        b'Idempotency-Key: k-1\r\nContent-Length: 7\r\n\r\n{"a":1}'
    )


def test_get() -> None:
    """A GET has neither body nor length."""
    template = RequestTemplate("GET", "/orders", headers=HEADERS)
    assert template.fill() == b"GET /orders HTTP/1.1\r\nHost: shop.test\r\nAuthorization: Bearer k\r\n\r\n"


def test_empty_post_tells_its_length() -> None:
    """A POST without a body says that its length is 0."""
    assert RequestTemplate("POST", "/", headers={}).fill() == b"POST / HTTP/1.1\r\nContent-Length: 0\r\n\r\n"


@pytest.mark.parametrize(
    "value", ["a\r\nX: y", "a\nb", "a\rb", "a\0b", "a\x7fb", "奶茶", "caf\xe9", "a\u2028b", "a\tb", "a\x1b[2J"]
)
def test_value_that_leaves_its_place(value: str) -> None:
    """A header value with a line end or another unprintable or non-ASCII character is refused, and not repeated."""
    with pytest.raises(ValueError, match="The value of the header Key holds") as caught:
        RequestTemplate("POST", "/", headers={"Key": value})
    assert value not in str(caught.value)
    with pytest.raises(ValueError, match="The value of the header Key holds"):
        RequestTemplate("POST", "/", headers={}, varying=("Key",)).fill(value)


@pytest.mark.parametrize("name", ["", "a b", "a:", "a\r\nb", "é"])
def test_name_that_is_no_token(name: str) -> None:
    """A header name that is no HTTP token is refused."""
    with pytest.raises(ValueError, match="is not an HTTP token"):
        RequestTemplate("GET", "/", headers={name: "x"})
    with pytest.raises(ValueError, match="is not an HTTP token"):
        RequestTemplate("GET", "/", headers={}, varying=(name,))


@pytest.mark.parametrize(
    ("method", "path"), [("GET X", "/"), ("", "/"), ("GET", "orders"), ("GET", "/a b"), ("GET", "/\r\n"), ("GET", "/é")]
)
def test_bad_request_line(method: str, path: str) -> None:
    """A method or path that would break the request line is refused."""
    with pytest.raises(ValueError, match=r"The (method|path)"):
        RequestTemplate(method, path, headers={})


def test_wrong_number_of_values() -> None:
    """Too few or too many values are a programmer's mistake, told as one."""
    template = RequestTemplate("POST", "/{}", headers={}, varying=("Key",))
    with pytest.raises(ValueError, match="takes 1 header values and 1 path values, not 0 and 1"):
        template.fill(path_values=("x",))
    with pytest.raises(ValueError, match="takes 1 header values and 1 path values, not 1 and 0"):
        template.fill("x")


class Parsed:
    """What a strict parser reads from a request."""

    def __init__(self, wire: bytes) -> None:
        """Parse it."""
        self.headers: list[tuple[bytes, bytes]] = []
        self.url = self.body = b""
        self.messages = 0
        httptools.HttpRequestParser(self).feed_data(wire)

    def on_url(self, url: bytes) -> None:
        """Keep the target."""
        self.url += url

    def on_header(self, name: bytes, value: bytes) -> None:
        """Keep a header."""
        self.headers.append((name, value))

    def on_body(self, body: bytes) -> None:
        """Keep the body."""
        self.body += body

    def on_message_complete(self) -> None:
        """Count a request."""
        self.messages += 1


@given(st.text(max_size=20), st.text(max_size=20), st.binary(max_size=50))
def test_filled_is_one_request(value: str, path_value: str, body: bytes) -> None:
    """Whatever is filled in, the result is exactly one request with the values in their places, or a ValueError."""
    template = RequestTemplate("POST", "/a/{}/b", headers=HEADERS, varying=("Key",))
    try:
        wire = template.fill(value, body=body, path_values=(path_value,))
    except ValueError:
        assert not (value.isascii() and value.isprintable())
        return
    parsed = Parsed(wire)
    assert (parsed.messages, parsed.body) == (1, body)
    assert [name for name, _ in parsed.headers] == [b"Host", b"Authorization", b"Key", b"Content-Length"]
    assert parsed.headers[2][1] == value.strip(" ").encode()
    assert parsed.url.count(b"/") == 3


@pytest.mark.parametrize(
    ("given", "said"),
    [
        pytest.param(
            {},
            {"Host": "shop.test", "User-Agent": "springtide", "Accept": "application/json", "API-Version": "1"},
            id="ours alone",
        ),
        pytest.param(
            {"X-Env": "a"},
            {
                "Host": "shop.test",
                "User-Agent": "springtide",
                "Accept": "application/json",
                "X-Env": "a",
                "API-Version": "1",
            },
            id="the target's own stand after our usual ones",
        ),
        pytest.param(
            {"user-agent": "u", "api-version": "2"},
            {"Host": "shop.test", "Accept": "application/json", "user-agent": "u", "api-version": "2"},
            id="and take the place of ours, whatever their letters",
        ),
    ],
)
def test_common_headers(given: dict[str, str], said: dict[str, str]) -> None:
    """What every request of a service says: each name once, in one order."""
    assert list(common_headers("shop.test", given, API_Version="1").items()) == list(said.items())


@pytest.mark.parametrize("name", ["Content-Length", "transfer-encoding", "Connection"])
def test_a_header_that_frames_the_message_is_the_transports(name: str) -> None:
    """A target cannot set how messages are cut."""
    with pytest.raises(ValueError, match="are the transport's; leave them out"):
        common_headers("shop.test", {name: "1"})


@pytest.mark.parametrize(
    ("path", "bare"),
    [
        pytest.param("", "", id="none"),
        pytest.param("/", "", id="the root"),
        pytest.param("/a/b/", "/a/b", id="its last slash is left out"),
    ],
)
def test_base_path(path: str, bare: str) -> None:
    """A base path stands before other paths."""
    assert checked_base_path(path) == bare


@pytest.mark.parametrize("path", ["a", "/a b", "/a\r\n", "/a?b", "/a#b", "/{}", "/ä"])
def test_what_is_no_base_path(path: str) -> None:
    """A path that would not stay in its place is refused."""
    with pytest.raises(ValueError, match="The path"):
        checked_base_path(path)
