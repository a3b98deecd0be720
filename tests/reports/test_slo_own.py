"""The short words for common questions: what each becomes, and what it refuses."""

import pytest

from reports.slo import IndicatorKind, Objective, parse_objectives
from reports.slo_fields import SloError
from reports.slo_values import Quantity
from reports.slo_where import parse_where, written


def one(kind: str, spec: str, objective: str) -> Objective:
    """The objective of a file with one such source."""
    (found,) = parse_objectives(
        "apiVersion: openslo/v1\nkind: SLO\nmetadata: {name: a}\nspec:\n  indicator:\n    spec:\n      thresholdMetric:\n"
        f"        metricSource: {{type: springtide-{kind}, spec: {{{spec}}}}}\n  objectives: [{{{objective}}}]\n"
    )
    return found


@pytest.mark.parametrize(
    ("kind", "spec", "objective", "where", "part", "target"),
    [
        pytest.param("availability", "", "op: gte, value: 99%", "not declined", "done or confirmed", 0.99, id="of wishes"),
        pytest.param(
            "availability", "step: pay, where: not shed", "op: gt, value: 0.999", "not shed and not declined", "done or confirmed", 0.999,
            id="of a step, among some",
        ),
        pytest.param("throttling", "voice: soft", "op: lte, value: 1%", "", "refused_soft", 0.99, id="soft refusals"),
        pytest.param("throttling", "step: chat, voice: hard", "op: lt, value: 5%", "", "refused_hard", 0.95, id="of a step"),
        pytest.param("throttling", "", "op: lte, value: 1%", "", "refused", 0.99, id="in any voice"),
        pytest.param("cards", "", "op: gte, value: 99%", "confirmed and coupon_due", "coupon_ok", 0.99, id="honoured"),
        pytest.param("cards", "share: claimed", "op: gte, value: 95%", "not declined", "done", 0.95, id="claimed"),
    ],
)  # fmt: skip
def test_a_share(kind: str, spec: str, objective: str, where: str, part: str, target: float) -> None:
    """A share with a floor has a good part, one with a ceiling a bad part, and the target follows."""
    found = one(kind, spec, objective)

    assert (found.indicator.kind, found.op, found.target) == (IndicatorKind.RATIO, "", pytest.approx(target))
    assert written(found.indicator.total.where).replace("(", "").replace(")", "") == where
    assert found.indicator.part.where == parse_where(part, "x")
    assert found.indicator.part_is_good is ("gt" in objective)


@pytest.mark.parametrize(
    ("spec", "measure", "event"),
    [
        pytest.param("step: pay", "step_ms", "step", id="a step's own clock"),
        pytest.param("step: chat, clock: first_content", "first_content_ms", "step", id="first words"),
        pytest.param("", "intent_ms", "order", id="a whole wish"),
    ],
)
def test_a_latency(spec: str, measure: str, event: str) -> None:
    """A latency share by step and clock, with a limit and a target."""
    found = one("latency", spec, "op: lte, value: 1.5s, target: 0.95")

    assert (found.indicator.kind, found.indicator.total.measure, found.indicator.total.event) == (
        IndicatorKind.THRESHOLD, measure, event,
    )  # fmt: skip
    assert (found.value, found.target) == (1500.0, 0.95)


def test_rates_and_amplification() -> None:
    """Throughput, goodput and amplification pick their own events and take a number."""
    through = one("throughput", 'while: "offered <= 300/s"', "op: gte, value: 250/s")
    good = one("goodput", "within: 8s", "op: gte, value: 90/s")
    again = one("amplification", "vertical: milk_tea", "op: lte, value: 1.3")

    assert (through.indicator.kind, written(through.indicator.total.where), through.value) == (
        IndicatorKind.THROUGHPUT, "done or confirmed", 250.0,
    )  # fmt: skip
    assert "intent_ms <= 8000" in written(good.indicator.total.where)
    assert (again.indicator.kind, again.indicator.total.measure, again.indicator.total.vertical) == (
        IndicatorKind.STATISTIC, "prompts", "milk_tea",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("spec", "value", "quantity", "signal"),
    [
        pytest.param("onset: second", "90s", Quantity.SECOND, "refused", id="not before a second"),
        pytest.param("onset: second, vertical: travel", "90s", Quantity.SECOND, "refused", id="of a vertical"),
        pytest.param("onset: load, voice: soft", "300/s", Quantity.RATE, "refused_soft", id="not below a load"),
    ],
)
def test_an_onset(spec: str, value: str, quantity: Quantity, signal: str) -> None:
    """Refusals of a voice must not begin before a second or below a load."""
    found = one("throttling", spec, f"op: gte, value: {value}")

    assert (found.indicator.kind, found.indicator.quantity, found.indicator.signal) == (
        IndicatorKind.ONSET, quantity, signal,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "spec", "objective", "sentence"),
    [
        pytest.param("availabilty", "", "op: gte, value: 1", "did you mean springtide-availability?", id="a typo"),
        pytest.param("availability", "measure: x", "op: gte, value: 0.9", "spec.measure: unknown", id="an unknown field"),
        pytest.param("availability", "", "target: 0.9", "objectives[0].op: missing", id="a share has op and value"),
        pytest.param("availability", "", "op: gte, value: 0.9, target: 0.9", "an objective on a share has only op", id="both"),
        pytest.param("availability", "", "op: gte, value: 100%", "no sample proves a share of 100%", id="all of them"),
        pytest.param("availability", "step: pay, where: correct", "op: gte, value: 0.9", "of a whole wish only", id="a wish's flag"),
        pytest.param("latency", "step: pay, clock: intent", "op: lte, value: 1, target: 0.9", "intent_ms is unknown", id="clock"),
        pytest.param("throttling", "voice: loud", "op: lte, value: 1%", "voice: loud is unknown; known are any, hard, soft", id="a voice"),
        pytest.param("throttling", "onset: load, step: pay", "op: gte, value: 9/s", "an onset is of the whole run", id="scope"),
        pytest.param("throttling", "onset: load, vertical: travel, voice: soft", "op: gte, value: 9/s", "in both voices together; leave voice out", id="voice of a vertical"),
        pytest.param("throttling", "onset: load", "op: lte, value: 9/s", "must not come before its limit; write gte", id="op"),
        pytest.param("cards", "share: kept", "op: gte, value: 0.9", "share: kept is unknown", id="which share"),
        pytest.param("amplification", "cohort: rude", "op: lte, value: 2", "cohort: rude is unknown", id="a cohort"),
        pytest.param("throughput", "step: pay, where: rate_limited", "op: gte, value: 2", "known by outcome only", id="reasons"),
    ],
)  # fmt: skip
def test_a_mistake_is_told_with_its_path(kind: str, spec: str, objective: str, sentence: str) -> None:
    """Own types are read as strictly as the others."""
    with pytest.raises(SloError) as caught:
        one(kind, spec, objective)

    assert sentence in str(caught.value)


def test_an_own_type_is_no_side_of_a_ratio() -> None:
    """It is a whole indicator, so it stands in a thresholdMetric."""
    own = "{metricSource: {type: springtide-cards, spec: {}}}"
    with pytest.raises(SloError, match="springtide-cards belongs in a thresholdMetric"):
        parse_objectives(
            "apiVersion: openslo/v1\nkind: SLO\nmetadata: {name: a}\nspec:\n  indicator:\n    spec:\n"
            f"      ratioMetric: {{good: {own}, total: {own}}}\n  objectives: [{{target: 0.9}}]\n"
        )
