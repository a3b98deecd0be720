"""YAML is read strictly, and what cannot be read is told with its place."""

import pytest

from reports.slo_fields import SloError
from reports.slo_yaml import load_documents


def test_documents_are_plain_values() -> None:
    """Documents are separated by three dashes, and empty ones are left out."""
    assert load_documents("a: 1\n---\n---\n- b\n- {c: 0.5}\n") == [{"a": 1}, ["b", {"c": 0.5}]]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        pytest.param("a: 1\nb: 2\na: 3\n", "the key a is there twice at line 3, column 1", id="a key twice"),
        pytest.param("x: {t: 1, t: 2}", "the key t is there twice at line 1, column 11", id="a key twice in braces"),
        pytest.param("a: [1, 2", "at line 1, column 9", id="an open bracket"),
        pytest.param("a: !!python/object/apply:os.getcwd []", "could not determine a constructor", id="code"),
        pytest.param("a: \x07", "not YAML that can be read", id="a control character"),
        pytest.param("? [a]\n: 1\n", "not YAML that can be read", id="a list as a key"),
        pytest.param("[" * 2000, "not YAML that can be read", id="two thousand brackets"),
    ],
)
def test_what_cannot_be_read_is_told_with_its_place(content: str, sentence: str) -> None:
    """Broken, ambiguous and dangerous YAML is refused in one sentence."""
    with pytest.raises(SloError) as caught:
        load_documents(content)

    assert sentence in str(caught.value)
