"""Uvicorn's HTTP protocol with one thing more: an application may reset a connection, as an overloaded host does."""

import asyncio
import socket
import struct
from typing import Any, Final

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from target_stub.web import RESET

_LINGER_NOT: Final = struct.pack("ii", 1, 0)
"""SO_LINGER of 0 s: closing sends RST instead of FIN."""


class ResettableProtocol(HttpToolsProtocol):
    """Tells every request how its connection is reset."""

    def on_message_begin(self) -> None:
        """Add the extension to the new request's scope."""
        super().on_message_begin()
        extended: Any = self.scope
        extended["extensions"] = {RESET: {"now": lambda: reset(self.transport)}}


def reset(transport: asyncio.Transport) -> None:
    """Close a connection with RST, throwing away what waits to be sent."""
    sock: socket.socket = transport.get_extra_info("socket")
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_NOT)
    transport.abort()
