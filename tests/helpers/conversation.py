"""Master and workers on a wire that a test holds: every message is delivered, lost or repeated when the test says so."""

import time
from collections import deque
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

from locustfiles.recording.worker_end import WorkerEnd
from reports.run_record.schema import Batch, SecondRow


class Wire:
    """The runners of a master and its workers, with every message in a queue that the test delivers, repeats or drops."""

    def __init__(self, *workers: str) -> None:
        """A master and these workers, all of which Locust hears from."""
        self.queue: deque[tuple[str, str, Any, str]] = deque()
        self.master = Party(self, "master")
        self.master.clients = {worker: SimpleNamespace(state="ready", user_count=1) for worker in workers}
        self.workers = {worker: Party(self, worker) for worker in workers}

    def deliver(self, *, losing: tuple[str, ...] = ()) -> list[str]:
        """Deliver until nothing is on the way; the kinds of the messages that were delivered."""
        kinds = []
        while self.queue:
            to, kind, data, sender = self.queue.popleft()
            party = self.master if to == "master" else self.workers[to]
            if kind not in losing and kind in party.listeners:
                kinds.append(kind)
                node = sender if to == "master" else to
                party.listeners[kind](environment=None, msg=SimpleNamespace(data=data, node_id=node))
        return kinds


class Party:
    """One runner on the wire."""

    def __init__(self, wire: Wire, name: str) -> None:
        """A runner without listeners."""
        self.wire = wire
        self.name = name
        self.listeners: dict[str, Callable[..., None]] = {}
        self.clients: dict[str, SimpleNamespace] = {}

    def register_message(self, msg_type: str, listener: Callable[..., None], concurrent: bool = False) -> None:
        """Keep the listener."""
        assert msg_type not in self.listeners
        self.listeners[msg_type] = listener

    def send_message(self, msg_type: str, data: Any = None, client_id: str | None = None) -> None:
        """Put a message on the wire: to the master, to one worker, or to all."""
        to = ["master"] if self.name != "master" else [client_id] if client_id else list(self.clients)
        for party in to:
            self.wire.queue.append((party, msg_type, data, self.name))


class Worker:
    """A worker's side of a run, which keeps what it was told."""

    def __init__(
        self,
        runner: Any,
        name: str,
        clock: Callable[[], float] = lambda: 0.0,
        *,
        place: str = "",
        wall_clock: Callable[[], int] = time.time_ns,
    ) -> None:
        """A worker that writes ahead at ``place``; ``clock`` is monotonic in seconds, ``wall_clock`` in nanoseconds."""
        self.place = place
        self.name = name
        self.plans: list[tuple[str, bytes]] = []
        self.going: list[tuple[int, tuple[int, int]]] = []
        self.cuts = 0
        self.end = WorkerEnd(
            runner,
            on_plan=self._plan,
            on_go=lambda *go: self.going.append(go),
            on_finish=self._finish,
            clock=clock,
            wall_clock=wall_clock,
        )

    def _plan(self, run_id: str, plan: bytes) -> str:
        self.plans.append((run_id, plan))
        self.cuts = 0
        return self.place

    def _finish(self) -> None:
        self.cut(final=True)

    def cut(self, *, final: bool = False) -> None:
        """Send the next batch of the present run."""
        number, self.cuts = self.cuts, self.cuts + 1
        self.end.send(Batch(self.plans[-1][0], self.name, number, seconds=[SecondRow(number, 1, 1, 0)], final=final))
