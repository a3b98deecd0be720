"""The flat error of ACP."""

import pytest

from target_stub.protocol_error import NotNow, ProtocolError


@pytest.mark.parametrize(
    ("error", "body"),
    [
        pytest.param(
            ProtocolError(404, "not_found", "no such session"),
            b'{"type":"invalid_request","code":"not_found","message":"no such session"}',
            id="a client's mistake, members without a value left out",
        ),
        pytest.param(
            ProtocolError(400, "invalid_body", "wrong", param="$.currency"),
            b'{"type":"invalid_request","code":"invalid_body","message":"wrong","param":"$.currency"}',
            id="the place of the mistake",
        ),
        pytest.param(
            ProtocolError(400, "missing_api_version", "none", supported_versions=["2026-04-17"]),
            b'{"type":"invalid_request","code":"missing_api_version","message":"none","supported_versions":["2026-04-17"]}',
            id="the versions that are spoken",
        ),
        pytest.param(
            ProtocolError(503, "service_unavailable", "full"),
            b'{"type":"service_unavailable","code":"service_unavailable","message":"full"}',
            id="the shop cannot for the moment",
        ),
        pytest.param(
            ProtocolError(500, "internal_error", "broken"),
            b'{"type":"processing_error","code":"internal_error","message":"broken"}',
            id="the shop failed",
        ),
    ],
)
def test_an_error_is_flat(error: ProtocolError, body: bytes) -> None:
    """The body is one object with type, code and message, the type following from the status."""
    reply = error.reply()

    assert reply.body == body
    assert reply.status == error.status
    assert ("content-type", "application/json") in reply.headers


def test_an_error_that_asks_to_come_back_says_when_and_is_not_kept() -> None:
    """With a waiting time the reply carries Retry-After and is of the kind that no idempotency key remembers."""
    later = ProtocolError(409, "idempotency_in_flight", "running", retry_after_s=1).reply()
    never = ProtocolError(409, "card_cap_reached", "enough").reply()

    assert ("retry-after", "1") in later.headers
    assert isinstance(later, NotNow)
    assert not isinstance(never, NotNow)
