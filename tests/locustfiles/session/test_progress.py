"""The live line shows the record's own counts."""

import pytest
from msgspec import structs

from locustfiles.session.progress import Progress
from reports.run_record.outcome import Outcome, Reason
from reports.run_record.schema import Batch, HealthRow, OutcomeRow, PurchaseRow, SecondRow
from tests.helpers.synthetic_run import Wish, purchase_of


def batch(confirmed: int, refused: int, lateness_p99_us: int = 400) -> Batch:
    """What one worker saw in one second."""
    return Batch(
        run_id="r",
        worker="w",
        sequence=0,
        seconds=[SecondRow(0, scheduled=confirmed + refused + 1, released=confirmed + refused, dropped=1)],
        outcomes=[
            OutcomeRow(0, "order", "confirmed", "", confirmed),
            OutcomeRow(0, "order", "refused_soft", "busy_canned", refused),
            OutcomeRow(0, "chat", "done", "", 999),
        ],
        health=[HealthRow(0, "w", 1, lateness_p99_us, 1, 0, 0, 0.1, 1, 7, 1, 1)],
    )


def purchase(prompts: int) -> PurchaseRow:
    """A wish that ended after so many chat attempts."""
    row = purchase_of(Wish(1, 0, (("chat", Outcome.REFUSED_HARD, Reason.RATE_LIMITED, 1),)), Reason.RATE_LIMITED, 1)
    return structs.replace(row, prompts=prompts)


def test_line() -> None:
    """The line shows elapsed of total, offered, confirmed, refused, in flight, lateness and drops."""
    progress = Progress(duration_s=90.0, is_terminal=True)
    progress.add([batch(30, 10), batch(30, 10)])

    assert progress.line(12.2) == (
        " 12 s of 90 s  offered 82/s  confirmed 60/s  refused 25.0 %  in flight 14  generator late 0.4 ms  dropped 2"
    )


def test_amplification() -> None:
    """When shoppers ask more than once, the line says how often, over the wishes that ended in the last seconds."""
    progress = Progress(duration_s=90.0, is_terminal=True)
    once, often = batch(3, 1), batch(3, 1)
    once.purchases = [purchase(1)] * 3
    often.purchases = [purchase(1)] * 15 + [purchase(3)] * 4

    progress.add([once])
    assert "attempts" not in progress.line(1.0)
    progress.add([often])
    assert "refused 25.0 %  attempts x1.36  in flight 7" in progress.line(2.0)
    for _ in range(5):
        progress.add([once])
    assert "attempts" not in progress.line(7.0)


def test_no_outcome_yet() -> None:
    """Before anything has ended, the refused share is unknown, not zero."""
    assert "refused -" in Progress(duration_s=90.0, is_terminal=True).line(0.0)


def test_elapsed_stops_at_the_end() -> None:
    """While the run drains, the line stays at the curve's length."""
    assert Progress(duration_s=90.0, is_terminal=True).line(93.0).startswith(" 90 s of 90 s")


def test_terminal_and_plain() -> None:
    """On a terminal the line is rewritten each second; elsewhere it is printed every five."""
    assert Progress(duration_s=9.0, is_terminal=True).text(1.0).startswith("\r\x1b[2K  1 s of 9 s")
    plain = Progress(duration_s=9.0, is_terminal=False)
    assert plain.text(1.0) == ""
    assert plain.text(5.0).endswith("\n")


def test_plain_lines_do_not_depend_on_the_second_hit() -> None:
    """A tick that comes a little late neither repeats nor leaves out a line."""
    plain = Progress(duration_s=60.0, is_terminal=False)
    ticks = [0.5, 1.5, 2.5, 3.5, 4.49, 5.51, 6.5, 7.5, 8.5, 9.6, 10.4, 11.5]

    assert [elapsed_s for elapsed_s in ticks if plain.text(elapsed_s)] == [5.51, 9.6]


def test_rates_are_of_the_last_seconds() -> None:
    """Rates are means over the last five seconds, drops are counted over the whole run."""
    progress = Progress(duration_s=90.0, is_terminal=True)
    for confirmed in (500, 10, 10, 10, 10, 10):
        progress.add([batch(confirmed, 0)])

    assert "confirmed 10/s" in progress.line(6.0)
    assert "dropped 6" in progress.line(6.0)


def test_a_second_without_news() -> None:
    """A second in which no batch came counts as nothing, and the generator's state stays as last told."""
    progress = Progress(duration_s=90.0, is_terminal=True)
    progress.add([batch(10, 0)])
    progress.add([])

    assert "confirmed 5/s" in progress.line(2.0)
    assert "in flight 7" in progress.line(2.0)


def test_the_load_of_a_closed_model() -> None:
    """Where no curve offers anything the line says how many wishes are begun."""
    progress = Progress(duration_s=90.0, is_terminal=True, load="begun")
    progress.add([batch(30, 10)])

    assert "  begun 41/s  " in progress.line(12.2)


def test_what_goes_on_stands_at_the_end_of_the_line() -> None:
    """While shoppers are turned away the line says since when."""
    progress = Progress(duration_s=90.0, is_terminal=True)
    progress.add([batch(30, 10)])

    assert progress.line(20.0, "throttling since second 15").endswith("dropped 1  throttling since second 15")
    assert progress.text(20.0, "throttling since second 15").endswith("  throttling since second 15")


@pytest.mark.parametrize(("is_terminal", "before"), [(True, "\r\x1b[2K"), (False, "")])
def test_news_are_lines_that_stay(is_terminal: bool, before: str) -> None:
    """What begins or ends is a sentence of its own; on a terminal it takes the live line's place, which comes again below."""
    progress = Progress(duration_s=90.0, is_terminal=is_terminal)

    assert progress.news(["throttling since second 15, offered 400/s, chat: rate_limited"]) == (
        f"{before}Throttling since second 15, offered 400/s, chat: rate_limited.\n"
    )
    assert progress.news([]) == ""
