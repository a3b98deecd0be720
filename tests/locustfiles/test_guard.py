"""Only this machine may be loaded, and only when something answers there."""

import contextlib
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from locustfiles.guard import GuardError, check_answers, check_loopback, check_targets
from tests.helpers.certificates import server_context
from tests.helpers.scripted_server import close, request, scripted_server, send
from tests.helpers.transport import OK


@pytest.mark.parametrize(
    "url",
    [
        pytest.param("http://127.0.0.1:8000", id="loopback"),
        pytest.param("http://127.8.9.10:8000", id="any address of the loopback network"),
        pytest.param("http://[::1]:8000", id="loopback of IPv6"),
        pytest.param("https://127.0.0.1", id="loopback with TLS"),
        pytest.param("http://localhost:8000", id="the name of this machine"),
        pytest.param("http://2130706433:8000", id="loopback written as one number"),
    ],
)
def test_loopback_is_accepted(url: str) -> None:
    """A target whose every address is a loopback address may be loaded."""
    check_loopback(url)


@pytest.mark.parametrize(
    "url",
    [
        pytest.param("http://0.0.0.0:8000", id="every interface"),
        pytest.param("http://10.0.0.1:8000", id="a private network"),
        pytest.param("http://192.168.1.1", id="a home network"),
        pytest.param("http://169.254.169.254", id="a cloud's metadata service"),
        pytest.param("http://128.0.0.1:8000", id="the neighbour of the loopback network"),
        pytest.param("http://167772161", id="a private network written as one number"),
        pytest.param("https://203.0.113.7", id="a public address"),
        pytest.param("http://[::]:8000", id="every interface of IPv6"),
        pytest.param("http://[2001:db8::1]:8000", id="a public address of IPv6"),
        pytest.param("http://[::ffff:10.0.0.1]:8000", id="a private network in IPv6 clothes"),
    ],
)
def test_other_addresses_are_refused(url: str) -> None:
    """An address outside of this machine is named and refused."""
    with pytest.raises(GuardError, match="outside this machine; Springtide loads loopback addresses only"):
        check_loopback(url)


def test_a_name_without_an_address_is_refused() -> None:
    """A host that nobody knows is refused with its name."""
    with pytest.raises(GuardError, match=r"The host 'shop\.invalid' (has no address|could not be looked up in time)"):
        check_loopback("http://shop.invalid:8000")


@contextlib.contextmanager
def nobody() -> Iterator[str]:
    """The URL of a port that is taken, and on which nobody listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{taken.getsockname()[1]}"


def test_nothing_answers() -> None:
    """A port without a listener gives one sentence with the target and what to do."""
    with nobody() as url, pytest.raises(GuardError) as raised:
        check_answers(url)

    assert str(raised.value).startswith(f"The target {url} does not answer (")
    assert str(raised.value).endswith("); start it, or give another --host.")


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
        check_answers(server.url)

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
        check_answers(server.url)

    assert len(str(raised.value)) < 400
    assert "\x1b" not in str(raised.value)


def test_a_target_behind_tls(authority: Path) -> None:
    """An https target answers when its certificate comes from the CA that the load will trust, and not by any other."""
    with scripted_server([request, send(OK), close], tls=server_context(authority)) as server:
        url = f"https://127.0.0.1:{server.port}"
        check_answers(url, ca_pem=(authority / "ca.pem").read_text())
        with pytest.raises(GuardError, match=r"is not trusted \(.*CERTIFICATE_VERIFY_FAILED.*--ca-file"):
            check_answers(url)

    assert len(server.requests) == 1


def test_every_target_is_checked() -> None:
    """Of several targets each must be on this machine and answer; one that is not given is passed over."""
    with scripted_server([request, send(OK), close]) as server:
        check_targets(server.url, "")
        with nobody() as url, pytest.raises(GuardError, match=f"The target {url} does not answer"):
            check_targets(server.url, url)
        with pytest.raises(GuardError, match="outside this machine"):
            check_targets(server.url, "http://203.0.113.7")
