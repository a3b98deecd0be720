"""The identities of a run: nothing that was scheduled, released or answered may appear or vanish in the record.

Each identity is a line with numbers that a reader can check, and a sentence when it is broken. This module must not
know what a broken identity means for a verdict (``validity``).
"""

import math

import msgspec
import pandas as pd

from reports.counting import are_among, has_repeats
from reports.run_record.outcome import ORDER, Clock, Outcome
from reports.run_record.schema import CLOSED, NOT_COMPARED, TRACE, UNSCHEDULED
from reports.timeline import WISH_OUTCOMES, Timeline

SECONDS_TOLD = 3
SPREAD_SIGMAS = 4
"""A random schedule may differ from the curve's integral by this many standard deviations of its count."""


_ROUNDING = {"even": 1.0, TRACE: 0.5}
"""How far the count of a process that is not random may lie from the integral."""


class Identity(msgspec.Struct, frozen=True):
    """One equation with this run's numbers; ``broken`` is empty when it holds, else says where it does not."""

    line: str
    broken: str = ""


def identities(timeline: Timeline) -> list[Identity]:
    """Every identity that the run's record can be held to, the three best known first."""
    checks = (
        scheduled,
        released,
        locust_total,
        finished_totals,
        purchase_rows,
        written_ahead,
        histogram_counts,
        curve_area,
    )
    return [identity for check in checks for identity in check(timeline)]


def scheduled(timeline: Timeline) -> list[Identity]:
    """Scheduled = released + dropped, in total and in every second."""
    frame = timeline.seconds
    wanted, sent, dropped = (int(frame[name].sum()) for name in ("scheduled", "released", "dropped"))
    wrong = frame.index[frame["scheduled"] != frame["released"] + frame["dropped"]]
    broken = f"scheduled differs from released + dropped in {_seconds(wrong)}" if len(wrong) else ""
    return [Identity(f"scheduled {wanted} = released {sent} + dropped {dropped}", broken)]


def released(timeline: Timeline) -> list[Identity]:
    """Released = the sum over outcomes + in flight, in total; in no second more outcomes than releases."""
    frame = timeline.seconds
    sent, ended = int(frame["released"].sum()), int(frame["ended"].sum())
    finished = timeline.run.finished
    in_flight = finished.in_flight if finished else sent - ended
    parts = [f"{name} {int(frame[name].sum())}" for name in WISH_OUTCOMES if frame[name].sum()]
    line = f"released {sent} = {' + '.join([*parts, f'in flight {in_flight}'])}"
    over = frame.index[frame["ended"] > frame["released"]]
    if len(over):
        return [Identity(line, f"more wishes ended than were released in {_seconds(over)}")]
    off = sent - ended - in_flight
    return [Identity(line, f"{off:+d} wishes have neither an outcome nor are in flight" if off else "")]


def locust_total(timeline: Timeline) -> list[Identity]:
    """Locust's table and the record count the same requests; silent for a generator without Locust."""
    finished = timeline.run.finished
    if finished is None or finished.locust_requests == NOT_COMPARED:
        return []
    if not (finished.locust_requests or "locust" in timeline.manifest.versions):
        return []
    requests = timeline.outcomes[timeline.outcomes["step"].isin(timeline.steps)]
    counted = int(requests["n"].sum())
    told = finished.locust_requests
    broken = f"Locust counted {told} requests and the record {counted}" if told != counted else ""
    return [Identity(f"Locust's total {told} = record's {counted}", broken)]


def finished_totals(timeline: Timeline) -> list[Identity]:
    """The totals of finished.json equal the sums of the tables."""
    finished = timeline.run.finished
    if finished is None:
        return []
    frame = timeline.seconds
    told = {"scheduled": finished.scheduled, "released": finished.released, "dropped": finished.dropped}
    told |= {name: finished.outcomes.get(name, 0) for name in WISH_OUTCOMES}
    wrong = [
        f"{name} {n} told, {int(frame[name].sum())} in the tables" for name, n in told.items() if n != frame[name].sum()
    ]
    broken = f"finished.json and the tables differ: {'; '.join(wrong)}" if wrong else ""
    return [Identity("totals of finished.json = sums of the tables", broken)]


def purchase_rows(timeline: Timeline) -> list[Identity]:
    """Each ended wish has one purchase row with the same outcome."""
    rows, ended = timeline.purchases, int(timeline.seconds["ended"].sum())
    line = f"purchase rows {len(rows)} = ended wishes {ended}"
    if has_repeats(rows["wish"].to_numpy()):
        twice = rows["wish"][rows["wish"].duplicated()]
        return [Identity(line, f"wish {int(twice.iloc[0])} ended more than once ({twice.nunique()} wishes did)")]
    by_outcome = timeline.orders.by_outcome()
    wrong = [name for name in WISH_OUTCOMES if by_outcome.get(name, 0) != int(timeline.seconds[name].sum())]
    broken = f"purchase rows and counters differ for {', '.join(wrong)}" if wrong else ""
    return [Identity(line, broken or ("" if len(rows) == ended else "purchase rows and ended wishes differ"))]


def written_ahead(timeline: Timeline) -> list[Identity]:
    """Each released wish was written ahead of its first byte, once."""
    wishes = timeline.intents["wish"]
    written = wishes.to_numpy()
    sent = int(timeline.seconds["released"].sum())
    line = f"write-ahead rows {len(wishes)} = released {sent}"
    if has_repeats(written):
        return [Identity(line, f"wish {int(wishes[wishes.duplicated()].iloc[0])} is written ahead more than once")]
    ended = timeline.purchases["wish"].to_numpy()
    missing = ended[~are_among(ended, written)]
    if len(missing):
        return [Identity(line, f"{len(missing)} ended wishes were not written ahead, the first is {int(missing[0])}")]
    return [
        Identity(line, "" if len(wishes) == sent else f"{len(wishes)} wishes were written ahead and {sent} released")
    ]


def histogram_counts(timeline: Timeline) -> list[Identity]:
    """Every ended request has a response time and every ended wish an intent time: histogram n = counter n."""
    keys = ["second", "step", "outcome"]
    clocks = dict.fromkeys(timeline.steps, Clock.RESPONSE.value) | {ORDER: Clock.INTENT.value}
    counters = timeline.outcomes[
        timeline.outcomes["step"].isin(clocks) & (timeline.outcomes["outcome"] != Outcome.DROPPED)
    ]
    counted = counters.groupby(keys)["n"].sum()
    totals = timeline.histogram_totals
    timed = totals[totals["step"].map(clocks) == totals["clock"]].groupby(keys)["n"].sum()
    both = pd.concat([counted.rename("counted"), timed.rename("timed")], axis=1).fillna(0)
    line = f"histogram values {int(timed.sum())} = counted ends {int(counted.sum())}"
    wrong = both[both["counted"] != both["timed"]]
    if not len(wrong):
        return [Identity(line)]
    second, step, outcome = wrong.index[0]
    first = wrong.iloc[0]
    return [
        Identity(
            line,
            f"{step} {outcome} of second {second} has {int(first['counted'])} ends and {int(first['timed'])} latencies "
            f"({len(wrong)} such cells)",
        )
    ]


def curve_area(timeline: Timeline) -> list[Identity]:
    """What a complete run scheduled is the curve's integral: the same number when recorded, within 1 when even, within 4 standard
    deviations when random. A closed model has no curve to be held to.

    With burstiness b a count's variance is b times its mean; few and large bursts stray further than their deviation says.
    """
    finished = timeline.run.finished
    if finished is None or not finished.complete or timeline.manifest.curve.process in (CLOSED, UNSCHEDULED):
        return []
    area = float(timeline.seconds["offered_per_s"].sum())
    counted = int(timeline.seconds["scheduled"].sum())
    curve = timeline.manifest.curve
    burst = max(1.0, curve.burstiness)
    spread = SPREAD_SIGMAS * (math.sqrt(area * burst) + burst - 1)
    allowed = _ROUNDING.get(curve.process, max(1.0, spread))
    broken = f"{counted} wishes were scheduled where the curve asks for {area:.0f} +- {allowed:.0f}"
    return [Identity(f"scheduled {counted} ~ the curve's {area:.0f}", broken if abs(counted - area) > allowed else "")]


def _seconds(index: "pd.Index[int]") -> str:
    shown = ", ".join(str(second) for second in index[:SECONDS_TOLD])
    more = len(index) - SECONDS_TOLD
    return f"second{'s' if len(index) > 1 else ''} {shown}" + (f" and {more} more" if more > 0 else "")
