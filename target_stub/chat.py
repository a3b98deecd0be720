"""The chat door: POST /v1/chat/completions, OpenAI-compatible, streamed at the pace the station gives it."""

import asyncio
import random
from collections.abc import Sequence
from typing import Annotated, Final, Literal

import msgspec

from target_stub import sse
from target_stub.admission.arrival import Arrival
from target_stub.admission.controller import Controller
from target_stub.admission.ticket import Refusal, Ticket
from target_stub.admission.voice import hard_reply, soft_reply
from target_stub.api_key import KeyCheck
from target_stub.assistant import TOOL, after_tool, answer, language_of
from target_stub.capacity.station import Placement
from target_stub.clock import Clock
from target_stub.web import Headers, Reply, Request, Route, Stream, Write, json_reply

PATH: Final = "/v1/chat/completions"
ROOM_HEADER: Final = "x-waiting-room"
ROOM_COOKIE: Final = "springtide_waiting_room"
_PREFILL_SHARE: Final = 0.3  # of the service time, before the first token: reading the prompt costs more than one token
_BURSTS: Final = 5  # wake-ups an answer: enough to show a pace to the client, few enough to serve hundreds a second

Name = Annotated[str, msgspec.Meta(min_length=1, max_length=128)]


class Part(msgspec.Struct, frozen=True):
    """A part of a message's content; only text is read."""

    type: str
    text: str = ""


class Message(msgspec.Struct, frozen=True):
    """One message of the conversation."""

    role: Literal["system", "developer", "user", "assistant", "tool"]
    content: str | list[Part] | None = None

    @property
    def text(self) -> str:
        """The words of the message."""
        if isinstance(self.content, list):
            return "\n".join(part.text for part in self.content)
        return self.content or ""


class Function(msgspec.Struct, frozen=True):
    """The name under which a tool is offered."""

    name: Name


class Tool(msgspec.Struct, frozen=True):
    """A tool that the assistant may call."""

    type: Literal["function"]
    function: Function


class StreamOptions(msgspec.Struct, frozen=True):
    """What the client wants besides the deltas."""

    include_usage: bool = False


class ChatRequest(msgspec.Struct, frozen=True):
    """The fields of a request that change the answer; others are accepted and not read."""

    model: Name
    messages: Annotated[list[Message], msgspec.Meta(min_length=1)]
    stream: bool = False
    stream_options: StreamOptions | None = None
    tools: list[Tool] | None = None
    tool_choice: Literal["auto", "none", "required"] | dict[str, object] | None = None

    @property
    def prompt(self) -> str:
        """The latest words of the user."""
        return next((message.text for message in reversed(self.messages) if message.role == "user"), "")

    @property
    def may_order(self) -> bool:
        """True when the assistant is offered the checkout tool."""
        return self.tool_choice != "none" and any(tool.function.name == TOOL for tool in self.tools or ())


_DECODER: Final = msgspec.json.Decoder(ChatRequest)


class ChatDoor:
    """Answers chat requests that the controller lets in, in the station's time."""

    def __init__(self, *, clock: Clock, controller: Controller, key_check: KeyCheck, rng: random.Random) -> None:
        self._clock = clock
        self._controller = controller
        self._key_check = key_check
        self._series = f"{rng.getrandbits(64):016x}"
        self._count = 0
        self.malformed = 0
        self.unauthorized = 0

    def routes(self) -> list[Route]:
        """Return the door's one route."""
        return [Route("POST", PATH, self.complete)]

    async def complete(self, request: Request) -> Reply | Stream:
        """Answer, refuse, or say what is wrong with the request; only well-formed ones count as arrivals."""
        self._count += 1
        number = f"{self._series}{self._count:08x}"
        if not self._key_check.accepts(request):
            self.unauthorized += 1
            return _error(401, "invalid_api_key", "Incorrect API key provided.", number)
        try:
            chat = _DECODER.decode(request.body)
        except msgspec.DecodeError as error:
            self.malformed += 1
            return _error(400, "invalid_parameter_error", f"The request body is not usable: {error}"[:300], number)
        decision = self._controller.admit(arrival_of(request))
        with_usage = chat.stream_options is not None and chat.stream_options.include_usage
        envelope = sse.Envelope(f"chatcmpl-{number}", self._clock.unix_ns() // 1_000_000_000, chat.model, with_usage)
        if isinstance(decision, Refusal):
            return _refused(chat, envelope, decision, number)
        return self._answered(chat, envelope, decision, number)

    def _answered(self, chat: ChatRequest, envelope: sse.Envelope, ticket: Ticket, number: str) -> Stream:
        async def produce(write: Write) -> Reply | None:
            try:
                placement = await ticket.placed()
                if isinstance(placement, Refusal):
                    return _refused(chat, envelope, placement, number)
                # Encoded when a server is free: thousands wait in the queue, and many of them leave it unserved.
                await self._clock.sleep_until(placement.start_ns)
                for at_ns, data in _moments(chat, envelope, placement, f"call_{number}"):
                    await self._clock.sleep_until(at_ns)
                    await write(data)
            except asyncio.CancelledError:
                ticket.dropped()
                raise
            ticket.served()
            return None

        headers = sse.STREAM_HEADERS if chat.stream else [("content-type", "application/json")]
        headers = [*headers, *_session(ticket.room_token)]
        return Stream(200, headers, produce, ticket.ignored)


def arrival_of(request: Request) -> Arrival:
    """Return what the door may know of a chat request: whose it is, and its place in the waiting room."""
    headers = request.headers
    return Arrival(
        "chat", headers.get("x-shopper-id", ""), headers.get(ROOM_HEADER) or _cookie(headers.get("cookie", ""))
    )


def _cookie(header: str) -> str | None:
    pairs = (pair.strip().partition("=") for pair in header.split(";"))
    return next((value for name, _, value in pairs if name == ROOM_COOKIE), None)


def _session(room_token: str | None) -> Headers:
    if room_token is None:
        return []
    return [(ROOM_HEADER, room_token), ("set-cookie", f"{ROOM_COOKIE}={room_token}; Path=/; HttpOnly")]


def _refused(chat: ChatRequest, envelope: sse.Envelope, refusal: Refusal, number: str) -> Reply:
    if refusal.manner == "hard":
        reply = hard_reply(number, refusal.retry_after_s)
    else:
        reply = soft_reply(envelope, language_of(chat.prompt), stream=chat.stream)
    place = refusal.place
    if place is None:
        return reply
    told = [("x-waiting-room-position", str(place.position)), ("x-waiting-room-wait-s", f"{place.wait_s:.0f}")]
    return Reply(reply.status, [*reply.headers, *_session(place.token), *told], reply.body)


def _moments(chat: ChatRequest, envelope: sse.Envelope, placement: Placement, call_id: str) -> list[tuple[int, bytes]]:
    if chat.messages[-1].role == "tool":
        said = after_tool(language_of(chat.prompt))
    else:
        said = answer(chat.prompt, may_order=chat.may_order)
    usage = sse.Usage(
        sum(sse.tokens_of(message.text) for message in chat.messages),
        sse.tokens_of(said.text) + sse.tokens_of(said.arguments),
    )
    if not chat.stream:
        return [(placement.end_ns, sse.whole(envelope, said, call_id, usage))]
    return paced(sse.chunks(envelope, sse.deltas(said, call_id), sse.finish_reason(said), usage), placement)


def paced(events: Sequence[bytes], placement: Placement) -> list[tuple[int, bytes]]:
    """Return the events in bursts with their instants in nanoseconds: the first at the start, the last at the end.

    The head of the answer goes when a server is free; the first token comes after the prefill share of the service
    time, and the rest at equal distances, so that time to first token and inter-token time scale with the service.
    """
    first, rest = events[0], events[1:]
    moments = [(placement.start_ns, first)]
    service_ns = placement.end_ns - placement.start_ns
    token_ns = placement.start_ns + round(service_ns * _PREFILL_SHARE)
    bursts = min(_BURSTS, len(rest))
    for burst in range(bursts):
        data = b"".join(rest[burst * len(rest) // bursts : (burst + 1) * len(rest) // bursts])
        at_ns = placement.end_ns if bursts == 1 else token_ns + (placement.end_ns - token_ns) * burst // (bursts - 1)
        moments.append((at_ns, data))
    return moments


def _error(status: int, code: str, message: str, request_id: str) -> Reply:
    error = {"message": message, "type": "invalid_request_error", "param": None, "code": code}
    return json_reply(status, {"error": error, "request_id": request_id})
