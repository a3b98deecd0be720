"""Discovery before a run: the shop's profile, from a real server, and no step beyond what the run may load."""

import json

import pytest

from locustfiles.guard import GuardError, permits_for
from locustfiles.session.discovery import discovered
from locustfiles.target.target import ChatService, CheckoutService, SecretSource, Target
from tests.helpers.scripted_server import answer_each, scripted_server

PROFILE = {
    "ucp": {
        "version": "2026-04-08",
        "services": {"dev.ucp.shopping": [{"version": "2026-04-08", "transport": "rest", "endpoint": ""}]},
        "capabilities": {},
        "payment_handlers": {"x": [{"id": "mock", "version": "2026-04-08"}]},
    }
}


def profile_at(endpoint: str) -> bytes:
    """A whole answer with a profile whose endpoint is there."""
    told = json.loads(json.dumps(PROFILE))
    told["ucp"]["services"]["dev.ucp.shopping"][0]["endpoint"] = endpoint
    return whole(told)


def whole(profile: object) -> bytes:
    """A whole answer with this profile."""
    body = json.dumps(profile).encode()
    return b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body)


def shop_at(url: str, **more: object) -> Target:
    """A target whose shop speaks UCP."""
    return Target("t", "checkout-only", checkout=CheckoutService("ucp", url, **more))  # type: ignore[arg-type]  # a table's words


def test_a_profile(monkeypatch: pytest.MonkeyPatch) -> None:
    """The shop is asked with its own headers, and the target then has the version that is spoken."""
    monkeypatch.setenv("SHOP_KEY", "sk-shop-1")
    with scripted_server([answer_each(lambda _: profile_at(f"{server.url}/ucp"))] * 4) as server:
        permits = permits_for(server.url)
        target, profile = discovered(shop_at(server.url, key=SecretSource(env="SHOP_KEY")), permits, "")
        asked = server.requests[-1]

    assert target.checkout is not None
    assert profile is not None
    assert (target.checkout.version, profile.endpoint, profile.handlers) == (
        "2026-04-08",
        f"{server.url}/ucp",
        ("mock",),
    )
    assert asked.startswith(b"GET /.well-known/ucp HTTP/1.1\r\n")
    assert b"authorization: bearer sk-shop-1" in asked.lower()


def test_another_profile_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """The profile of another version at another permitted origin is asked for without the shop's key."""
    monkeypatch.setenv("SHOP_KEY", "sk-shop-1")
    newer = json.loads(json.dumps(PROFILE))
    newer["ucp"]["version"] = "2030-01-01"
    with (
        scripted_server([answer_each(lambda _: profile_at(f"{shop.url}/ucp"))] * 4) as other,
        scripted_server([answer_each(lambda _: whole(newer))] * 4) as shop,
    ):
        newer["ucp"]["services"]["dev.ucp.shopping"][0]["endpoint"] = f"{shop.url}/new"
        newer["ucp"]["supported_versions"] = {"2026-04-08": f"{other.url}/profile"}
        permits = permits_for(shop.url, other.url)
        _, profile = discovered(shop_at(shop.url, key=SecretSource(env="SHOP_KEY")), permits, "")
        asked = other.requests[-1]

    assert profile is not None
    assert asked.startswith(b"GET /profile HTTP/1.1\r\n")
    assert b"authorization" not in asked.lower()


@pytest.mark.parametrize(
    ("endpoint", "sentence"),
    [
        pytest.param("http://127.0.0.1:9/ucp", "which this run may not load", id="another port"),
        pytest.param("https://elsewhere.test/ucp", "which this run may not load", id="another host"),
        pytest.param("http://user:pw@127.0.0.1/ucp", "leads to an address that cannot be asked", id="a password"),
    ],
)
def test_an_endpoint_elsewhere(endpoint: str, sentence: str) -> None:
    """A profile that leads away from what the run may load ends it before anything is sent there."""
    with scripted_server([answer_each(lambda _: profile_at(endpoint))] * 4) as server:
        permits = permits_for(server.url)
        with pytest.raises(GuardError, match=sentence):
            discovered(shop_at(server.url), permits, "")


def test_no_profile(monkeypatch: pytest.MonkeyPatch) -> None:
    """A shop without a profile is told in one sentence, in which a key that it sends back is blanked."""
    monkeypatch.setenv("SHOP_KEY", "sk-shop-1")
    body = b'{"code": "no_such_page", "content": "you said sk-shop-1"}'
    answer = b"HTTP/1.1 404 Not Found\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body)
    with scripted_server([answer_each(lambda _: answer)] * 4) as server:
        permits = permits_for(server.url)
        with pytest.raises(GuardError, match=r"UCP discovery at .* failed: 404 no_such_page: ") as raised:
            discovered(shop_at(server.url, key=SecretSource(env="SHOP_KEY")), permits, "")

    assert "sk-shop-1" not in str(raised.value)
    assert "***" in str(raised.value)


def test_nobody_is_asked_without_need() -> None:
    """Targets of other protocols and chats alone stay as they are."""
    for target in (
        Target("t", "checkout-only", checkout=CheckoutService("acp", "http://127.0.0.1:9")),
        Target(
            "t",
            "chat-only",
            chat=ChatService("http://127.0.0.1:9", "m"),
            checkout=CheckoutService("ucp", "http://x.test"),
        ),
    ):
        assert discovered(target, (), "") == (target, None)
