"""Which targets may be loaded: loopback, and nothing else.

A load generator pointed at a stranger's service is an attack, so an address outside this machine is refused whatever the
options say.
"""

import ipaddress

import gevent
import httpx
from gevent import socket

from locustfiles.transport.origin import Origin
from locustfiles.transport.tls import TlsOptions

ANSWER_DEADLINE_S = 5.0
_SAID_CHARACTERS = 200
"""The client's complaint may quote what the target sent."""


class GuardError(Exception):
    """A target that may not be loaded or does not answer; the text is one sentence for the user."""


def check_targets(*urls: str, ca_pem: str = "") -> None:
    """Refuse to load any of the base URLs that may not be loaded or does not answer; empty ones are passed over."""
    for url in filter(None, urls):
        check_loopback(url)
        check_answers(url, ca_pem=ca_pem)


def check_loopback(url: str) -> None:
    """Refuse a base URL unless every address of its host is a loopback address; GuardError with one sentence."""
    origin = Origin.parse(url)
    with gevent.Timeout(ANSWER_DEADLINE_S, GuardError(f"The host {origin.host!r} could not be looked up in time.")):
        try:
            found = socket.getaddrinfo(origin.host, origin.port, type=socket.SOCK_STREAM)
        except OSError as error:
            msg = f"The host {origin.host!r} has no address ({error.strerror or error}); give another --host."
            raise GuardError(msg) from None
    for *_, address in found:
        if not ipaddress.ip_address(str(address[0]).partition("%")[0]).is_loopback:
            msg = (
                f"The host {origin.host!r} is at {address[0]}, outside this machine; Springtide loads loopback addresses "
                "only. Run the target on this machine, or leave --host out to load the embedded stub."
            )
            raise GuardError(msg)


def check_answers(url: str, *, ca_pem: str = "") -> None:
    """Make sure that something speaks HTTP at a base URL, whatever it says; GuardError with one sentence when not.

    An https target is trusted as by the load: by the authorities of ``ca_pem``, or by the system's.
    """
    trusted = TlsOptions(ca_pem=ca_pem).context()
    try:
        with (
            httpx.Client(trust_env=False, timeout=ANSWER_DEADLINE_S, verify=trusted) as client,
            client.stream("GET", url),
        ):
            return
    except httpx.HTTPError as error:
        said = str(error).strip()[:_SAID_CHARACTERS] or type(error).__name__
        if "CERTIFICATE_VERIFY_FAILED" in said:
            msg = f"The target {Origin.parse(url)} is not trusted ({said}); give the authority that vouches for it with --ca-file."
            raise GuardError(msg) from None
        msg = f"The target {Origin.parse(url)} does not answer ({said}); start it, or give another --host."
        raise GuardError(msg) from None
