"""Objectives on one line: the same values as an SLO file's, and one sentence for each mistake."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.one_liner import METHODS, parse_line
from reports.slo import Objective, parse_objectives
from reports.slo_fields import SloError

HEAD = "apiVersion: openslo/v1\nkind: SLO\nmetadata: {name: a}\nspec:\n  indicator:\n    spec:\n"
SOURCE = "{metricSource: {type: springtide, spec: {%s}}}"


def threshold(spec: str, objective: str) -> str:
    """An SLO file with one threshold."""
    return f"{HEAD}      thresholdMetric: {SOURCE % spec}\n  objectives: [{{{objective}}}]\n"


def ratio(side: str, where: str, total: str, target: str) -> str:
    """An SLO file with one ratio."""
    part = SOURCE % f'{total}, where: "{where}"'
    whole = SOURCE % total
    return f"{HEAD}      ratioMetric: {{{side}: {part}, total: {whole}}}\n  objectives: [{{target: {target}}}]\n"


def bare(objective: Objective) -> Objective:
    """The objective without its name and without where it was written."""
    indicator = objective.indicator
    total, part = (replace(source, path="") for source in (indicator.total, indicator.part))
    return replace(objective, name="", display_name="", indicator=replace(indicator, path="", total=total, part=part))


@pytest.mark.parametrize(
    ("line", "file"),
    [
        pytest.param(
            "pay.step_ms: p(99) < 2s", threshold("event: step, step: pay, measure: step_ms", "op: lt, value: 2s, target: 0.99"),
            id="a quantile is a share test",
        ),
        pytest.param(
            "order.intent_ms: med <= 800", threshold("event: order, measure: intent_ms", "op: lte, value: 800, target: 0.5"),
            id="the median, in ms without a unit",
        ),
        pytest.param(
            "chat.service_ms: p(5) > 10ms", threshold("event: step, step: chat, measure: service_ms", "op: gt, value: 10ms, target: 0.95"),
            id="a low quantile above a floor",
        ),
        pytest.param(
            "order.confirmed: rate > 95% while offered <= 300/s",
            ratio("good", "confirmed", 'event: order, while: "offered <= 300/s"', "0.95"), id="a share while the load fits",
        ),
        pytest.param(
            "chat.refused: rate <= 0.01", ratio("bad", "refused", "event: step, step: chat", "0.99"), id="at most so many are bad",
        ),
        pytest.param(
            "order.prompts: avg < 1.3", threshold("event: order, measure: prompts, method: avg", "op: lt, value: 1.3"), id="a mean",
        ),
        pytest.param(
            "pay.step_ms: max <= 5s", threshold("event: step, step: pay, measure: step_ms, method: max", "op: lte, value: 5s"), id="max",
        ),
        pytest.param(
            "pay.response_ms: min >= 1ms", threshold("event: step, step: pay, measure: response_ms, method: min", "op: gte, value: 1"),
            id="min",
        ),
        pytest.param(
            "order.unknown: count === 0", threshold("event: order, where: unknown, method: count", "op: eq, value: 0"), id="a count",
        ),
        pytest.param(
            "order.attempts: value != 0", threshold("event: order, measure: attempts, method: value", "op: ne, value: 0"), id="a sum",
        ),
        pytest.param(
            "order.confirmed: rate >= 300/s", threshold("event: order, where: confirmed, method: rate", "op: gte, value: 300/s"),
            id="ends per second",
        ),
    ],
)  # fmt: skip
def test_one_language_in_two_spellings(line: str, file: str) -> None:
    """A line and a file that ask the same are the same value, but for the name, which is the line."""
    found = parse_line(line)

    assert (found.name, found.display_name) == (line, line)
    (written,) = parse_objectives(file)
    assert bare(found) == bare(written)


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        pytest.param("nonsense", "is no STEP.MEASURE: METHOD OP VALUE; write it as in `pay.step_ms: p(99) < 2s`", id="no line"),
        pytest.param("pay.step_ms: ", "a method is expected after the colon", id="nothing after the colon"),
        pytest.param("pay.stp_ms: max < 1", "unknown flag or measure stp_ms; did you mean step_ms?", id="a measure's typo"),
        pytest.param("order.confimed: rate > 1%", "did you mean confirmed?", id="a flag's typo"),
        pytest.param("order.zzzzzzzzz: rate > 1%", "measures are attempts, intent_ms, prompts", id="nothing is near"),
        pytest.param("pay.step_ms: p99 < 2s", "method p99 is unknown; did you mean p(99)?", id="a method's typo"),
        pytest.param("pay.step_ms: mean < 2s", "method mean is unknown; did you mean avg?", id="another method"),
        pytest.param("pay.step_ms: p(x) < 2s", "method p(x) is unknown; did you mean p(99)?", id="no number"),
        pytest.param("pay.step_ms: p(100) < 2s", "p(100) is outside of 0 to 100; write min or max", id="p(100)"),
        pytest.param("pay.step_ms: p(99) 2s", "one of <=, <, >=, >, ===, ==, != is expected after p(99)", id="no operator"),
        pytest.param("pay.step_ms: p(99) == 2s", "== is for count and value; p(99) is an estimate", id="exactly a quantile"),
        pytest.param("pay.step_ms: p(99) < 95%", "'95%' is not a duration; write us or ms or s", id="a share of time"),
        pytest.param("order.confirmed: rate > 95", "95 is no share of 1; write 95%", id="per cent without a sign"),
        pytest.param("order.confirmed: rate >= 100%", "no sample proves a share of 100%", id="all of them"),
        pytest.param("order.refused: rate <= 0%", "no sample proves a share of 0%", id="none of them"),
        pytest.param("order.confirmed: avg > 1", "confirmed is a flag and avg is of a measure", id="the mean of a flag"),
        pytest.param("order.intent_ms: rate > 1%", "intent_ms is a measure and rate is of a flag", id="the rate of a measure"),
        pytest.param("order.late: rate < 1%", "write what late means, as in `order.intent_ms: p(99) <= 8s`", id="late"),
        pytest.param("pay.intent_ms: max < 1s", "intent_ms is known of a whole wish only; write order.intent_ms", id="a wish's"),
        pytest.param("pay.correct: rate > 1%", "correct is known of a whole wish only; write order.correct", id="a wish's flag"),
        pytest.param("order.step_ms: max < 1s", "step_ms is known of a step only", id="a step's"),
        pytest.param("pay.rate_limited: rate > 5/s", "known by outcome only", id="the ends of a reason"),
        pytest.param("order.done: rate > 1% while offered < 3", "while: 'offered < 3' ends where `/s` or", id="while without a unit"),
        pytest.param("order.done: rate > 1% while offred < 3/s", "`offered` expected at column 1", id="while's typo"),
    ],
)  # fmt: skip
def test_a_mistake_is_one_sentence(line: str, sentence: str) -> None:
    """What is wrong, with the line and the nearest known word."""
    with pytest.raises(SloError) as caught:
        parse_line(line)

    said = str(caught.value)
    assert said.startswith("--require '")
    assert sentence in said
    assert "\n" not in said


def test_a_step_may_be_called_anything() -> None:
    """Names of requests that Locust records hold dots, slashes and blanks; the last dot ends them."""
    assert parse_line("GET /v1.2/basket.step_ms: max < 1s").indicator.total.step == "GET /v1.2/basket"
    assert parse_line("any.response_ms: p(99.9) < 1s").target == 0.999


WORDS = [
    "order",
    "pay",
    ".",
    ":",
    "step_ms",
    "confirmed",
    "<",
    ">=",
    "2s",
    "95%",
    "1/s",
    "while",
    "offered",
    " ",
    "(",
    *METHODS,
]


@given(st.lists(st.sampled_from(WORDS), max_size=12).map("".join) | st.text(max_size=60))
def test_any_text_is_an_objective_or_a_sentence(text: str) -> None:
    """Whatever is typed, it is read or refused in one sentence, and never crashes."""
    try:
        found: Objective | str = parse_line(text)
    except SloError as error:
        found = str(error)

    assert "\n" not in found if isinstance(found, str) else parse_line(found.name) == found
