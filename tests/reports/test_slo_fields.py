"""Fields are read strictly, and an error says where, what and what to do."""

import pytest

from reports.slo_fields import SloError, edit_distance, fields, items, nearest, number, one_of, text, unknown


@pytest.mark.parametrize(
    ("left", "right", "distance"),
    [
        pytest.param("target", "target", 0, id="equal"),
        pytest.param("taget", "target", 1, id="a letter is missing"),
        pytest.param("valeu", "value", 2, id="two letters are swapped"),
        pytest.param("", "op", 2, id="nothing"),
    ],
)
def test_edit_distance(left: str, right: str, distance: int) -> None:
    """The distance counts insertions, deletions and replacements, in either direction."""
    assert edit_distance(left, right) == edit_distance(right, left) == distance


def test_the_nearest_name_is_offered_only_when_near() -> None:
    """A name is offered up to distance max(2, length/3), and all known names otherwise."""
    assert nearest("taget", ["target", "value"]) == "target"
    assert nearest("budgetingMthods", ["budgetingMethod"]) == "budgetingMethod"
    assert nearest("colour", ["op", "value"]) is None
    assert unknown("colour", ["value", "op"]) == "unknown; known are op, value"


def test_an_unknown_field_names_its_path_and_the_nearest_field() -> None:
    """The sentence for a misspelt field is complete."""
    with pytest.raises(SloError) as caught:
        fields({"taget": 0.99}, "spec.objectives[0]", {"target", "op"})

    assert str(caught.value) == "spec.objectives[0].taget: unknown; did you mean target?"


@pytest.mark.parametrize(
    ("read", "sentence"),
    [
        pytest.param(lambda: fields([], "spec", {"a"}), "spec: must be a mapping, got []", id="no mapping"),
        pytest.param(lambda: fields({}, "spec", {"a"}, {"a"}), "spec.a: missing", id="missing"),
        pytest.param(lambda: fields({"raw": 1}, "x", {"a"}), "x.raw: raw ratios are not read", id="refused by name"),
        pytest.param(lambda: text("  ", "name"), "name: must be a text, got '  '", id="blank text"),
        pytest.param(lambda: number(True, "value"), "value: must be a number, got True", id="a yes is no number"),
        pytest.param(lambda: number(float("nan"), "value"), "value: must be a finite number, got nan", id="no number"),
        pytest.param(lambda: items([], "list"), "list: must be a list with at least one entry, got []", id="no entry"),
        pytest.param(lambda: one_of("lteq", "op", ["lte"]), "op: lteq is unknown; did you mean lte?", id="a word"),
        pytest.param(lambda: text(["x" * 500], "name"), "xxx...", id="a long value is cut"),
    ],
)
def test_every_wrong_shape_has_its_sentence(read: object, sentence: str) -> None:
    """A value of the wrong shape is named with its path and quoted, bounded."""
    with pytest.raises(SloError) as caught:
        read()  # type: ignore[operator]  # a table of calls

    assert sentence in str(caught.value)
    assert len(str(caught.value)) < 160
