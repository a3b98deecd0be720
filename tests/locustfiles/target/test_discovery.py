"""Discovery over a scripted carrier: what is asked where, with which headers, and what is said when there is no profile."""

import json
from typing import Any

import pytest

from locustfiles.protocols.ucp_discovery import UcpProfile
from locustfiles.target.discovery import find_profile
from locustfiles.target.target import CheckoutService
from locustfiles.transport.exchange import Exchange, Fault
from locustfiles.transport.origin import Origin
from tests.helpers.exchanges import answered, faulted
from tests.helpers.ucp_profiles import APRIL, JANUARY_23

SHOP = CheckoutService("ucp", "https://shop.test")
HEADERS = {"Authorization": "Bearer key-1"}


def found(
    *answers: Exchange, service: CheckoutService = SHOP, allowed: tuple[str, ...] = ("https://shop.test",)
) -> tuple[UcpProfile, list[tuple[str, bytes]]]:
    """The profile after these answers, and what was asked; another origin than the allowed ones is refused."""
    asked: list[tuple[str, bytes]] = []

    def ask(origin: Origin, request: bytes) -> Exchange:
        if str(origin) not in allowed:
            raise ValueError(f"{origin} may not be asked.")
        asked.append((str(origin), request))
        return answers[len(asked) - 1]

    return find_profile(service, HEADERS, ask), asked


def document(value: Any) -> Exchange:
    """A 200 with this document."""
    return answered(200, json.dumps(value).encode())


def test_the_request() -> None:
    """Discovery is a GET of the well-known path at the service's own origin."""
    profile, asked = found(document(APRIL))
    assert profile.version == "2026-04-08"
    assert asked == [
        (
            "https://shop.test",
            (
                b"GET /.well-known/ucp HTTP/1.1\r\nHost: shop.test\r\nUser-Agent: springtide\r\nAccept: application/json\r\n"
                b"Authorization: Bearer key-1\r\n\r\n"
            ),
        )
    ]


ELSEWHERE = {"ucp": {**APRIL["ucp"], "supported_versions": {"2026-01-23": "https://other.test/ucp?x=1"}}}
OLD = CheckoutService("ucp", "https://shop.test", version="2026-01-23")


def test_a_secret_stays_with_the_service() -> None:
    """A profile at another origin is asked without the service's headers."""
    both = ("https://shop.test", "https://other.test")
    profile, asked = found(document(ELSEWHERE), document(JANUARY_23), service=OLD, allowed=both)
    assert profile.version == "2026-01-23"
    assert [origin for origin, _ in asked] == list(both)
    assert [b"key-1" in request for _, request in asked] == [True, False]


@pytest.mark.parametrize(
    ("answers", "service", "sentence"),
    [
        pytest.param((answered(404),), SHOP, "UCP discovery at https://shop.test is answered with 404 and says 'no more'.", id="404"),
        pytest.param((faulted(Fault.RESET),), SHOP, "There is no answer from https://shop.test/.well-known/ucp.", id="a fault"),
        pytest.param((faulted(Fault.TRUNCATED, status=200),), SHOP, "There is no answer", id="half a document"),
        pytest.param((document({}),), SHOP, "names no REST endpoint", id="another document"),
        pytest.param((document(APRIL),), CheckoutService("ucp", "https://shop.test", version="2026-01-11"),
                     "The shop does not speak UCP 2026-01-11", id="another version"),
        pytest.param((document(ELSEWHERE),), OLD, "https://other.test may not be asked.", id="another origin"),
        pytest.param(
            (document({"ucp": {**APRIL["ucp"], "services": {"dev.ucp.shopping": [{"endpoint": "ftp://shop.test"}]}}}),),
            SHOP, "must begin with http", id="an endpoint that nobody can call",
        ),
    ],
)  # fmt: skip
def test_no_profile(answers: tuple[Exchange, ...], service: CheckoutService, sentence: str) -> None:
    """What stands in the way is one sentence."""
    with pytest.raises(ValueError) as caught:
        found(*answers, service=service)
    assert sentence in str(caught.value)
