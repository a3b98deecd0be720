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
from locustfiles.journeys.itinerary import JOURNEYS
from locustfiles.journeys.retry import RetryPolicy
from locustfiles.journeys.returning import Returning
from locustfiles.journeys.storefront import Storefront
from locustfiles.journeys.wishes import prompts_of
from locustfiles.recording.intents import IntentSpool, open_intents
from locustfiles.recording.parts import Parts, at_once
from locustfiles.recording.recorder import Recorder
from locustfiles.recording.request_event import HeardRecorder, HeardWire, Listener
from locustfiles.recording.soft_refusal import TemplateBook
from locustfiles.recording.text_sample import TextSample
from locustfiles.recording.words_seen import WordsSeen
from locustfiles.session.doors import GeneratorError, deadlines_of, names_of, open_doors
from locustfiles.session.plan import Plan
from locustfiles.session.stop_file import LAST_REQUESTS_S, watch
from locustfiles.target.permission import plan_mistake
from locustfiles.transport.connection_pool import ConnectionPool
from locustfiles.transport.deadlines import Limits
from locustfiles.transport.origin import Origin
from reports.run_record.schema import Batch

_DRAIN_STEP_S = 0.02


class Generator:
    """Everything that generates load in this process for one run."""

    def __init__(self, plan: Plan, *, worker: str) -> None:
        """Build pacer, pool, doors and recorder; nothing is sent before ``go``.

        GeneratorError when a secret is unusable, or the plan leads to where this process may not send.
        """
        if mistake := plan_mistake(plan.origins, plan.permits, time.time_ns()):
            raise GeneratorError(mistake)
        self.doors = doors = open_doors(plan, os.environ)
        self.keyring = doors.keyring
        self.journey = JOURNEYS[doors.target.journey]
        """What a scenario's shoppers do."""
        returning = Returning(plan.returning_share, plan.seed)
        self.prompt = prompts_of(doors.target, plan.run_id, returning)
        """The prompt of an arrival's index."""
        self.plan = plan
        self._watch: gevent.Greenlet[..., None] | None = None
        self._has_load_ended = False
        self.has_failed = False
        self.gate, self.pacer = self._gate_and_pacer(plan)
        self.recorder = Recorder(plan.run_id, worker)
        self.due: set[Any] = set()
        """Shoppers that have an arrival whose wish is not written ahead."""
        self._worker = worker
        self._intents = open_intents(Path(plan.run_path), plan.run_id, worker)
        origins = map(Origin.parse, plan.origins)
        self._pools = {str(origin): _pool(plan, origin) for origin in origins}
        self.pool = next(iter(self._pools.values()))
        self.heads = doors.heads
        """Of the requests that journeys of one's own send."""
        self.store = Storefront(
            wire=self.pool,
            chat=doors.chat,
            till=doors.till,
            campaign=doors.campaign,
            recorder=self.recorder,
            intents=self._intents,
            book=TemplateBook(names=names_of(doors.target)),
            retry=partial(_policy, plan, returning),
            draw=random.Random(plan.seed).random,
            chat_wire=self._pools.get(doors.chat_origin),
            card_wire=self._pools.get(doors.card_origin),
            codes=doors.target.cards.codes,
            shoppers_return=returning.share > 0,
            clean=self.keyring.redactor.clean,
            words=WordsSeen(self.keyring.redactor.clean),
            texts=TextSample(plan.seed, plan.keep_texts, self.keyring.redactor.clean),
        )

    def _gate_and_pacer(self, plan: Plan) -> tuple[Gate, Pacer | ClosedLoop]:
        if plan.thinking is not None:
            loop = ClosedLoop(plan.thinking, plan.seed, most_per_s=plan.most_per_s)
            return loop, loop
        gate = Gate()
        self._schedule = plan.schedule
        return gate, Pacer(self._schedule, gate=gate)

    def tell(self, listeners: Sequence[Listener]) -> None:
        """Tell these listeners of every request; to be called before ``go``."""
        if listeners:
            self.recorder = heard = HeardRecorder(self.plan.run_id, self._worker, listeners, self.plan.target_url)
            self.store.recorder = heard
            told = {url: HeardWire(pool, heard) for url, pool in self._pools.items()}
            self.store.wire = next(iter(told.values()))
            self.store.chat_wire = told.get(self.doors.chat_origin)
            self.store.card_wire = told.get(self.doors.card_origin)

    def go(self, started_monotonic_ns: int, share: tuple[int, int]) -> None:
        """Start pacer or thinking: second 0 of the run is at this instant, ``share`` is (this worker's number, workers)."""
        self.store.started_ns = started_monotonic_ns
        self.recorder.started_ns = started_monotonic_ns
        if self._has_load_ended:  # Ctrl-C was faster than the master's word
            return
        self._watch_for_the_end()
        if isinstance(self.pacer, ClosedLoop):
            self.pacer.begin(started_monotonic_ns, share)
            return
        self.pacer = pacer = Pacer(self._schedule, gate=self.gate, share=share, most_per_s=self.plan.most_per_s)
        gevent.spawn(pacer.run, started_monotonic_ns)

    def fail(self, error: OSError) -> None:
        """A wish could not be written ahead, so it was not sent: release nothing more, and say why once."""
        if not self.has_failed:
            self.has_failed = True
            self.pacer.stop()
            sys.stderr.write(f"\nWishes cannot be written ahead ({error}), so no more of them are sent.\n")

    def _watch_for_the_end(self) -> None:
        """Look by oneself for the stop file and the end of the window: load must end also when the master hangs."""
        file = Path(self.plan.stop_file) if self.plan.stop_file else None
        self._watch = watch(file, self.plan.closes_unix_ns, lambda _why: self.end_load())

    def end_load(self) -> None:
        """Release nothing more, and send no request later than ``LAST_REQUESTS_S`` from now. Idempotent, from any greenlet."""
        self.pacer.stop()
        if not self._has_load_ended:
            self._has_load_ended = True
            gevent.spawn_later(LAST_REQUESTS_S, self._halt)

    def _halt(self) -> None:
        for pool in self._pools.values():
            pool.halt()

    def drain(self, deadline_s: float) -> None:
        """Release nothing more and give the wishes in flight so many seconds to end."""
        self.end_load()
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
            connections=sum(pool.open_connections for pool in self._pools.values()),
            final=final,
        )
        batch.intents = intents
        batch.words = self.store.words.take()
        batch.texts = self.store.texts.take()
        batch.held_back = self.pacer.take_held_back()
        return batch

    @property
    def place(self) -> str:
        """Host and path of the write-ahead rows, "" when they are in the run directory."""
        return self._intents.place if isinstance(self._intents, IntentSpool) else ""

    def close(self, *, has_all_arrived: bool = True) -> None:
        """Close the connections and the write-ahead log; a spool goes when the master has all of it, else it is named."""
        if self._watch is not None:
            self._watch.kill(block=False)
        for pool in self._pools.values():
            pool.close()
        self._intents.close()
        if isinstance(self._intents, IntentSpool):
            if has_all_arrived:
                self._intents.discard()
            else:
                sys.stderr.write(f"\nThe master has not taken every batch; write-ahead rows are in {self.place}.\n")


def _policy(plan: Plan, returning: Returning, index: int) -> RetryPolicy:
    """What the shopper of an arrival does when refused: the same with every wish."""
    return plan.retry.policy_of(plan.seed, returning.first(index))


def _pool(plan: Plan, origin: Origin) -> ConnectionPool:
    limits = Limits(connections=plan.shoppers)
    addresses = plan.addresses_of(origin)
    return ConnectionPool(
        origin, deadlines=deadlines_of(plan), limits=limits, mode=plan.connections, tls=plan.tls, addresses=addresses
    )
