"""What a judge finds when there is nothing to judge."""

from reports.finding import undecided
from reports.verdict import Verdict


def test_absent_data_is_explained_and_never_a_pass() -> None:
    """The missing need is the reason, in the verdict's sentence and in its explanation."""
    found = undecided("the ledger was not audited", "violations")

    assert (found.verdict, found.value, found.unit) == (Verdict.INCONCLUSIVE, None, "violations")
    assert found.explain.lines == [
        "Nothing could be judged: the ledger was not audited.",
        "Absence of data is never a pass, so the verdict is INCONCLUSIVE.",
    ]
