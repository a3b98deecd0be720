"""Whether an origin may be loaded: rules of what is known, values in, a permit or one sentence out.

Loopback is free. Anything else needs an entry of the allow-list whose window is open, *and* a proof: a file with the entry's token on
the target, or the host typed again by whoever starts the run. Whatever these rules do not understand is refused.

This module must not know sockets, clocks or files (``locustfiles.guard`` asks them).
"""

import hmac
import ipaddress
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from locustfiles.target.allow_list import AllowList, Entry
from locustfiles.transport.origin import Origin
from reports.run_record.schema import Permit

PROOF_PATH = "/.well-known/springtide-authorisation.txt"
MOST_PROOF_BYTES = 1024
"""Longer than any token with a line end; what is longer is some other page."""
MOST_URL = 2048
MOST_ADDRESSES = 32
AUTHORISED_FLAG = "--i-am-authorised"
_DEFAULT_PORTS = {"http": 80, "https": 443}
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
_OK = 200
_NS = 1_000_000_000
_MOST_SAID = 200
Ip = ipaddress.IPv4Address | ipaddress.IPv6Address


@dataclass(frozen=True, slots=True)
class Refusal:
    """The origin may not be loaded; the sentence says why and what to do."""

    sentence: str


@dataclass(frozen=True, slots=True)
class ProofWanted:
    """Everything but the proof is there: the file at ``PROOF_PATH`` is to be fetched from each of these addresses."""

    origin: Origin
    addresses: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Proof:
    """What an address answered for the proof file: status and the first bytes of the body, or why there is no answer."""

    address: str
    status: int = 0
    body: bytes = b""
    fault: str = ""


def decide(
    url: str,
    addresses: Sequence[str],
    *,
    allow: AllowList,
    now: datetime,
    typed: Iterable[str] = (),
    proofs: Sequence[Proof] | None = None,
) -> Permit | Refusal | ProofWanted:
    """Whether the origin of a URL may be loaded at ``now``, its host's name standing for ``addresses``.

    ``typed``: hosts that the user has given again. ``proofs``: what the addresses answered, None = not asked yet. An entry that names
    a loopback origin binds it too, by ceiling and window: behind it may be a tunnel to somebody else.
    """
    spelled = spelled_origin(url)
    if isinstance(spelled, Refusal):
        return spelled
    origin = spelled
    if mistake := _address_mistake(origin, addresses):
        return Refusal(mistake)
    is_own = all(map(is_loopback, addresses))
    at_port = [entry for entry in allow.of_host(origin.host) if _is_at_port(entry, origin)]
    if is_own and not at_port:
        return Permit(str(origin), tuple(addresses), "loopback")
    entry = _open_entry(origin, allow, at_port, now, addresses)
    if isinstance(entry, Refusal):
        return entry
    if is_own:
        return _permit(origin, addresses, "loopback", entry)
    if origin.host in {host.lower() for host in typed}:
        return _permit(origin, addresses, "typed", entry)
    if not entry.token:
        return Refusal(
            f"{origin} has an allow-list entry and no proof: type the host again with {AUTHORISED_FLAG} {origin.host}, or give "
            f"its entry a token and put that at {PROOF_PATH}."
        )
    if proofs is None:
        return ProofWanted(origin, tuple(addresses))
    return _proven(origin, addresses, entry, proofs)


def spelled_origin(url: str) -> Origin | Refusal:
    """The origin of a base URL whose host is written plainly: no letters outside ASCII, no zone, no final dot."""
    if len(url) > MOST_URL:  # also since reading a host takes time that grows with the square of its length
        return Refusal(f"The URL is longer than {MOST_URL} characters; give the base URL of the service.")
    if "@" not in url and not url.isascii():  # a URL with a password is not repeated
        return Refusal(
            f"The URL {_shown(url)} has characters outside ASCII; write its host as the name server knows it (xn--...)."
        )
    if "%" in url.partition("//")[2].partition("/")[0]:
        return Refusal(
            "The URL's host holds a percent sign; a zone or an encoded character leads to no host that may be loaded."
        )
    try:
        origin = Origin.parse(url, with_path=True)
    except ValueError as error:
        return Refusal(_bounded(str(error)))
    if origin.host.endswith("."):
        return Refusal(f"The URL {_shown(url)} has a host that ends in a dot; write it without.")
    return origin


def is_loopback(address: str) -> bool:
    """Whether an address is this machine's own, also in the clothes of IPv6; False for what is no address."""
    ip = _ip(address)
    if isinstance(ip, ipaddress.IPv6Address) and ip.ipv4_mapped is not None:
        ip = ip.ipv4_mapped  # the kernel sends it there
    return ip is not None and ip.is_loopback


def is_never_loaded(address: str) -> bool:
    """Whether nobody can permit load on an address: of no host, of many hosts, of one link, or reserved; also wrapped in IPv6.

    A cloud's metadata service (169.254.169.254) is an address of one link. What is no address is never loaded.
    """
    ip = _ip(address)
    return ip is None or any(map(_is_barred, _within(ip)))


def check_endpoint(url: str, permits: Iterable[Permit]) -> str:
    """Why requests may not go to a URL that the target has named, "" when its origin is one of the permitted ones.

    For whatever a target says, such as the endpoints of a discovery document. Never raises.
    """
    spelled = spelled_origin(url)
    if isinstance(spelled, Refusal):
        return spelled.sentence
    permitted = [permit.origin for permit in permits]
    if str(spelled) in permitted:
        return ""
    return _bounded(
        f"The target names an endpoint at {spelled}, which this run may not load; permitted: {', '.join(permitted) or 'none'}."
    )


def pinned_addresses(url: str, permits: Iterable[Permit]) -> tuple[str, ...]:
    """The addresses that a permitted origin is loaded at; an address of this machine is its own. Empty = not permitted."""
    spelled = spelled_origin(url)
    if isinstance(spelled, Refusal):
        return ()
    for permit in permits:
        if permit.origin == str(spelled):
            return permit.addresses
    return (spelled.host,) if is_loopback(spelled.host) else ()


def plan_mistake(urls: Iterable[str], permits: Sequence[Permit], now_unix_ns: int) -> str:
    """Why a worker may not carry out a plan with these base URLs, "" when it may; needs nothing but the plan and a clock."""
    for url in urls:
        addresses = pinned_addresses(url, permits)
        if not addresses:
            return f"The plan holds no permit for {_shown(url)}; start the run again with an allow-list (--allow)."
        if any(map(is_never_loaded, addresses)):
            return f"The plan sends load to {', '.join(addresses)}, which is never loaded."
    for permit in permits:
        is_own = all(map(is_loopback, permit.addresses))
        if not is_own and (
            permit.by == "loopback" or not permit.owner or None in {permit.most_per_s, permit.until_unix_ns}
        ):
            return f"The plan's permit for {permit.origin} has no owner, ceiling or time window, and it is not this machine."
        if permit.until_unix_ns is not None and permit.until_unix_ns <= now_unix_ns:
            return (
                f"The time window of {permit.origin} is closed by this machine's clock; ask {permit.owner} for another."
            )
    return ""


def ceiling_per_s(permits: Iterable[Permit]) -> float | None:
    """The lowest ceiling of all that a wish may touch; None = no ceiling."""
    return min((permit.most_per_s for permit in permits if permit.most_per_s is not None), default=None)


def closes_unix_ns(permits: Iterable[Permit]) -> int | None:
    """When the first of the time windows closes; None = never."""
    return min((permit.until_unix_ns for permit in permits if permit.until_unix_ns is not None), default=None)


# Addresses.


def _address_mistake(origin: Origin, addresses: Sequence[str]) -> str:
    if not addresses:
        return f"The host {origin.host!r} has no address; give another --host."
    if len(addresses) > MOST_ADDRESSES:  # each is asked for its proof
        return f"The host {origin.host!r} is at {len(addresses)} addresses, more than {MOST_ADDRESSES}; load one of them by a name of its own."
    for address in addresses:
        if is_never_loaded(address):
            return f"The host {origin.host!r} is at {_shown(address)}, which is outside this machine and never loaded, whoever permits it."
    if len({is_loopback(address) for address in addresses}) > 1:
        return (
            f"The host {origin.host!r} is at {', '.join(addresses)}: this machine and another one. "
            "Give the host a name of its own, or the address itself."
        )
    return ""


def _ip(address: str) -> Ip | None:
    try:
        return ipaddress.ip_address(address)
    except ValueError:
        return None


def _within(ip: Ip) -> list[Ip]:
    """The address, and those of IPv4 that it wraps: mapped, compatible, 6to4, Teredo and NAT64."""
    found: list[Ip] = [ip]
    if isinstance(ip, ipaddress.IPv6Address):
        found += [inner for inner in (ip.ipv4_mapped, ip.sixtofour, *(ip.teredo or ())) if inner is not None]
        if ip in _NAT64 or (int(ip) >> 32 == 0 and not ip.is_loopback):
            found.append(ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF))
    return found


def _is_barred(ip: Ip) -> bool:
    is_scoped = isinstance(ip, ipaddress.IPv6Address) and ip.scope_id is not None
    is_nowhere = ip.is_unspecified or (ip.version == 4 and int(ip) >> 24 == 0)  # noqa: PLR2004 - the IP version is its own name
    is_reserved = ip.version == 4 and ip.is_reserved  # noqa: PLR2004 - as above; of IPv6, the loopback address is "reserved"
    return is_scoped or is_nowhere or ip.is_link_local or ip.is_multicast or is_reserved


# Entries and proofs.


def _open_entry(
    origin: Origin, allow: AllowList, at_port: Sequence[Entry], now: datetime, addresses: Sequence[str]
) -> Entry | Refusal:
    of_host = allow.of_host(origin.host)
    if not of_host:
        where = f"The host {origin.host!r} is at {', '.join(addresses)}, outside this machine"
        if not allow.name:
            return Refusal(
                f"{where}; Springtide loads loopback addresses only, unless an allow-list says otherwise: give --allow FILE, or "
                "leave --host out to load the embedded stub."
            )
        return Refusal(f"{where}, and no entry of {allow.name} names it; ask who answers for it for an entry.")
    if not at_port:
        ports = {f"port {entry.port}" if entry.port else "the scheme's own port" for entry in of_host}
        return Refusal(f"{allow.name} permits {origin.host} at {', '.join(sorted(ports))}, not at {origin.port}.")
    for entry in at_port:
        if entry.is_open(now):
            return entry
    windows = ", ".join(f"{_time(entry.opens)} to {_time(entry.closes)}" for entry in at_port)
    return Refusal(
        f"{allow.name} permits {origin.host} from {windows}, and now it is {_time(now)}; ask {at_port[-1].owner} for another window."
    )


def _is_at_port(entry: Entry, origin: Origin) -> bool:
    return origin.port == (entry.port or _DEFAULT_PORTS[origin.scheme])


def _time(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%SZ}"


def _permit(origin: Origin, addresses: Sequence[str], by: str, entry: Entry) -> Permit:
    until_unix_ns = int(entry.closes.timestamp()) * _NS
    return Permit(str(origin), tuple(addresses), by, entry.owner, entry.most_per_s, until_unix_ns)


def _proven(origin: Origin, addresses: Sequence[str], entry: Entry, proofs: Sequence[Proof]) -> Permit | Refusal:
    """A permit for those addresses whose file holds the token; the others are not loaded."""
    faults = {proof.address: _proof_fault(proof, entry.token) for proof in proofs}
    proven = [address for address in addresses if faults.get(address) == ""]
    if proven:
        return _permit(origin, proven, "proof", entry)
    told = "; ".join(sorted({faults.get(address, "it was not asked") for address in addresses}))
    return Refusal(
        f"{origin}{PROOF_PATH} is no proof ({told}): put the token of its allow-list entry there, or type the host again with "
        f"{AUTHORISED_FLAG} {origin.host}."
    )


def _proof_fault(proof: Proof, token: str) -> str:
    """Why an answer is no proof, "" when it is one."""
    if proof.fault:
        return _bounded(proof.fault)
    if proof.status != _OK:
        led = ", and redirects are not followed" if 300 <= proof.status < 400 else ""  # noqa: PLR2004 - the class of redirects
        return f"the answer is {proof.status}{led}"
    if len(proof.body) > MOST_PROOF_BYTES:
        return f"the answer is longer than {MOST_PROOF_BYTES} bytes"
    if not hmac.compare_digest(proof.body.strip(b" \t\r\n"), token.encode("ascii")):
        return "the answer is not the token"
    return ""


def _shown(text: str) -> str:
    return repr(_bounded(text))


def _bounded(text: str) -> str:
    plain = "".join(character if character.isprintable() else " " for character in text[:_MOST_SAID])
    return plain if len(text) <= _MOST_SAID else f"{plain} ..."
