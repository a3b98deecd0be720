"""What an answer of an unknown service came to, by its fault, its status and the machine words of its error; and what Locust's own
clients tell of theirs. Total functions.

A 2xx and a 3xx are done: only the journey that asked knows what the body should have said. A waiting room is no answer.
"""

from typing import Any

from locustfiles.protocols.service_error import service_error
from locustfiles.recording.busy_words import busy_reason
from locustfiles.recording.classify import Verdict, classify_checkout
from locustfiles.recording.signals import is_waiting_room
from locustfiles.transport.exchange import Exchange
from reports.run_record.outcome import CREATE, Outcome, Reason

GOOD = Verdict(Outcome.DONE)
_GOOD_STATUSES = range(200, 400)
_SUCCESSES = range(200, 300)
_BROKEN = {
    "timeout": Reason.TIMED_OUT,
    "timedout": Reason.TIMED_OUT,
    "refused": Reason.CONNECT_FAILED,
    "gaierror": Reason.CONNECT_FAILED,
    "newconnection": Reason.CONNECT_FAILED,
    "sslerror": Reason.CONNECT_FAILED,
    "incompleteread": Reason.TRUNCATED,
    "chunkedencoding": Reason.TRUNCATED,
    "connection": Reason.CONNECTION_LOST,
    "disconnected": Reason.CONNECTION_LOST,
    "protocolerror": Reason.CONNECTION_LOST,
    "brokenpipe": Reason.CONNECTION_LOST,
    "httpparse": Reason.PROTOCOL_FAULT,
    "socketerror": Reason.CONNECTION_LOST,
}
"""What stands in the name or the text of a client library's exception, first match wins."""
_WORDS = 400


def classify_answer(exchange: Exchange) -> Verdict:
    """The outcome of one request to any service."""
    status = exchange.status
    if exchange.fault is None and status in _SUCCESSES:
        return GOOD
    if exchange.fault is None and status in _GOOD_STATUSES and not is_waiting_room(status, exchange.headers):
        return GOOD
    # By the rules that the checkout steps share, of which a service error never leaves.
    return classify_checkout(CREATE, exchange, service_error(status, exchange.headers, exchange.body))


def classify_event(exchange: Exchange, exception: Any) -> Verdict:
    """The outcome of a request that Locust tells of; ``exchange`` has its status, 0 when there was no answer.

    Without an exception it is done, whatever the status: the locustfile may have said so. An exception beside a 2xx is the
    locustfile's own judgement, and a refusal when its words say busy.
    """
    if exception is None:
        return GOOD
    if exchange.status not in (0, *_SUCCESSES):
        verdict = classify_answer(exchange)
        return verdict if verdict is not GOOD else Verdict(Outcome.DEGRADED, Reason.WRONG_ANSWER)
    words = str(exception)[:_WORDS]
    if exchange.status:
        busy = busy_reason(words)
        return Verdict(Outcome.REFUSED_SOFT, busy) if busy else Verdict(Outcome.DEGRADED, Reason.WRONG_ANSWER)
    told = f"{type(exception).__name__} {words}".casefold().replace(" ", "")
    broken = next((reason for mark, reason in _BROKEN.items() if mark in told), None)
    return Verdict(Outcome.SHED, broken) if broken else Verdict(Outcome.DEGRADED, Reason.WRONG_ANSWER)
