"""Each way in which a step can fail at a foreign service has a sentence that names the field to set."""

from dataclasses import replace

import pytest

from locustfiles.doctor.advice import Seen, advice
from locustfiles.recording.classify import Verdict
from locustfiles.transport.exchange import Fault
from reports.run_record.outcome import APPLY_CARD, CHAT, CLAIM_CARD, CREATE, PAY, Outcome, Reason

GOOD = Seen(
    step=CHAT,
    verdict=Verdict(Outcome.DONE),
    status=200,
    fault=None,
    origin="https://shop.test",
    path="/v1/chat/completions",
    content_type="text/event-stream",
    location="",
    words="",
)
SHED, DEGRADED = Verdict(Outcome.SHED), Verdict(Outcome.DEGRADED, Reason.CLIENT_ERROR)


def failed(verdict: Verdict = DEGRADED, step: str = CHAT, status: int = 200, **changes: object) -> Seen:
    """A step that came to ``verdict``."""
    return replace(GOOD, step=step, verdict=verdict, status=status, **changes)  # type: ignore[arg-type]  # the table names fields of many types


def broken(fault: Fault) -> Seen:
    """A step whose connection broke."""
    return failed(SHED, CREATE, 0, fault=fault)


@pytest.mark.parametrize("verdict", [Verdict(Outcome.DONE), Verdict(Outcome.CONFIRMED)])
def test_a_good_step_needs_no_advice(verdict: Verdict) -> None:
    """A step that got what it asked for is left alone."""
    assert advice(replace(GOOD, verdict=verdict)) == ""


@pytest.mark.parametrize(
    ("seen", "says"),
    [
        pytest.param(broken(Fault.CONNECT_REFUSED), "check checkout.url", id="nothing listens"),
        pytest.param(broken(Fault.TLS_FAILED), "tls.ca_file", id="an unknown authority"),
        pytest.param(broken(Fault.FIRST_BYTE_TIMEOUT), "deadlines.first_byte_s", id="a slow service"),
        pytest.param(broken(Fault.MALFORMED_ANSWER), "scheme and port of checkout.url", id="TLS spoken to in plain"),
        pytest.param(broken(Fault.RESET), "log of the service", id="a reset"),
        pytest.param(failed(status=302, location="https://x.test/"), "redirects to https://x.test/", id="a redirect"),
        pytest.param(failed(status=401), "set chat.key", id="no key"),
        pytest.param(failed(step=CLAIM_CARD, status=403), "check cards.key", id="forbidden"),
        pytest.param(failed(status=403, words="invalid API key"), "set chat.key", id="a wrong key"),
        pytest.param(
            failed(step=CREATE, status=400, words="unsupported_api_version"), "checkout.version", id="version"
        ),
        pytest.param(failed(status=404, words="model x not found"), "set chat.model", id="an unknown model"),
        pytest.param(failed(status=404), "usually end in /v1", id="a wrong path"),
        pytest.param(failed(step=CREATE, status=405), "checkout.protocol", id="a wrong method"),
        pytest.param(failed(Verdict(Outcome.REFUSED_HARD), status=429), "quota of this key", id="a quota"),
        pytest.param(failed(step=CREATE, status=422), "checkout.quirks", id="a body that is not taken"),
        pytest.param(
            failed(Verdict(Outcome.DEGRADED, Reason.PROTOCOL_FAULT), content_type="text/html"),
            "A web page answers",
            id="a web page",
        ),
        pytest.param(
            failed(Verdict(Outcome.DEGRADED, Reason.PROTOCOL_FAULT), CREATE), "not of the protocol", id="other JSON"
        ),
        pytest.param(
            failed(Verdict(Outcome.DEGRADED, Reason.NO_PROGRESS)), 'journey = "checkout-only"', id="no tool call"
        ),
        pytest.param(
            failed(Verdict(Outcome.DEGRADED, Reason.NO_PROGRESS), PAY), "does not become payable", id="not payable"
        ),
        pytest.param(failed(Verdict(Outcome.DEGRADED, Reason.WRONG_ANSWER)), "name the skus", id="another basket"),
        pytest.param(failed(Verdict(Outcome.DEGRADED, Reason.TRUNCATED)), "max_tokens", id="cut short"),
        pytest.param(
            failed(Verdict(Outcome.DECLINED, Reason.OUT_OF_STOCK), CREATE), "data.catalogue", id="out of stock"
        ),
        pytest.param(
            failed(Verdict(Outcome.DECLINED, Reason.BAD_COUPON), APPLY_CARD), "cards.codes", id="a refused code"
        ),
        pytest.param(
            failed(Verdict(Outcome.DONE, Reason.COUPON_MISSING), APPLY_CARD),
            "had no effect",
            id="a code without effect",
        ),
        pytest.param(
            failed(Verdict(Outcome.DECLINED, Reason.PAYMENT_DECLINED), PAY), "checkout.payment", id="a declined payment"
        ),
        pytest.param(
            failed(Verdict(Outcome.REFUSED_SOFT, Reason.BUSY_CANNED)), "words of a success", id="a soft refusal"
        ),
        pytest.param(failed(Verdict(Outcome.QUEUED, Reason.WAITING_ROOM)), "waiting room", id="a waiting room"),
        pytest.param(failed(Verdict(Outcome.SHED, Reason.SERVER_ERROR), status=500), "its own log", id="a crash"),
    ],
)
def test_what_to_set(seen: Seen, says: str) -> None:
    """The sentence names the field, or who can mend it."""
    assert says in advice(seen)
