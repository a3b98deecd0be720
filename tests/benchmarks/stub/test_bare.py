"""The bare application."""

import asyncio

from benchmarks.stub.bare import BODY, reply
from tests.helpers.asgi import ask


def test_any_request_gets_the_fixed_reply() -> None:
    """As long as a session's reply."""
    call = asyncio.run(_asked())
    assert (call.status, call.body, call.headers["content-length"]) == (200, BODY, str(len(BODY)))


async def _asked():
    return await ask(reply, "POST", "/checkout_sessions", body=b"{}")
