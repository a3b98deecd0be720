"""One wish of a journey of one's own: written ahead, every request on record, one outcome that names what went wrong first."""

import json
from pathlib import Path

import pytest

from locustfiles.journeys.own_wish import OwnWish
from locustfiles.journeys.response import Response
from locustfiles.recording.classify import Verdict
from reports.run_record.outcome import APPLY_CARD, PAY, Outcome, Reason
from tests.helpers.exchanges import MS, answered
from tests.helpers.scripted_shop import ARRIVAL, PROMPT, ScriptedShop, scripted_shop

DONE = Verdict(Outcome.DONE)
CONFIRMED = Verdict(Outcome.CONFIRMED)
UNKNOWN = Verdict(Outcome.UNKNOWN, Reason.TIMED_OUT)
REFUSED = Verdict(Outcome.REFUSED_HARD, Reason.RATE_LIMITED)
SOFT = Verdict(Outcome.REFUSED_SOFT, Reason.BUSY_CANNED, "busy, 12 ahead")
WRONG = Verdict(Outcome.DEGRADED, Reason.WRONG_ANSWER)


def begun(shop: ScriptedShop, late_ns: int = 3 * MS) -> OwnWish:
    """The wish of the helper's arrival, taken so much too late."""
    return OwnWish.begin(shop.store, PROMPT, ARRIVAL, ARRIVAL.intended_ns + late_ns)


def test_a_wish_is_written_ahead(tmp_path: Path) -> None:
    """Its row is there before anything is sent, and the record knows how late it began."""
    shop = scripted_shop(tmp_path, ())
    begun(shop)
    (line,) = (tmp_path / "intents.jsonl").read_text().splitlines()
    (lateness,) = shop.cut().histograms

    assert json.loads(line)["wish"] == ARRIVAL.index
    assert (lateness.clock, lateness.second, lateness.sum_us) == ("lateness", 1, 3000)


def test_a_wish_that_cannot_be_written_ahead_does_not_begin(tmp_path: Path) -> None:
    """A disk that refuses is an OSError, before a byte is sent."""
    (tmp_path / "intents.jsonl").symlink_to("/dev/full")
    shop = scripted_shop(tmp_path, ())

    with pytest.raises(OSError, match="No space left"):
        begun(shop)


def test_the_words_of_a_refusal_are_kept(tmp_path: Path) -> None:
    """A journey's own request that is refused tells in which words, as one of the purchase does."""
    shop = scripted_shop(tmp_path, ())
    wish = begun(shop)
    wish.answered(Response("a", ("POST", "/"), answered(200), SOFT))
    wish.settle()

    (row,) = shop.store.words.take()
    assert (row.step, row.n, row.wishes, row.template, row.sample) == ("a", 1, 1, "busy, # ahead", "busy, 12 ahead")


@pytest.mark.parametrize(
    ("steps", "crashed", "outcome", "reason", "last_step"),
    [
        pytest.param([("a", DONE), ("b", DONE)], False, "done", "", "b", id="all good"),
        pytest.param([("a", REFUSED), ("b", DONE)], False, "refused_hard", "rate_limited", "a", id="the first failure"),
        pytest.param([("a", REFUSED), ("b", WRONG)], True, "refused_hard", "rate_limited", "a", id="then a crash"),
        pytest.param([("a", DONE)], True, "degraded", "wrong_answer", "a", id="a crash alone"),
        pytest.param([], True, "degraded", "wrong_answer", "", id="a crash at once"),
        pytest.param([], False, "degraded", "", "", id="nothing sent"),
        pytest.param(
            [("a", DONE), (PAY, CONFIRMED), ("b", WRONG)], True, "confirmed", "", PAY, id="bought all the same"
        ),
        pytest.param(
            [("a", WRONG), (PAY, UNKNOWN), ("b", DONE)], False, "unknown", "timed_out", PAY, id="perhaps bought"
        ),
        pytest.param(
            [(APPLY_CARD, WRONG), (PAY, REFUSED)], False, "degraded", "wrong_answer", APPLY_CARD, id="not bought"
        ),
    ],
)
def test_the_outcome_of_a_wish(
    tmp_path: Path, steps: list[tuple[str, Verdict]], crashed: bool, outcome: str, reason: str, last_step: str
) -> None:
    """Paying decides, then the first failure, then a crash; every request is on record."""
    shop = scripted_shop(tmp_path, ())
    own = begun(shop)
    for step, verdict in steps:
        own.answered(Response(step, ("POST", "/"), answered(200), verdict))
    own.end(crashed=crashed)
    batch = shop.cut()
    (row,) = batch.purchases

    assert (row.outcome, row.reason, row.last_step, row.requests) == (outcome, reason, last_step, len(steps))
    assert sum(one.n for one in batch.outcomes if one.step != "order") == len(steps)
    assert [one.n for one in batch.outcomes if one.step == "order"] == [1]


def test_an_answer_is_on_record_with_the_next_request(tmp_path: Path) -> None:
    """Until then it can be judged; after that the record holds the judgement."""
    shop = scripted_shop(tmp_path, ())
    own = begun(shop)
    here = Response("basket", ("POST", "/basket"), answered(200), DONE)
    own.answered(here)
    assert shop.cut().outcomes == []
    here.refuse("queue full")
    own.next_start_ns()

    assert [(one.step, one.outcome) for one in shop.cut().outcomes] == [("basket", "refused_soft")]


def test_the_first_request_should_have_started_earlier_by_the_shoppers_lateness(tmp_path: Path) -> None:
    """The generator's delay is in the first response time; later requests start when they are sent."""
    shop = scripted_shop(tmp_path, ())
    own = begun(shop, late_ns=10**15)
    first_ns = own.next_start_ns()
    own.answered(Response("a", ("POST", "/"), answered(200), DONE))

    assert own.next_start_ns() - first_ns >= 10**15
