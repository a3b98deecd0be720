"""The HTTP server under the doors: uvicorn as the stub runs it, and told to end from outside."""

import asyncio
import contextlib
import socket
from collections.abc import Iterator
from typing import Final

import uvicorn

from target_stub.http_protocol import ResettableProtocol
from target_stub.web import AsgiApp

BACKLOG: Final = 4096
"""Connections that may wait for accept: a festival's first second opens them all at once."""
_KEEP_ALIVE_S: Final = 75  # longer than a shopper pauses between two steps
_LAST_ANSWERS_S: Final = 1  # what open answers get after the end was asked for


class HttpServer(uvicorn.Server):
    """A uvicorn server that leaves signals to the program and says when it listens."""

    def __init__(self, app: AsgiApp) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                loop="none",
                http=ResettableProtocol,
                ws="none",
                lifespan="off",
                log_config=None,
                log_level="critical",
                access_log=False,
                server_header=False,
                proxy_headers=False,
                backlog=BACKLOG,
                timeout_keep_alive=_KEEP_ALIVE_S,
                timeout_graceful_shutdown=_LAST_ANSWERS_S,
            )
        )
        self.listening = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen, and say so."""
        await super().startup(sockets)
        self.listening.set()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave them to the program."""
        yield

    async def last_tasks(self) -> None:
        """Wait for the requests that the shutdown has cancelled: their endings belong in the truth."""
        await asyncio.gather(*self.server_state.tasks, return_exceptions=True)
