"""HTTPS in front of a service that speaks HTTP, as a load balancer does it: each request is passed on, each answer as a whole."""

import contextlib
import http.client
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from tests.helpers.certificates import server_context
from tests.helpers.scripted_server import ScriptedServer, answer_each, scripted_server

_OWN = {"connection", "content-length", "transfer-encoding", "keep-alive"}
"""Headers of one connection, not of the answer."""


@dataclass(frozen=True)
class TlsFront:
    """Where it listens, and the server that counts what came."""

    url: str
    server: ScriptedServer


@contextlib.contextmanager
def tls_front(behind: str, authority: Path) -> Iterator[TlsFront]:
    """A front with the certificate of ``authority`` before the service at the URL ``behind``."""
    host = urlsplit(behind).netloc

    def passed_on(request: bytes) -> bytes:
        head, _, body = request.partition(b"\r\n\r\n")
        first, *lines = head.decode("latin-1").split("\r\n")
        method, path, _ = first.split(" ")
        headers = {name: value.strip() for name, _, value in (line.partition(":") for line in lines)}
        onward = http.client.HTTPConnection(host, timeout=20)
        onward.request(method, path, body, headers | {"Host": host})
        answer = onward.getresponse()
        whole = answer.read()
        onward.close()
        kept = [f"{name}: {value}" for name, value in answer.getheaders() if name.lower() not in _OWN]
        top = [f"HTTP/1.1 {answer.status} {answer.reason}", *kept, f"Content-Length: {len(whole)}"]
        return "\r\n".join(top).encode("latin-1") + b"\r\n\r\n" + whole

    with scripted_server([answer_each(passed_on)], tls=server_context(authority), backlog=256) as server:
        yield TlsFront(f"https://127.0.0.1:{server.port}", server)
