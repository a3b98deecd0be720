"""Evidence of a run that is made of counts, without a record."""

import numpy as np
from numpy.typing import NDArray

from reports.onset_evidence import REFUSED, Evidence


def evidence_of(
    bad: NDArray[np.int64], offered: NDArray[np.float64], signal: str = REFUSED, ended: NDArray[np.int64] | None = None
) -> Evidence:
    """As many wishes as are offered unless ``ended`` says otherwise; ``bad`` of them had the signal and counted as refused as well."""
    ended = np.floor(offered).astype(np.int64) if ended is None else ended
    return Evidence(
        signals={REFUSED: bad, signal: bad},
        ended=ended,
        released=ended,
        offered=offered,
        goodput=None,
        segments=[],
        jumps=[],
        scatter=1.0,
        warm_up_s=0,
    )
