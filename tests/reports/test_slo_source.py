"""Metric sources: which events can be counted by which filter, and what is refused before a run is looked at."""

from typing import Any

import pytest

from reports.slo_fields import SloError
from reports.slo_source import AuditSource, EventSource, read_source
from reports.slo_where import Comparison, Flag, OfferedLoad


def source(**spec: Any) -> EventSource | AuditSource:
    """Read a springtide source with this spec."""
    return read_source({"type": "springtide", "spec": spec}, "x")


def test_a_source_holds_what_it_says() -> None:
    """Event, step, stage, where, measure and while become values."""
    found = source(event="step", step="chat", stage=2, where="done", measure="step_ms", **{"while": "offered > 5/s"})

    assert found == EventSource(
        "step", "chat", 2, Flag("done"), "step_ms", OfferedLoad(">", 5.0, False, "offered > 5/s"), "x.metricSource.spec"
    )


def test_limits_and_reasons_of_a_filter() -> None:
    """A source lists its comparisons and the reasons that it names."""
    orders = source(event="order", where="rate_limited or intent_ms > 5 and correct")

    assert isinstance(orders, EventSource)
    assert orders.limits() == [Comparison("intent_ms", ">", 5.0)]
    assert orders.reasons() == ["rate_limited"]


def test_an_audit_source_lists_checks() -> None:
    """Checks are taken in order; an unknown one is refused with its place."""
    spec = {"type": "springtide-audit", "spec": {"checks": ["lost", "doubled"]}}
    assert read_source(spec, "x") == AuditSource(("lost", "doubled"), "x.metricSource.spec")

    spec["spec"] = {"checks": ["lost", "dubled"]}
    with pytest.raises(SloError, match=r"checks\[1\]: dubled is unknown; did you mean doubled\?"):
        read_source(spec, "x")


@pytest.mark.parametrize(
    ("spec", "sentence"),
    [
        pytest.param({"event": "wish"}, "event: wish is unknown; known are order, step", id="an unknown event"),
        pytest.param({"event": "step"}, "step: missing", id="a step without a name"),
        pytest.param({"event": "order", "step": "chat"}, "an order has no step", id="an order with a step"),
        pytest.param({"event": "order", "stage": 0}, "stage: must be `all` or the number", id="stage zero"),
        pytest.param({"event": "order", "stage": "peak"}, "stage: must be `all` or the number", id="a stage's name"),
        pytest.param({"event": "order", "measure": "intend_ms"}, "did you mean intent_ms?", id="an unknown measure"),
        pytest.param({"event": "order", "measure": "step_ms"}, "step_ms is unknown", id="a step's measure of an order"),
        pytest.param(
            {"event": "step", "step": "chat", "where": "intent_ms > 5"}, "not a measure of a step", id="the reverse"
        ),
        pytest.param(
            {"event": "step", "step": "chat", "where": "correct"}, "known of a whole wish only", id="a wish's flag"
        ),
        pytest.param(
            {"event": "step", "step": "chat", "where": "step_ms > 1 and response_ms > 2"},
            "holds one measure at most",
            id="two histograms at once",
        ),
        pytest.param(
            {"event": "step", "step": "chat", "where": "rate_limited and step_ms > 1"},
            "rate_limited and a measure do not mix",
            id="a reason and a histogram",
        ),
        pytest.param(
            {"event": "order", "measure": "goodput_share", "where": "correct"},
            "where: goodput_share is of all good orders",
            id="goodput",
        ),
        pytest.param(
            {"event": "order", "measure": "goodput_share", "vertical": "tea"},
            "vertical: goodput_share is of all good orders",
            id="goodput of a vertical",
        ),
        pytest.param(
            {"event": "order", "method": "avg"}, "measure: missing; avg is of a measure", id="the mean of what"
        ),
        pytest.param(
            {"event": "order", "method": "count", "measure": "prompts"},
            "measure: count counts events",
            id="count of what",
        ),
        pytest.param(
            {"event": "order", "method": "mean"}, "method: mean is unknown; did you mean", id="a method's typo"
        ),
        pytest.param(
            {"event": "order", "cohort": "hamer"}, "cohort: hamer is unknown; did you mean hammer?", id="cohort"
        ),
        pytest.param({"event": "order", "where": 5}, "where: must be a text, got 5", id="a number for a where"),
        pytest.param({"event": "order", "wher": ""}, "wher: unknown; did you mean where?", id="a misspelt field"),
    ],
)
def test_what_cannot_be_counted_is_refused(spec: dict[str, Any], sentence: str) -> None:
    """A filter that the record cannot answer is refused while it is read."""
    with pytest.raises(SloError) as caught:
        source(**spec)

    assert sentence in str(caught.value)
