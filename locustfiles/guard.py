"""Which targets may be loaded, asked of the world: the name server, the clock, the proof file and whether anybody answers.

A load generator pointed at a stranger's service is an attack. The rules are ``target.permission``'s; here is the rim, and everything
that it touches is an argument. A target that is refused gets no packet, but for the request for its proof, which its allow-list
entry permits.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType

import gevent
import httpx
from gevent import socket

from locustfiles.session.stop_file import stop_file_mistake
from locustfiles.target.allow_list import NOBODY, AllowList
from locustfiles.target.permission import (
    MOST_PROOF_BYTES,
    PROOF_PATH,
    Proof,
    ProofWanted,
    Refusal,
    decide,
    spelled_origin,
)
from locustfiles.transport.origin import Origin
from locustfiles.transport.tls import TlsOptions
from reports.run_record.schema import Permit

ANSWER_DEADLINE_S = 5.0
_SAID_CHARACTERS = 200
"""The client's complaint may quote what the target sent."""
_NS = 1_000_000_000
NO_HEADERS: Mapping[str, str] = MappingProxyType({})


class GuardError(Exception):
    """A target that may not be loaded or does not answer; the text is one sentence for the user."""


def look_up(host: str, port: int) -> list[str]:
    """The addresses of a host by this machine's resolver, in its order; GuardError with one sentence when there is none."""
    with gevent.Timeout(ANSWER_DEADLINE_S, GuardError(f"The host {host!r} could not be looked up in time.")):
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            told = getattr(error, "strerror", None) or error
            raise GuardError(f"The host {host!r} has no address ({told}); give another --host.") from None
    return list(dict.fromkeys(str(location[0]) for *_, location in found))


def fetch_proof(origin: Origin, address: str, ca_pem: str) -> Proof:
    """What one address of an origin answers for the proof file; follows no redirect and takes no proxy. Never raises."""
    try:
        with gevent.Timeout(ANSWER_DEADLINE_S, TimeoutError("no whole answer in time")):
            status, body = fetch_page(origin, address, PROOF_PATH, ca_pem, keep=MOST_PROOF_BYTES + 1)
    except (httpx.HTTPError, TimeoutError) as error:
        return Proof(address, fault=_said(error))
    return Proof(address, status, body)


@dataclass(frozen=True, slots=True)
class World:
    """What the guard asks: addresses of (host, port), the wall clock in ns, the proof of (origin, address, CA)."""

    look_up: Callable[[str, int], Sequence[str]] = look_up
    clock: Callable[[], int] = time.time_ns
    fetch: Callable[[Origin, str, str], Proof] = fetch_proof


def permits_for(
    *urls: str,
    allow: AllowList = NOBODY,
    typed: Sequence[str] = (),
    stop_file: Path | None = None,
    ca_pem: str = "",
    world: World | None = None,
) -> tuple[Permit, ...]:
    """The permits of the base URLs, one for each origin, empty URLs passed over; GuardError for the first that is refused.

    All are permitted before anybody is asked whether it answers. The addresses in a permit are the only ones that are ever loaded.
    """
    if stop_file is not None and (mistake := stop_file_mistake(stop_file)):
        raise GuardError(mistake)
    permits: dict[str, Permit] = {}
    given = [url for url in urls if url]
    for url in given:
        permit = permit_for(url, allow=allow, typed=typed, ca_pem=ca_pem, world=world)
        permits[permit.origin] = permit
    for permit in permits.values():
        check_answers(permit, ca_pem=ca_pem)
    return tuple(permits.values())


def permit_for(
    url: str, *, allow: AllowList = NOBODY, typed: Sequence[str] = (), ca_pem: str = "", world: World | None = None
) -> Permit:
    """The permit of one base URL; GuardError with one sentence when it may not be loaded."""
    asked = world or World()
    origin = spelled_origin(url)
    if isinstance(origin, Refusal):
        raise GuardError(origin.sentence)
    addresses = asked.look_up(origin.host, origin.port)
    now = datetime.fromtimestamp(asked.clock() / _NS, UTC)
    decision = decide(url, addresses, allow=allow, now=now, typed=typed)
    if isinstance(decision, ProofWanted):
        proofs = [asked.fetch(decision.origin, address, ca_pem) for address in decision.addresses]
        decision = decide(url, addresses, allow=allow, now=now, typed=typed, proofs=proofs)
    if isinstance(decision, Permit):
        return decision
    sentence = decision.sentence if isinstance(decision, Refusal) else f"{decision.origin} gave no proof."
    raise GuardError(sentence)


def check_answers(permit: Permit, *, ca_pem: str = "") -> None:
    """Make sure that something speaks HTTP at one of the permitted addresses, whatever it says; GuardError with one sentence.

    An https target is trusted as by the load: by the authorities of ``ca_pem``, or by the system's.
    """
    origin, said = Origin.parse(permit.origin), ""
    for address in permit.addresses:
        try:
            fetch_page(origin, address, "/", ca_pem)
        except httpx.HTTPError as error:
            said = said or _said(error)
        else:
            return
    if "CERTIFICATE_VERIFY_FAILED" in said:
        msg = f"The target {origin} is not trusted ({said}); give the authority that vouches for it with --ca-file."
        raise GuardError(msg)
    raise GuardError(f"The target {origin} does not answer ({said}); start it, or give another --host.")


def fetch_page(
    origin: Origin, address: str, path: str, ca_pem: str, *, keep: int = 0, headers: Mapping[str, str] = NO_HEADERS
) -> tuple[int, bytes]:
    """Status and first ``keep`` bytes or more of a page, asked of this address: the name is for TLS and Host alone."""
    at = f"[{address}]" if ":" in address else address
    trusted = TlsOptions(ca_pem=ca_pem).context()
    body = b""
    with (
        # Without the environment: a proxy named there would lead elsewhere. httpx follows no redirect unless it is told to.
        httpx.Client(trust_env=False, timeout=ANSWER_DEADLINE_S, verify=trusted) as client,
        client.stream(
            "GET",
            f"{origin.scheme}://{at}:{origin.port}{path}",
            headers={**headers, "Host": origin.host_header, "Accept-Encoding": "identity"},
            extensions={"sni_hostname": origin.host},
        ) as response,
    ):
        for piece in response.iter_raw() if keep else ():
            body += piece
            if len(body) >= keep:
                break
        return response.status_code, body


def _said(error: Exception) -> str:
    plain = "".join(character if character.isprintable() else " " for character in str(error))
    return plain.strip()[:_SAID_CHARACTERS] or type(error).__name__
