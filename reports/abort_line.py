"""A line of ``--abort-on``: an objective of which the data may prove, before the run is over, that it is missed.

Quick to start, like all that is read before a run. This module must not know runs.
"""

from reports.one_liner import parse_line
from reports.slo import IndicatorKind, Objective
from reports.slo_fields import SloError

FLAG = "--abort-on"
_GETS_WORSE = {"count": ("lt", "lte"), "value": ("lt", "lte"), "max": ("lt", "lte"), "min": ("gt", "gte")}
"""Statistics that, with these operators, more data can only make worse: once missed they stay missed."""


def parse_abort_line(text: str) -> Objective:
    """The objective of the line. Raises SloError also for one that only the whole run can miss."""
    objective = parse_line(text, FLAG)
    indicator = objective.indicator
    if indicator.kind in (IndicatorKind.RATIO, IndicatorKind.THRESHOLD):
        return objective
    if objective.op in _GETS_WORSE.get(indicator.total.statistic, ()):
        return objective
    raise SloError(
        f"{FLAG} {objective.name!r}: only the whole run can miss that; ask for p(..), med or a rate in %, which a part of the run can "
        "prove missed, or for max <, min >, count < or value <, which can only get worse"
    )
