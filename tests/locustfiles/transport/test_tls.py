"""TLS: verified against a CA that the test makes, by name, and cut answers are told from ended ones."""

import ssl
from pathlib import Path

import pytest

from locustfiles.transport.connection_pool import ConnectionPool, Deadlines, Limits, Origin, TlsOptions
from locustfiles.transport.exchange import Fault
from tests.helpers.certificates import server_context
from tests.helpers.scripted_server import Peer, answer_each, hold, request, reset, scripted_server, send
from tests.helpers.transport import OK, POST, ask, pool_to


@pytest.fixture(scope="module")
def server_side(authority: Path) -> ssl.SSLContext:
    """The server's context."""
    return server_context(authority)


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
def test_trusted_target(authority: Path, server_side: ssl.SSLContext, host: str) -> None:
    """A target whose certificate comes from the given CA and bears its name is spoken to, on one connection."""
    options = TlsOptions(ca_file=authority / "ca.pem")
    with (
        scripted_server([answer_each(lambda _: OK)], tls=server_side) as server,
        pool_to(f"https://{host}:{server.port}", tls=options) as pool,
    ):
        answers = [ask(pool, POST) for _ in range(5)]
        assert [(answer.status, answer.body, answer.fault) for answer in answers] == [(200, b"ok", None)] * 5
        assert server.requests == [POST] * 5
        assert server.accepted == 1
        assert answers[0].received_bytes == len(OK)


def test_unknown_authority(server_side: ssl.SSLContext) -> None:
    """A certificate from an authority that the system does not trust is refused before anything is sent."""
    with (
        scripted_server([answer_each(lambda _: OK)], tls=server_side) as server,
        pool_to(f"https://localhost:{server.port}") as pool,
    ):
        exchange = ask(pool)
        assert (exchange.fault, exchange.sent_ns) == (Fault.TLS_FAILED, None)
        assert server.requests == []
        assert pool.open_connections == 0


def test_wrong_name(authority: Path, server_side: ssl.SSLContext) -> None:
    """A certificate for other names is refused."""
    options = TlsOptions(ca_file=authority / "ca.pem")
    with (
        scripted_server([answer_each(lambda _: OK)], tls=server_side) as server,
        pool_to(f"https://127.0.0.2:{server.port}", tls=options) as pool,
    ):
        assert ask(pool).fault in (Fault.TLS_FAILED, Fault.CONNECT_REFUSED)


def test_unverified_on_request(server_side: ssl.SSLContext) -> None:
    """Verification can be turned off, by name."""
    with (
        scripted_server([answer_each(lambda _: OK)], tls=server_side) as server,
        pool_to(f"https://localhost:{server.port}", tls=TlsOptions(verify=False)) as pool,
    ):
        assert ask(pool).status == 200


def test_target_without_tls(authority: Path) -> None:
    """A target that answers a handshake with plain HTTP is a failed handshake."""
    options = TlsOptions(ca_file=authority / "ca.pem")
    with (
        scripted_server([send(b"HTTP/1.1 400 Bad Request\r\n\r\n"), hold]) as server,
        pool_to(f"https://localhost:{server.port}", tls=options) as pool,
    ):
        assert ask(pool).fault is Fault.TLS_FAILED


def test_handshake_deadline(authority: Path) -> None:
    """A target that accepts and never shakes hands is given up at the connect deadline."""
    options = TlsOptions(ca_file=authority / "ca.pem")
    with (
        scripted_server([hold]) as server,
        pool_to(f"https://localhost:{server.port}", tls=options, deadlines={"connect_s": 0.1}) as pool,
    ):
        assert ask(pool).fault is Fault.CONNECT_TIMEOUT
        assert pool.open_connections == 0


def said_goodbye(peer: Peer) -> None:
    """End the TLS session properly."""
    assert isinstance(peer.sock, ssl.SSLSocket)
    peer.sock.unwrap()


@pytest.mark.parametrize(
    ("ending", "fault"),
    [
        pytest.param([said_goodbye], None, id="a farewell ends the body"),
        pytest.param([], Fault.TRUNCATED, id="an end without a farewell may hide a cut"),
        pytest.param([reset], Fault.RESET, id="a reset is a reset"),
    ],
)
def test_end_of_a_body_without_length(authority: Path, server_side: ssl.SSLContext, ending, fault) -> None:
    """A body that ends with the connection is whole only when TLS says that it has ended."""
    options = TlsOptions(ca_file=authority / "ca.pem")
    steps = [request, send(b"HTTP/1.1 200 OK\r\n\r\nall of it"), *ending]
    with (
        scripted_server(steps, tls=server_side) as server,
        pool_to(f"https://localhost:{server.port}", tls=options) as pool,
    ):
        exchange = ask(pool)
    assert (exchange.status, exchange.body, exchange.fault) == (200, b"all of it", fault)


def test_unusable_ca_file(tmp_path: Path) -> None:
    """A CA file that is missing or no PEM is refused in one sentence when the pool is made."""
    empty = tmp_path / "empty.pem"
    empty.write_text("", encoding="ascii")
    for path in (empty, tmp_path / "missing.pem"):
        with pytest.raises(ValueError, match="cannot be used"):
            ConnectionPool(
                Origin.parse("https://shop.test"),
                deadlines=Deadlines(),
                limits=Limits(),
                tls=TlsOptions(ca_file=path),
            )


def test_authorities_as_text(authority: Path, server_side: ssl.SSLContext) -> None:
    """The CA's text is as good as its file, for who does not have the file."""
    with (
        scripted_server([answer_each(lambda _: OK)], tls=server_side) as server,
        pool_to(f"https://localhost:{server.port}", tls=TlsOptions(ca_pem=(authority / "ca.pem").read_text())) as pool,
    ):
        assert ask(pool, POST).status == 200
    with pytest.raises(ValueError, match="The text of the CA file cannot be used"):
        TlsOptions(ca_pem="hello").context()
