"""One shopper is walked through real doors, and every request and reply is kept with what it came to."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from locustfiles.doctor.walk import Walk, walk_through
from locustfiles.guard import permits_for
from locustfiles.session.embedded_stub import EmbeddedStub, StubOrder
from locustfiles.target.base_url import origins_of
from locustfiles.target.target import CardService, ChatService, CheckoutService, SecretSource, Target

KEY = SecretSource(env="SPRINGTIDE_DOCTOR_TEST_KEY")
STEPS = ["chat", "create", "claim_card", "apply_card", "pay"]


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A stub of its own."""
    order = StubOrder(capacity_per_s=50.0, incident=False, voice="hard", seed=1)
    stub = EmbeddedStub.start(order, tmp_path_factory.mktemp("stub"))
    yield stub.url
    stub.end()


@pytest.fixture(autouse=True)
def key(monkeypatch: pytest.MonkeyPatch) -> None:
    """The stub takes any key, but wants one."""
    monkeypatch.setenv(KEY.env, "key-of-the-test")


def target_at(url: str, **changes: object) -> Target:
    """A whole journey at the stub."""
    told: dict[str, object] = {
        "name": "stub",
        "chat": ChatService(url=f"{url}/v1", model="springtide-shop", key=KEY),
        "checkout": CheckoutService(protocol="acp", url=url, key=KEY),
        "cards": CardService(source="door"),
    }
    return Target(**{**told, **changes})  # type: ignore[arg-type]  # the table names fields of many types


def walked(target: Target, until: str = "") -> Walk:
    """A walk through a target on this machine."""
    return walk_through(target, permits=permits_for(*origins_of(target)), until=until, run_id="walk")


def test_a_whole_purchase(url: str) -> None:
    """Each step has its request, its reply and its outcome; the last one is an order, and nothing is missing."""
    walk = walked(target_at(url))

    assert [(leg.step, leg.exchange.status, str(leg.verdict.outcome)) for leg in walk.legs] == [
        ("chat", 200, "done"),
        ("create", 201, "done"),
        ("claim_card", 201, "done"),
        ("apply_card", 200, "done"),
        ("pay", 200, "confirmed"),
    ]
    assert walk.legs[0].first_content_ns is not None
    assert b"data: [DONE]" in walk.legs[0].body
    assert json.loads(walk.legs[-1].body)["order"]["id"]
    assert walk.missing == []


def test_a_walk_that_ends_before_the_payment(url: str) -> None:
    """With a last step, nothing is sent behind it, so nothing is bought."""
    walk = walked(target_at(url), until="create")

    assert [leg.step for leg in walk.legs] == ["chat", "create"]
    assert walk.missing == STEPS[2:]


def test_a_target_that_says_no(url: str) -> None:
    """A step that fails ends the walk; the steps behind it are missing, and its reply is kept."""
    nowhere = target_at(
        url, checkout=CheckoutService(protocol="acp", url=f"{url}/nowhere", key=KEY), cards=CardService()
    )
    walk = walked(nowhere)

    assert [(leg.step, leg.exchange.status) for leg in walk.legs] == [("chat", 200), ("create", 404)]
    assert walk.missing == ["create", "apply_card", "pay"]


def test_a_chat_alone(url: str) -> None:
    """A journey of the assistant alone is one request."""
    walk = walked(target_at(url, journey="chat-only", checkout=None, cards=CardService()))

    assert ([leg.step for leg in walk.legs], walk.missing) == (["chat"], [])


def test_nothing_is_left_behind(url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The write-ahead row of the walk goes with its folder."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    walked(target_at(url), until="chat")

    assert list(tmp_path.iterdir()) == []
