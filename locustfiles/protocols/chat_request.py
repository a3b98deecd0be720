"""Chat requests as OpenAI-compatible servers take them: a prompt in, bytes out, with the one tool that the shop's assistant has.

This module must not know sockets nor answers.
"""

from collections.abc import Sequence
from typing import Any

import msgspec

from locustfiles.protocols.http_request import RequestTemplate

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


class ChatDoor:
    """Encodes streaming chat requests of one model with one system text and one set of tools."""

    def __init__(
        self,
        host: str,
        api_key: str,
        *,
        model: str = "springtide-shop",
        system_text: str,
        tools: Sequence[dict[str, Any]] = (CREATE_CHECKOUT_TOOL,),
        path: str = CHAT_PATH,
    ) -> None:
        """``host`` is the Host header's value. ValueError when host or key cannot stand in a header."""
        headers = {
            "Host": host,
            "User-Agent": "springtide",
            "Accept": EVENT_STREAM,
            "Authorization": f"Bearer {api_key}",
            "Content-Type": "application/json",
        }
        self._template = RequestTemplate("POST", path, headers=headers, varying=("X-Shopper-Id",))
        options = {"model": model, "stream": True, "stream_options": {"include_usage": True}, "tools": list(tools)}
        system = msgspec.json.encode({"role": "system", "content": system_text})
        self._before = msgspec.json.encode(options)[:-1] + b',"messages":[' + system + b',{"role":"user","content":'

    def ask(self, prompt_text: str, *, shopper_id: str) -> bytes:
        """The request that puts one prompt to the assistant."""
        return self._template.fill(shopper_id, body=self._before + msgspec.json.encode(prompt_text) + b"}]}")
