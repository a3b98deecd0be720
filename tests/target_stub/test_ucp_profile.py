"""Discovery, and what a platform says of itself."""

import pytest

from target_stub.ucp_dialect import Dialect, UcpTerms, UcpVersion
from target_stub.ucp_errors import UcpError
from target_stub.ucp_profile import active_capabilities, check_agent, endpoint_path, payment_handlers, profile
from target_stub.web import Request
from tests.helpers.clocks import VirtualClock
from tests.helpers.shops import ShopClient, with_shop

JANUARY, APRIL = UcpVersion.JANUARY, UcpVersion.APRIL
ADDRESS = 'profile="https://platform.test/profile.json"'


@pytest.mark.parametrize("first", list(UcpVersion))
def test_discovery_offers_one_version_first(first: UcpVersion) -> None:
    """`ucp_version` decides which; 2026-04-08 points to the other, and each has an address of its own, cacheable."""

    async def story(client: ShopClient, _clock: VirtualClock) -> None:
        answer = await client.get("/.well-known/ucp")
        ucp = answer.body["ucp"]
        others = {"2026-01-23": "http://127.0.0.1:8000/.well-known/ucp/2026-01-23"}
        assert (ucp["version"], ucp.get("supported_versions")) == (first, others if first == APRIL else None)
        assert answer.headers["cache-control"] == "public, max-age=3600"
        for version in UcpVersion:
            leaf = (await client.get(f"/.well-known/ucp/{version}")).body
            assert leaf == profile(version, "http://127.0.0.1:8000", is_first=False)

    with_shop(story, ucp=UcpTerms(first=first))


def test_each_version_has_an_endpoint_of_its_own() -> None:
    """The path says the version, so no profile of a platform has to be fetched to know it."""
    assert [endpoint_path(version) for version in UcpVersion] == ["/ucp/2026-01-23", "/ucp/2026-04-08"]


def test_extensions_say_what_they_extend_in_a_profile_only() -> None:
    """A reply confirms names and versions."""
    assert active_capabilities(JANUARY)["dev.ucp.shopping.discount"] == [{"version": "2026-01-23"}]
    assert active_capabilities(JANUARY, with_extends=True)["dev.ucp.shopping.discount"] == [
        {"version": "2026-01-23", "extends": "dev.ucp.shopping.checkout"}
    ]


def test_the_handler_is_known_by_its_id() -> None:
    """A reply names the handler; a profile adds where it is specified."""
    assert payment_handlers(JANUARY) == {"test.springtide.card": [{"id": "stub_card", "version": "2026-01-23"}]}
    ((handler,),) = payment_handlers(APRIL, with_spec=True).values()
    assert sorted(handler) == ["available_instruments", "id", "schema", "spec", "version"]


AGENTS: list[tuple[str, str | None, str | None]] = [
    ("an address", ADDRESS, None),
    ("an address on loopback without TLS", 'profile="http://127.0.0.1:8090/profile.json"', None),
    ("an address among other members", f'vendor="x", {ADDRESS}; cached', None),
    ("the endpoint's version beside it", f'{ADDRESS}; version="2026-04-08"', None),
    ("the endpoint's version as a member", f'{ADDRESS}, version="2026-04-08"', None),
    ("nothing", None, "invalid_profile_url"),
    ("a name", "springtide/1", "invalid_profile_url"),
    ("an address without quotes", "profile=https://platform.test/profile.json", "invalid_profile_url"),
    ("a path", 'profile="/profile.json"', "invalid_profile_url"),
    ("a file", 'profile="file:///etc/passwd"', "invalid_profile_url"),
    ("a broken address", 'profile="http://[::1"', "invalid_profile_url"),
    ("a member that ends in profile", 'x-profile="https://platform.test/p"', "invalid_profile_url"),
    ("the other version", f'{ADDRESS}; version="2026-01-23"', "version_unsupported"),
    ("a version to come", f'{ADDRESS}; version="2099-01-01"', "version_unsupported"),
]


@pytest.mark.parametrize(("said", "code"), [row[1:] for row in AGENTS], ids=[row[0] for row in AGENTS])
def test_what_a_platform_says_of_itself(said: str | None, code: str | None) -> None:
    """`UCP-Agent` must hold a profile's address; a version beside it must be the endpoint's."""
    headers = {} if said is None else {"ucp-agent": said}
    request = Request("GET", "/ucp/2026-04-08/checkout-sessions/x", {}, headers, b"")
    found = None
    try:
        check_agent(request, Dialect(APRIL))
    except UcpError as error:
        found = error.code
    assert found == code
