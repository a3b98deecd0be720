"""The chat door: POST /v1/chat/completions, OpenAI-compatible, streamed at the pace the station gives it."""

import asyncio
import random
from typing import Annotated, Final, Literal

import msgspec

from target_stub import sse
from target_stub.admission.controller import Controller
from target_stub.admission.ticket import Refusal, Ticket
from target_stub.admission.voice import Said, say
from target_stub.api_key import KeyCheck
from target_stub.assistant import TOOL, Answer, after_tool, answer, language_of
from target_stub.capacity.service_time import TokenCosts
from target_stub.capacity.station import Placement
from target_stub.chat_pace import Moments, Pace, by_token, in_bursts
from target_stub.clock import NS_PER_S, Clock
from target_stub.room_headers import arrival_of, place_headers, session_headers
from target_stub.web import Reply, Request, Reset, Route, Stream, Write, json_reply

PATH: Final = "/v1/chat/completions"
DASHSCOPE_PATH: Final = "/compatible-mode/v1/chat/completions"
_KEEP_ALIVE: Final = {True: b": keep-alive\n\n", False: b"\n"}
"""What a queue sends to a client that streams, and to one that waits for a whole answer."""

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
    enable_thinking: bool = False

    @property
    def prompt(self) -> str:
        """The latest words of the user."""
        return next((message.text for message in reversed(self.messages) if message.role == "user"), "")

    @property
    def may_order(self) -> bool:
        """True when the assistant is offered the checkout tool."""
        return self.tool_choice != "none" and any(tool.function.name == TOOL for tool in self.tools or ())


_DECODER: Final = msgspec.json.Decoder(ChatRequest)


class Speech(msgspec.Struct, frozen=True):
    """How answers are streamed: whose particulars, at which pace, and what is heard while waiting for a server."""

    dialect: sse.Dialect = "openai"
    pace: Pace = "bursts"
    tokens_per_s: float | None = None
    gap_cv: float = 0.4
    piece_bytes: int = sse.PIECE_BYTES
    keep_alive_s: float | None = None


class ChatDoor:
    """Answers chat requests that the controller lets in, in the station's time."""

    def __init__(
        self,
        *,
        clock: Clock,
        controller: Controller,
        key_check: KeyCheck,
        rng: random.Random,
        speech: Speech = Speech(),  # noqa: B008 - a frozen value
        costs: TokenCosts | None = None,
    ) -> None:
        """`costs`: what tokens cost at the station, None where its service law does not look at them."""
        self._clock = clock
        self._speech = speech
        self._costs = costs
        self._rng = rng
        self._controller = controller
        self._key_check = key_check
        self._series = f"{rng.getrandbits(64):016x}"
        self._count = 0
        self.malformed = 0
        self.unauthorized = 0

    def routes(self) -> list[Route]:
        """Return the door's routes: the usual path, and DashScope's for clients that are made for it."""
        return [Route("POST", PATH, self.complete), Route("POST", DASHSCOPE_PATH, self.complete)]

    async def complete(self, request: Request) -> Reply | Stream | Reset:
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
        work = 1.0 if self._costs is None else _work(self._costs, chat)
        decision = self._controller.admit(arrival_of(request, "chat"), work)
        with_usage = chat.stream_options is not None and chat.stream_options.include_usage
        envelope = sse.Envelope(f"chatcmpl-{number}", self._clock.unix_ns() // 1_000_000_000, chat.model, with_usage)
        if isinstance(decision, Refusal):
            return self._refused(chat, envelope, decision, number)
        return self._answered(chat, envelope, decision, number)

    def _answered(self, chat: ChatRequest, envelope: sse.Envelope, ticket: Ticket, number: str) -> Stream:
        async def produce(write: Write) -> Reply | Stream | Reset | None:
            try:
                placement = await ticket.placed()
                if isinstance(placement, Refusal):
                    return self._refused(chat, envelope, placement, number)
                # Encoded when a server is free: thousands wait in the queue, and many of them leave it unserved.
                await self._wait(placement.start_ns, write, stream=chat.stream)
                for at_ns, data in self._moments(chat, envelope, placement, f"call_{number}"):
                    await self._clock.sleep_until(at_ns)
                    await write(data)
            except asyncio.CancelledError:
                ticket.dropped()
                raise
            ticket.served()
            return None

        headers = sse.STREAM_HEADERS if chat.stream else [("content-type", "application/json")]
        headers = [*headers, *session_headers(ticket.room_token)]
        return Stream(200, headers, produce, ticket.ignored)

    async def _wait(self, start_ns: int, write: Write, *, stream: bool) -> None:
        """Wait for a server, with signs of life if the shop gives any."""
        every_s = self._speech.keep_alive_s
        if every_s is not None:
            every_ns = round(every_s * NS_PER_S)
            while (next_ns := self._clock.monotonic_ns() + every_ns) < start_ns:
                await self._clock.sleep_until(next_ns)
                await write(_KEEP_ALIVE[stream])
        await self._clock.sleep_until(start_ns)

    def _refused(
        self, chat: ChatRequest, envelope: sse.Envelope, refusal: Refusal, number: str
    ) -> Reply | Stream | Reset:
        said = Said(number, refusal.retry_after_s, self._clock)
        answer = say(refusal.saying, said, envelope, language_of(chat.prompt), stream=chat.stream)
        if isinstance(answer, Reply) and refusal.place is not None:
            return Reply(answer.status, [*answer.headers, *place_headers(refusal.place)], answer.body)
        return answer

    def _moments(self, chat: ChatRequest, envelope: sse.Envelope, placement: Placement, call_id: str) -> Moments:
        said = _said(chat)
        usage = _usage(chat, said)
        if not chat.stream:
            return [(placement.end_ns, sse.whole(envelope, said, call_id, usage))]
        speech = self._speech
        deltas = sse.deltas(
            said, call_id, speech.dialect, thinking=chat.enable_thinking, piece_bytes=speech.piece_bytes
        )
        events = sse.chunks(envelope, deltas, sse.finish_reason(said), usage)
        if speech.pace == "bursts":
            return in_bursts(events, placement)
        return by_token(
            events,
            placement,
            completion_tokens=usage.completion_tokens,
            tokens_per_s=speech.tokens_per_s,
            gap_cv=speech.gap_cv,
            rng=self._rng,
        )


def _said(chat: ChatRequest) -> Answer:
    if chat.messages[-1].role == "tool":
        return after_tool(language_of(chat.prompt))
    return answer(chat.prompt, may_order=chat.may_order)


def _usage(chat: ChatRequest, said: Answer) -> sse.Usage:
    return sse.Usage(
        sum(sse.tokens_of(message.text) for message in chat.messages),
        sse.tokens_of(said.text) + sse.tokens_of(said.arguments),
    )


def _work(costs: TokenCosts, chat: ChatRequest) -> float:
    usage = _usage(chat, _said(chat))
    return costs.work(usage.prompt_tokens, usage.completion_tokens)


def _error(status: int, code: str, message: str, request_id: str) -> Reply:
    error = {"message": message, "type": "invalid_request_error", "param": None, "code": code}
    return json_reply(status, {"error": error, "request_id": request_id})
