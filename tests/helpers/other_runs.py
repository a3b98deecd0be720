"""Records of other journeys than a purchase, made from a synthetic one: requests without wishes, and wishes that end done."""

from msgspec.structs import replace

from reports.run_record.outcome import ARRIVAL, ORDER, Outcome
from reports.run_record.schema import UNSCHEDULED, Batch, CurveFacts
from tests.helpers.synthetic_run import Wishes, batch_of, changed

NO_SCHEDULE = CurveFacts("locustfile", [], process=UNSCHEDULED, note="recorded")


def unscheduled_of(truth: Wishes) -> tuple[Wishes, Batch]:
    """The requests of a run without its wishes, as of users that Locust drives; no step is named before the run."""
    batch = batch_of(truth)
    batch.seconds, batch.purchases = [], []
    batch.outcomes = [row for row in batch.outcomes if row.step != ORDER]
    batch.histograms = [row for row in batch.histograms if row.step not in (ORDER, ARRIVAL)]
    return changed(truth, manifest={"curve": NO_SCHEDULE, "steps": []}), batch


def own_journey_of(truth: Wishes, steps: tuple[str, ...] = ()) -> tuple[Wishes, Batch]:
    """The run as of a journey that buys nothing: its wishes end done, its first request is called ``find``."""
    batch = batch_of(truth)
    confirmed, done = Outcome.CONFIRMED.value, Outcome.DONE.value

    def renamed(row):
        changes = {"outcome": done} if row.outcome == confirmed else {}
        return replace(row, **changes, **({"step": "find"} if row.step == "chat" else {}))

    batch.outcomes = [renamed(row) for row in batch.outcomes]
    batch.histograms = [renamed(row) for row in batch.histograms]
    batch.purchases = [
        replace(row, outcome=done if row.outcome == confirmed else row.outcome, order_id="", prompts=0,
                last_step="find" if row.last_step == "chat" else row.last_step)
        for row in batch.purchases
    ]  # fmt: skip
    return changed(truth, manifest={"steps": list(steps)}), batch
