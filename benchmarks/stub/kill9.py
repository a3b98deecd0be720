"""Kills the stub with SIGKILL in the middle of purchases, again and again on the same books, and holds the books against what was told.

An order is acknowledged when its shopper has read the answer. Each must be in the books, with the id that was told, once, with
one payment; orders that nobody was told of are legal. The stub must serve again within two seconds.
"""

import asyncio
import os
import signal
import sqlite3
import time
from collections import Counter
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from random import Random
from typing import NamedTuple

import httpx

from benchmarks.generator.bench_machine import BenchError
from benchmarks.stub import programs
from benchmarks.stub.load import Caller, Load
from target_stub.ledger_export import export
from target_stub.ledger_postgres import is_postgres

CONNECTIONS = 64
PURCHASES = 2_500
"""Cards claimed for each round: more than are spent until its kill."""
RESTART_LIMIT_S = 2.0
_SHORTEST_S, _LONGEST_S = 0.1, 0.4


class Killed(NamedTuple):
    """What all rounds came to."""

    rounds: int
    acknowledged: int
    lost: int
    doubled: int
    unacknowledged: int
    """Orders in the books of which nobody was told: the kill came between the commit and the answer."""
    slowest_restart_s: float


def kill_rounds(rounds: int, ledger: Path | str, folder: Path, *, core: int, seed: int = 1) -> Killed:
    """Kill so many times under load; the stub is started again on the same books each time, and once more at the end."""
    random = Random(seed)
    told: dict[str, str] = {}
    restarts_s: list[float] = []
    for number in range(rounds + 1):
        began_s = time.monotonic()
        server = programs.stub(ledger, folder, core=core)
        with server:
            if httpx.get(f"{server.url}/healthz").status_code != httpx.codes.OK:
                raise BenchError("The stub does not serve.")
            restarts_s.append(time.monotonic() - began_s)
            if number < rounds:
                told |= asyncio.run(_buy(server, number * PURCHASES, random.uniform(_SHORTEST_S, _LONGEST_S)))
    file = Path(ledger)
    if is_postgres(str(ledger)):
        file = folder / "copy.sqlite"
        export(str(ledger), file)
    with closing(sqlite3.connect(file)) as books:
        return judged(books, told, rounds, max(restarts_s[1:]))


async def _buy(server: programs.Listening, first_user: int, kill_after_s: float) -> dict[str, str]:
    """Load the stub, kill it, and return the orders that were acknowledged by then, by key."""
    loop = asyncio.get_running_loop()
    load = Load(PURCHASES, first_user=first_user)
    callers: list[Caller] = []
    for _ in range(CONNECTIONS):
        _transport, caller = await loop.create_connection(lambda: Caller(load), "127.0.0.1", server.port)
        callers.append(caller)
    await asyncio.gather(*(caller.begin(load.claims()) for caller in callers))
    ends = [caller.begin(load.purchases()) for caller in callers]
    await asyncio.sleep(kill_after_s)
    if load.failures:
        raise BenchError(f"A purchase failed before the kill: {load.first_failure}")
    if all(end.done() for end in ends):
        raise BenchError("Everything was bought before the kill, which must come under load.")
    os.kill(server.process.pid, signal.SIGKILL)
    await asyncio.gather(*ends)
    return load.acknowledged


def judged(books: sqlite3.Connection, told: Mapping[str, str], rounds: int, slowest_restart_s: float) -> Killed:
    """Hold the books against the orders that were told, by key."""
    orders = books.execute("SELECT idempotency_key, order_id FROM orders").fetchall()
    by_key = dict(orders)
    payments = Counter(row[0] for row in books.execute("SELECT order_id FROM payments"))
    used = Counter(row[0] for row in books.execute("SELECT card_code FROM card_events WHERE event = 'used'"))
    doubled = len(orders) - len(by_key)
    doubled += sum(payments[order_id] > 1 for _key, order_id in orders) + sum(count > 1 for count in used.values())
    lost = sum(by_key.get(key) != order_id or not payments[order_id] for key, order_id in told.items())
    return Killed(rounds, len(told), lost, doubled, len(by_key.keys() - told.keys()), round(slowest_restart_s, 3))
