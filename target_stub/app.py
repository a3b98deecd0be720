"""Puts the stub together: from a configuration, a shop and a clock to two ASGI applications."""

import random
from typing import Final

import msgspec

from target_stub.api_key import KeyCheck
from target_stub.chat import ChatDoor, Speech
from target_stub.clock import NS_PER_S, Clock
from target_stub.config import Config
from target_stub.control import ControlDoor, Shop
from target_stub.sizing import token_costs_of
from target_stub.stations import Stations
from target_stub.web import AsgiApp, Reply, Request, Route, application, json_reply

CAMPAIGN_LOOK_NS: Final = 250_000_000
"""How often a campaign looks at clock, budget and queue by itself; each claim makes it look, too."""


class Stub(msgspec.Struct, frozen=True):
    """A stub that is wired and not yet listening."""

    public: AsgiApp
    control: AsgiApp
    stations: Stations


def build(
    config: Config,
    shop: Shop,
    stations: Stations,
    clock: Clock,
    *,
    control_token: str,
    api_key: str | None = None,
) -> Stub:
    """Return the stub of a configuration; the shop checks keys at its own doors and passes through its own stations."""
    ids = random.Random(f"{config.seed}/answer-ids")
    speech = Speech(
        dialect=config.chat_dialect,
        pace=config.answer_pace,
        tokens_per_s=config.tokens_per_s,
        gap_cv=config.token_gap_cv,
        piece_bytes=config.delta_bytes,
        keep_alive_s=config.keep_alive_s,
    )
    chat = ChatDoor(
        clock=clock,
        controller=stations.chat.controller,
        key_check=KeyCheck(api_key),
        rng=ids,
        speech=speech,
        costs=token_costs_of(config),
    )
    control = ControlDoor(token=control_token, shop=shop, chat=chat, stations=stations)
    watched = stations.desks.get(config.campaign_pause_queue)
    if watched is not None:
        shop.watch_queue(watched.controller.queue_length)
    public = [Route("GET", "/healthz", _healthz), *chat.routes(), *shop.routes()]
    return Stub(application(public), application(control.routes()), stations)


async def _healthz(_request: Request) -> Reply:
    return json_reply(200, {"status": "ok"})


async def keep_truth(stations: Stations, clock: Clock) -> None:
    """Finish each second of the truth log soon after it is over; runs until cancelled."""
    while True:
        left_ns = NS_PER_S - clock.unix_ns() % NS_PER_S
        await clock.sleep_until(clock.monotonic_ns() + left_ns)
        stations.roll()


async def keep_campaign(shop: Shop, clock: Clock) -> None:
    """Let the campaign follow its plan and its pause rule when nobody asks for a card; runs until cancelled."""
    while True:
        await clock.sleep_until(clock.monotonic_ns() + CAMPAIGN_LOOK_NS)
        shop.look_at_campaign()
