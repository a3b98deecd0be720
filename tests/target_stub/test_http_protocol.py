"""A connection that is reset, seen from the other end of a real socket."""

import asyncio
import socket

import pytest

from target_stub.http_protocol import reset


def test_a_reset_connection_ends_with_an_error_and_not_with_an_end() -> None:
    """The client's next read fails with "connection reset"."""

    async def scenario() -> None:
        loop = asyncio.get_running_loop()

        def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            reset(writer.transport)  # type: ignore[arg-type]  # a stream's transport is a socket's

        server = await asyncio.start_server(answer, "127.0.0.1", 0)
        client = socket.socket()
        client.setblocking(False)
        await loop.sock_connect(client, server.sockets[0].getsockname())
        with client, pytest.raises(ConnectionResetError):
            await loop.sock_recv(client, 1)
        server.close()

    asyncio.run(scenario())
