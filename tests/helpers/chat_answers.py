"""Literal chat answers, piece by piece, and what the decoder makes of them."""

from locustfiles.protocols.chat_completions import ChatDecoder, ChatReply
from locustfiles.protocols.checkout import ProtocolFault, ServiceError
from locustfiles.protocols.tool_calls import ToolCall
from locustfiles.transport.exchange import Exchange, Fault

READY_NS = 1_000
READ_NS = 5_000
STREAM = {"content-type": "text/event-stream; charset=utf-8"}
JSON = {"content-type": "application/json"}


def exchange(
    status: int = 200, headers: dict[str, str] | None = None, body: bytes = b"", fault: Fault | None = None
) -> Exchange:
    """An exchange whose 200 body went to a sink."""
    return Exchange(0, READY_NS, READ_NS, status=status, headers=headers or STREAM, body=body, fault=fault)


def answer(
    pieces: list[bytes], headers: dict[str, str] | None = None, fault: Fault | None = None
) -> ChatReply | ServiceError | ProtocolFault:
    """What the decoder makes of these pieces of a 200."""
    decoder = ChatDecoder(READY_NS)
    for piece in pieces:
        decoder.feed(piece, READ_NS)
    return decoder.finish(exchange(headers=headers, fault=fault))


def reply(wire: bytes, headers: dict[str, str] | None = None, fault: Fault | None = None) -> ChatReply:
    """The reply to these bytes, which must be one."""
    told = answer([wire], headers, fault)
    assert isinstance(told, ChatReply), told
    return told


def chunk(delta: str, finish: str = "null", usage: str = "null") -> bytes:
    """One chunk with this delta."""
    return (
        'data: {"id":"c","object":"chat.completion.chunk","created":1,"model":"m",'
        f'"choices":[{{"index":0,"delta":{delta},"finish_reason":{finish}}}],"usage":{usage}}}\n\n'
    ).encode()


ROLE = chunk('{"role":"assistant","content":""}')
USAGE = b'data: {"id":"c","choices":[],"usage":{"prompt_tokens":9,"completion_tokens":7,"total_tokens":16}}\n\n'
DONE = b"data: [DONE]\n\n"
STOP = chunk("{}", '"stop"')
CALL = (
    chunk(
        '{"tool_calls":[{"index":0,"id":"c1","type":"function","function":{"name":"create_checkout","arguments":""}}]}'
    )
    + chunk(r'{"tool_calls":[{"index":0,"function":{"arguments":"{\"items\":[{\"sku\":\"tea\","}}]}')
    + chunk(r'{"tool_calls":[{"index":0,"function":{"arguments":"\"quantity\":2}]}"}}]}')
)
CALLED = chunk("{}", '"tool_calls"')
GOOD = ROLE + chunk('{"content":"好的，"}') + chunk('{"content":"下单了"}') + CALL + CALLED + USAGE + DONE
TEA = ToolCall("c1", "create_checkout", {"items": [{"sku": "tea", "quantity": 2}]})

WHOLE = (
    b'{"id":"c","object":"chat.completion","choices":[{"index":0,"message":{"role":"assistant","content":"hi",'
    b'"tool_calls":[{"id":"c1","type":"function","function":{"name":"create_checkout","arguments":'
    b'"{\\"items\\":[{\\"sku\\":\\"tea\\",\\"quantity\\":2}]}"}},{"type":"function","function":{"name":"b","arguments":"{}"}}]},'
    b'"finish_reason":"tool_calls"}],"usage":{"prompt_tokens":1,"completion_tokens":5,"total_tokens":6}}'
)
