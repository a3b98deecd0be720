"""How services say no: every published body shape, and every way to say when to come back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from locustfiles.protocols.checkout import ServiceError
from locustfiles.protocols.service_error import retry_after_s, service_error


@pytest.mark.parametrize(
    ("status", "body", "code", "message"),
    [
        pytest.param(
            429,
            b'{"error":{"message":"Requests rate limit exceeded","type":"limit_requests","param":null,'
            b'"code":"limit_requests"},"request_id":"r"}',
            "limit_requests",
            "Requests rate limit exceeded",
            id="DashScope in OpenAI mode",
        ),
        pytest.param(
            429,
            b'{"code":"Throttling.RateQuota","message":"Requests throttling triggered.","request_id":"r"}',
            "Throttling.RateQuota",
            "Requests throttling triggered.",
            id="DashScope, native",
        ),
        pytest.param(
            429,
            b'{"error":{"message":"Rate limit reached","type":"requests","param":null,"code":"rate_limit_exceeded"}}',
            "rate_limit_exceeded",
            "Rate limit reached",
            id="OpenAI",
        ),
        pytest.param(
            503,
            b'{"error":{"message":"busy","type":"service_unavailable_error","param":null,"code":null}}',
            "service_unavailable_error",
            "busy",
            id="a null code falls back to the type",
        ),
        pytest.param(
            529,
            b'{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"},"request_id":"r"}',
            "overloaded_error",
            "Overloaded",
            id="Anthropic",
        ),
        pytest.param(
            429,
            b'{"type":"error","error":{"type":"rate_limit_error","message":"cap",'
            b'"details":{"error_code":"enforced_spend_limit_reached"}}}',
            "enforced_spend_limit_reached",
            "cap",
            id="Anthropic, spend cap: the detail is the code",
        ),
        pytest.param(
            429,
            b'{"error":{"code":429,"message":"Resource has been exhausted","status":"RESOURCE_EXHAUSTED"}}',
            "RESOURCE_EXHAUSTED",
            "Resource has been exhausted",
            id="Gemini: text before number",
        ),
        pytest.param(
            400,
            b'{"error":{"code":400,"message":"bad","type":"invalid_request_error"}}',
            "invalid_request_error",
            "bad",
            id="llama.cpp",
        ),
        pytest.param(500, b'{"error":{"code":500,"message":"x"}}', "500", "x", id="a number when there is no text"),
        pytest.param(500, b'{"error":"out of memory"}', "", "out of memory", id="an error that is text"),
        pytest.param(
            422,
            b'{"type":"invalid_request","code":"idempotency_conflict","message":"other body"}',
            "idempotency_conflict",
            "other body",
            id="ACP, flat",
        ),
        pytest.param(409, b'{"detail":"sold","code":"OUT_OF_STOCK"}', "OUT_OF_STOCK", "sold", id="UCP by status"),
        pytest.param(422, b'{"detail":[{"type":"missing"}]}', "missing", "", id="a list of mistakes"),
        pytest.param(
            422,
            b'{"detail":[{"type":"missing","loc":["body",0,"id"],"msg":"Field required"},{"type":"other"}]}',
            "missing",
            "body.0.id: Field required",
            id="the first mistake of a list, and where it is",
        ),
        pytest.param(422, b'{"detail":[7]}', "", "", id="a list of no mistakes"),
        pytest.param(400, b'{"detail":{"code":"OLD","message":"no"}}', "OLD", "no", id="an object as detail"),
        pytest.param(
            400, b'{"detail":{"errors":[{"code":"OLD","message":"no"}]}}', "OLD", "no", id="errors within the detail"
        ),
        pytest.param(
            404,
            b'{"status":"requires_escalation","messages":[{"type":"info"},{"type":"error","code":"not_found","content":"no"}]}',
            "not_found",
            "no",
            id="UCP, the first error of its messages",
        ),
        pytest.param(503, b"reached concurrency limit", "", "reached concurrency limit", id="Envoy, plain text"),
        pytest.param(429, b"", "", "", id="no body at all"),
        pytest.param(502, b"\xff\xfe<html>", "", "\ufffd\ufffd<html>", id="bytes that are no text"),
        pytest.param(500, b"[1,2]", "", "[1,2]", id="JSON of another shape"),
        pytest.param(500, b'{"error":{"code":true,"message":7}}', "", "", id="members of the wrong type"),
    ],
)
def test_body_shape(status: int, body: bytes, code: str, message: str) -> None:
    """Every body shape gives its most telling code and its message."""
    assert service_error(status, {}, body) == ServiceError(status, code, message, None)


def test_text_is_bounded() -> None:
    """A code, a message and an unreadable body are cut."""
    long = b"x" * 10_000
    told = service_error(429, {}, b'{"error":{"code":"%b","message":"%b"}}' % (long, long))
    assert (len(told.code), len(told.message)) == (120, 1000)
    assert len(service_error(429, {}, long).message) == 200
    assert service_error(429, {}, b'{"error":{"code":%b}}' % (b"9" * 5000)).code == ""


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        pytest.param({"retry-after": "120"}, 120.0, id="seconds"),
        pytest.param({"retry-after": " 1 "}, 1.0, id="with white space"),
        pytest.param({"retry-after": "0"}, 0.0, id="at once"),
        pytest.param({"retry-after": "1.5"}, 1.5, id="a fraction, as some send"),
        pytest.param({"retry-after-ms": "1500", "retry-after": "2"}, 1.5, id="milliseconds are finer"),
        pytest.param({"retry-after-ms": "soon", "retry-after": "2"}, 2.0, id="unreadable milliseconds"),
        pytest.param(
            {"retry-after": "Fri, 06 Feb 2026 07:30:30 GMT", "date": "Fri, 06 Feb 2026 07:30:00 GMT"},
            30.0,
            id="a date, relative to the answer's own",
        ),
        pytest.param(
            {"retry-after": "Fri, 06 Feb 2026 07:30:00 GMT", "date": "Fri, 06 Feb 2026 07:30:30 GMT"},
            0.0,
            id="a date in the past",
        ),
        pytest.param({"retry-after": "Fri, 06 Feb 2026 07:30:30 GMT"}, None, id="a date without the answer's own"),
        pytest.param({}, None, id="not told"),
        pytest.param({"retry-after": "-1"}, None, id="negative"),
        pytest.param({"retry-after": "1e9"}, None, id="no plain number"),
        pytest.param({"retry-after": "9" * 400}, None, id="absurdly long"),
        pytest.param({"retry-after": "nan"}, None, id="not a number"),
        pytest.param({"retry-after": "1, 2"}, None, id="told twice"),
    ],
)
def test_retry_after(headers: dict[str, str], seconds: float | None) -> None:
    """Seconds, dates and milliseconds are read; nonsense is not told."""
    assert retry_after_s(headers) == seconds


def test_gemini_delay_is_in_the_body() -> None:
    """A delay inside the error's details counts when no header tells one."""
    body = b'{"error":{"code":429,"status":"RESOURCE_EXHAUSTED","details":[{"@type":"x"},{"retryDelay":"34s"}]}}'
    assert service_error(429, {}, body).retry_after_s == 34.0
    assert service_error(429, {"retry-after": "5"}, body).retry_after_s == 5.0


@given(st.binary(max_size=100), st.text(max_size=40), st.text(max_size=40))
def test_hostile_answers_never_raise(body: bytes, told: str, date: str) -> None:
    """Any body and any header give a ServiceError of that status."""
    headers = {"retry-after": told, "retry-after-ms": told, "date": date}
    assert service_error(418, headers, body).status == 418
