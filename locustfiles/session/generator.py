"""One worker's half of a run: its share of the schedule, its connections, its shoppers' storefront, its recorder.

Made from the plan alone, so that every worker is the same; knows nothing of run directories (but the write-ahead log), SLOs or
other workers.
"""

import os
import random
import sys
import time
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import gevent

from locustfiles.arrivals.closed_loop import ClosedLoop
from locustfiles.arrivals.gate import Gate
from locustfiles.arrivals.pacer import Pacer
from locustfiles.journeys.catalogue import PRODUCTS
from locustfiles.journeys.dialect_till import DialectTill
from locustfiles.journeys.storefront import Storefront
from locustfiles.protocols.acp import AcpDialect
from locustfiles.protocols.campaign import CampaignDoor
from locustfiles.protocols.chat_request import ChatDoor
from locustfiles.protocols.request_heads import RequestHeads
from locustfiles.recording.intents import IntentSpool, open_intents
from locustfiles.recording.parts import Parts, at_once
from locustfiles.recording.recorder import Recorder
from locustfiles.recording.request_event import HeardRecorder, HeardWire, Listener
from locustfiles.recording.soft_refusal import TemplateBook
from locustfiles.session.plan import Plan
from locustfiles.transport.connection_pool import ConnectionPool
from locustfiles.transport.deadlines import Deadlines, Limits
from locustfiles.transport.origin import Origin
from reports.run_record.schema import Batch

SYSTEM_TEXT = (
    "You are the shopping assistant of an online shop. When the shopper names a product, call create_checkout with its sku "
    "and quantity; ask back when the product is not clear."
)
UNSET_KEY = "no-key"
"""Sent when the environment holds no API key: a target that wants one then says so in its own words."""
_DRAIN_STEP_S = 0.02


class GeneratorError(ValueError):
    """A plan that this process cannot carry out; the text is one sentence for the user."""


class Generator:
    """Everything that generates load in this process for one run."""

    def __init__(self, plan: Plan, *, worker: str) -> None:
        """Build pacer, pool, doors and recorder; nothing is sent before ``go``. GeneratorError when the API key is unusable."""
        key = _key_from(plan.api_key_env)
        self.plan = plan
        self.has_failed = False
        self.gate, self.pacer = self._gate_and_pacer(plan)
        self.recorder = Recorder(plan.run_id, worker)
        self.due: set[Any] = set()
        """Shoppers that have an arrival whose wish is not written ahead."""
        self._worker = worker
        self._intents = open_intents(Path(plan.run_path), plan.run_id, worker)
        origins = [Origin.parse(url) for url in plan.origins]
        self._pools = [_pool(plan, origin) for origin in origins]
        self.pool = self._pools[0]
        shop, chat = origins[0], origins[-1]
        self.heads = RequestHeads(shop.host_header, os.environ.get(plan.api_key_env, ""))
        """Of the requests that journeys of one's own send."""
        self.store = Storefront(
            wire=self.pool,
            chat=ChatDoor(chat.host_header, key, system_text=SYSTEM_TEXT),
            till=DialectTill(AcpDialect(shop.host_header, key)),
            campaign=CampaignDoor(shop.host_header, key),
            recorder=self.recorder,
            intents=self._intents,
            book=TemplateBook(names={product.sku: (product.zh, product.en) for product in PRODUCTS}),
            retry=partial(plan.retry.policy_of, plan.seed),
            draw=random.Random(plan.seed).random,
            chat_wire=self._pools[-1] if plan.chat_url else None,
        )

    def _gate_and_pacer(self, plan: Plan) -> tuple[Gate, Pacer | ClosedLoop]:
        if plan.thinking is not None:
            loop = ClosedLoop(plan.thinking, plan.seed)
            return loop, loop
        gate = Gate()
        self._schedule = plan.schedule
        return gate, Pacer(self._schedule, gate=gate)

    def tell(self, listeners: Sequence[Listener]) -> None:
        """Tell these listeners of every request; to be called before ``go``."""
        if listeners:
            self.recorder = heard = HeardRecorder(self.plan.run_id, self._worker, listeners, self.plan.target_url)
            self.store.recorder = heard
            self.store.wire, self.store.chat_wire = (HeardWire(pool, heard) for pool in (self.pool, self._pools[-1]))

    def go(self, started_monotonic_ns: int, share: tuple[int, int]) -> None:
        """Start pacer or thinking: second 0 of the run is at this instant, ``share`` is (this worker's number, workers)."""
        self.store.started_ns = started_monotonic_ns
        self.recorder.started_ns = started_monotonic_ns
        if isinstance(self.pacer, ClosedLoop):
            self.pacer.begin(started_monotonic_ns, share)
            return
        self.pacer = pacer = Pacer(self._schedule, gate=self.gate, share=share)
        gevent.spawn(pacer.run, started_monotonic_ns)

    def fail(self, error: OSError) -> None:
        """A wish could not be written ahead, so it was not sent: release nothing more, and say why once."""
        if not self.has_failed:
            self.has_failed = True
            self.pacer.stop()
            sys.stderr.write(f"\nWishes cannot be written ahead ({error}), so no more of them are sent.\n")

    def drain(self, deadline_s: float) -> None:
        """Release nothing more and give the wishes in flight so many seconds to end."""
        self.pacer.stop()
        gevent.sleep(0)  # arrivals that are on their way to a shopper are in flight after this
        until_s = time.monotonic() + deadline_s
        while self.pacer.in_flight and time.monotonic() < until_s:
            gevent.sleep(_DRAIN_STEP_S)
        for shopper in list(
            self.due
        ):  # busy without having sent anything: released, so to be written ahead while that is possible
            shopper.write_ahead()

    def cut(self, *, final: bool = False) -> Batch:
        """What happened since the last cut."""
        return at_once(self.cut_in_parts(final=final))

    def cut_in_parts(self, *, final: bool = False) -> Parts[Batch]:
        """The same a part at a time; what happens once the work has begun belongs to the next batch."""
        intents = self._intents.take() if isinstance(self._intents, IntentSpool) else []
        batch = yield from self.recorder.cut_in_parts(
            time.monotonic_ns(),
            seconds=self.pacer.take_rows(),
            in_flight=self.pacer.in_flight,
            idle_shoppers=self.gate.idle,
            connections=sum(pool.open_connections for pool in self._pools),
            final=final,
        )
        batch.intents = intents
        return batch

    @property
    def place(self) -> str:
        """Host and path of the write-ahead rows, "" when they are in the run directory."""
        return self._intents.place if isinstance(self._intents, IntentSpool) else ""

    def close(self, *, has_all_arrived: bool = True) -> None:
        """Close the connections and the write-ahead log; a spool goes when the master has all of it, else it is named."""
        for pool in self._pools:
            pool.close()
        self._intents.close()
        if isinstance(self._intents, IntentSpool):
            if has_all_arrived:
                self._intents.discard()
            else:
                sys.stderr.write(f"\nThe master has not taken every batch; write-ahead rows are in {self.place}.\n")


def _pool(plan: Plan, origin: Origin) -> ConnectionPool:
    patience_s = plan.patience_s
    deadlines = Deadlines(
        connect_s=patience_s,
        first_byte_s=patience_s,
        between_bytes_s=patience_s,
        total_s=2 * patience_s,
        pool_s=patience_s,
    )
    limits = Limits(connections=plan.shoppers)
    return ConnectionPool(origin, deadlines=deadlines, limits=limits, mode=plan.connections, tls=plan.tls)


def _key_from(variable: str) -> str:
    key = os.environ.get(variable, "") or UNSET_KEY
    if not (key.isascii() and key.isprintable()):
        msg = f"The API key in {variable} holds a line end or another character that no header can carry; set it again without."
        raise GeneratorError(msg)
    return key
