"""A stub in virtual time, and a shop that sells nothing, for tests of everything but the shop."""

from collections.abc import Callable, Mapping

import msgspec

from target_stub.app import Stub, build
from target_stub.config import Config
from target_stub.stations import open_stations
from target_stub.web import Reply, Request, Route, json_reply
from tests.helpers.clocks import VirtualClock

CONTROL_TOKEN = "control-token"
BEARER = {"authorization": "Bearer key"}
TOOLS = [{"type": "function", "function": {"name": "create_checkout", "parameters": {"type": "object"}}}]


class EmptyShop:
    """The shop's seam with one route on each side of the key, and a campaign whose expiry only moves later."""

    def __init__(self) -> None:
        """Begin with a campaign that expires at 100 ns."""
        self.expires_unix_ns = 100
        self.issuing = "open"
        self.looks = 0

    def routes(self) -> list[Route]:
        """Return a route that needs a key and one that does not."""
        return [Route("GET", "/orders/{id}", self._order), Route("GET", "/.well-known/acp.json", self._order)]

    async def _order(self, request: Request) -> Reply:
        return json_reply(200, request.path_params)

    def watch_queue(self, waiting: Callable[[], int]) -> None:
        """Keep the way to the chat's queue."""
        self.waiting = waiting

    def look_at_campaign(self) -> None:
        """Count the looks."""
        self.looks += 1

    def counters(self) -> dict[str, int]:
        """Return a count."""
        return {"orders": 3}

    def campaign_switch(
        self, issuing: str | None, redeeming: str | None, expires_unix_ns: int | None
    ) -> dict[str, object]:
        """Change what is given; raises ValueError as the real shop does."""
        if issuing not in {None, "open", "paused"}:
            raise ValueError(f"issuing is open or paused, not {issuing}")
        if expires_unix_ns is not None and expires_unix_ns < self.expires_unix_ns:
            raise ValueError("expiry_moved_earlier: an expiry only moves later")
        self.issuing = issuing or self.issuing
        self.expires_unix_ns = expires_unix_ns or self.expires_unix_ns
        return {"issuing": self.issuing, "expires_unix_ns": self.expires_unix_ns}


def virtual_stub(config: Config, clock: VirtualClock, lines: list[bytes] | None = None) -> Stub:
    """Return a stub on a virtual clock; `lines` collects its truth log."""
    sink = (lambda _line: None) if lines is None else lines.append
    stations = open_stations(config, clock, sink)
    return build(config, EmptyShop(), stations, clock, control_token=CONTROL_TOKEN)


def chat_body(prompt: str, **changes: object) -> bytes:
    """Return the body of a streamed chat request with the checkout tool; `changes` replace or (None) remove members."""
    members: dict[str, object] = {
        "model": "springtide-shop",
        "stream": True,
        "stream_options": {"include_usage": True},
        "messages": [{"role": "system", "content": "You sell."}, {"role": "user", "content": prompt}],
        "tools": TOOLS,
        **changes,
    }
    return msgspec.json.encode({name: value for name, value in members.items() if value is not None})


def control_headers(token: str = CONTROL_TOKEN) -> Mapping[str, str]:
    """Return the headers of a control request."""
    return {"authorization": f"Bearer {token}"}
