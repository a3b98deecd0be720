"""The README's table of live runs is that of the JSON file."""

from msgspec import structs

from benchmarks.generator.command_line import pasted
from benchmarks.onset_live.live_table import COMMAND, README, markdown
from benchmarks.onset_live.results import RESULT, Result, Row, read

ROW = Row("token bucket", "hard", "jump", 1, "refused", 15, 15.4, 132.0, 60.0)


def test_rows_stand_in_the_order_of_the_cases() -> None:
    """A run that agrees is ok, one that does not is WRONG, and what is not measured is counted."""
    calm = structs.replace(ROW, load="to spare", signal="", reported_s=None, true_s=None, offered_per_s=None)
    early = structs.replace(ROW, technique="AIMD", reported_s=9)
    told = markdown(Result([early, calm, ROW]))

    assert told.index("| token bucket | hard | jump | refused | 15 | 15.40 | +0.00 | 1.0 | 132 | ok |") < told.index(
        "AIMD"
    )
    assert "| token bucket | hard | to spare | none | none | none | - | 1.0 | none | ok |" in told
    assert "| AIMD | hard | jump | refused | 9 | 15.40 | -5.40 | 1.0 | 132 | WRONG |" in told
    assert "3 of 34 runs measured, 2 of them agree" in told


def test_the_readme_holds_the_last_result() -> None:
    """The table in the README is the one of the JSON file."""
    page = README.read_text(encoding="utf-8")

    assert pasted(page, markdown(read(RESULT)), COMMAND) == page
