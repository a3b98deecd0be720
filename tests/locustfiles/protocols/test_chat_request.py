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
    door = ChatDoor("shop.test", system_text=SYSTEM, headers={"Authorization": "Bearer key-1"})
    head, body = asked(door, "两杯珍珠奶茶\n")
    assert head == [
        "POST /v1/chat/completions HTTP/1.1",
        "Host: shop.test",
        "User-Agent: springtide",
        "Accept: text/event-stream",
        "Content-Type: application/json",
        "Authorization: Bearer key-1",
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
    door = ChatDoor("shop.test", model="qwen-max", system_text=SYSTEM, tools=[tool], path="/compatible/v1/chat")
    head, body = asked(door, "tea")
    value = json.loads(body)
    assert head[0] == "POST /compatible/v1/chat HTTP/1.1"
    assert (value["model"], value["tools"]) == ("qwen-max", [tool])


def test_no_key() -> None:
    """Without a key there is no Authorization header, not an empty one."""
    head, _ = asked(ChatDoor("shop.test", system_text=SYSTEM), "tea")
    assert not [line for line in head if line.lower().startswith("authorization")]


def test_own_headers() -> None:
    """A user's own header takes the place of the usual one of its name in any case, and others join them."""
    door = ChatDoor("shop.test", headers={"user-agent": "staging", "X-DashScope-Wait-Timeout": "30"})
    head, _ = asked(door, "tea")
    assert head[1:6] == [
        "Host: shop.test",
        "Accept: text/event-stream",
        "Content-Type: application/json",
        "user-agent: staging",
        "X-DashScope-Wait-Timeout: 30",
    ]


def test_neither_tool_nor_system_text() -> None:
    """A service that is only talked to is offered no tool, and without a system text there is no system message."""
    _, body = asked(ChatDoor("shop.test", tools=()), "tea")
    value = json.loads(body)
    assert "tools" not in value
    assert value["messages"] == [{"role": "user", "content": "tea"}]


def test_members() -> None:
    """Members of the service's own join the body, and null takes a usual one away."""
    members = {"max_completion_tokens": 64, "enable_thinking": False, "stream_options": None}
    _, body = asked(ChatDoor("shop.test", members=members), "tea")
    value = json.loads(body)
    assert (value["max_completion_tokens"], value["enable_thinking"]) == (64, False)
    assert "stream_options" not in value


@pytest.mark.parametrize("name", ["messages", "model", "stream", "tools"])
def test_members_of_the_door(name: str) -> None:
    """What the door itself writes is no member of a user's; the sentence names it."""
    with pytest.raises(ValueError, match=f"The member '{name}' of a chat request is written by Springtide"):
        ChatDoor("shop.test", members={name: 1})


@pytest.mark.parametrize("name", ["Content-Length", "transfer-encoding", "Connection"])
def test_headers_of_the_transport(name: str) -> None:
    """Framing and keep-alive are the transport's; a header that would change them is refused."""
    with pytest.raises(ValueError, match="are the transport's"):
        ChatDoor("shop.test", headers={name: "1"})


@pytest.mark.parametrize(
    ("host", "options"),
    [
        pytest.param("api.openai.com", {"include_usage": True, "include_obfuscation": False}, id="OpenAI"),
        pytest.param("EU.api.OpenAI.com:443", {"include_usage": True, "include_obfuscation": False}, id="a region"),
        pytest.param("dashscope.aliyuncs.com", {"include_usage": True}, id="DashScope"),
        pytest.param("openai.com.shop.test", {"include_usage": True}, id="only begins so"),
        pytest.param("notopenai.com", {"include_usage": True}, id="only ends so"),
        pytest.param("[::1]:8000", {"include_usage": True}, id="an address"),
    ],
)
def test_padding(host: str, options: dict[str, bool]) -> None:
    """Every service is asked for usage; OpenAI alone is asked not to pad its chunks, since others may refuse the member."""
    _, body = asked(ChatDoor(host), "tea")
    assert json.loads(body)["stream_options"] == options


def test_every_shopper_in_turn() -> None:
    """One door asks for many shoppers, and nothing of one request is left in the next."""
    door = ChatDoor("shop.test", system_text=SYSTEM)
    first = door.ask("tea", shopper_id="u-1")
    assert b"X-Shopper-Id: u-22\r\n" in door.ask("a longer wish", shopper_id="u-22")
    assert door.ask("tea", shopper_id="u-1") == first


@given(st.text())
def test_any_prompt_is_one_text(prompt_text: str) -> None:
    """Whatever a prompt holds, quotes, line ends or braces, it comes back as the user's whole message."""
    _, body = asked(ChatDoor("shop.test", system_text=SYSTEM), prompt_text)
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
        ChatDoor(host, system_text=SYSTEM, headers={"Authorization": f"Bearer {api_key}"}).ask(
            "tea", shopper_id=shopper_id
        )
