"""The doors that a worker opens for a plan: whose headers, which paths, whose patience."""

import json

import pytest
from msgspec import structs

from locustfiles.arrivals.rate_curve import RateCurve
from locustfiles.journeys.adapter_till import AdapterTill
from locustfiles.journeys.dialect_till import DialectTill
from locustfiles.journeys.retry import RetryPolicy, sole
from locustfiles.protocols.checkout import BasketItem, Buyer
from locustfiles.session.doors import Doors, GeneratorError, deadlines_of, names_of, open_doors
from locustfiles.session.plan import Plan, curve_facts
from locustfiles.target.target import (
    CardService,
    ChatService,
    CheckoutService,
    Goods,
    Header,
    SecretSource,
    Target,
    Waits,
)
from tests.helpers.source_tree import ROOT

CHAT = ChatService(
    "https://chat.test/compatible-mode/v1",
    "qwen-plus",
    key=SecretSource(env="CHAT_KEY"),
    headers=(Header("X-Env", "staging"),),
    members={"max_tokens": 9},
)
SHOP = CheckoutService("acp", "https://shop.test/api", key=SecretSource(env="SHOP_KEY"), currency="USD", country="US")
TARGET = Target("t", chat=CHAT, checkout=SHOP, cards=CardService("door", url="https://cards.test"))
ENVIRON = {"CHAT_KEY": "sk-chat", "SHOP_KEY": "sk-shop", "SPRINGTIDE_API_KEY": "sk-old"}
BUYER = Buyer("u", "n", "e@x.test", "1", "a", "c", "p")


def plan(target: Target | None) -> Plan:
    """A plan against this target."""
    curve = curve_facts(RateCurve.constant(1, 1), name="x", process="even", note="")
    plain = Plan("r", "/r", 1, curve, "http://127.0.0.1:8000", "SPRINGTIDE_API_KEY", sole(RetryPolicy.LEAVE), 8.0, 1)
    return structs.replace(plain, target=target)


def opened(target: Target | None, environ: dict[str, str] | None = None) -> Doors:
    """The doors of such a plan."""
    return open_doors(plan(target), ENVIRON if environ is None else environ)


def asked(doors: Doors) -> str:
    """A request to the assistant."""
    assert doors.chat is not None
    return doors.chat.ask("tea", shopper_id="u").decode()


def created(doors: Doors) -> str:
    """The request that opens a session."""
    assert isinstance(doors.till, DialectTill)
    return doors.till.dialect.create((BasketItem("tea", 1),), BUYER, idempotency_key="k").decode()


def test_every_service_has_its_own() -> None:
    """Each service gets its own path, host, headers and key, and the campaign door those of the shop."""
    doors = opened(TARGET)
    assert doors.campaign is not None
    chat, shop, claim = asked(doors), created(doors), doors.campaign.claim("u", "first", "k").decode()
    told = json.loads(chat.partition("\r\n\r\n")[2])

    assert chat.startswith("POST /compatible-mode/v1/chat/completions HTTP/1.1\r\nHost: chat.test\r\n")
    assert "\r\nAuthorization: Bearer sk-chat\r\n" in chat
    assert "\r\nX-Env: staging\r\n" in chat
    assert (told["model"], told["max_tokens"]) == ("qwen-plus", 9)
    assert shop.startswith("POST /api/checkout_sessions HTTP/1.1\r\nHost: shop.test\r\n")
    assert "sk-chat" not in shop
    assert '"currency":"usd"' in shop
    assert claim.startswith("POST /campaign/cards HTTP/1.1\r\nHost: cards.test\r\n")
    assert "\r\nAuthorization: Bearer sk-shop\r\n" in claim
    assert (doors.chat_origin, doors.card_origin) == ("https://chat.test", "https://cards.test")


def test_without_a_target_file() -> None:
    """Springtide's own doors carry the one key of old, or say that there is none."""
    for environ, key in ((ENVIRON, "sk-old"), ({}, "no-key")):
        doors = opened(None, environ)
        assert asked(doors).startswith("POST /v1/chat/completions HTTP/1.1\r\nHost: 127.0.0.1:8000\r\n")
        assert all(f"Authorization: Bearer {key}\r\n" in request for request in (asked(doors), created(doors)))


def test_no_key_is_no_header() -> None:
    """A service of a target file without a key gets no Authorization header."""
    doors = opened(Target("t", chat=structs.replace(CHAT, key=None), checkout=structs.replace(SHOP, key=None)))

    assert "authorization" not in (asked(doors) + created(doors)).lower()


def test_doors_of_one_journey() -> None:
    """A journey of one service opens no door of the other."""
    talk, buy = (
        opened(structs.replace(TARGET, journey="chat-only")),
        opened(structs.replace(TARGET, journey="checkout-only")),
    )

    assert (talk.till, talk.campaign, buy.chat) == (None, None, None)
    assert (talk.chat is None, buy.till is None) == (False, False)


def test_what_the_assistant_is_told() -> None:
    """With a catalogue and no text of one's own the assistant learns the goods; a text of one's own stands alone."""
    goods = (Goods("rose", "Red roses", "红玫瑰"),)
    usual = asked(opened(structs.replace(TARGET, goods=goods)))
    own = asked(opened(structs.replace(TARGET, goods=goods, chat=structs.replace(CHAT, system_text="You sell."))))

    assert "rose = Red roses" in usual
    assert '"content":"You sell."' in own
    assert names_of(structs.replace(TARGET, goods=goods)) == {"rose": ("红玫瑰", "Red roses")}
    assert "pearl-milk-tea" in names_of(TARGET)


def test_an_adapter() -> None:
    """A shop with an adapter of its own is spoken to by it."""
    spec = f"{ROOT / 'locustfiles' / 'adapters' / 'rest_shop.py'}:RestShop"
    doors = opened(
        Target("t", "checkout-only", checkout=CheckoutService("adapter", "http://127.0.0.1:1", adapter=spec))
    )

    assert isinstance(doors.till, AdapterTill)


@pytest.mark.parametrize(
    ("shop", "sentence"),
    [
        pytest.param(structs.replace(SHOP, quirks={"items": "x"}), "There is no quirk 'items' of ACP", id="a quirk"),
        pytest.param(structs.replace(SHOP, version="2025-01-01"), "Springtide speaks ACP", id="a version"),
        pytest.param(structs.replace(SHOP, protocol="ucp"), "without a discovered profile", id="nothing discovered"),
        pytest.param(structs.replace(SHOP, key=SecretSource(env="NONE")), "variable NONE is not set", id="a secret"),
    ],
)
def test_what_cannot_be_opened(shop: CheckoutService, sentence: str) -> None:
    """What a dialect or a secret refuses is one sentence of the generator's."""
    with pytest.raises(GeneratorError, match=sentence):
        opened(structs.replace(TARGET, checkout=shop))


def test_patience() -> None:
    """Deadlines are the target file's where it gives them, else what shoppers' patience gives."""
    told = deadlines_of(plan(structs.replace(TARGET, waits=Waits(connect_s=1, total_s=60))))

    assert (told.connect_s, told.first_byte_s, told.between_bytes_s, told.total_s) == (1, 8, 8, 60)
    assert deadlines_of(plan(None)).total_s == 16


def test_what_is_told_of_an_adapter_holds_no_secret(capsys: pytest.CaptureFixture[str]) -> None:
    """What an adapter's mistakes quote of the shop's key is blanked before it is printed."""
    spec = f"{ROOT / 'locustfiles' / 'adapters' / 'rest_shop.py'}:RestShop"
    shop = CheckoutService("adapter", "http://127.0.0.1:1", adapter=spec, key=SecretSource(env="SHOP_KEY"))
    till = opened(Target("t", "checkout-only", checkout=shop)).till
    assert isinstance(till, AdapterTill)
    till.tell("The shop said sk-shop.\n")

    assert capsys.readouterr().err == "The shop said ***.\n"
