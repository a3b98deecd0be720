"""Heads of hand-written requests: their bytes, their cache, and what cannot be sent."""

import pytest

from locustfiles.protocols.request_heads import BODY_LIMIT, KEPT_HEADS, RequestHeads, usual_name

HEADS = RequestHeads("shop.test:8080", {"Authorization": "Bearer secret"})


def test_a_post_with_json() -> None:
    """The origin, who asks, the key, the type and the length are said, and the body follows."""
    head = HEADS.head("POST", "/basket", is_json=True, headers=None)

    assert head.with_body(b'{"a":1}') == (
        b"POST /basket HTTP/1.1\r\nHost: shop.test:8080\r\nUser-Agent: springtide\r\nAccept: */*\r\n"
        b"Authorization: Bearer secret\r\nContent-Type: application/json\r\nContent-Length: 7\r\n\r\n"
        b'{"a":1}'
    )


def test_a_get_without_a_body_tells_no_length() -> None:
    """A GET ends with its head, without a key when there is none; a POST without a body says that it has none."""
    heads = RequestHeads("shop.test", {})

    assert heads.head("GET", "/", is_json=False, headers=None).with_body(b"") == (
        b"GET / HTTP/1.1\r\nHost: shop.test\r\nUser-Agent: springtide\r\nAccept: */*\r\n\r\n"
    )
    assert heads.head("POST", "/", is_json=False, headers=None).with_body(b"").endswith(b"Content-Length: 0\r\n\r\n")


def test_own_headers_take_the_place_of_the_usual() -> None:
    """What the journey says stands, once, in whatever case it says it."""
    data = HEADS.head("GET", "/", is_json=False, headers={"authorization": "Basic x", "X-A": "1"}).data

    assert b"Bearer" not in data
    assert data.endswith(b"authorization: Basic x\r\nX-A: 1\r\n")


def test_a_path_in_any_language() -> None:
    """What no request line can carry is escaped, what is escaped already stays."""
    data = HEADS.head("GET", "/find?q=奶茶 2&r=%20", is_json=False, headers=None).data

    assert data.startswith(b"GET /find?q=%E5%A5%B6%E8%8C%B6%202&r=%20 HTTP/1.1\r\n")


def test_gzip_is_asked_for_by_the_journey_alone() -> None:
    """A head asks for gzip when its journey's headers do."""
    assert not HEADS.head("GET", "/", is_json=False, headers=None).asks_gzip
    assert HEADS.head("GET", "/", is_json=False, headers={"Accept-Encoding": "gzip"}).asks_gzip


def test_a_head_is_encoded_once() -> None:
    """The same method, path and headers give the same head; the cache is bounded."""
    heads = RequestHeads("shop.test", {})
    first = heads.head("GET", "/a", is_json=False, headers={"X": "1"})

    assert heads.head("GET", "/a", is_json=False, headers={"X": "1"}) is first
    for number in range(KEPT_HEADS):
        heads.head("GET", f"/{number}", is_json=False, headers=None)
    assert heads.head("GET", "/a", is_json=False, headers={"X": "1"}) is not first


@pytest.mark.parametrize(
    ("method", "path", "headers", "sentence"),
    [
        pytest.param("TRACE", "/", {}, "not one of", id="a method that is not offered"),
        pytest.param("GET", "http://elsewhere/", {}, "must begin with /", id="another origin"),
        pytest.param("GET", "/", {"X": "a\r\nHost: evil"}, "line end", id="a header within a header"),
        pytest.param("GET", "/", {"X Y": "1"}, "not an HTTP token", id="no header name"),
        pytest.param("GET", "/", {"content-length": "3"}, "leave them out", id="the transport's own"),
        pytest.param("GET", "/" + "a" * 70_000, {}, "at most", id="a head beyond the bound"),
    ],
)
def test_what_cannot_be_sent(method: str, path: str, headers: dict[str, str], sentence: str) -> None:
    """A request that would not stay in its place is a ValueError with one sentence."""
    with pytest.raises(ValueError, match=sentence):
        HEADS.head(method, path, is_json=False, headers=headers)


def test_a_body_beyond_the_bound() -> None:
    """A body that is too large is refused before it is sent."""
    with pytest.raises(ValueError, match="at most"):
        HEADS.head("POST", "/", is_json=False, headers=None).with_body(bytes(BODY_LIMIT + 1))


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/basket", "/basket"),
        ("/basket/17/items?page=2", "/basket/{id}/items"),
        ("/orders/3f2a9c1e-0d4b-4c7a-9e21-6b8f00aa12cd", "/orders/{id}"),
        ("/checkout_sessions/cs_9f8e7d6c5b4a39281706", "/checkout_sessions/{id}"),
        ("/v1/recommendations", "/v1/recommendations"),
        ("/internationalisation", "/internationalisation"),
    ],
)
def test_usual_names(path: str, name: str) -> None:
    """Without a name of its own a request is called by its path, in which every key is one word."""
    assert usual_name(path) == name
