"""Which UCP version a shop speaks, and where: by the shape of its profile, and never by an exception."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from locustfiles.protocols.checkout import ProtocolFault, ServiceError
from locustfiles.protocols.ucp_discovery import (
    MAX_PROFILE_BYTES,
    OtherProfile,
    UcpProfile,
    UcpVersion,
    choose,
    discover,
    negotiate,
)
from tests.helpers.ucp_profiles import APRIL, JANUARY_11, JANUARY_23, SHOPPING


def encoded(document: Any) -> bytes:
    """The document as a shop sends it."""
    return json.dumps(document).encode()


def ucp_with(base: dict[str, Any], **members: Any) -> dict[str, Any]:
    """The document with these members of ``ucp`` set."""
    return {**base, "ucp": {**base["ucp"], **members}}


@pytest.mark.parametrize(
    ("document", "profile"),
    [
        pytest.param(
            JANUARY_11,
            UcpProfile(
                "2026-01-11",
                "https://shop.test",
                ("shop_pay", "mock_payment_handler"),
                ("dev.ucp.shopping.checkout", "dev.ucp.shopping.discount"),
            ),
            id="2026-01-11: capabilities are a list, the endpoint is nested and ends with a slash",
        ),
        pytest.param(
            JANUARY_23,
            UcpProfile("2026-01-23", "https://shop.test/ucp/v1", ("stub_card",), ("dev.ucp.shopping.checkout",)),
            id="2026-01-23: capabilities are a map, one service entry a transport",
        ),
        pytest.param(
            APRIL,
            UcpProfile(
                "2026-04-08",
                "https://shop.test/ucp/v1",
                ("stub_card",),
                ("dev.ucp.shopping.checkout",),
                (("2026-01-23", "https://shop.test/.well-known/ucp/2026-01-23"),),
            ),
            id="2026-04-08: it names the other versions",
        ),
    ],
)
def test_a_profile(document: dict[str, Any], profile: UcpProfile) -> None:
    """Each version's document tells version, endpoint, handlers, capabilities and other versions."""
    assert discover(encoded(document)) == profile


@pytest.mark.parametrize(
    ("document", "version"),
    [
        pytest.param(ucp_with(JANUARY_11, version="2026-04-08"), "2026-01-11", id="a list is 2026-01-11, whatever it states"),
        pytest.param(ucp_with(JANUARY_23, version="2026-01-11"), "2026-01-23", id="a map that states 2026-01-11 is not"),
        pytest.param(ucp_with(JANUARY_23, version="2027-01-01"), "2027-01-01", id="a later version is told as stated"),
    ],
)  # fmt: skip
def test_the_shape_tells_the_version(document: dict[str, Any], version: str) -> None:
    """Published examples state wrong dates, so the shape decides where it differs."""
    told = discover(encoded(document))
    assert isinstance(told, UcpProfile)
    assert told.version == version


@pytest.mark.parametrize(
    ("document", "sentence"),
    [
        pytest.param(b"<html>", "The body is not JSON.", id="a page"),
        pytest.param(b"[]", "names no REST endpoint", id="JSON of another shape"),
        pytest.param(encoded(ucp_with(JANUARY_23, services={})), "names no REST endpoint", id="no shopping service"),
        pytest.param(
            encoded(ucp_with(JANUARY_23, services={SHOPPING: [{"transport": "mcp", "endpoint": "https://x"}]})),
            "names no REST endpoint",
            id="another transport alone",
        ),
        pytest.param(
            encoded(ucp_with(JANUARY_23, services={SHOPPING: [{"endpoint": "https://shop.test/\r\nX: y"}]})),
            "names no REST endpoint",
            id="an address that would break out of a request line",
        ),
        pytest.param(b" " * (MAX_PROFILE_BYTES + 1), "is longer than", id="a document without end"),
    ],
)
def test_no_profile(document: bytes, sentence: str) -> None:
    """What is no profile is a fault that says so."""
    told = discover(document)
    assert isinstance(told, ProtocolFault)
    assert sentence in told.sentence


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@given(
    st.sampled_from([JANUARY_11, JANUARY_23, APRIL]), st.dictionaries(st.sampled_from(sorted(APRIL["ucp"])), VALUES), VALUES
)  # fmt: skip
def test_hostile_profiles_never_raise(base: dict[str, Any], changes: dict[str, Any], payment: object) -> None:
    """Any document is a profile or a fault, and a choice is made of either."""
    told = discover(encoded({**ucp_with(base, **changes), "payment": payment}))
    assert isinstance(told, UcpProfile | ProtocolFault)
    if isinstance(told, UcpProfile):
        assert isinstance(choose(told), UcpProfile | OtherProfile | ProtocolFault)


@given(st.binary(max_size=200))
def test_hostile_bytes_never_raise(document: bytes) -> None:
    """Any bytes are a value."""
    assert isinstance(discover(document), UcpProfile | ProtocolFault)


BOTH = UcpProfile("2026-04-08", "https://shop.test", others=(("2026-01-23", "https://shop.test/old"),))
NEWER = UcpProfile("2027-01-01", "https://shop.test", others=(("2026-04-08", "https://shop.test/april"),))


@pytest.mark.parametrize(
    ("profile", "wanted", "chosen"),
    [
        pytest.param(BOTH, "", BOTH, id="the newest common one, which is the document's own"),
        pytest.param(BOTH, "2026-04-08", BOTH, id="the document's own, as configured"),
        pytest.param(
            BOTH,
            "2026-01-23",
            OtherProfile(UcpVersion.JANUARY_23, "https://shop.test/old"),
            id="an older one, as configured, has a profile of its own",
        ),
        pytest.param(
            NEWER,
            "",
            OtherProfile(UcpVersion.APRIL_08, "https://shop.test/april"),
            id="the shop's newest is not spoken here",
        ),
        pytest.param(
            BOTH,
            "2026-01-11",
            ProtocolFault("The shop does not speak UCP 2026-01-11; it offers 2026-01-23, 2026-04-08."),
            id="the configured one is not offered",
        ),
        pytest.param(
            UcpProfile("2027-01-01", "https://shop.test"),
            "",
            ProtocolFault(
                "The shop does not speak any of the UCP versions 2026-01-11, 2026-01-23, 2026-04-08; it offers 2027-01-01."
            ),
            id="nothing in common",
        ),
        pytest.param(
            BOTH,
            "2026-1-11",
            ProtocolFault(
                "Springtide speaks UCP 2026-01-11, 2026-01-23, 2026-04-08, not '2026-1-11'; set one of these as version."
            ),
            id="no version at all",
        ),
    ],
)
def test_the_version_that_is_spoken(profile: UcpProfile, wanted: str, chosen: object) -> None:
    """The configured version, or the newest that both sides speak."""
    assert choose(profile, wanted) == chosen


OLD = "https://shop.test/.well-known/ucp/2026-01-23"


@pytest.mark.parametrize(
    ("answers", "wanted", "asked", "told"),
    [
        pytest.param({"": (200, encoded(APRIL))}, "", 1, "2026-04-08", id="one document is enough"),
        pytest.param(
            {"": (200, encoded(APRIL)), OLD: (200, encoded(JANUARY_23))},
            "2026-01-23",
            2,
            "2026-01-23",
            id="the other version's profile is fetched",
        ),
        pytest.param(
            {"": (200, encoded(APRIL)), OLD: (200, encoded(APRIL))},
            "2026-01-23",
            2,
            "is one of '2026-04-08'",
            id="a profile that points to another version is not followed on",
        ),
        pytest.param({"": (404, b'{"code":"nope"}')}, "", 1, "nope", id="a shop without discovery"),
        pytest.param({"": (0, b"")}, "", 1, "There is no answer from https://shop.test/.well-known/ucp.", id="silence"),
    ],
)
def test_negotiation(answers: dict[str, tuple[int, bytes]], wanted: str, asked: int, told: str) -> None:
    """One document is fetched, or two, and no more; what stands in the way is said."""
    urls: list[str] = []

    def fetch(url: str) -> tuple[int, bytes]:
        urls.append(url)
        return answers.get(url, answers[""])

    found = negotiate(fetch, "https://shop.test/", wanted)

    assert len(urls) == asked
    assert urls[0] == "https://shop.test/.well-known/ucp"
    match found:
        case UcpProfile(version=version):
            assert version == told
        case ServiceError(code=code):
            assert code == told
        case ProtocolFault(sentence=sentence):
            assert told in sentence
