"""SLO files: the festival's own, the subset that is read, and a sentence for everything else."""

from pathlib import Path

import pytest

from reports.slo import IndicatorKind, load_objectives, parse_objectives
from reports.slo_fields import SloError

FESTIVAL = Path(__file__).parents[2] / "reports" / "slos" / "festival.yaml"
RATIO = """
apiVersion: openslo/v1
kind: SLO
metadata: {name: good-orders}
spec:
  service: shop
  indicator:
    metadata: {name: good-orders}
    spec:
      ratioMetric:
        counter: true
        good: {metricSource: {type: springtide, spec: {event: order, where: "confirmed and intent_ms <= 8000"}}}
        total: {metricSource: {type: springtide, spec: {event: order, where: "not declined"}}}
  timeWindow: [{duration: 9h, isRolling: true}]
  budgetingMethod: Occurrences
  objectives: [{target: 0.99}]
"""
SLI = """
apiVersion: openslo/v1
kind: SLI
metadata: {name: first-content}
spec:
  thresholdMetric:
    metricSource: {type: springtide, spec: {event: step, step: chat, measure: first_content_ms}}
---
apiVersion: openslo/v1
kind: SLO
metadata: {name: quick, displayName: Quick first words}
spec:
  indicatorRef: first-content
  objectives: [{op: lte, value: 1500, targetPercent: 95}]
"""


def test_the_festival_file_holds_one_objective_for_each_promise() -> None:
    """The file that ships is readable and names every promise in plain words."""
    found = {objective.name: objective for objective in load_objectives(FESTIVAL)}

    assert list(found) == [
        "first-words", "whole-wish", "admitted-ends-well", "goodput-held", "served-when-room", "told-at-once",
        "nothing-lost",
    ]  # fmt: skip
    assert found["goodput-held"].indicator.kind is IndicatorKind.GOODPUT
    assert found["nothing-lost"].indicator.checks == ("lost", "doubled", "money", "mismatch", "coupon", "coupon_back")
    assert all(" " in objective.display_name for objective in found.values())


def test_a_ratio_is_read() -> None:
    """Good and total become sources, the target a share."""
    (objective,) = parse_objectives(RATIO)

    assert (objective.name, objective.target, objective.op, objective.window) == ("good-orders", 0.99, "", "9h")
    assert objective.indicator.kind is IndicatorKind.RATIO
    assert objective.indicator.part_is_good


def test_a_referenced_indicator_is_found_in_another_document() -> None:
    """An SLO may refer to an SLI of the same file by name; targetPercent is a hundredfold."""
    (objective,) = parse_objectives(SLI)

    assert (objective.display_name, objective.target, objective.op, objective.value) == (
        "Quick first words",
        0.95,
        "lte",
        1500,
    )
    assert objective.indicator.total.measure == "first_content_ms"


def test_several_objectives_of_a_ratio_are_numbered() -> None:
    """Two targets on one ratio are two objectives with their own names."""
    found = parse_objectives(RATIO.replace("[{target: 0.99}]", "[{target: 0.99}, {target: 0.5, displayName: half}]"))

    assert [(one.name, one.target) for one in found] == [("good-orders-1", 0.99), ("good-orders-2", 0.5)]
    assert found[1].display_name == "half"


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        pytest.param("target: 0.99", "taget: 0.99", "spec.objectives[0].taget: unknown; did you mean target?", id="misspelt"),
        pytest.param("openslo/v1", "openslo/v2", "apiVersion: must be openslo/v1, got 'openslo/v2'", id="later version"),
        pytest.param("kind: SLO", "kind: AlertPolicy", "kind: 'AlertPolicy' is not read; write SLO or SLI", id="other kind"),
        pytest.param("Occurrences", "Timeslices", "spec.budgetingMethod: Timeslices is not read", id="time slices"),
        pytest.param("service: shop", "alertPolicies: []", "spec.alertPolicies: alert policies are not read", id="alerts"),
        pytest.param("counter: true", "raw: {}", "ratioMetric.raw: raw ratios are not read", id="raw"),
        pytest.param("counter: true", "counter: 3", "ratioMetric.counter: must be true or false, got 3", id="counter"),
        pytest.param("isRolling: true", "calendar: {}", "spec.timeWindow[0].calendar: calendar windows", id="calendar"),
        pytest.param("isRolling: true", "isRolling: false", "isRolling: must be true", id="a window that stands still"),
        pytest.param("duration: 9h", "duration: 9 h", "'9 h' is not a whole number with m, h, d or w", id="duration"),
        pytest.param("metricSource: {type", "metricSourceRef: x, metricSource: {type", "metricSourceRef: references", id="ref"),
        pytest.param("type: springtide,", "type: prometheus,", "type: prometheus is unknown; known are springtide", id="source"),
        pytest.param("target: 0.99", "target: 99", "target: 99 is outside of 0 to 1", id="percent as a share"),
        pytest.param("target: 0.99", "target: 1.0", "target: 1.0 is outside of 0 to 1", id="never a single failure"),
        pytest.param("target: 0.99", "op: lte", "op: belongs to a thresholdMetric only", id="a limit on a ratio"),
        pytest.param("target: 0.99", "", "target: write exactly one of target and targetPercent", id="no target"),
        pytest.param("good: {", "godo: {", "ratioMetric.godo: unknown; did you mean good?", id="misspelt side"),
        pytest.param("  indicator:", "  indicatorRef: x\n  indicator:", "either indicator or indicatorRef", id="both"),
        pytest.param("event: order, where: \"not", "event: order, stage: 1, where: \"not", "must have the same event", id="stages"),
        pytest.param("metadata: {name: good-orders}\nspec:\n  service", "metadata: {}\nspec:\n  service", "metadata.name: missing", id="no name"),
    ],
)  # fmt: skip
def test_what_is_not_read_is_refused_with_its_path(old: str, new: str, sentence: str) -> None:
    """Each change of a good file that leaves the subset has its sentence."""
    assert old in RATIO
    with pytest.raises(SloError) as caught:
        parse_objectives(RATIO.replace(old, new))

    assert sentence in str(caught.value)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        pytest.param("", "holds no document of kind SLO", id="an empty file"),
        pytest.param("- a\n- b\n", "each document must be a mapping", id="a list"),
        pytest.param("just words", "each document must be a mapping", id="a text"),
        pytest.param("a: [1, 2", "is not YAML that can be read: ", id="broken YAML"),
        pytest.param("a: !!python/object:os.system x", "is not YAML that can be read: ", id="YAML that would run code"),
        pytest.param(RATIO + "---\n" + RATIO, "metadata.name: good-orders is used twice", id="twins"),
        pytest.param(
            SLI.replace("Ref: first-content", "Ref: first-contend"), "did you mean first-content?", id="no such SLI"
        ),
    ],
)
def test_a_file_that_holds_no_slo_says_so(content: str, sentence: str) -> None:
    """Text that is not a set of SLO documents is refused in one sentence."""
    with pytest.raises(SloError) as caught:
        parse_objectives(content)

    assert sentence in str(caught.value)


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        pytest.param("targetPercent: 95", "", "write exactly one of target and targetPercent", id="no target"),
        pytest.param("op: lte, ", "", "op: missing", id="no operator"),
        pytest.param("op: lte", "op: lteq", "op: lteq is unknown; did you mean lt", id="a misspelt operator"),
        pytest.param(
            "value: 1500", "value: fast", "value: 'fast' is not a number with a unit", id="a word for a number"
        ),
        pytest.param(", measure: first_content_ms", "", "measure: missing", id="no measure"),
        pytest.param("95}]", "95}, {op: lte, value: 1, target: 0.5}]", "exactly one objective, got 2", id="two limits"),
    ],
)
def test_a_threshold_needs_one_whole_objective(old: str, new: str, sentence: str) -> None:
    """A thresholdMetric takes op, value, a target and a measure, once."""
    assert old in SLI
    with pytest.raises(SloError) as caught:
        parse_objectives(SLI.replace(old, new))

    assert sentence in str(caught.value)


def test_a_missing_file_says_what_to_give(tmp_path: Path) -> None:
    """A path without a file is named, with what to do."""
    with pytest.raises(SloError, match=r"There is no SLO file at .*nothing\.yaml: give one with --slo"):
        load_objectives(tmp_path / "nothing.yaml")


def test_a_binary_file_is_refused(tmp_path: Path) -> None:
    """Bytes that are no text are refused without a traceback."""
    (tmp_path / "slo.yaml").write_bytes(b"\xff\xfe\x00\x81")

    with pytest.raises(SloError, match="cannot be read"):
        load_objectives(tmp_path / "slo.yaml")
