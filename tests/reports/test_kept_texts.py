"""The sample of the assistant's texts, read back and counted against the whole run."""

from pathlib import Path

import pytest

from reports.kept_texts import MOST_CHARACTERS, Chosen, KeptText, KeptTexts, TextGroup, kept_texts
from reports.run_record.run_directory import open_run
from reports.run_record.said import TextRow
from tests.helpers.synthetic_run import Wishes, batch_of, changed, write_run

TRUTH = Wishes(rates=((5, 100.0),), capacity_per_s=90, manifest={"arguments": {"keep_texts": "0.01"}})
"""450 answers at chat are done, 25 refused hard and 25 refused soft."""
EVERYTHING = Chosen()


def text(wish: int, *, second: int = 1, outcome: str = "done", reason: str = "", said: str = "好的") -> TextRow:
    """One kept text."""
    return TextRow(second, wish, "chat", outcome, reason, int(outcome == "done"), said, 0)


def gap(n: int, second: int, outcome: str = "done") -> TextRow:
    """So many texts that were left out."""
    return TextRow(second, -1, "chat", outcome, "", -1, "", n)


def sample_of(
    folder: Path, *rows: TextRow, chosen: Chosen = EVERYTHING, found: int | None = None, truth: Wishes = TRUTH
) -> KeptTexts:
    """What is read of a run whose record has these rows."""
    batch = batch_of(truth)
    batch.texts = list(rows)
    return kept_texts(open_run(write_run(folder / "run", truth, batch=batch)), chosen, found)


def test_texts_are_grouped_by_verdict(tmp_path: Path) -> None:
    """Each outcome and reason has its count and share of the run beside those of the sample, also one without a text; the most come first."""
    sample = sample_of(tmp_path, text(7, second=3), text(8), text(9, outcome="refused_soft", reason="busy_canned"))
    done, *others = sample.groups

    assert (sample.answers, sample.kept, sample.wishes, sample.left_out, sample.share) == (500, 3, 3, 0, 0.01)
    assert done == TextGroup(
        "done", "", 450, 0.9, 2, 0, 2 / 3, [KeptText(1, 8, True, "好的"), KeptText(3, 7, True, "好的")]
    )
    assert [(one.outcome, one.answers, one.kept, one.sample_share) for one in others] == [
        ("refused_soft", 25, 1, 1 / 3),
        ("refused_hard", 25, 0, 0.0),
    ]
    assert (sample.why_none, sample.notes, sample.bound) == ("", [], None)


def test_what_was_left_out_counts_in_the_sample(tmp_path: Path) -> None:
    """Texts beyond a worker's bound are in the estimate, each second's rows summed up, and it is told from where on."""
    sample = sample_of(tmp_path, text(1), gap(2, 4), gap(3, 3), gap(6, 4, "refused_soft"))
    shares = {one.outcome: (one.kept, one.left_out, one.sample_share) for one in sample.groups if one.sample_share}

    assert (sample.kept, sample.left_out, sample.left_out_from) == (1, 11, 3)
    assert shares == {"done": (1, 5, 0.5), "refused_soft": (0, 6, 0.5)}


def test_only_what_is_asked_for(tmp_path: Path) -> None:
    """Groups are those of the outcome and the reason that are asked for; the sample as a whole stays what it is."""
    rows = (
        text(1),
        text(2, outcome="refused_soft", reason="busy_canned"),
        text(3, outcome="degraded", reason="no_progress"),
    )
    for number, (chosen, outcomes) in enumerate(
        (
            (Chosen(outcome="refused_soft"), ["refused_soft"]),
            (Chosen(reason=""), ["done"]),
            (Chosen(outcome="done", reason="no_progress"), []),
        )
    ):
        sample = sample_of(tmp_path / str(number), *rows, chosen=chosen)
        assert [one.outcome for one in sample.groups] == outcomes
        assert sample.kept == 3


def test_a_limit_takes_texts_of_the_whole_run(tmp_path: Path) -> None:
    """Fewer texts than were kept are spread evenly over its seconds, so many of each outcome."""
    rows = [text(wish, second=wish % 5) for wish in range(20)]
    others = [text(wish, outcome="refused_soft", reason="busy_canned") for wish in (21, 22)]
    done, refused, _ = sample_of(tmp_path, *rows, *others, chosen=Chosen(limit=5)).groups

    assert [one.second for one in done.texts] == [0, 1, 2, 3, 4]
    assert (done.kept, len(refused.texts)) == (20, 2)


@pytest.mark.parametrize(
    ("wishes", "found", "at_most"),
    [
        pytest.param(range(59), 0, 0.0495, id="none of 59: at most 5 %"),
        pytest.param(range(93), 1, 0.0500, id="one of 93"),
        pytest.param([0, 0, 0, 1, 1], 0, 0.7764, id="five texts of two wishes are two witnesses"),
        pytest.param([0, 0, 0, 1, 1], 4, 1.0, id="more texts than wishes: any share is possible"),
        pytest.param([], 0, None, id="nothing was kept"),
    ],
)
def test_how_far_a_finding_reaches(tmp_path: Path, wishes: list[int], found: int, at_most: float | None) -> None:
    """What is found among the texts shown bounds the share of all such answers, by wishes, one-sided at 95 %."""
    sample = sample_of(tmp_path, *map(text, wishes), chosen=Chosen(outcome="done"), found=found)

    assert sample.bound is not None
    assert (sample.bound.texts, sample.bound.wishes) == (len(wishes), len(set(wishes)))
    assert sample.bound.at_most == (None if at_most is None else pytest.approx(at_most, abs=5e-5))


def test_a_bound_is_that_of_the_texts_shown(tmp_path: Path) -> None:
    """Who reads fewer texts than were kept knows less."""
    rows = [text(wish) for wish in range(100)]
    sample = sample_of(tmp_path, *rows, chosen=Chosen(outcome="done", limit=59), found=0)

    assert sample.bound is not None
    assert sample.bound.at_most == pytest.approx(0.0495, abs=5e-5)


@pytest.mark.parametrize(
    ("arguments", "rates", "says"),
    [
        pytest.param({}, TRUTH.rates, "written by an older Springtide", id="an older record"),
        pytest.param({"keep_texts": "much"}, TRUTH.rates, "or by a generator that keeps none", id="a foreign one"),
        pytest.param({"keep_texts": "nan"}, TRUTH.rates, "or by a generator that keeps none", id="a share that is none"),
        pytest.param({"keep_texts": "0"}, TRUTH.rates, "told to keep none (--keep-texts 0)", id="switched off"),
        pytest.param({"keep_texts": "0.01"}, ((5, 0.0),), "no assistant was asked anything", id="nobody was asked"),
        pytest.param({"keep_texts": "0.01"}, TRUTH.rates, "none of the 500 answers at chat was to a chosen wish", id="chance"),
    ],
)  # fmt: skip
def test_why_there_is_none(
    tmp_path: Path, arguments: dict[str, str], rates: tuple[tuple[int, float], ...], says: str
) -> None:
    """A record without a text says why, as far as it knows."""
    sample = sample_of(tmp_path, truth=changed(TRUTH, rates=rates, manifest={"arguments": arguments}))

    assert sample.kept == 0
    assert sample.why_none.startswith("This record holds no texts: ")
    assert says in sample.why_none


def test_a_record_without_the_table(tmp_path: Path) -> None:
    """An older run has no such file, and nothing is missing from it."""
    path = write_run(tmp_path / "run", TRUTH)
    (path / "texts.arrows").unlink()
    sample = kept_texts(open_run(path), EVERYTHING)

    assert (sample.kept, sample.answers, sample.notes) == (0, 500, [])


def test_what_is_missing_is_said(tmp_path: Path) -> None:
    """A table that is cut, and a run that did not finish, are told."""
    batch = batch_of(TRUTH)
    batch.texts = [text(1)]
    path = write_run(tmp_path / "run", TRUTH, batch=batch, end=False)
    table = path / "texts.arrows"
    table.write_bytes(table.read_bytes()[:-40])

    assert kept_texts(open_run(path), EVERYTHING).notes == [
        "texts.arrows is cut: its last batch is incomplete and left out",
        "The run did not finish: the last answers are not in the record.",
    ]


def test_a_foreign_text_is_bounded(tmp_path: Path) -> None:
    """However long the texts of a record are, so much of them is taken."""
    (done, *_) = sample_of(tmp_path, text(1, said="long " * 9000)).groups

    assert len(done.texts[0].text) == MOST_CHARACTERS
