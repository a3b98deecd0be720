"""Where requests go: scheme, host and port, and the socket addresses they stand for.

This module must not know connections.
"""

import ipaddress
import re
import socket
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

import gevent
from gevent import socket as gevent_socket

_DEFAULT_PORTS = {"http": 80, "https": 443}
_HIGHEST_PORT = 65535
_HOST_NAME = re.compile(r"[a-z0-9_-]{1,63}(\.[a-z0-9_-]{1,63})*\.?")


@dataclass(frozen=True, slots=True)
class Origin:
    """A target's scheme (``http`` or ``https``), host (no brackets, ASCII) and port."""

    scheme: str
    host: str
    port: int

    @classmethod
    def parse(cls, url: str, *, with_path: bool = False) -> "Origin":
        """The origin of a base URL, which may go on with a path when that is said; ValueError with one sentence when it is unusable."""
        if "@" in url:
            # The URL is not repeated: it may hold a password.
            raise ValueError("The URL holds a user name or password; give the key by its environment variable instead.")
        if any(character.isspace() or not character.isprintable() for character in url):
            raise ValueError(f"The URL {url!r} contains white space or control characters; remove them.")
        try:
            parts = urlsplit(url)
        except ValueError as error:
            raise ValueError(
                f"The URL {url!r} cannot be read ({error}); give one like http://127.0.0.1:8000."
            ) from None
        if parts.scheme not in _DEFAULT_PORTS:
            raise ValueError(
                f"The URL {url!r} has the scheme {parts.scheme!r}; it must begin with http:// or https://."
            )
        if not parts.hostname:
            raise ValueError(f"The URL {url!r} names no host; give one like http://127.0.0.1:8000.")
        if parts.query or parts.fragment or (parts.path not in ("", "/") and not with_path):
            path = ", port and path" if with_path else " and port"
            raise ValueError(
                f"The URL {url!r} goes on after the {'path' if with_path else 'host'}; give only scheme, host{path}."
            )
        return cls(parts.scheme, _ascii_host(parts.hostname, url), _port(parts, url))

    @property
    def host_header(self) -> str:
        """The value of the ``Host`` header: brackets around IPv6, no port when it is the scheme's own."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _DEFAULT_PORTS[self.scheme] else f"{host}:{self.port}"

    def __str__(self) -> str:
        """The origin as a URL."""
        return f"{self.scheme}://{self.host_header}"


def _ascii_host(host: str, url: str) -> str:
    if ":" in host:
        try:
            return str(ipaddress.IPv6Address(host))
        except ValueError:
            raise ValueError(f"The URL {url!r} has {host!r} in brackets, which is no IPv6 address.") from None
    try:
        name = host.encode("idna").decode("ascii").lower()
    except UnicodeError:
        name = ""
    if not _HOST_NAME.fullmatch(name):
        raise ValueError(f"The URL {url!r} has {host!r} as its host, which is no host name.")
    return name


def _port(parts: SplitResult, url: str) -> int:
    try:
        port = parts.port
    except ValueError:
        port = 0
    if port is None and parts.netloc.endswith(":"):
        port = 0
    if port == 0:
        raise ValueError(f"The URL {url!r} has no usable port; give a number from 1 to {_HIGHEST_PORT}.")
    return port if port is not None else _DEFAULT_PORTS[parts.scheme]


@dataclass(frozen=True, slots=True)
class Address:
    """A socket address: its family and what ``connect`` takes."""

    family: int
    location: tuple[str | int | bytes, ...]


def resolve(origin: Origin, timeout_s: float) -> list[Address]:
    """The addresses of an origin in the resolver's order, through gevent's resolver unless the host is a literal.

    Empty when the name cannot be resolved within the time.
    """
    try:
        return [address_of(origin.host, origin.port)]
    except ValueError:
        return _look_up(origin, timeout_s)


def address_of(literal: str, port: int) -> Address:
    """The socket address of an IP address in text; ValueError when it is none."""
    if ipaddress.ip_address(literal).version == 4:  # noqa: PLR2004 - the IP version is its own name
        return Address(socket.AF_INET, (literal, port))
    return Address(socket.AF_INET6, (literal, port, 0, 0))


def _look_up(origin: Origin, timeout_s: float) -> list[Address]:
    timeout = gevent.Timeout(timeout_s)  # a lookup happens once per pool, so its cost does not matter
    timeout.start()
    try:
        answers = gevent_socket.getaddrinfo(origin.host, origin.port, type=socket.SOCK_STREAM)
    except gevent.Timeout as expired:
        if expired is not timeout:
            raise
        return []
    except (OSError, UnicodeError):
        return []
    finally:
        timeout.close()
    families = (socket.AF_INET, socket.AF_INET6)
    return [Address(family, location) for family, _, _, _, location in answers if family in families]
