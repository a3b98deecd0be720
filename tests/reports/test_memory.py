"""What was freed goes back to the system."""

import ctypes
import os
from pathlib import Path

import numpy as np

from reports.memory import give_back_freed

PIECE_BYTES, PIECES = 100_000, 1000


def resident_bytes() -> int:
    """Memory of this process that lies in RAM."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def test_freed_pieces_leave_the_process() -> None:
    """A hundred megabytes of pieces that were freed below a piece in use are given back, where the C library can."""
    pieces = [np.ones(PIECE_BYTES, dtype=np.uint8) for _ in range(PIECES)]
    last = pieces.pop()
    pieces.clear()
    before = resident_bytes()
    give_back_freed()

    can = hasattr(ctypes.CDLL(None), "malloc_trim")
    assert last.all()
    assert not can or before - resident_bytes() > PIECE_BYTES * PIECES / 2
