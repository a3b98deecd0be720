"""The control door, on loopback and behind a token of its own: counters, truth, campaign switches, admission."""

import datetime as dt
from collections.abc import Callable
from typing import Any, Final, Protocol

import msgspec

from target_stub.admission.policy import DISCIPLINES, DOORS, LIMITS, switched
from target_stub.api_key import KeyCheck
from target_stub.chat import ChatDoor
from target_stub.stations import Stations
from target_stub.web import Handler, Reply, Request, Route, flat_error, json_reply

# A rule's kind and parameters; what is left out stays as it is.
_CHANGE: Final = msgspec.json.Decoder(dict[str, Any])
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
            ("POST", "/control/door", self._switching(self._switch_door)),
            ("POST", "/control/limit", self._switching(self._switch_limit)),
            ("POST", "/control/queue", self._switching(self._switch_queue)),
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
            "limit": self._controller.limit,
            "limit_now": self._controller.limit_now(),
            "queue": self._controller.discipline,
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

    def _switching(self, switch: Callable[[dict[str, Any]], object]) -> Handler:
        async def handle(request: Request) -> Reply:
            try:
                return json_reply(200, switch(_CHANGE.decode(request.body)))
            except ValueError as error:
                return flat_error(400, "invalid", str(error))

        return handle

    def _switch_door(self, change: dict[str, Any]) -> object:
        self._controller.switch(switched(self._controller.door, DOORS, change))
        return self._controller.door

    def _switch_limit(self, change: dict[str, Any]) -> object:
        self._controller.switch_limit(switched(self._controller.limit, LIMITS, change))
        return self._controller.limit

    def _switch_queue(self, change: dict[str, Any]) -> object:
        self._controller.switch_discipline(switched(self._controller.discipline, DISCIPLINES, change))
        return self._controller.discipline


def _unix_ns(at: dt.datetime) -> int:
    if at.tzinfo is None:
        raise ValueError(f"expires_at {at.isoformat()} has no offset: write it as 2026-02-28T23:59:59+08:00")
    return (at - _EPOCH) // dt.timedelta(microseconds=1) * 1000
