"""Pieces of tool calls become calls, however a server cuts and labels them."""

import msgspec
import pytest

from locustfiles.protocols.tool_calls import MAX_ARGUMENT_BYTES, MAX_CALLS, ToolCall, ToolCallMerger, ToolDelta

DECODER = msgspec.json.Decoder(list[ToolDelta])
BUY = {"items": [{"sku": "tea", "quantity": 2}]}


def merged(pieces: str) -> tuple[ToolCall, ...]:
    """The calls that a JSON list of pieces gives."""
    merger = ToolCallMerger()
    for delta in DECODER.decode(pieces):
        merger.add(delta)
    return merger.calls()


@pytest.mark.parametrize(
    ("pieces", "calls"),
    [
        pytest.param(
            r"""[{"index":0,"id":"c1","type":"function","function":{"name":"buy","arguments":""}},
                 {"index":0,"function":{"arguments":"{\"items\":[{\"sku\":\"t"}},
                 {"index":0,"function":{"arguments":"ea\",\"quantity\":2}]}"}}]""",
            (ToolCall("c1", "buy", BUY),),
            id="arguments in several pieces",
        ),
        pytest.param(
            r"""[{"index":0,"id":"c1","function":{"name":"buy","arguments":"{\"a\":"}},
                 {"index":0,"id":"","function":{"name":null,"arguments":"1}"}},
                 {"index":0,"id":"","function":{}},{"index":0,"id":null,"function":null}]""",
            (ToolCall("c1", "buy", {"a": 1}),),
            id="later empty id, null name and empty function overwrite nothing",
        ),
        pytest.param(
            r"""[{"index":0,"id":"c1","function":{"name":"buy","arguments":"{"}},
                 {"index":0,"id":"c1","function":{"name":"buy","arguments":"}"}}]""",
            (ToolCall("c1", "buy", {}),),
            id="a repeated id is the same call",
        ),
        pytest.param(
            r"""[{"index":0,"id":"c1","function":{"name":"buy","arguments":"{}"}},
                 {"index":1,"id":"c2","function":{"name":"look","arguments":"{\"x\":"}},
                 {"index":1,"function":{"arguments":"2}"}}]""",
            (ToolCall("c1", "buy", {}), ToolCall("c2", "look", {"x": 2})),
            id="two calls by index",
        ),
        pytest.param(
            r"""[{"index":0,"id":"c1","function":{"name":"buy","arguments":"{}"}},
                 {"index":0,"id":"c2","function":{"name":"look","arguments":"{"}},
                 {"index":0,"function":{"arguments":"}"}}]""",
            (ToolCall("c1", "buy", {}), ToolCall("c2", "look", {})),
            id="a new id with a name under a used index is a new call",
        ),
        pytest.param(
            r"""[{"id":"c1","function":{"name":"buy","arguments":"{\"a\""}},{"function":{"arguments":":1}"}}]""",
            (ToolCall("c1", "buy", {"a": 1}),),
            id="a missing index continues the newest call",
        ),
        pytest.param(
            r"""[{"index":0,"id":"c1","function":{"name":"buy","arguments":"{\"a\""}},
                 {"index":7,"function":{"arguments":":1}"}}]""",
            (ToolCall("c1", "buy", {"a": 1}),),
            id="an unseen index without a name continues the newest call",
        ),
        pytest.param(
            r"""[{"index":0,"function":{"arguments":"{\"a\""}},{"index":0,"id":"c1","function":{"name":"buy","arguments":":1}"}}]""",
            (ToolCall("c1", "buy", {"a": 1}),),
            id="id and name may come late",
        ),
        pytest.param(
            r"""[{"index":0,"id":"c1","function":{"name":"buy","arguments":null}}]""",
            (ToolCall("c1", "buy", {}),),
            id="no arguments are an empty object",
        ),
        pytest.param(
            r"""[{"index":0,"id":"c1","function":{"name":"buy","arguments":{"a":1}}}]""",
            (ToolCall("c1", "buy", {"a": 1}),),
            id="arguments as an object instead of text",
        ),
        pytest.param(
            r"""[{"index":0,"id":"c1","function":{"name":"buy","arguments":"{\"a\":"}}]""",
            (ToolCall("c1", "buy", None, "The arguments are not JSON."),),
            id="cut arguments are broken",
        ),
        pytest.param(
            r"""[{"index":0,"id":"c1","function":{"name":"buy","arguments":"[1]"}}]""",
            (ToolCall("c1", "buy", None, "The arguments are not a JSON object."),),
            id="a list is no object",
        ),
        pytest.param(
            r"""[{"index":true,"id":5,"function":{"name":[],"arguments":7}}]""",
            (ToolCall("", "", {}),),
            id="members of the wrong type are nothing",
        ),
        pytest.param("[]", (), id="no piece, no call"),
    ],
)
def test_merge(pieces: str, calls: tuple[ToolCall, ...]) -> None:
    """Every way of cutting and labelling gives the calls that were meant."""
    assert merged(pieces) == calls


def test_endless_arguments_are_bounded() -> None:
    """Arguments beyond the bound are broken and not kept."""
    merger = ToolCallMerger()
    for _ in range(300):
        merger.add(DECODER.decode('[{"index":0,"function":{"name":"buy","arguments":"%s"}}]' % ("a" * 1024))[0])
    assert merger.calls() == (
        ToolCall("", "buy", None, f"The arguments are longer than {MAX_ARGUMENT_BYTES} characters."),
    )


def test_endless_calls_are_bounded() -> None:
    """Calls beyond the bound are dropped."""
    merger = ToolCallMerger()
    for number in range(MAX_CALLS + 10):
        merger.add(ToolDelta(index=number, id=f"c{number}"))
        merger.add(DECODER.decode(f'[{{"index":{number},"id":"c{number}","function":{{"name":"buy"}}}}]')[0])
    assert len(merger.calls()) == MAX_CALLS
