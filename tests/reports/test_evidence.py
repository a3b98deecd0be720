"""The words of a run's refusals, read back."""

from pathlib import Path

import pytest

from reports.evidence import MOST_CHARACTERS, MOST_WORDS, RefusalWords, refusal_words
from reports.run_record.run_directory import open_run
from reports.run_record.said import OTHER_WORDS, WordsRow
from tests.helpers.synthetic_run import Wishes, batch_of, write_run

TRUTH = Wishes(rates=((5, 10.0),))


def words_of(path: Path, *rows: WordsRow) -> list[RefusalWords]:
    """What is read of a run whose record has these rows."""
    batch = batch_of(TRUTH)
    batch.words = list(rows)
    return refusal_words(open_run(write_run(path / "run", TRUTH, batch=batch)))


def row(second: int, key: int, n: int, wishes: int, text: str = "", *, step: str = "chat") -> WordsRow:
    """A soft refusal's row."""
    return WordsRow(second, step, "refused_soft", "busy_canned", key, n, wishes, text, text.upper())


def test_rows_add_up_by_template(tmp_path: Path) -> None:
    """Increments of all seconds and workers are one value: first second, shoppers, answers, and the words of the row that has them."""
    found = words_of(tmp_path, row(9, 7, 3, 2), row(4, 7, 5, 5, "busy"), row(6, 7, 1, 1, "busier"))

    assert found == [RefusalWords("busy", "BUSY", "chat", "refused_soft", "busy_canned", 4, 8, 9)]


def test_most_shoppers_come_first(tmp_path: Path) -> None:
    """Values are in the order of their shoppers; steps are apart, and share the template's words."""
    found = words_of(tmp_path, row(1, 7, 2, 2, "few"), row(1, 8, 9, 9, "many"), row(2, 7, 4, 4, step="pay"))

    assert [(one.template, one.step, one.shoppers) for one in found] == [
        ("many", "chat", 9),
        ("few", "pay", 4),
        ("few", "chat", 2),
    ]


def test_words_that_were_not_kept_are_counted(tmp_path: Path) -> None:
    """Texts beyond the bound, and those whose batch was lost, are values without words."""
    found = words_of(tmp_path, row(1, OTHER_WORDS, 5, 5), row(1, 9, 2, 2))

    assert [(one.template, one.sample, one.n) for one in found] == [("", "", 5), ("", "", 2)]


def test_a_foreign_record_is_bounded(tmp_path: Path) -> None:
    """However many and long the texts of a record are, so many and so much of them is taken."""
    found = words_of(tmp_path, *(row(1, number, 1, 1, f"{number} " * 900) for number in range(1, MOST_WORDS + 9)))

    assert len(found) == MOST_WORDS
    assert max(len(one.sample) for one in found) == MOST_CHARACTERS


@pytest.mark.parametrize("is_there", [True, False], ids=["an empty table", "no table"])
def test_a_record_without_words(tmp_path: Path, is_there: bool) -> None:
    """A run that kept no words has none to show, and nothing is missing from it."""
    path = write_run(tmp_path / "run", TRUTH)
    if not is_there:
        (path / "words.arrows").unlink()
    run = open_run(path)

    assert refusal_words(run) == []
    assert run.truncated == []
