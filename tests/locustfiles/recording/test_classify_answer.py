"""What an answer of an unknown service came to, and what Locust's own clients tell of theirs."""

from typing import Any

import pytest

from locustfiles.recording.classify_answer import classify_answer, classify_event
from locustfiles.transport.exchange import Exchange, Fault
from reports.run_record.outcome import Outcome, Reason
from tests.helpers.exchanges import answered, faulted

THROTTLED = b'{"error":{"code":"Throttling.RateQuota","message":"Requests rate limit exceeded."}}'


@pytest.mark.parametrize(
    ("exchange", "outcome", "reason"),
    [
        pytest.param(answered(200), Outcome.DONE, Reason.NONE, id="a 200"),
        pytest.param(answered(204), Outcome.DONE, Reason.NONE, id="no content"),
        pytest.param(answered(302, headers={"location": "/home"}), Outcome.DONE, Reason.NONE, id="a redirect"),
        pytest.param(
            answered(302, headers={"location": "https://shop.queue-it.net/?c=x"}),
            Outcome.QUEUED,
            Reason.WAITING_ROOM,
            id="a redirect into a queue",
        ),
        pytest.param(answered(429), Outcome.REFUSED_HARD, Reason.RATE_LIMITED, id="too many requests"),
        pytest.param(answered(503), Outcome.REFUSED_HARD, Reason.OVERLOADED, id="unavailable"),
        pytest.param(answered(400, THROTTLED), Outcome.REFUSED_HARD, Reason.RATE_LIMITED, id="a code in a 400"),
        pytest.param(
            answered(409, b'{"code":"out_of_stock","message":"Gone."}'),
            Outcome.DECLINED,
            Reason.OUT_OF_STOCK,
            id="a business no",
        ),
        pytest.param(answered(404), Outcome.DEGRADED, Reason.CLIENT_ERROR, id="not found"),
        pytest.param(answered(500), Outcome.SHED, Reason.SERVER_ERROR, id="a server error"),
        pytest.param(faulted(Fault.FIRST_BYTE_TIMEOUT), Outcome.SHED, Reason.TIMED_OUT, id="silence"),
        pytest.param(faulted(Fault.TRUNCATED, status=200), Outcome.SHED, Reason.TRUNCATED, id="half a 200"),
        pytest.param(faulted(Fault.BODY_TOO_LARGE, status=200), Outcome.SHED, Reason.PROTOCOL_FAULT, id="too much"),
    ],
)
def test_answers(exchange: Exchange, outcome: Outcome, reason: Reason) -> None:
    """Each status, code and fault has its outcome."""
    assert classify_answer(exchange)[:2] == (outcome, reason)


class ReadTimeoutError(Exception):
    """As a client library's."""


class CatchResponseError(Exception):
    """As Locust's, for what a locustfile calls a failure."""


@pytest.mark.parametrize(
    ("status", "exception", "outcome", "reason"),
    [
        pytest.param(200, None, Outcome.DONE, Reason.NONE, id="good"),
        pytest.param(404, None, Outcome.DONE, Reason.NONE, id="called good by the locustfile"),
        pytest.param(429, Exception("429"), Outcome.REFUSED_HARD, Reason.RATE_LIMITED, id="refused"),
        pytest.param(500, Exception("500"), Outcome.SHED, Reason.SERVER_ERROR, id="a server error"),
        pytest.param(302, Exception("TooManyRedirects"), Outcome.DEGRADED, Reason.WRONG_ANSWER, id="a redirect loop"),
        pytest.param(
            200, CatchResponseError("no id"), Outcome.DEGRADED, Reason.WRONG_ANSWER, id="called wrong by the locustfile"
        ),
        pytest.param(
            200,
            CatchResponseError("当前访问人数过多，请稍后再试"),
            Outcome.REFUSED_SOFT,
            Reason.BUSY_CANNED,
            id="busy words",
        ),
        pytest.param(0, ReadTimeoutError("timed out"), Outcome.SHED, Reason.TIMED_OUT, id="too late"),
        pytest.param(0, ConnectionRefusedError(111, "x"), Outcome.SHED, Reason.CONNECT_FAILED, id="refused connection"),
        pytest.param(0, ConnectionResetError(104, "x"), Outcome.SHED, Reason.CONNECTION_LOST, id="reset"),
        pytest.param(0, KeyError("id"), Outcome.DEGRADED, Reason.WRONG_ANSWER, id="another client's own mistake"),
    ],
)
def test_events(status: int, exception: Any, outcome: Outcome, reason: Reason) -> None:
    """The exception decides, with the status beside it."""
    exchange = Exchange(0, 0, 0, status=status)

    assert classify_event(exchange, exception)[:2] == (outcome, reason)
