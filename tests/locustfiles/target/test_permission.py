"""Whether an origin may be loaded, as a table of attacks: what the rules do not understand is refused."""

import ipaddress
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from locustfiles.target.allow_list import NOBODY, AllowList, Entry
from locustfiles.target.permission import (
    MOST_PROOF_BYTES,
    Proof,
    ProofWanted,
    Refusal,
    ceiling_per_s,
    check_endpoint,
    closes_unix_ns,
    decide,
    is_loopback,
    is_never_loaded,
    pinned_addresses,
    plan_mistake,
    spelled_origin,
)
from reports.run_record.schema import Permit

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
TOKEN = "a-token-of-this-run"
SHOP = Entry("shop.test", None, 50.0, NOW - HOUR, NOW + HOUR, "Li Wei", TOKEN)
ALLOW = AllowList((SHOP,), "allow.toml")
STRANGER = "203.0.113.7"
PROVEN = Permit("https://shop.test", (STRANGER,), "proof", "Li Wei", 50.0, int((NOW + HOUR).timestamp()) * 10**9)


def allowing(**changes: object) -> AllowList:
    """An allow-list of one entry."""
    fields = ("host", "port", "most_per_s", "opens", "closes", "owner", "token")
    return AllowList((Entry(**{**{name: getattr(SHOP, name) for name in fields}, **changes}),), "allow.toml")


def asked(
    url: str = "https://shop.test", addresses: Sequence[str] = (STRANGER,), allow: AllowList = ALLOW, **known: object
) -> Permit | Refusal | ProofWanted:
    """The decision at NOW."""
    return decide(url, addresses, allow=allow, now=NOW, **known)  # type: ignore[arg-type]  # a test's changes come by name


def refused(*args: object, **known: object) -> str:
    """The sentence of a refusal."""
    decision = asked(*args, **known)  # type: ignore[arg-type]  # a test's changes come by name
    assert isinstance(decision, Refusal), decision
    return decision.sentence


def test_entry_and_proof() -> None:
    """With an open entry the proof is asked for, and with the token there the origin is permitted at the address that gave it."""
    wanted = asked()
    assert isinstance(wanted, ProofWanted)
    assert (str(wanted.origin), wanted.addresses) == ("https://shop.test", (STRANGER,))
    assert asked(proofs=[Proof(STRANGER, 200, TOKEN.encode())]) == PROVEN


@pytest.mark.parametrize("body", [f"{TOKEN}\n", f"{TOKEN}\r\n", f"  {TOKEN}\t"])
def test_space_around_the_token(body: str) -> None:
    """An editor's line end is no other token."""
    assert asked(proofs=[Proof(STRANGER, 200, body.encode())]) == PROVEN


@pytest.mark.parametrize(
    ("proof", "sentence"),
    [
        pytest.param(Proof(STRANGER, 404, TOKEN.encode()), "the answer is 404", id="a page that is missing"),
        pytest.param(Proof(STRANGER, 301, TOKEN.encode()), "301, and redirects are not followed", id="a redirect"),
        pytest.param(Proof(STRANGER, 206, TOKEN.encode()), "the answer is 206", id="a part"),
        pytest.param(Proof(STRANGER, 500, TOKEN.encode()), "the answer is 500", id="an error"),
        pytest.param(Proof(STRANGER, 200, b""), "the answer is not the token", id="nothing"),
        pytest.param(Proof(STRANGER, 200, b"another-token-of-this"), "the answer is not the token", id="another token"),
        pytest.param(Proof(STRANGER, 200, TOKEN[:-1].encode()), "the answer is not the token", id="a part of the token"),
        pytest.param(Proof(STRANGER, 200, TOKEN.upper().encode()), "the answer is not the token", id="in capitals"),
        pytest.param(Proof(STRANGER, 200, f"<html>{TOKEN}</html>".encode()), "not the token", id="a page that holds it"),
        pytest.param(Proof(STRANGER, 200, b"\xff" * 19), "the answer is not the token", id="other bytes"),
        pytest.param(Proof(STRANGER, 200, TOKEN.encode() + b" " * MOST_PROOF_BYTES), "longer than 1024 bytes", id="oversized"),
        pytest.param(Proof(STRANGER, fault="it\x1b[2J timed out"), "it [2J timed out", id="no answer"),
        pytest.param(Proof("198.51.100.1", 200, TOKEN.encode()), "it was not asked", id="of an address nobody asked"),
    ],
)  # fmt: skip
def test_a_wrong_proof(proof: Proof, sentence: str) -> None:
    """Whatever is not exactly the token is no proof, and the sentence does not tell what it should have been."""
    told = refused(proofs=[proof])
    assert sentence in told
    assert "is no proof" in told
    assert told.isprintable()
    assert TOKEN not in told


def test_a_proof_without_a_token() -> None:
    """An entry without a token is not proven by an empty file; its host has to be typed."""
    allow = allowing(token="")
    assert "no proof: type the host again with --i-am-authorised shop.test" in refused(
        allow=allow, proofs=[Proof(STRANGER, 200)]
    )
    permit = asked(allow=allow, typed=["shop.test"])
    assert isinstance(permit, Permit)
    assert permit.by == "typed"


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        pytest.param("https://www.shop.test", "no entry of allow.toml names it", id="a host below"),
        pytest.param("https://test", "no entry of allow.toml names it", id="a host above"),
        pytest.param("https://shop.test.evil.test", "no entry of allow.toml names it", id="a name that begins like it"),
        pytest.param("https://evilshop.test", "no entry of allow.toml names it", id="a name that ends like it"),
        pytest.param(f"https://{STRANGER}", "no entry of allow.toml names it", id="the address of the name"),
        pytest.param("https://shop.test:8443", "permits shop.test at the scheme's own port, not at 8443", id="another port"),
        pytest.param("http://shop.test:443/", "permits shop.test at the scheme's own port, not at 443", id="the port of the other scheme"),
        pytest.param("https://shop.test@evil.test", "user name or password", id="the host as a user's name"),
        pytest.param("https://evil.test@shop.test", "user name or password", id="a user's name"),
        pytest.param("https://evil.test\\@shop.test", "user name or password", id="a backslash and a user"),
        pytest.param("https://evil.test\\.shop.test", "no host name", id="a backslash"),
        pytest.param("https://evil.test#shop.test", "goes on after", id="a fragment"),
        pytest.param("https://evil.test?shop.test", "goes on after", id="a query"),
        pytest.param("https://shop。test", "outside ASCII", id="an ideographic dot"),
        pytest.param("https://ѕhop.test", "outside ASCII", id="a Cyrillic letter"),
        pytest.param("http://１２７.0.0.1", "outside ASCII", id="full-width digits"),
        pytest.param("http://127。0。0。1", "outside ASCII", id="an address with ideographic dots"),
        pytest.param("https://xn--hop-p4d.test", "no entry of allow.toml names it", id="punycode of a look-alike"),
        pytest.param("https://shop.test.", "ends in a dot", id="a final dot"),
        pytest.param("https://shop%2Etest", "percent sign", id="an encoded dot"),
        pytest.param("http://[fe80::1%25eth0]", "percent sign", id="a zone"),
        pytest.param("http://[::1%25lo]", "percent sign", id="a zone of this machine"),
        pytest.param("https://shop.test:443:443", "port", id="two ports"),
        pytest.param("https://shop .test", "white space", id="a space"),
        pytest.param("https://shop.test\r\nHost: evil.test", "white space or control", id="a line end"),
        pytest.param("https:///shop.test", "names no host", id="no host"),
        pytest.param("//shop.test", "scheme", id="no scheme"),
        pytest.param("ftp://shop.test", "scheme", id="another scheme"),
        pytest.param("", "scheme", id="nothing"),
        pytest.param("https://" + "a" * 100_000, "longer than 2048", id="a host without end"),
    ],
)  # fmt: skip
def test_another_url(url: str, sentence: str) -> None:
    """A URL that is not plainly the listed host at the listed port is refused by one short printable sentence."""
    told = refused(url, typed=["shop.test", "evil.test"], proofs=[Proof(STRANGER, 200, TOKEN.encode())])
    assert sentence in told
    assert told.isprintable()
    assert len(told) < 600


@pytest.mark.parametrize(
    "case", ["https://SHOP.test", "https://shop.test:443", "https://shop.test/ucp/v1", "https://shop.test/"]
)
def test_the_same_origin_in_other_words(case: str) -> None:
    """Capitals, the scheme's own port and a path lead to the same origin."""
    assert asked(case, proofs=[Proof(STRANGER, 200, TOKEN.encode())]) == PROVEN


@pytest.mark.parametrize(
    ("opens", "closes"),
    [
        pytest.param(NOW - HOUR, NOW, id="closes at this instant"),
        pytest.param(NOW - 2 * HOUR, NOW - HOUR, id="closed before"),
        pytest.param(NOW + HOUR, NOW + 2 * HOUR, id="opens later"),
    ],
)
def test_outside_the_window(opens: datetime, closes: datetime) -> None:
    """Outside of its window an entry permits nothing, whatever proves it; the sentence names window, hour and owner."""
    allow = allowing(opens=opens, closes=closes)
    told = refused(allow=allow, typed=["shop.test"], proofs=[Proof(STRANGER, 200, TOKEN.encode())])
    assert "now it is 2026-11-26 12:00:00Z; ask Li Wei for another window." in told


def test_the_window_that_is_open_counts() -> None:
    """Of two entries with one host the open one gives ceiling and end."""
    early = Entry("shop.test", None, 9.0, NOW - 2 * HOUR, NOW - HOUR, "Ann", TOKEN)
    permit = asked(allow=AllowList((early, SHOP), "allow.toml"), typed=["shop.test"])
    assert isinstance(permit, Permit)
    assert (permit.most_per_s, permit.owner) == (50.0, "Li Wei")


def test_without_a_list() -> None:
    """Without an allow-list the sentence says what there is to do, and a typed host alone permits nothing."""
    told = refused(allow=NOBODY, typed=["shop.test"])
    assert "outside this machine; Springtide loads loopback addresses only, unless an allow-list says otherwise" in told


@pytest.mark.parametrize(
    "address",
    [
        pytest.param("0.0.0.0", id="every interface"),
        pytest.param("0.1.2.3", id="this network"),
        pytest.param("::", id="every interface of IPv6"),
        pytest.param("169.254.169.254", id="a cloud's metadata service"),
        pytest.param("fe80::1", id="one link"),
        pytest.param("fe80::1%eth0", id="one link with its interface"),
        pytest.param("2001:db8::1%eth0", id="an interface named"),
        pytest.param("224.0.0.1", id="many hosts"),
        pytest.param("ff02::1", id="many hosts of IPv6"),
        pytest.param("255.255.255.255", id="everybody"),
        pytest.param("240.0.0.1", id="reserved"),
        pytest.param("::ffff:169.254.169.254", id="a metadata service, mapped"),
        pytest.param("::ffff:0.0.0.0", id="every interface, mapped"),
        pytest.param("::169.254.169.254", id="a metadata service, compatible"),
        pytest.param("64:ff9b::169.254.169.254", id="a metadata service, translated"),
        pytest.param("2002:a9fe:a9fe::1", id="a metadata service, through 6to4"),
        pytest.param("not an address", id="no address"),
        pytest.param("127.1", id="an address that only some can read"),
        pytest.param("", id="nothing"),
    ],
)
def test_never_loaded(address: str) -> None:
    """No entry and no proof permits an address of no host, of many, of one link or of nobody."""
    allow = allowing(host="shop.test")
    told = refused("https://shop.test", [STRANGER, address], allow=allow, typed=["shop.test"])
    assert "never loaded, whoever permits it" in told
    assert is_never_loaded(address)
    assert not is_loopback(address)


@pytest.mark.parametrize(
    "address", ["10.0.0.1", "172.16.0.1", "192.168.1.1", "100.64.0.1", "fd00::1", "::ffff:10.0.0.1", "2002:7f00:1::1", "64:ff9b::7f00:1"]
)  # fmt: skip
def test_a_private_network_is_not_this_machine(address: str) -> None:
    """A private address needs entry and proof as any other does, and so does a wrapping that only a gateway undoes."""
    assert not is_loopback(address)
    assert "outside this machine" in refused("http://shop.test", [address], allow=NOBODY)


@pytest.mark.parametrize("addresses", [("127.0.0.1", STRANGER), (STRANGER, "::1"), ("::ffff:127.0.0.1", STRANGER)])
def test_a_mix_of_this_machine_and_another(addresses: tuple[str, ...]) -> None:
    """A name that stands for this machine and for another is refused, listed or not."""
    for allow in (NOBODY, ALLOW):
        assert "this machine and another one" in refused(
            "https://shop.test", addresses, allow=allow, typed=["shop.test"]
        )


def test_a_name_for_nothing() -> None:
    """A name without addresses is refused."""
    assert "has no address" in refused("https://shop.test", [])


def test_a_name_for_very_much() -> None:
    """A name server that tells of more addresses than a service has is not believed."""
    addresses = [f"203.0.113.{number}" for number in range(33)]
    assert "is at 33 addresses, more than 32" in refused("https://shop.test", addresses)
    assert isinstance(asked("https://shop.test", addresses[:32]), ProofWanted)


@given(st.ip_addresses())
def test_every_address_is_one_of_three(ip: ipaddress.IPv4Address | ipaddress.IPv6Address) -> None:
    """No address is loopback and never loaded at once, and without a list only loopback is permitted."""
    address = str(ip)
    assert not (is_loopback(address) and is_never_loaded(address))
    assert isinstance(asked("http://a.test", [address], NOBODY), Permit) == is_loopback(address)


@given(st.text(max_size=40))
def test_any_text_as_a_url(text: str) -> None:
    """Whatever a target names as an endpoint is answered in a short printable sentence, and never permitted by accident."""
    for url in (text, f"https://{text}", f"https://shop.test{text}"):
        told = check_endpoint(url, [PROVEN])
        assert told.isprintable()
        if told == "":
            assert str(spelled_origin(url)) == "https://shop.test"


def test_an_entry_for_a_loopback_target() -> None:
    """An entry that names a loopback origin binds it by ceiling and window, and asks for no proof."""
    entry = {"host": "127.0.0.1", "port": 8000, "token": ""}
    permit = asked("http://127.0.0.1:8000", ["127.0.0.1"], allowing(**entry))
    assert isinstance(permit, Permit)
    assert (permit.by, permit.most_per_s, permit.owner) == ("loopback", 50.0, "Li Wei")
    closed = allowing(**entry, opens=NOW + HOUR, closes=NOW + 2 * HOUR)
    assert "another window" in refused("http://127.0.0.1:8000", ["127.0.0.1"], closed)
    other = asked("http://127.0.0.1:8001", ["127.0.0.1"], closed)
    assert other == Permit("http://127.0.0.1:8001", ("127.0.0.1",), "loopback")


# What the run makes of its permits.

CHAT = Permit(
    "https://chat.test", ("203.0.113.9",), "typed", "Ann", 20.0, PROVEN.until_unix_ns and PROVEN.until_unix_ns - 1
)
OWN = Permit("http://localhost:8000", ("127.0.0.1", "::1"), "loopback")
NOW_NS = int(NOW.timestamp()) * 10**9


def test_the_lowest_ceiling_and_the_first_end() -> None:
    """A wish touches every origin, so the lowest ceiling and the earliest end bind the run; loopback has none."""
    assert (ceiling_per_s([PROVEN, CHAT, OWN]), closes_unix_ns([PROVEN, CHAT, OWN])) == (20.0, CHAT.until_unix_ns)
    assert (ceiling_per_s([OWN]), closes_unix_ns([OWN]), ceiling_per_s([])) == (None, None, None)


@pytest.mark.parametrize(
    ("url", "permitted"),
    [
        ("https://shop.test/ucp/v1", True),
        ("https://SHOP.test:443", True),
        ("http://shop.test", False),
        ("https://shop.test:8443", False),
        ("https://evil.test/shop.test", False),
        ("https://shop.test@evil.test", False),
        ("https://shop.test.", False),
        ("https://shop。test", False),
        ("http://127.0.0.1:9", False),
        ("/relative", False),
        ("", False),
    ],
)
def test_an_endpoint_that_the_target_names(url: str, permitted: bool) -> None:
    """A discovered endpoint is used only at a permitted origin: the same scheme, host and port."""
    told = check_endpoint(url, [PROVEN, CHAT])
    assert (told == "") == permitted


def test_where_connections_go() -> None:
    """A permitted origin has its pinned addresses, an address of this machine itself, and anything else none."""
    assert pinned_addresses("https://shop.test", [CHAT, PROVEN]) == (STRANGER,)
    assert pinned_addresses("http://127.0.0.1:8000", []) == ("127.0.0.1",)
    assert pinned_addresses("http://[::1]:8000", []) == ("::1",)
    for url in ("http://shop.test", "https://shop.test:1", "http://localhost:8001", f"http://{STRANGER}", "nonsense"):
        assert pinned_addresses(url, [PROVEN, OWN]) == ()


@pytest.mark.parametrize(
    ("urls", "permits", "sentence"),
    [
        pytest.param(["https://shop.test"], [PROVEN], "", id="permitted"),
        pytest.param(["http://127.0.0.1:8000"], [], "", id="this machine"),
        pytest.param(["http://localhost:8000"], [OWN], "", id="this machine by name"),
        pytest.param(["https://shop.test"], [], "holds no permit for 'https://shop.test'", id="no permit"),
        pytest.param(["https://shop.test", "https://chat.test"], [PROVEN], "no permit for 'https://chat.test'", id="one of two"),
        pytest.param([f"http://{STRANGER}"], [], "holds no permit", id="a stranger's address"),
        pytest.param(["https://shop.test"], [msgspec.structs.replace(PROVEN, by="loopback")], "no owner, ceiling", id="a stranger as loopback"),
        pytest.param(["https://shop.test"], [msgspec.structs.replace(PROVEN, most_per_s=None)], "no owner, ceiling", id="no ceiling"),
        pytest.param(["https://shop.test"], [msgspec.structs.replace(PROVEN, until_unix_ns=None)], "no owner, ceiling", id="no end"),
        pytest.param(["https://shop.test"], [msgspec.structs.replace(PROVEN, owner="")], "no owner, ceiling", id="no owner"),
        pytest.param(["https://shop.test"], [msgspec.structs.replace(PROVEN, addresses=())], "holds no permit", id="no address"),
        pytest.param(["https://shop.test"], [msgspec.structs.replace(PROVEN, addresses=("169.254.169.254",))], "never loaded", id="metadata"),
        pytest.param(["https://shop.test"], [msgspec.structs.replace(PROVEN, until_unix_ns=NOW_NS)], "closed by this machine's clock", id="closed"),
    ],
)  # fmt: skip
def test_a_worker_checks_its_own_plan(urls: list[str], permits: list[Permit], sentence: str) -> None:
    """A plan that leads to where nobody has permitted load, or too late, is not carried out."""
    told = plan_mistake(urls, permits, NOW_NS)
    assert sentence in told
    assert bool(told) == bool(sentence)
