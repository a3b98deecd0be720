"""One worker's half of a run: its share of the schedule, its connections, its shoppers' storefront, its recorder.

Made from the plan alone, so that every worker is the same; knows nothing of run directories (but the write-ahead log), SLOs or
other workers.
"""

import os
import random
import sys
import time
from functools import partial
from pathlib import Path

import gevent

from locustfiles.arrivals.gate import Gate
from locustfiles.arrivals.pacer import Pacer
from locustfiles.journeys.catalogue import PRODUCTS
from locustfiles.journeys.storefront import Storefront
from locustfiles.protocols.acp import AcpDialect
from locustfiles.protocols.campaign import CampaignDoor
from locustfiles.protocols.chat_request import ChatDoor
from locustfiles.recording.intents import IntentSpool, open_intents
from locustfiles.recording.recorder import Recorder
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
        origin = Origin.parse(plan.target_url)
        key = _key_from(plan.api_key_env)
        self.plan = plan
        self.has_failed = False
        self.gate = Gate()
        self.pacer = Pacer(plan.schedule, gate=self.gate)
        self.recorder = Recorder(plan.run_id, worker)
        self._intents = open_intents(Path(plan.run_path), plan.run_id, worker)
        patience_s = plan.patience_s
        self.pool = ConnectionPool(
            origin,
            deadlines=Deadlines(
                connect_s=patience_s,
                first_byte_s=patience_s,
                between_bytes_s=patience_s,
                total_s=2 * patience_s,
                pool_s=patience_s,
            ),
            limits=Limits(connections=plan.shoppers),
        )
        self.store = Storefront(
            wire=self.pool,
            chat=ChatDoor(origin.host_header, key, system_text=SYSTEM_TEXT),
            checkout=AcpDialect(origin.host_header, key),
            campaign=CampaignDoor(origin.host_header, key),
            recorder=self.recorder,
            intents=self._intents,
            book=TemplateBook(names={product.sku: (product.zh, product.en) for product in PRODUCTS}),
            retry=partial(plan.retry.policy_of, plan.seed),
            draw=random.Random(plan.seed).random,
        )

    def go(self, started_monotonic_ns: int, share: tuple[int, int]) -> None:
        """Start the pacer: second 0 of the curve is at this instant, ``share`` is (this worker's number, workers)."""
        self.pacer = Pacer(self.plan.schedule, gate=self.gate, share=share)
        self.store.started_ns = started_monotonic_ns
        self.recorder.started_ns = started_monotonic_ns
        gevent.spawn(self.pacer.run, started_monotonic_ns)

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

    def cut(self, *, final: bool = False) -> Batch:
        """What happened since the last cut."""
        batch = self.recorder.cut(
            time.monotonic_ns(),
            seconds=self.pacer.take_rows(),
            in_flight=self.pacer.in_flight,
            idle_shoppers=self.gate.idle,
            connections=self.pool.open_connections,
            final=final,
        )
        if isinstance(self._intents, IntentSpool):
            batch.intents = self._intents.take()
        return batch

    @property
    def place(self) -> str:
        """Host and path of the write-ahead rows, "" when they are in the run directory."""
        return self._intents.place if isinstance(self._intents, IntentSpool) else ""

    def close(self, *, has_all_arrived: bool = True) -> None:
        """Close the connections and the write-ahead log; a spool goes when the master has all of it, else it is named."""
        self.pool.close()
        self._intents.close()
        if isinstance(self._intents, IntentSpool):
            if has_all_arrived:
                self._intents.discard()
            else:
                sys.stderr.write(f"\nThe master has not taken every batch; write-ahead rows are in {self.place}.\n")


def _key_from(variable: str) -> str:
    key = os.environ.get(variable, "") or UNSET_KEY
    if not (key.isascii() and key.isprintable()):
        msg = f"The API key in {variable} holds a line end or another character that no header can carry; set it again without."
        raise GeneratorError(msg)
    return key
