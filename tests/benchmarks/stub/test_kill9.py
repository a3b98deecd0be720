"""kill -9 in the middle of purchases, and what the books must say afterwards."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from benchmarks.generator.bench_machine import cores
from benchmarks.stub.kill9 import judged, kill_rounds
from target_stub.ledger_sqlite import SCHEMA


@pytest.mark.load
def test_no_acknowledged_order_is_lost(tmp_path: Path) -> None:
    """A short round on a real stub: orders were made and acknowledged, none is lost and none doubled."""
    killed = kill_rounds(1, tmp_path / "ledger.sqlite", tmp_path, core=cores().server)

    assert killed.acknowledged > 0
    assert (killed.rounds, killed.lost, killed.doubled) == (1, 0, 0)


def test_what_the_books_are_held_against() -> None:
    """An order that is missing, that has another id, or that has no payment is lost; two payments are one too many."""
    with closing(sqlite3.connect(":memory:")) as books:
        books.executescript(SCHEMA.read_text(encoding="utf-8"))
        for n in range(1, 5):
            books.execute(
                "INSERT INTO orders VALUES (NULL, ?, ?, ?, 'u', '[]', 'CNY', 1, 0, 0, 1, NULL, 1)",
                (f"ord_{n}", f"k{n}", f"cs_{n}"),
            )
        for n in (1, 2, 4, 4):
            books.execute("INSERT INTO payments SELECT NULL, 'p' || count(*), ?, 1, 1 FROM payments", (f"ord_{n}",))
        told = {"k1": "ord_1", "k2": "ord_other", "k3": "ord_3", "k9": "ord_9"}

        killed = judged(books, told, 1, 0.5)

    assert (killed.acknowledged, killed.lost, killed.doubled, killed.unacknowledged) == (4, 3, 1, 1)
