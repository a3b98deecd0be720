"""Puts the stub together: from a configuration, a shop and a clock to two ASGI applications."""

import random
from collections.abc import Callable

import msgspec

from target_stub.admission.controller import Controller
from target_stub.admission.policy import discipline_of, door_of, limit_of
from target_stub.api_key import KeyCheck
from target_stub.capacity.service_time import service_times
from target_stub.capacity.station import Station
from target_stub.chat import ChatDoor, Speech
from target_stub.clock import NS_PER_S, Clock
from target_stub.config import Config
from target_stub.control import ControlDoor, Shop
from target_stub.sizing import sizing
from target_stub.truth_log import TruthLog
from target_stub.web import AsgiApp, Reply, Request, Route, application, json_reply


class Stub(msgspec.Struct, frozen=True):
    """A stub that is wired and not yet listening."""

    public: AsgiApp
    control: AsgiApp
    controller: Controller
    truth: TruthLog


def build(
    config: Config,
    shop: Shop,
    clock: Clock,
    *,
    control_token: str,
    api_key: str | None = None,
    truth_sink: Callable[[bytes], None] = lambda _line: None,
) -> Stub:
    """Return the stub of a configuration; the shop checks keys at its own doors, `truth_sink` gets the truth's lines."""
    size = sizing(config)
    station = Station(size.servers, size.queue_limit)
    truth = TruthLog(clock, station.in_system, truth_sink)
    rng = random.Random(f"{config.seed}/service-time")
    controller = Controller(
        clock=clock,
        station=station,
        service_time=service_times(config.service_law, size.mean_ms, cv=config.service_cv, rng=rng),
        door=door_of(config),
        voice=config.voice,
        truth=truth,
        limit=limit_of(config),
        discipline=discipline_of(config),
        seed=config.seed,
    )
    ids = random.Random(f"{config.seed}/answer-ids")
    speech = Speech(
        dialect=config.chat_dialect,
        pace=config.answer_pace,
        tokens_per_s=config.tokens_per_s,
        gap_cv=config.token_gap_cv,
        keep_alive_s=config.keep_alive_s,
    )
    chat = ChatDoor(clock=clock, controller=controller, key_check=KeyCheck(api_key), rng=ids, speech=speech)
    control = ControlDoor(token=control_token, shop=shop, chat=chat, controller=controller, truth=truth)
    public = [Route("GET", "/healthz", _healthz), *chat.routes(), *shop.routes()]
    return Stub(application(public), application(control.routes()), controller, truth)


async def _healthz(_request: Request) -> Reply:
    return json_reply(200, {"status": "ok"})


async def keep_truth(truth: TruthLog, clock: Clock) -> None:
    """Finish each second of the truth log soon after it is over; runs until cancelled."""
    while True:
        left_ns = NS_PER_S - clock.unix_ns() % NS_PER_S
        await clock.sleep_until(clock.monotonic_ns() + left_ns)
        truth.roll()
