"""A target's checkout becomes a dialect at an address."""

from typing import Any

import pytest

from locustfiles.protocols.acp import AcpDialect
from locustfiles.protocols.dialects import base_url_of, dialect_for
from locustfiles.protocols.ucp import UcpDialect
from locustfiles.protocols.ucp_discovery import UcpProfile
from locustfiles.target.target import CheckoutService, Payment
from tests.helpers.ucp_profiles import told

KEY = "0d0c7a3e-4c55-4a1b-a5d4-58b1d1f6d7a1"
PROFILE = UcpProfile("2026-04-08", "https://api.shop.test:8443/ucp/v1", ("stub_card",))


def service(**members: Any) -> CheckoutService:
    """A shop's checkout as a target file tells it."""
    return CheckoutService(**{"protocol": "ucp", "url": "https://shop.test", **members})


def test_acp() -> None:
    """ACP goes to the target's own URL, with its path, and pays with the target's handler and credential."""
    shop = service(protocol="acp", url="https://shop.test/agent/", payment=Payment("h"), quirks={"items_key": "items"})
    dialect = dialect_for(shop, headers={"X-Env": "staging"}, credential="t")
    assert isinstance(dialect, AcpDialect)
    paid = dialect.pay(told(), idempotency_key=KEY)
    assert paid.startswith(b"POST /agent/checkout_sessions/chk_1/complete HTTP/1.1\r\nHost: shop.test\r\n")
    assert b"\r\nX-Env: staging\r\n" in paid
    assert paid.endswith(
        b'{"payment_data":{"handler_id":"h","instrument":{"type":"card","credential":{"type":"spt","token":"t"}}}}'
    )
    assert base_url_of(shop) == "https://shop.test/agent"


def test_ucp() -> None:
    """UCP goes to the endpoint that discovery names, and pays with the handler that it offers."""
    dialect = dialect_for(service(), headers={}, credential="t", profile=PROFILE)
    assert isinstance(dialect, UcpDialect)
    paid = dialect.pay(told(ucp=None), idempotency_key=KEY)
    assert paid.startswith(b"POST /ucp/v1/checkout-sessions/chk_1/complete HTTP/1.1\r\nHost: api.shop.test:8443\r\n")
    assert b'"handler_id":"stub_card"' in paid
    assert base_url_of(service(), PROFILE) == "https://api.shop.test:8443/ucp/v1"


@pytest.mark.parametrize(
    ("shop", "profile", "sentence"),
    [
        pytest.param(service(protocol="acp", version="2025-09-29"), None, "Springtide speaks ACP 2026-04-17", id="an old ACP"),
        pytest.param(service(), None, "without a discovered profile", id="UCP before discovery"),
        pytest.param(service(protocol="adapter"), PROFILE, "has no dialect", id="a shop of one's own"),
        pytest.param(service(), UcpProfile("2027-01-01", "https://shop.test"), "Springtide speaks UCP", id="a new UCP"),
        pytest.param(service(), UcpProfile("2026-04-08", "ftp://shop.test"), "must begin with http", id="another scheme"),
        pytest.param(service(), UcpProfile("2026-04-08", "https://shop.test/a b"), "visible ASCII", id="a path of nobody's"),
        pytest.param(
            service(), UcpProfile("2026-04-08", "https://u:p@shop.test"), "user name or password", id="a password in the URL"
        ),
        pytest.param(service(quirks={"agnt": "x"}), PROFILE, "the nearest is 'agent'", id="an unknown quirk"),
    ],
)  # fmt: skip
def test_mistakes(shop: CheckoutService, profile: UcpProfile | None, sentence: str) -> None:
    """What cannot be spoken is one sentence."""
    with pytest.raises(ValueError) as caught:
        dialect_for(shop, headers={}, credential="", profile=profile)
    assert sentence in str(caught.value)
