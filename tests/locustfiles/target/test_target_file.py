"""A target file becomes one checked value; every mistake is a sentence with its path, and all are told at once."""

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

from locustfiles.target.target import CardService, Goods, Header, Payment, SecretSource, Waits
from locustfiles.target.target_file import FIELDS, TargetError, missing_secrets, read_target, target_of
from tests.helpers.source_tree import ROOT

README = ROOT / "locustfiles" / "target" / "README.md"
EXAMPLE = ROOT / "locustfiles" / "target" / "example.toml"
CHAT = {"url": "https://chat.test/v1", "model": "m"}
SHOP = {"protocol": "acp", "url": "https://shop.test"}
WHOLE = {"name": "t", "chat": CHAT, "checkout": SHOP}


def mistakes(values: dict[str, Any], folder: Path = Path()) -> list[str]:
    """What is wrong with a file that holds these values."""
    try:
        target_of(values, folder=folder)
    except TargetError as error:
        return error.sentences
    return []


def test_a_whole_file(tmp_path: Path) -> None:
    """Every field arrives where it belongs, and paths are relative to the file."""
    (tmp_path / "catalogue.csv").write_text("sku,name,title,price_minor\nrose,Red roses,Roses,3500\n")
    (tmp_path / "prompts.jsonl").write_text('{"text":"roses","items":[{"sku":"rose","quantity":2}]}\n')
    path = tmp_path / "target.toml"
    path.write_text("""
name = "staging"
journey = "whole"
[chat]
url = "https://chat.test/v1"
model = "qwen-plus"
key = { file = "chat.key" }
system = "You sell roses."
tool = false
members = { max_tokens = 512, stop = ["x"] }
headers = { X-Env = "staging", X-Token = { env = "TOKEN" } }
[checkout]
protocol = "ucp"
url = "https://shop.test/shop"
version = "2026-04-08"
key = { env = "SHOP_KEY" }
currency = "USD"
country = "US"
payment = { handler = "mock", credential = { env = "CARD" } }
quirks = { item_title = "send" }
[cards]
source = "codes"
codes = ["10OFF", "WELCOME20"]
[data]
catalogue = "catalogue.csv"
prompts = "prompts.jsonl"
[deadlines]
connect_s = 5
total_s = 30.5
[guard]
allow = "allow.toml"
""")
    target = read_target(path)
    chat, shop = target.chat, target.checkout

    assert chat is not None
    assert shop is not None
    assert (target.name, target.journey, target.allow_file) == ("staging", "whole", str(tmp_path / "allow.toml"))
    assert (chat.url, chat.model, chat.system_text, chat.offers_tool) == (
        CHAT["url"],
        "qwen-plus",
        "You sell roses.",
        False,
    )
    assert (chat.key, chat.members) == (
        SecretSource(file=str(tmp_path / "chat.key")),
        {"max_tokens": 512, "stop": ["x"]},
    )
    assert chat.headers == (Header("X-Env", "staging"), Header("X-Token", secret=SecretSource(env="TOKEN")))
    assert (shop.protocol, shop.url, shop.version) == ("ucp", "https://shop.test/shop", "2026-04-08")
    assert (shop.key, shop.currency, shop.country) == (SecretSource(env="SHOP_KEY"), "USD", "US")
    assert (shop.payment, shop.quirks) == (Payment("mock", secret=SecretSource(env="CARD")), {"item_title": "send"})
    assert target.cards == CardService("codes", codes=("10OFF", "WELCOME20"))
    assert target.goods == (Goods("rose", "Red roses", title="Roses", price_minor=3500),)
    assert target.waits == Waits(connect_s=5, total_s=30.5)
    assert b"roses" in target.prompts


@pytest.mark.parametrize(
    ("values", "sentences"),
    [
        pytest.param({}, ["chat: missing; journey whole needs", "checkout: missing; journey whole", "name: missing"], id="empty"),
        pytest.param({**WHOLE, "journey": "chatonly"}, ["journey: 'chatonly' is not one of", "did you mean chat-only?"], id="a journey"),
        pytest.param({**WHOLE, "chekout": {}}, ["chekout: unknown; did you mean checkout?"], id="a table"),
        pytest.param({**WHOLE, "xyz": 1}, ["xyz: unknown; known are name, journey, chat"], id="a field like none"),
        pytest.param({**WHOLE, "checkout": {**SHOP, "protcol": "ucp"}}, ["checkout.protcol: unknown; did you mean protocol?"], id="a field"),
        pytest.param({**WHOLE, "checkout": {**SHOP, "protocol": "acpp"}}, ["'acpp' is not one of acp, ucp, adapter; did you mean acp?"], id="a protocol"),
        pytest.param({**WHOLE, "checkout": {**SHOP, "protocol": "adapter"}}, ["checkout.adapter: missing"], id="no adapter"),
        pytest.param({**WHOLE, "checkout": {**SHOP, "adapter": "a.py:A"}}, ["checkout.adapter: says nothing beside protocol acp"], id="two protocols"),
        pytest.param({**WHOLE, "checkout": {**SHOP, "currency": "yuan"}}, ["checkout.currency: takes three capital letters"], id="a currency"),
        pytest.param({**WHOLE, "checkout": {**SHOP, "country": "China"}}, ["checkout.country: takes two capital letters"], id="a country"),
        pytest.param({**WHOLE, "checkout": {**SHOP, "quirks": {"a": 1}}}, ["checkout.quirks.a: takes text"], id="a quirk"),
        pytest.param({**WHOLE, "chat": {**CHAT, "tool": "yes"}}, ["chat.tool: takes true or false, not text"], id="a flag"),
        pytest.param({**WHOLE, "chat": {**CHAT, "model": 4}}, ["chat.model: takes text, not a number"], id="a text"),
        pytest.param({**WHOLE, "chat": {**CHAT, "model": " "}}, ["chat.model: is empty"], id="a blank text"),
        pytest.param({**WHOLE, "chat": {**CHAT, "members": {"model": "x"}}}, ["chat.members.model: is set by the field"], id="a member"),
        pytest.param({**WHOLE, "chat": {**CHAT, "members": {"x": float("inf")}}}, ["chat.members: holds a date, a time"], id="no JSON"),
        pytest.param({**WHOLE, "chat": {**CHAT, "key": {"envv": "K"}}}, ["chat.key.envv: unknown; did you mean env?"], id="a source"),
        pytest.param({**WHOLE, "chat": {**CHAT, "key": {"env": "K", "file": "k"}}}, ["chat.key: takes { env = "], id="two sources"),
        pytest.param({**WHOLE, "chat": {**CHAT, "headers": {"Host": "x"}}}, ["chat.headers.Host: is set by Springtide"], id="a header of ours"),
        pytest.param({**WHOLE, "chat": {**CHAT, "headers": {"X Y": "x"}}}, ["chat.headers.X Y: The header name"], id="a header's name"),
        pytest.param({**WHOLE, "cards": {"source": "codes"}}, ["cards.codes: missing"], id="no codes"),
        pytest.param({**WHOLE, "cards": {"source": "door", "codes": ["A"]}}, ['cards.codes: says nothing beside source = "door"'], id="idle codes"),
        pytest.param({**WHOLE, "cards": {"source": "codes", "codes": [""]}}, ["cards.codes: takes a list of texts"], id="an empty code"),
        pytest.param({**WHOLE, "cards": {"source": "none", "url": "http://a.test"}}, ["cards.url: says nothing beside"], id="an idle door"),
        pytest.param({**WHOLE, "deadlines": {"total_s": 0}}, ["deadlines.total_s: 0 is not a number of seconds above 0"], id="no time"),
        pytest.param({**WHOLE, "deadlines": {"total_s": True}}, ["deadlines.total_s: takes a number, not true or false"], id="a flag as time"),
        pytest.param({**WHOLE, "tls": {"ca_file": "none.pem"}}, ["tls.ca_file: It holds no certificate authorities"], id="no authority"),
        pytest.param({**WHOLE, "data": {"catalogue": "none.csv"}}, ["data.catalogue: ", "none.csv cannot be read"], id="no catalogue"),
        pytest.param({**WHOLE, "data": {"prompts": "none.jsonl"}}, ["data.prompts: ", "none.jsonl cannot be read"], id="no prompts"),
        pytest.param({**WHOLE, "guard": {"allow": ""}}, ["guard.allow: is no path"], id="no path"),
        pytest.param({**WHOLE, "chat": [1]}, ["chat: takes a table, not a list"], id="a list"),
        pytest.param({"name": "t", "journey": "chat-only", "chat": CHAT, "cards": {"source": "door"}}, ["cards.url: missing"], id="no door"),
    ],
)  # fmt: skip
def test_mistakes(values: dict[str, Any], sentences: list[str]) -> None:
    """A mistake is told with its path and what to give, and nothing else is said to be wrong."""
    told = " | ".join(mistakes(values))

    for sentence in sentences:
        assert sentence in told


def test_what_may_be_a_secret_is_not_repeated() -> None:
    """A key, a credential-like header or a password that stands in the file is refused unquoted."""
    told = mistakes(
        {
            **WHOLE,
            "chat": {
                **CHAT,
                "key": "sk-hunter2",
                "headers": {"X-Api-Key": "hunter2", "Authorization": "Bearer hunter2"},
            },
            "checkout": {**SHOP, "url": "https://u:hunter2@shop.test", "payment": {"credential": 7}},
        }
    )

    assert [sentence.partition(":")[0] for sentence in told] == [
        *(
            "chat.key",
            "chat.headers.X-Api-Key",
            "chat.headers.Authorization",
            "checkout.url",
            "checkout.payment.credential",
        ),
    ]
    assert "hunter2" not in " ".join(told)


def test_files_that_are_none(tmp_path: Path) -> None:
    """A file that is missing, no TOML or no text is told in one sentence."""
    path = tmp_path / "target.toml"
    found = []
    for data in (None, b"name = ", b"\xff\xfe"):
        if data is not None:
            path.write_bytes(data)
        with pytest.raises(TargetError) as raised:
            read_target(path)
        found.append(raised.value.sentences)

    assert [len(sentences) for sentences in found] == [1, 1, 1]
    assert "cannot be read (No such file" in found[0][0]
    assert found[1][0].startswith("target.toml: the file is not TOML (")
    assert found[2] == ["target.toml: the file is not UTF-8 text"]


def test_prompts_are_held_against_the_catalogue(tmp_path: Path) -> None:
    """A prompt about goods that the catalogue does not have is told with file, line and the nearest sku."""
    (tmp_path / "c.jsonl").write_text('{"sku":"rose","name":"Rose"}\n')
    (tmp_path / "p.jsonl").write_text('{"text":"a","items":[{"sku":"rosa","quantity":1}]}\n{"text":"b"}\n')
    told = mistakes({**WHOLE, "data": {"catalogue": "c.jsonl", "prompts": "p.jsonl"}}, tmp_path)

    assert told == [
        (
            "data.prompts: p.jsonl line 1: sku 'rosa' is not in the catalogue; did you mean rose?; line 2: items is missing; the "
            "journey buys, so say what"
        )
    ]


def test_secrets_are_looked_for_before_the_run() -> None:
    """Every secret that this process cannot read is told by field and source."""
    shop = {
        **SHOP,
        "key": {"env": "A"},
        "payment": {"credential": {"file": "/none"}},
        "headers": {"X-Token": {"env": "B"}},
    }
    target = target_of({**WHOLE, "checkout": shop}, folder=Path())

    assert [sentence.partition(":")[0] for sentence in missing_secrets(target, {"A": "sk-long"})] == [
        "checkout.headers.X-Token",
        "checkout.payment.credential",
    ]


def test_every_field_is_documented() -> None:
    """The README of the folder has a row for each field that the reader knows, and none for another."""
    rows = set(re.findall(r"^\| `([a-z_.\[\]]+)` \|", README.read_text(), re.MULTILINE))
    known = {f"{table}.{name}" if table else name for table, names in FIELDS.items() for name in names}
    tables = {name for name in known if name in FIELDS}

    assert rows == known - tables


def test_the_example_names_every_field() -> None:
    """The example file shows each field once, and what it says of fields is what the reader takes."""
    values = tomllib.loads(EXAMPLE.read_text())
    shown = {table: set(_at(values, table)) for table in FIELDS}
    rest = {"chat": {"headers"}, "checkout": {"headers"}}

    assert {table: set(names) - shown[table] - rest.get(table, set()) for table, names in FIELDS.items()} == {
        table: {"adapter"} if table == "checkout" else {"url"} if table == "cards" else set() for table in FIELDS
    }
    assert mistakes({**values, "data": {}, "tls": {}}) == []


def _at(values: dict[str, Any], path: str) -> dict[str, Any]:
    for part in filter(None, path.split(".")):
        values = values[part]
    return values
