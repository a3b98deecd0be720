"""Chat requests as OpenAI-compatible servers take them: a prompt in, bytes out, with the one tool that the shop's assistant has.

This module must not know sockets nor answers.
"""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

import msgspec

from locustfiles.protocols.http_request import RequestTemplate, with_own

CHAT_PATH = "/v1/chat/completions"
EVENT_STREAM = "text/event-stream"

CREATE_CHECKOUT_TOOL: dict[str, Any] = {
    "type": "function",
    "function": {
        "name": "create_checkout",
        "description": "Open a checkout for the products that the shopper wants to buy.",
        "parameters": {
            "type": "object",
            "properties": {
                "items": {
                    "type": "array",
                    "items": {
                        "type": "object",
                        "properties": {"sku": {"type": "string"}, "quantity": {"type": "integer", "minimum": 1}},
                        "required": ["sku", "quantity"],
                    },
                }
            },
            "required": ["items"],
        },
    },
}
"""The one function that the shop's assistant may call."""


OWN_MEMBERS = frozenset({"messages", "model", "stream", "tools"})
"""Members of a request's body that only the door writes."""
_OPENAI = "openai.com"


class ChatDoor:
    """Encodes streaming chat requests of one model with one system text and one set of tools."""

    def __init__(
        self,
        host: str,
        *,
        path: str = CHAT_PATH,
        model: str = "springtide-shop",
        system_text: str = "",
        headers: Mapping[str, str] = MappingProxyType({}),
        tools: Sequence[dict[str, Any]] = (CREATE_CHECKOUT_TOOL,),
        members: Mapping[str, Any] = MappingProxyType({}),
    ) -> None:
        """``host`` is the Host header's value; ``headers`` take the place of the usual and hold Authorization when there is a key.

        No system text, no system message; no tools, no ``tools``. ``members`` join the body, and null leaves one out. ValueError for
        a header that cannot be sent and for a member that is the door's own.
        """
        if own := sorted(OWN_MEMBERS & members.keys()):
            raise ValueError(f"The member {own[0]!r} of a chat request is written by Springtide; leave it out.")
        usual = {
            "Host": host,
            "User-Agent": "springtide",
            "Accept": EVENT_STREAM,
            "Content-Type": "application/json",
        }
        told = with_own(usual, headers)
        self._template = RequestTemplate("POST", path, headers=told, varying=("X-Shopper-Id",))
        self.offers_tool = bool(tools)
        body = {"model": model, "stream": True, "stream_options": _stream_options(host)}
        if tools:
            body["tools"] = list(tools)
        body = {name: value for name, value in {**body, **members}.items() if value is not None}
        self._before = msgspec.json.encode(body)[:-1] + b',"messages":['
        if system_text:
            self._before += msgspec.json.encode({"role": "system", "content": system_text}) + b","
        self._before += b'{"role":"user","content":'

    def ask(self, prompt_text: str, *, shopper_id: str) -> bytes:
        """The request that puts one prompt to the assistant."""
        return self._template.fill(shopper_id, body=self._before + msgspec.json.encode(prompt_text) + b"}]}")


def _stream_options(host: str) -> dict[str, bool]:
    """Usage is asked for everywhere; OpenAI alone pads its chunks, and knows the member that stops it."""
    name = host.rpartition(":")[0] if host.rpartition(":")[2].isdigit() else host
    is_openai = name.lower() == _OPENAI or name.lower().endswith(f".{_OPENAI}")
    return {"include_usage": True, **({"include_obfuscation": False} if is_openai else {})}
