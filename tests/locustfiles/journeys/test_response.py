"""What a journey sees of an answer, and how it judges it."""

from collections.abc import Callable

import pytest

from locustfiles.journeys.response import Response
from locustfiles.recording.classify import Verdict
from locustfiles.recording.classify_answer import classify_answer
from locustfiles.transport.exchange import Exchange, Fault
from reports.run_record.outcome import Outcome, Reason
from tests.helpers.exchanges import answered, faulted


def response(exchange: Exchange) -> Response:
    """The response that a client makes of an exchange."""
    return Response("basket", ("POST", "/basket"), exchange, classify_answer(exchange))


def test_a_good_answer() -> None:
    """Status, headers, body in three forms and the time are there."""
    here = response(answered(201, '{"id": "茶"}'.encode(), {"x-a": "1"}))

    assert (here.ok, here.status, here.headers["x-a"], here.fault) == (True, 201, "1", None)
    assert (here.json(), here.text, here.content) == ({"id": "茶"}, '{"id": "茶"}', '{"id": "茶"}'.encode())
    assert here.elapsed_ms == 9.0


@pytest.mark.parametrize("body", [b"", b"{", b"\xff\xfe", b"[" * 100_000, b"<html>"])
def test_a_hostile_body_is_a_value(body: bytes) -> None:
    """A body that is no JSON reads as None, one that is no UTF-8 as text all the same."""
    here = response(answered(200, body))

    assert here.json() is None
    assert isinstance(here.text, str)


def test_a_fault() -> None:
    """Without an answer the fault says why."""
    here = response(faulted(Fault.RESET))

    assert (here.ok, here.status, here.fault, here.outcome, here.content) == (False, 0, Fault.RESET, Outcome.SHED, b"")


@pytest.mark.parametrize(
    ("judge", "verdict"),
    [
        pytest.param(lambda here: here.accept(), Verdict(Outcome.DONE), id="accepted"),
        pytest.param(
            lambda here: here.refuse("full"), Verdict(Outcome.REFUSED_SOFT, Reason.BUSY_CANNED, "full"), id="refused"
        ),
        pytest.param(lambda here: here.decline("sold"), Verdict(Outcome.DECLINED, Reason.NONE, "sold"), id="declined"),
        pytest.param(
            lambda here: here.fail("no id"), Verdict(Outcome.DEGRADED, Reason.WRONG_ANSWER, "no id"), id="wrong"
        ),
    ],
)
def test_judgements(judge: Callable[[Response], None], verdict: Verdict) -> None:
    """The journey's judgement takes the place of the status's."""
    here = response(answered(404))
    judge(here)

    assert here.ok is verdict.outcome.is_good
    assert here.close()[1] == verdict
    assert here.why == verdict.detail


def test_a_judgement_that_comes_too_late() -> None:
    """What is on record cannot be judged again."""
    here = response(answered(200))
    here.close()

    with pytest.raises(RuntimeError, match="'basket' is on record already"):
        here.fail()
