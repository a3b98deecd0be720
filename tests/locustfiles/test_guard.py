"""What may be loaded is asked before the first packet, and only what was permitted is asked anything."""

import contextlib
import socket
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from locustfiles.guard import GuardError, World, check_answers, fetch_proof, look_up, permit_for, permits_for
from locustfiles.target.allow_list import AllowList, Entry
from locustfiles.target.permission import MOST_PROOF_BYTES, PROOF_PATH, Proof
from locustfiles.transport.origin import Origin
from reports.run_record.schema import Permit
from tests.helpers.certificates import server_context
from tests.helpers.scripted_server import ScriptedServer, close, request, scripted_server, send
from tests.helpers.transport import OK

TOKEN = "a-token-of-this-run"
NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)
STRANGER = "203.0.113.7"


def allow(*hosts: str, port: int | None = None, token: str = TOKEN, hours: int = 1) -> AllowList:
    """An allow-list with an entry for each host, open around NOW."""
    window = (NOW - timedelta(hours=1), NOW + timedelta(hours=hours))
    return AllowList(tuple(Entry(host, port, 5.0, *window, "Li Wei", token) for host in hosts), "allow.toml")


@dataclass
class Asked:
    """A world whose names stand for what the test says, and what was asked of it."""

    names: dict[str, list[str]] = field(default_factory=dict)
    proofs: dict[str, Proof] = field(default_factory=dict)
    looked_up: list[str] = field(default_factory=list)
    fetched: list[str] = field(default_factory=list)

    def world(self) -> World:
        """The world as the guard takes it; the clock stands at NOW."""
        return World(look_up=self._look_up, clock=lambda: int(NOW.timestamp() * 1e9), fetch=self._fetch)

    def _look_up(self, host: str, port: int) -> Sequence[str]:
        self.looked_up.append(host)
        return self.names[host] if host in self.names else look_up(host, port)

    def _fetch(self, origin: Origin, address: str, ca_pem: str) -> Proof:
        self.fetched.append(address)
        return self.proofs.get(address) or Proof(address, fault="no answer")


@pytest.mark.parametrize(
    "url",
    [
        pytest.param("http://127.0.0.1:8000", id="loopback"),
        pytest.param("http://127.8.9.10:8000", id="any address of the loopback network"),
        pytest.param("http://[::1]:8000", id="loopback of IPv6"),
        pytest.param("http://[::ffff:127.0.0.1]:8000", id="loopback in IPv6 clothes"),
        pytest.param("https://127.0.0.1", id="loopback with TLS"),
        pytest.param("http://localhost:8000", id="the name of this machine"),
        pytest.param("http://2130706433:8000", id="loopback written as one number"),
        pytest.param("http://0x7f.1:8000", id="loopback in hexadecimal"),
        pytest.param("http://127.0.0.1:8000/compatible-mode/v1", id="loopback with a path"),
    ],
)
def test_loopback_is_free(url: str) -> None:
    """A target whose every address is a loopback address is permitted without a list."""
    permit = permit_for(url)

    assert permit.by == "loopback"
    assert (permit.owner, permit.most_per_s, permit.until_unix_ns) == ("", None, None)


@pytest.mark.parametrize(
    "url",
    [
        pytest.param("http://0.0.0.0:8000", id="every interface"),
        pytest.param("http://10.0.0.1:8000", id="a private network"),
        pytest.param("http://192.168.1.1", id="a home network"),
        pytest.param("http://169.254.169.254", id="a cloud's metadata service"),
        pytest.param("http://128.0.0.1:8000", id="the neighbour of the loopback network"),
        pytest.param("http://167772161", id="a private network written as one number"),
        pytest.param("http://0xa9fea9fe", id="a metadata service in hexadecimal"),
        pytest.param("https://203.0.113.7", id="a public address"),
        pytest.param("http://[::]:8000", id="every interface of IPv6"),
        pytest.param("http://[2001:db8::1]:8000", id="a public address of IPv6"),
        pytest.param("http://[::ffff:10.0.0.1]:8000", id="a private network in IPv6 clothes"),
    ],
)
def test_other_addresses_are_refused(url: str) -> None:
    """An address outside of this machine is named and refused."""
    with pytest.raises(GuardError, match="outside this machine"):
        permit_for(url)


def test_a_name_without_an_address_is_refused() -> None:
    """A host that nobody knows is refused with its name."""
    with pytest.raises(GuardError, match=r"The host 'shop\.invalid' (has no address|could not be looked up in time)"):
        permit_for("http://shop.invalid:8000")


@pytest.mark.parametrize(
    ("url", "listed", "sentence"),
    [
        pytest.param("https://shop.test", allow("other.test"), "no entry of allow.toml names it", id="another host"),
        pytest.param("https://shop.test", allow("shop.test", port=8443), "at port 8443, not at 443", id="another port"),
        pytest.param("https://shop.test", allow("shop.test", hours=0), "another window", id="a window that is closed"),
        pytest.param("https://shop.test", allow("shop.test", token=""), "has an allow-list entry and no proof", id="no proof"),
        pytest.param("https://me:pw@shop.test", allow("shop.test"), "user name or password", id="a password"),
        pytest.param("https://ｓhop.test", allow("shop.test"), "outside ASCII", id="a letter that looks alike"),
        pytest.param("https://shop.test.", allow("shop.test"), "ends in a dot", id="the name with its root"),
    ],
)  # fmt: skip
def test_a_refusal_comes_before_the_first_packet(url: str, listed: AllowList, sentence: str) -> None:
    """Who is refused is not asked for a proof either, and the sentence holds neither token nor password."""
    asked = Asked({"shop.test": [STRANGER]})
    with pytest.raises(GuardError, match=sentence) as raised:
        permit_for(url, allow=listed, world=asked.world())

    assert asked.fetched == []
    assert TOKEN not in str(raised.value)
    assert "pw" not in str(raised.value)


def test_a_proof_at_some_of_the_addresses() -> None:
    """Only the addresses whose file holds the token are pinned, and each name is looked up once."""
    proofs = {STRANGER: Proof(STRANGER, 200, f"{TOKEN}\n".encode()), "203.0.113.8": Proof("203.0.113.8", 404)}
    asked = Asked({"shop.test": ["203.0.113.8", STRANGER]}, proofs)
    permit = permit_for("https://shop.test/v1", allow=allow("shop.test"), world=asked.world())

    closes = int((NOW + timedelta(hours=1)).timestamp()) * 10**9
    assert permit == Permit("https://shop.test", (STRANGER,), "proof", "Li Wei", 5.0, closes)
    assert (asked.looked_up, asked.fetched) == (["shop.test"], ["203.0.113.8", STRANGER])
    assert TOKEN not in repr(permit)


def test_the_host_typed_again_is_a_proof() -> None:
    """Who has typed the host again is not asked for the file; another host typed does not count."""
    asked = Asked({"shop.test": [STRANGER]})
    permit = permit_for("https://shop.test", allow=allow("shop.test"), typed=("Shop.Test",), world=asked.world())
    assert (permit.by, permit.addresses, asked.fetched) == ("typed", (STRANGER,), [])
    with pytest.raises(GuardError, match=r"is no proof \(no answer\).*--i-am-authorised shop\.test"):
        permit_for("https://shop.test", allow=allow("shop.test"), typed=("test",), world=asked.world())


def test_a_name_that_changes_its_address() -> None:
    """What a name stands for later has no say: the permit's addresses are those of the one look-up."""
    asked = Asked({"shop.test": ["127.0.0.1"]})
    permit = permit_for("http://shop.test:8000", world=asked.world())
    asked.names["shop.test"] = [STRANGER]

    assert permit.addresses == ("127.0.0.1",)
    with pytest.raises(GuardError, match="outside this machine"):
        permit_for("http://shop.test:8000", world=asked.world())


def test_each_host_needs_its_own_permit() -> None:
    """Shop and assistant at different hosts need an entry and a proof each, and nobody is asked for an answer before both have it."""
    proofs = {STRANGER: Proof(STRANGER, 200, TOKEN.encode())}
    asked = Asked({"shop.test": [STRANGER], "chat.test": ["203.0.113.9"]}, proofs)
    with pytest.raises(
        GuardError, match=r"The host 'chat\.test' is at 203\.0\.113\.9, outside this machine, and no entry"
    ):
        permits_for("https://shop.test", "https://chat.test/v1", allow=allow("shop.test"), world=asked.world())


def test_one_origin_is_one_permit() -> None:
    """Two URLs of one origin share a permit, and an empty URL is passed over."""
    with scripted_server([request, send(OK), close]) as server:
        permits = permits_for(server.url, "", f"{server.url}/v1")

    assert [permit.origin for permit in permits] == [server.url]
    assert len(server.requests) == 1


def test_a_stop_file_that_is_there(tmp_path: Path) -> None:
    """With the stop file there nothing is asked at all."""
    (tmp_path / "stop").touch()
    asked = Asked()
    with pytest.raises(GuardError, match=r"The stop file .* is there"):
        permits_for("http://shop.test", stop_file=tmp_path / "stop", world=asked.world())

    assert asked.looked_up == []


# The proof file, from a real server.


def proof_of(answer: bytes) -> tuple[Proof, ScriptedServer]:
    """What a server that answers so gives for the proof file of a host that is really at 127.0.0.1."""
    with scripted_server([request, send(answer), close]) as server:
        proof = fetch_proof(Origin("http", "shop.test", server.port), "127.0.0.1", "")
    return proof, server


def page(body: bytes, status: str = "200 OK", *lines: str) -> bytes:
    """An answer with this body."""
    head = "".join(f"{line}\r\n" for line in (f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *lines))
    return head.encode() + b"\r\n" + body


def test_the_proof_is_fetched_from_the_pinned_address() -> None:
    """The request goes to the address that was looked up, and names the host."""
    proof, server = proof_of(page(TOKEN.encode()))
    head = server.requests[0].decode().lower()

    assert proof == Proof("127.0.0.1", 200, TOKEN.encode())
    assert head.startswith(f"get {PROOF_PATH} http/1.1\r\n")
    assert f"host: shop.test:{server.port}\r\n" in head


def test_a_redirect_of_the_proof_is_not_followed() -> None:
    """A redirect, to wherever, is an answer that proves nothing."""
    with scripted_server([request, send(page(TOKEN.encode())), close]) as elsewhere:
        proof, _ = proof_of(page(b"", "302 Found", f"Location: {elsewhere.url}{PROOF_PATH}"))

    assert (proof.status, proof.body, elsewhere.accepted) == (302, b"", 0)


def test_an_oversized_proof_is_not_read_to_its_end() -> None:
    """Of a long answer little more than a proof's length is taken."""
    proof, _ = proof_of(page(b"x" * 3_000_000))

    assert MOST_PROOF_BYTES < len(proof.body) < 1_000_000


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"\x1b[2J" + b"x" * 5000 + b"\r\n\r\n", id="another protocol"),
        pytest.param(b"HTTP/1.1 200 OK\r\nContent-Length: 40\r\n\r\na-token", id="half of it"),
    ],
)
def test_a_proof_that_cannot_be_read(answer: bytes) -> None:
    """What is no answer is a fault in plain words, never an error."""
    proof, _ = proof_of(answer)

    assert proof.fault
    assert proof.fault.isprintable()
    assert proof.body == b""


def test_proxies_of_the_environment_have_no_say(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither proof nor answer is asked of a proxy that the environment names."""
    with scripted_server([request, send(OK), close]) as proxy, scripted_server([request, send(OK), close]) as server:
        for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"):
            monkeypatch.setenv(name, proxy.url)
        origin = Origin("http", "shop.test", server.port)
        proof = fetch_proof(origin, "127.0.0.1", "")
        check_answers(Permit(str(origin), ("127.0.0.1",), "loopback"))

    assert proof.status == 200
    assert (len(server.requests), proxy.accepted) == (2, 0)


# Whether anybody answers.


def own(url: str) -> Permit:
    """The permit of a loopback target."""
    return Permit(url, ("127.0.0.1",), "loopback")


@contextlib.contextmanager
def nobody() -> Iterator[str]:
    """The URL of a port that is taken, and on which nobody listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{taken.getsockname()[1]}"


def test_nothing_answers() -> None:
    """A port without a listener gives one sentence with the target and what to do."""
    with nobody() as url, pytest.raises(GuardError) as raised:
        check_answers(own(url))

    assert str(raised.value).startswith(f"The target {url} does not answer (")
    assert str(raised.value).endswith("); start it, or give another --host.")


def test_one_of_the_addresses_answers() -> None:
    """A target answers when one of its addresses does."""
    with scripted_server([request, send(OK), close]) as server:
        check_answers(Permit(f"http://shop.test:{server.port}", ("127.0.0.9", "127.0.0.1"), "loopback"))

    assert len(server.requests) == 1


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(OK, id="a page"),
        pytest.param(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", id="no such page"),
        pytest.param(b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n", id="overload"),
        pytest.param(
            b"HTTP/1.1 302 Found\r\nLocation: http://203.0.113.7/\r\nContent-Length: 0\r\n\r\n", id="a way out"
        ),
    ],
)
def test_any_answer_will_do(answer: bytes) -> None:
    """Whoever speaks HTTP answers, whatever the answer says, and no redirect is followed."""
    with scripted_server([request, send(answer), close]) as server:
        check_answers(own(server.url))

    assert len(server.requests) == 1


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(b"", id="a closed door"),
        pytest.param(b"\x1b[2J" + b"x" * 5000 + b"\r\n\r\n", id="another protocol"),
    ],
)
def test_what_is_not_http_does_not_answer(answer: bytes) -> None:
    """A listener that speaks something else gives a short sentence that no terminal obeys."""
    with (
        scripted_server([request, send(answer), close]) as server,
        pytest.raises(GuardError, match="does not answer") as raised,
    ):
        check_answers(own(server.url))

    assert len(str(raised.value)) < 400
    assert "\x1b" not in str(raised.value)


def test_a_target_behind_tls(authority: Path) -> None:
    """An https target answers when its certificate comes from the CA that the load will trust, and not by any other."""
    with scripted_server([request, send(OK), close], tls=server_context(authority)) as server:
        url = f"https://127.0.0.1:{server.port}"
        check_answers(own(url), ca_pem=(authority / "ca.pem").read_text())
        with pytest.raises(GuardError, match=r"is not trusted \(.*CERTIFICATE_VERIFY_FAILED.*--ca-file"):
            check_answers(own(url))

    assert len(server.requests) == 1


def test_the_certificate_is_the_names_and_not_the_addresses(authority: Path) -> None:
    """A certificate of another name is not trusted although the address is the pinned one."""
    with scripted_server([request, send(OK), close], tls=server_context(authority)) as server:
        permit = Permit(f"https://shop.test:{server.port}", ("127.0.0.1",), "loopback")
        with pytest.raises(GuardError, match="is not trusted"):
            check_answers(permit, ca_pem=(authority / "ca.pem").read_text())

    assert server.requests == []


def test_the_clock_of_the_guard_is_the_wall_clock() -> None:
    """Without a clock of the test's, windows are held against this machine's wall clock."""
    assert World().clock is time.time_ns
