"""Any load generator can be judged: write a run record with ``RunWriter`` and ask ``springtide gate``."""

from pathlib import Path

from reports.__main__ import main
from reports.run_record.run_directory import RunWriter
from reports.run_record.schema import (
    Batch,
    CurveFacts,
    CurveSegment,
    Finished,
    HealthRow,
    HistogramRow,
    IntentRow,
    Manifest,
    OutcomeRow,
    PurchaseRow,
    SecondRow,
    TargetFacts,
)  # fmt: skip

SLO = """
apiVersion: openslo/v1
kind: SLO
metadata: {name: orders, displayName: Wishes become orders within a second}
spec:
  indicator:
    spec:
      ratioMetric:
        good: {metricSource: {type: springtide, spec: {event: order, where: "confirmed and intent_ms <= 1 s"}}}
        total: {metricSource: {type: springtide, spec: {event: order}}}
  objectives: [{target: 0.99}]
"""


def bought(wish: int, second: int) -> PurchaseRow:
    """How one of its wishes ended: an order that was told, without a coupon that was due."""
    return PurchaseRow(
        wish, second, f"key-{wish}", "ana", "tea", "confirmed", reason="", last_step="buy", intent_us=120, requests=1,
        prompts=1, pay_sent=True, session_id="", order_id=f"order-{wish}", card_code="", price_minor=900,
        fulfillment_minor=0, discount_minor=0, amount_minor=900, coupon_due=False, coupon_ok=True, correct=True,
    )  # fmt: skip


def test_a_foreign_generators_record_is_judged(tmp_path: Path) -> None:
    """A generator that knows nothing but the run record passes the gate with 25 wishes a second for 20 seconds."""
    (tmp_path / "slo.yaml").write_text(SLO)
    curve = CurveFacts("flat", [CurveSegment(0, 20, 25, 25)], process="even")
    target = TargetFacts("service", "http://shop.example")
    run = RunWriter.create(
        tmp_path / "run", Manifest("run-1", "mine", 1_770_363_000 * 10**9, 20.0, 7, curve, target, steps=["buy"])
    )
    for wish in range(500):  # before the wish's first byte, so that no crash can hide an order
        run.write_intent(IntentRow(wish, f"key-{wish}", "ana", [{"sku": "tea", "quantity": 1}], "tea", wish * 40_000))
    batch = Batch("run-1", "only", sequence=0, final=True)
    for second in range(20):
        batch.seconds.append(SecondRow(second, scheduled=25, released=25, dropped=0))
        for step, outcome in (("buy", "done"), ("order", "confirmed")):
            batch.outcomes.append(OutcomeRow(second, step, outcome, reason="", n=25))
        for step, outcome, clock, micros in (  # 120 us and 90 us are buckets 120 and 90; see histogram.py
            ("buy", "done", "response", 120), ("order", "confirmed", "intent", 120), ("arrival", "done", "lateness", 90),
        ):  # fmt: skip
            batch.histograms.append(HistogramRow(second, step, outcome, clock, 25, 25 * micros, micros, [micros], [25]))
        batch.health.append(HealthRow(second, "only", 80, 90, 90, 0, 0, 0.1, 50 << 20, 0, 9, 1))
        for wish in range(second * 25, second * 25 + 25):
            batch.purchases.append(bought(wish, second))
    run.add(batch)
    run.finish(Finished("completed", True, 1_770_363_020 * 10**9, 20.0, 500, 500, 0, 0, {"confirmed": 500}))

    assert main(["gate", str(tmp_path / "run"), "--slo", str(tmp_path / "slo.yaml")]) == 0
