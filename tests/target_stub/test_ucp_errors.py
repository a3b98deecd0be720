"""The bodies of a UCP no, in both versions and both postures."""

import pytest

from target_stub.protocol_error import NotNow
from target_stub.ucp_dialect import Dialect, UcpVersion
from target_stub.ucp_errors import Refusal, UcpError

JANUARY, APRIL = Dialect(UcpVersion.JANUARY), Dialect(UcpVersion.APRIL)
STATUS = Dialect(UcpVersion.APRIL, posture="status")
ROWS: list[tuple[str, Dialect, Refusal, str | None, int, bytes]] = [
    ("2026-04-08, refused by the transport", APRIL, Refusal.ENDED, None, 409,
     b'{"code":"checkout_not_modifiable","content":"No"}'),
    ("2026-04-08, with a place", APRIL, Refusal.MALFORMED, "$.id", 400, b'{"code":"invalid_request","content":"No - at $.id"}'),
    ("2026-04-08, nothing to show", APRIL, Refusal.NOT_FOUND, None, 200,
     (b'{"ucp":{"version":"2026-04-08","status":"error"},"messages":[{"type":"error","code":"not_found","content":"No",'
     b'"severity":"unrecoverable"}]}')),
    ("2026-01-23, always a message", JANUARY, Refusal.UNKNOWN_ITEM, "$.line_items[1]", 400,
     (b'{"status":"requires_escalation","messages":[{"type":"error","code":"item_unavailable","content":"No",'
     b'"severity":"requires_buyer_input","path":"$.line_items[1]"}]}')),
    ("posture status, a code in capitals", STATUS, Refusal.DECLINED, None, 402, b'{"detail":"No","code":"INSUFFICIENT_FUNDS"}'),
    ("posture status, a malformed body", STATUS, Refusal.MALFORMED, "$.line_items[1].quantity", 422,
     b'{"detail":[{"type":"value_error","loc":["body","line_items",1,"quantity"],"msg":"No"}]}'),
    ("posture status, a body that is no JSON", STATUS, Refusal.MALFORMED, None, 422,
     b'{"detail":[{"type":"value_error","loc":["body"],"msg":"No"}]}'),
    ("posture status, a version", STATUS, Refusal.VERSION, None, 400,
     b'{"detail":{"code":"version_unsupported","content":"No"}}'),
]  # fmt: skip


@pytest.mark.parametrize(
    ("dialect", "refusal", "path", "status", "body"), [r[1:] for r in ROWS], ids=[r[0] for r in ROWS]
)
def test_a_refusal_has_the_form_of_its_dialect(
    dialect: Dialect, refusal: Refusal, path: str | None, status: int, body: bytes
) -> None:
    """Status and body, byte for byte."""
    reply = UcpError(dialect, refusal, "No", path=path).reply()
    assert (reply.status, reply.body) == (status, body)
    assert reply.headers == [("content-type", "application/json")]


def test_a_refusal_for_now_says_when() -> None:
    """With a time to wait the reply carries Retry-After, and no key remembers it."""
    reply = UcpError(APRIL, Refusal.REDEEMING_PAUSED, "No", retry_after_s=3).reply()
    assert isinstance(reply, NotNow)
    assert reply.headers[-1] == ("retry-after", "3")
