"""The HTTP server under the doors."""

import asyncio
import socket

from target_stub.http_server import HttpServer
from target_stub.web import Reply, Request, Route, application


async def _hello(_request: Request) -> Reply:
    return Reply(200, [], b"hello")


def test_it_says_when_it_listens_and_ends_when_it_is_told() -> None:
    """Between the two it answers on the socket that it was given."""

    async def story(listening: socket.socket) -> bytes:
        server = HttpServer(application([Route("GET", "/", _hello)]))
        serving = asyncio.create_task(server.serve([listening]))
        await server.listening.wait()
        reader, writer = await asyncio.open_connection(*listening.getsockname())
        writer.write(b"GET / HTTP/1.1\r\nHost: shop\r\nConnection: close\r\n\r\n")
        answer = await reader.read()
        writer.close()
        await writer.wait_closed()
        server.should_exit = True
        await serving
        await server.last_tasks()
        return answer

    with socket.create_server(("127.0.0.1", 0)) as listening:
        assert asyncio.run(story(listening)).endswith(b"hello")
