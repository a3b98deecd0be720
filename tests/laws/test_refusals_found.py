"""How well the whole chat verdict tells refusals from other answers, on texts written apart from its lexicon; ``make words`` prints it.

Bounds are one-sided 95 % (Clopper, Pearson 1934): all of 59, 92 of 93 or 122 of 124 found make a recall of 95 %, none of 2,995 false
alarms make a share of .1 %. The sources campaign, vendor and queue, and every language but Chinese and English, are held out: no rule is
fitted to them. One hand wrote texts and lexicon, so what words alone find ("once", "talk") flatters them; what a crowd is told is found without
words, as the languages show that the lexicon does not speak.
"""

import sys

import pytest

from tests.helpers.classifier_figures import JUDGED, Figure, false_alarms, false_alarms_of_normals, recall, table
from tests.helpers.labelled_texts import filled, labelled_texts
from tests.helpers.normal_answers import normal_answers

LEAST_RECALL, MOST_FALSE = 0.95, 0.001
LEAST_BY_WORDS = 0.6
"""Found in what one shopper reads, in Chinese and English: a text that many get needs no words."""


def told(figures: list[Figure]) -> list[Figure]:
    """The same figures, printed for ``make words``."""
    sys.stdout.write(f"\n{table(figures)}\n")
    return figures


def test_the_set_is_large_enough() -> None:
    """At least 300 texts, no text twice, every label and the three groups of languages; at least 59 refusals in each held-out group."""
    texts = labelled_texts()
    held_out = [one.language for one in texts if one.label == "refused" and one.is_held_out]

    assert len({one.text for one in texts}) == len(texts) >= 300
    assert {one.label for one in texts} == {"refused", "normal", "declined", "degraded"}
    assert all(held_out.count(language) >= 59 for language in ("zh", "en", "other"))


def test_normal_answers_differ() -> None:
    """The generated answers are at least 3,000 different texts a language, and a function of the seed."""
    answers = normal_answers(2, JUDGED)

    assert answers == normal_answers(2, JUDGED)
    assert all(len({text for spoken, text in answers if spoken == language}) > 2_900 for language in ("zh", "en"))


def test_a_text_is_filled_for_its_shopper() -> None:
    """Two shoppers read the same line with their own goods and numbers, one shopper always the same."""
    lines = {filled("{item} {price} {n}", shopper) for shopper in range(8)}

    assert len(lines) == 8
    assert filled("{item} {n}", 3) == filled("{item} {n}", 3)


@pytest.mark.parametrize("held_out", [False, True], ids=["fitted", "held out"])
def test_refusals_are_found(held_out: bool) -> None:
    """What many shoppers are told is found in every group: by the lower bound where it is held out; words alone find most of zh and en."""
    for figure in told(recall(held_out=held_out)):
        if figure.way == "crowd":
            assert figure.share >= LEAST_RECALL, figure
            assert not held_out or figure.at_least >= LEAST_RECALL, figure
        elif "other" not in figure.group:
            assert figure.share >= LEAST_BY_WORDS, figure


def test_other_answers_are_no_refusals() -> None:
    """Not one of the labelled hard negatives is taken for a refusal."""
    assert [figure for figure in told(false_alarms()) if figure.hits] == []


def test_normal_answers_are_no_refusals() -> None:
    """Of 3,000 normal answers a language, at most one in a thousand by the upper bound: with their order, without it, and where no tool is offered."""
    assert [figure for figure in told(false_alarms_of_normals()) if figure.at_most > MOST_FALSE] == []
