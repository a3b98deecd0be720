"""A process's secrets of one target, in the headers and the credential that carry them."""

import pytest

from locustfiles.target.keyring import Keyring
from locustfiles.target.secret import SecretError
from locustfiles.target.target import ChatService, CheckoutService, Header, Payment, SecretSource, Target

KEY, TOKEN, CARD = SecretSource(env="KEY"), SecretSource(env="TOKEN"), SecretSource(env="CARD")
CHAT = ChatService(
    "https://chat.test", "m", key=KEY, headers=(Header("X-Env", "staging"), Header("X-Token", secret=TOKEN))
)
SHOP = CheckoutService("acp", "https://shop.test", payment=Payment(secret=CARD))
TARGET = Target("t", chat=CHAT, checkout=SHOP)
ENVIRON = {"KEY": "sk-chat-1", "TOKEN": "tok-1234", "CARD": "pay-5678"}


def test_headers_and_credential() -> None:
    """A service's headers hold its key as a bearer token and its secrets, another's do not, and the credential pays."""
    keyring = Keyring(TARGET, ENVIRON)

    assert keyring.headers(CHAT) == {"X-Env": "staging", "X-Token": "tok-1234", "Authorization": "Bearer sk-chat-1"}
    assert keyring.headers(SHOP) == {}
    assert keyring.credential(SHOP) == "pay-5678"
    assert keyring.credential(CheckoutService("acp", "https://s.test", payment=Payment(credential="open"))) == "open"


def test_all_of_them_are_blanked() -> None:
    """Every secret of the target is blanked in a text, and no other value."""
    clean = Keyring(TARGET, ENVIRON).redactor.clean

    assert clean("sk-chat-1 tok-1234 pay-5678 staging") == "*** *** *** staging"


def test_one_that_is_missing() -> None:
    """A secret that cannot be read is told by its source."""
    with pytest.raises(SecretError, match="The environment variable TOKEN is not set"):
        Keyring(TARGET, {**ENVIRON, "TOKEN": ""})
