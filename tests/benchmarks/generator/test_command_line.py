"""What the measuring programs share on their command lines, and the place of a table in a page."""

from pathlib import Path

import pytest

from benchmarks.generator.command_line import END, begin, parser_of, pasted, show

COMMAND, OTHER = "python -m one --table", "python -m other --table"


def test_each_program_has_its_own_defaults() -> None:
    """The options are the same, what they are without a word is the program's."""
    path = Path("one.json")
    chosen = parser_of("One.", rounds=2, seconds=1.5, warm_up_s=0.5, result=path).parse_args(["--seconds", "4"])

    assert (chosen.rounds, chosen.seconds, chosen.warm_up, chosen.result) == (2, 4.0, 0.5, path)
    assert (chosen.table, chosen.paste) == (False, None)


def test_the_table_is_pasted_between_its_marks() -> None:
    """What stood between the marks goes, everything else stays, the tables of other commands too."""
    other = f"{begin(OTHER)}theirs\n{END}"
    page = f"{other}before\n{begin(COMMAND)}old\n{END}after\n{other}"

    assert pasted(page, "new\n", COMMAND) == page.replace("old", "new")


@pytest.mark.parametrize(
    "page",
    [
        pytest.param(f"{begin(COMMAND)}old\n", id="no end"),
        pytest.param(f"{begin(OTHER)}theirs\n{END}", id="the place of another table"),
    ],
)
def test_a_page_without_marks_is_refused(page: str) -> None:
    """A page that has no place for the table is left alone, with a sentence that names the mark."""
    with pytest.raises(ValueError, match="no place for the table between '<!-- python -m one --table -->'"):
        pasted(page, "new\n", COMMAND)


def test_no_result_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Without a result there is one sentence, which says what makes one, and the exit code of wrong use."""
    path = tmp_path / "none.json"

    assert show(path, None, markdown=str, command=COMMAND, target="one") == 2
    assert capsys.readouterr().err == f"There is no result in {path}; make one writes one.\n"
