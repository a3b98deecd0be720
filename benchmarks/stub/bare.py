"""The least that a reply costs on the stub's stack: an ASGI application that reads a request and writes fixed bytes.

Its rate beside the stub's, in turn on the same core, says how much of a request is the shop's own work.
"""

import asyncio
import contextlib
import json
import signal
import socket
import sys
from typing import Final

import uvloop

from target_stub.http_server import BACKLOG, HttpServer
from target_stub.web import Receive, Scope, Send

BODY: Final = b'{"status":"%s"}' % (b"x" * 1000)  # as long as a session's
_HEADERS: Final = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(BODY))]


async def reply(_scope: Scope, receive: Receive, send: Send) -> None:
    """Answer any request whose body comes in one piece."""
    await receive()
    await send({"type": "http.response.start", "status": 200, "headers": _HEADERS})
    await send({"type": "http.response.body", "body": BODY})


async def serve() -> None:
    """Serve on a free port until SIGTERM; the first line on standard output says where."""
    with socket.create_server(("127.0.0.1", 0), backlog=BACKLOG) as listening:
        server = HttpServer(reply)
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGTERM, setattr, server, "should_exit", True)
        serving = asyncio.create_task(server.serve([listening]))
        await server.listening.wait()
        sys.stdout.write(json.dumps({"url": f"http://127.0.0.1:{listening.getsockname()[1]}"}) + "\n")
        sys.stdout.flush()
        await serving


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        uvloop.run(serve())
