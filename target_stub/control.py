"""The control door, on loopback and behind a token of its own: counters, truth, campaign switches, admission."""

import datetime as dt
from collections.abc import Callable
from typing import Final, Literal, Protocol

import msgspec

from target_stub.admission.doors import Door, OpenDoor, TokenBucket
from target_stub.api_key import KeyCheck
from target_stub.chat import ChatDoor
from target_stub.stations import Stations
from target_stub.web import Handler, Reply, Request, Route, flat_error, json_reply

_EPOCH: Final = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


class Shop(Protocol):
    """The part of the shop that has its own doors, as the rest of the stub sees it."""

    def routes(self) -> list[Route]:
        """Return the public routes of checkouts, campaign and orders."""
        ...

    def counters(self) -> dict[str, int]:
        """Return counts since the start."""
        ...

    def watch_queue(self, waiting: Callable[[], int]) -> None:
        """Tell the campaign how many wait where its pause rule looks."""
        ...

    def look_at_campaign(self) -> None:
        """Let the campaign follow its plan and its pause rule."""
        ...

    def campaign_switch(
        self, issuing: str | None, redeeming: str | None, expires_unix_ns: int | None
    ) -> dict[str, object]:
        """Change what is not None and return the campaign; raises ValueError with a sentence that has the code."""
        ...


class CampaignSwitch(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Body of POST /control/campaign; `expires_at` is an RFC 3339 time with its offset."""

    issuing: str | None = None
    redeeming: str | None = None
    expires_at: dt.datetime | None = None


class DoorSwitch(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Body of POST /control/door; what is left out stays as it is."""

    kind: Literal["open", "token-bucket"] | None = None
    rate_per_s: float | None = None
    burst_s: float | None = None


class ControlDoor:
    """Routes for whoever runs the stub: a test, or a person with curl."""

    def __init__(self, *, token: str, shop: Shop, chat: ChatDoor, stations: Stations) -> None:
        self._key_check = KeyCheck(token)
        self._shop = shop
        self._chat = chat
        self._stations = stations
        self._controller = stations.chat.controller

    def routes(self) -> list[Route]:
        """Return the control routes, each behind the token."""
        table: list[tuple[str, str, Handler]] = [
            ("GET", "/control/counters", self._counters),
            ("GET", "/control/truth", self._truth_lines),
            ("POST", "/control/campaign", self._campaign),
            ("POST", "/control/door", self._switch_door),
        ]
        return [Route(method, path, self._guarded(handler)) for method, path, handler in table]

    def _guarded(self, handler: Handler) -> Handler:
        async def guarded(request: Request) -> Reply:
            if not self._key_check.accepts(request):
                return flat_error(401, "unauthorized", "the control token is missing or wrong: see the ready line")
            return await handler(request)

        return guarded

    async def _counters(self, _request: Request) -> Reply:
        chat = msgspec.to_builtins(self._stations.chat.truth.totals)
        chat.update(malformed=self._chat.malformed, unauthorized=self._chat.unauthorized)
        parts = {
            "chat": chat,
            "station": self._controller.gauges(),
            "door": self._controller.door,
            "capacity": self._stations.capacity,
            "stations": self._stations.gauges(),
            "shop": self._shop.counters(),
        }
        return json_reply(200, parts)

    async def _truth_lines(self, _request: Request) -> Reply:
        return Reply(200, [("content-type", "application/x-ndjson")], b"".join(self._stations.truth_lines()))

    async def _campaign(self, request: Request) -> Reply:
        try:
            switch = msgspec.json.decode(request.body, type=CampaignSwitch)
            expires_unix_ns = None if switch.expires_at is None else _unix_ns(switch.expires_at)
            campaign = self._shop.campaign_switch(switch.issuing, switch.redeeming, expires_unix_ns)
        except ValueError as error:
            moved = "expiry_moved_earlier" in str(error)
            return flat_error(409 if moved else 400, "expiry_moved_earlier" if moved else "invalid", str(error))
        return json_reply(200, campaign)

    async def _switch_door(self, request: Request) -> Reply:
        try:
            switch = msgspec.json.decode(request.body, type=DoorSwitch)
            door = switched(self._controller.door, switch)
        except ValueError as error:
            return flat_error(400, "invalid", str(error))
        self._controller.switch(door)
        return json_reply(200, door)


def switched(door: Door, switch: DoorSwitch) -> Door:
    """Return the door after a switch; raises ValueError when the switch leaves a bucket without a rate."""
    kind = switch.kind or ("open" if isinstance(door, OpenDoor) else "token-bucket")
    if kind == "open":
        if switch.rate_per_s is not None or switch.burst_s is not None:
            raise ValueError("an open door has no rate and no burst: give kind token-bucket with them")
        return OpenDoor()
    before = door if isinstance(door, TokenBucket) else None
    rate_per_s = switch.rate_per_s if before is None or switch.rate_per_s is not None else before.rate_per_s
    if rate_per_s is None:
        raise ValueError("a token bucket needs its rate: give rate_per_s")
    if switch.burst_s is not None:
        return TokenBucket(rate_per_s, switch.burst_s)
    return TokenBucket(rate_per_s) if before is None else TokenBucket(rate_per_s, before.burst_s)


def _unix_ns(at: dt.datetime) -> int:
    if at.tzinfo is None:
        raise ValueError(f"expires_at {at.isoformat()} has no offset: write it as 2026-02-28T23:59:59+08:00")
    return (at - _EPOCH) // dt.timedelta(microseconds=1) * 1000
