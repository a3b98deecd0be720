"""What a target announces adds up to a bounded number of rows."""

from locustfiles.recording.announcements import MAX_STEPS, Announcements
from reports.run_record.schema import AnnouncedRow


def test_numbers_add_up() -> None:
    """By step and name: how often, first, last, lowest and highest."""
    heard = Announcements()
    for left in ("5", "0", "3"):
        heard.note("chat", {"x-ratelimit-remaining-requests": left, "server": "s"})
    heard.note("create", {"retry-after": "1"})
    heard.note("create", {})

    assert heard.rows() == [
        AnnouncedRow("chat", "x-ratelimit-remaining-requests", 3, 5.0, 3.0, 0.0, 5.0),
        AnnouncedRow("create", "retry-after", 1, 1.0, 1.0, 1.0, 1.0),
    ]


def test_sums_add_up() -> None:
    """Rows that come later are added to those that are there, and what was heard first stays first."""
    early, late = Announcements(), Announcements()
    early.note("chat", {"retry-after": "7"})
    late.note("chat", {"retry-after": "2"})
    early.add(late.rows())

    assert early.rows() == [AnnouncedRow("chat", "retry-after", 2, 7.0, 2.0, 2.0, 7.0)]


def test_bounded() -> None:
    """A journey with more steps than are kept for loses those beyond; the known ones are counted on."""
    heard = Announcements()
    for number in range(MAX_STEPS + 5):
        heard.note(f"step-{number}", {"retry-after": "1"})
    heard.note("step-0", {"retry-after": "1"})

    rows = heard.rows()
    assert len(rows) == MAX_STEPS
    assert next(row.n for row in rows if row.step == "step-0") == 2
