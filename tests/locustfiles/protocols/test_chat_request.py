"""Chat requests: the exact head, and a body that any server's JSON parser reads back."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from locustfiles.protocols.chat_request import CREATE_CHECKOUT_TOOL, ChatDoor

SYSTEM = 'You "sell" tea.'


def asked(door: ChatDoor, prompt_text: str) -> tuple[list[str], bytes]:
    """The lines of a request's head, and its body."""
    head, _, body = door.ask(prompt_text, shopper_id="u-1").partition(b"\r\n\r\n")
    return head.decode("ascii").split("\r\n"), body


def test_request() -> None:
    """A request streams, asks for usage, offers the tool, and carries system text and prompt; the head names the shopper."""
    door = ChatDoor("shop.test", "key-1", system_text=SYSTEM)
    head, body = asked(door, "两杯珍珠奶茶\n")
    assert head == [
        "POST /v1/chat/completions HTTP/1.1",
        "Host: shop.test",
        "User-Agent: springtide",
        "Accept: text/event-stream",
        "Authorization: Bearer key-1",
        "Content-Type: application/json",
        "X-Shopper-Id: u-1",
        f"Content-Length: {len(body)}",
    ]
    assert json.loads(body) == {
        "model": "springtide-shop",
        "stream": True,
        "stream_options": {"include_usage": True},
        "tools": [CREATE_CHECKOUT_TOOL],
        "messages": [
            {"role": "system", "content": SYSTEM},
            {"role": "user", "content": "两杯珍珠奶茶\n"},
        ],
    }


def test_another_service() -> None:
    """Model, tools and path are the service's own."""
    tool = {"type": "function", "function": {"name": "buy"}}
    door = ChatDoor("shop.test", "k", model="qwen-max", system_text=SYSTEM, tools=[tool], path="/compatible/v1/chat")
    head, body = asked(door, "tea")
    value = json.loads(body)
    assert head[0] == "POST /compatible/v1/chat HTTP/1.1"
    assert (value["model"], value["tools"]) == ("qwen-max", [tool])


def test_every_shopper_in_turn() -> None:
    """One door asks for many shoppers, and nothing of one request is left in the next."""
    door = ChatDoor("shop.test", "k", system_text=SYSTEM)
    first = door.ask("tea", shopper_id="u-1")
    assert b"X-Shopper-Id: u-22\r\n" in door.ask("a longer wish", shopper_id="u-22")
    assert door.ask("tea", shopper_id="u-1") == first


@given(st.text())
def test_any_prompt_is_one_text(prompt_text: str) -> None:
    """Whatever a prompt holds, quotes, line ends or braces, it comes back as the user's whole message."""
    _, body = asked(ChatDoor("shop.test", "k", system_text=SYSTEM), prompt_text)
    messages = json.loads(body)["messages"]
    assert messages == [{"role": "system", "content": SYSTEM}, {"role": "user", "content": prompt_text}]


@pytest.mark.parametrize(
    ("host", "api_key", "shopper_id"),
    [
        pytest.param("shop.test\r\nX: y", "k", "u", id="a host with a line end"),
        pytest.param("shop.test", "k\n", "u", id="a key with a line end"),
        pytest.param("shop.test", "k", "u\r\n\r\n", id="a shopper with an empty line"),
    ],
)
def test_nothing_leaves_its_header(host: str, api_key: str, shopper_id: str) -> None:
    """What would end its header is refused."""
    with pytest.raises(ValueError, match="not printable ASCII"):
        ChatDoor(host, api_key, system_text=SYSTEM).ask("tea", shopper_id=shopper_id)
