"""A target as a value: what it says of its secrets, and that it travels without them."""

import msgspec

from locustfiles.target.target import (
    ChatService,
    CheckoutService,
    Header,
    Payment,
    SecretSource,
    Target,
    usual_target,
)

A, B, C, D = (SecretSource(env=name) for name in "ABCD")
TARGET = Target(
    "t",
    chat=ChatService(
        "https://chat.test", "m", key=A, headers=(Header("X-Env", "staging"), Header("X-Token", secret=B))
    ),
    checkout=CheckoutService("acp", "https://shop.test", key=C, payment=Payment(secret=D)),
)


def test_sources() -> None:
    """Every secret's source is told with the field that names it."""
    assert TARGET.sources == (
        *(("chat.key", A), ("chat.headers.X-Token", B), ("checkout.key", C), ("checkout.payment.credential", D)),
    )
    assert Target("t").sources == ()


def test_a_target_travels() -> None:
    """A target is the same after a message, and the message holds names of secrets only."""
    data = msgspec.msgpack.encode(TARGET)

    assert msgspec.msgpack.decode(data, type=Target) == TARGET


def test_the_usual_target() -> None:
    """Without a target file the shop's doors are at one URL, and the assistant there or at its own."""
    here, there = usual_target("http://a.test/", "", None), usual_target("http://a.test", "http://b.test", A)
    assert here.chat is not None
    assert there.chat is not None

    assert (here.chat.url, there.chat.url) == ("http://a.test/v1", "http://b.test/v1")
    assert (here.sources, [name for name, _ in there.sources]) == ((), ["chat.key", "checkout.key"])
    assert (here.cards.source, here.journey) == ("door", "whole")
