"""Laws of the ledger audit over generated histories."""

import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from reports.ledger_audit import AuditReport
from tests.helpers.histories import audited, rows_of, violated

FATES = st.lists(st.sampled_from("cufi"), min_size=1, max_size=8)


def report_of(fates: list[str], stored: list[int]) -> AuditReport:
    """The audit of wishes 0, 1, 2 ... with these fates, and a ledger of these orders."""
    words = " ".join(f"{fate}{wish}" for wish, fate in enumerate(fates))
    with tempfile.TemporaryDirectory() as folder:
        return audited(Path(folder), f"{words} | {' '.join(map(str, stored))}")


@settings(max_examples=40)
@given(fates=FATES, data=st.data())
def test_what_may_have_happened_is_clean(fates: list[str], data: st.DataObject) -> None:
    """Every confirmed order once, any of the unknown ones once, in any order of commit, breaks nothing."""
    confirmed = [wish for wish, fate in enumerate(fates) if fate == "c"]
    unknown = [wish for wish, fate in enumerate(fates) if fate in "ui"]
    recovered = data.draw(st.lists(st.sampled_from(unknown), unique=True)) if unknown else []
    report = report_of(fates, data.draw(st.permutations(confirmed + recovered)))

    assert violated(report) == {}
    assert (report.confirmed, report.unknown, report.recovered) == (len(confirmed), len(unknown), len(recovered))


@settings(max_examples=40)
@given(fates=FATES, stored=st.lists(st.integers(0, 9), max_size=8))
def test_violations_are_multiset_differences(fates: list[str], stored: list[int]) -> None:
    """Lost, phantom, doubled and charged though told no are exactly the differences of the two multisets, row by row."""
    report = report_of(fates, stored)
    fate_of = dict(enumerate(fates))
    states = {check.id: check.state for check in report.checks}
    found = violated(report)

    ended = any(fate != "i" for fate in fates)
    assert (states["lost"] == "not_run") == (not ended)
    assert found.get("lost", 0) == sum(fate == "c" and wish not in stored for wish, fate in fate_of.items())
    assert found.get("phantom", 0) == sum(wish not in fate_of for wish in stored)
    assert found.get("doubled", 0) == len(stored) - len(set(stored))
    assert found.get("false_failure", 0) == sum(fate_of.get(wish) == "f" for wish in stored)
    for check in ("lost", "phantom", "doubled", "false_failure"):
        assert len(rows_of(report, check)) == found.get(check, 0)
