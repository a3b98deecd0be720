"""The base URL of a service: origin and path, and no word of what it holds beside."""

import pytest

from locustfiles.target.base_url import BaseUrl, origins_of
from locustfiles.target.target import CardService, ChatService, CheckoutService, Target

CHAT = ChatService(url="http://127.0.0.1:9001/v1", model="m")
SHOP = CheckoutService(protocol="acp", url="http://127.0.0.1:9002/api")
CARDS = CardService(source="door", url="http://127.0.0.1:9003")


@pytest.mark.parametrize(
    ("url", "origin", "path"),
    [
        pytest.param("https://shop.test", "https://shop.test", "", id="no path"),
        pytest.param("https://shop.test:8443/", "https://shop.test:8443", "", id="the root"),
        pytest.param("http://[::1]:80/v1/", "http://[::1]", "/v1", id="a slash at the end"),
        pytest.param("https://a.test/compatible-mode/v1", "https://a.test", "/compatible-mode/v1", id="two parts"),
    ],
)
def test_parts(url: str, origin: str, path: str) -> None:
    """A base URL has an origin and a path without a slash at its end."""
    told = BaseUrl.parse(url)

    assert (str(told.origin), told.path) == (origin, path)


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        pytest.param("https://user:hunter2@shop.test", "holds a user name or password", id="a password"),
        pytest.param("https://shop.test/v1?key=hunter2", "goes on after the path with \\? or #", id="a query"),
        pytest.param("https://shop.test/#hunter2", "goes on after the path", id="a fragment"),
        pytest.param("https://shop.test/a/../hunter2", "an empty or dotted part", id="a dotted part"),
        pytest.param("https://shop.test//hunter2", "an empty or dotted part", id="an empty part"),
        pytest.param("https://shop.test/hunter2 x", "must be percent-encoded", id="a blank"),
        pytest.param("ftp://shop.test/hunter2", "has the scheme 'ftp'", id="another scheme"),
        pytest.param("https://[hunter2", "cannot be read", id="half an address"),
    ],
)
def test_mistakes(url: str, sentence: str) -> None:
    """A URL that is no base URL is refused in one sentence that does not repeat what may be a secret."""
    with pytest.raises(ValueError, match=sentence) as raised:
        BaseUrl.parse(url)

    assert "hunter2" not in str(raised.value)


def test_origins() -> None:
    """A run loads the origins of its journey alone, each once, the shop's first."""
    shop, chat, cards = "http://127.0.0.1:9002", "http://127.0.0.1:9001", "http://127.0.0.1:9003"

    assert origins_of(Target("t", chat=CHAT, checkout=SHOP)) == (shop, chat)
    assert origins_of(Target("t", chat=CHAT, checkout=SHOP, cards=CARDS)) == (shop, chat, cards)
    assert origins_of(Target("t", "chat-only", chat=CHAT, checkout=SHOP, cards=CARDS)) == (chat,)
    assert origins_of(Target("t", "checkout-only", chat=CHAT, checkout=SHOP)) == (shop,)
    assert origins_of(Target("t", "checkout-only", checkout=SHOP), "http://127.0.0.1:9004/ucp") == (
        "http://127.0.0.1:9004",
    )
