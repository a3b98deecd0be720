"""The allow-list: which hosts other than this machine may be loaded, how hard, when, and who answers for it.

Read strictly: whoever writes such a file permits load on somebody's service, so whatever is not understood is a mistake, and all
mistakes are told at once. This module must not know addresses nor proofs (``permission``).
"""

import difflib
import ipaddress
import re
import tomllib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import combinations
from pathlib import Path
from typing import Any

FIELDS = ("host", "port", "most_per_s", "from", "until", "owner", "token")
MUST = ("host", "most_per_s", "from", "until", "owner")
MOST_BYTES = 1 << 20
LEAST_TOKEN = 16
"""Characters of a token: a shorter one might stand in a page by accident."""
MOST_PER_S = 1e6
_YEARS = range(2000, 2201)
_HIGHEST_PORT = 65535
_HOST = re.compile(r"(?=.{1,253}$)[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?)*")
_TOKEN = re.compile(r"[!-~]{1,512}")


class AllowListError(ValueError):
    """An allow-list that cannot be used; ``sentences`` holds one for every mistake, and none of them a token."""

    def __init__(self, sentences: Sequence[str]) -> None:
        """Keep the sentences."""
        super().__init__(" ".join(sentences))
        self.sentences = list(sentences)


@dataclass(frozen=True, slots=True)
class Entry:
    """One host that may be loaded."""

    host: str
    """An exact name in lower-case ASCII, or an IP address as Python writes it."""
    port: int | None
    """None = the port of the URL's scheme."""
    most_per_s: float
    """Ceiling of released wishes per second over all workers."""
    opens: datetime
    closes: datetime
    """The time window, closed on the left and open on the right; both know their zone."""
    owner: str
    token: str = field(default="", repr=False)
    """What the proof file on the target must hold; empty = only the typed host can be a proof."""

    def is_open(self, at: datetime) -> bool:
        """Whether the window is open."""
        return self.opens <= at < self.closes


@dataclass(frozen=True, slots=True)
class AllowList:
    """The entries of a file, in its order; none without a file."""

    entries: tuple[Entry, ...] = ()
    name: str = ""
    """The file's path as given, for sentences; empty = no file was given."""

    def of_host(self, host: str) -> list[Entry]:
        """The entries that name a host, whatever their port."""
        return [entry for entry in self.entries if entry.host == host]


NOBODY = AllowList()
"""Without a file nothing outside this machine may be loaded."""


def read_allow_list(path: Path) -> AllowList:
    """The allow-list in a file; AllowListError with a sentence for every mistake."""
    try:
        with path.open("rb") as file:
            text = file.read(MOST_BYTES + 1)
    except OSError as error:
        raise AllowListError([f"The allow-list {path} cannot be read ({error.strerror or error})."]) from error
    if len(text) > MOST_BYTES:
        raise AllowListError([f"The allow-list {path} is larger than {MOST_BYTES} bytes; give a shorter one."])
    try:
        document = tomllib.loads(text.decode("utf-8"))
    except UnicodeDecodeError:
        raise AllowListError([f"The allow-list {path} is no text in UTF-8."]) from None
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        # The parser names the place, never the text there, which may be a token.
        raise AllowListError([f"The allow-list {path} is no TOML ({str(error) or 'too deep'})."]) from None
    return parse_allow_list(document, str(path))


def parse_allow_list(document: dict[str, Any], name: str) -> AllowList:
    """The allow-list in a TOML document; AllowListError with a sentence for every mistake."""
    wrong = [f"{name}: unknown field {key!r}; did you mean 'allow'?" for key in document if key != "allow"]
    tables = document.get("allow", [])
    if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
        wrong.append(f"{name}: 'allow' holds no tables; write each entry under [[allow]].")
        tables = []
    elif not tables:
        wrong.append(f"{name}: there is no entry; write one under [[allow]].")
    entries: list[Entry] = []
    for number, table in enumerate(tables):
        mistakes: list[str] = []
        entry = _entry(table, mistakes)
        wrong += [f"{name}: allow[{number}]{mistake}" for mistake in mistakes]
        if entry is not None:
            entries.append(entry)
    wrong += [f"{name}: {sentence}" for sentence in _overlaps(entries)]
    if wrong:
        raise AllowListError(wrong)
    return AllowList(tuple(entries), name)


def _entry(table: dict[str, Any], wrong: list[str]) -> Entry | None:
    """One entry; None, with the reasons in ``wrong``, when something in it is not usable."""
    for key in table:
        if key not in FIELDS:
            near = difflib.get_close_matches(key, FIELDS, n=1, cutoff=0.0)[0]
            wrong.append(f": unknown field {key!r}; did you mean {near!r}?")
    wrong += [f": {name!r} is missing." for name in MUST if name not in table]
    values: dict[str, Any] = {}
    for name, read in _READERS.items():
        if name in table:
            try:
                values[name] = read(table[name])
            except ValueError as error:
                wrong.append(f".{name} {error}")
    opens, closes = values.get("from"), values.get("until")
    if isinstance(opens, datetime) and isinstance(closes, datetime) and closes <= opens:
        wrong.append(f".until {closes.isoformat()} is not after .from {opens.isoformat()}.")
    if wrong:
        return None
    return Entry(
        host=values["host"],
        port=values.get("port"),
        most_per_s=values["most_per_s"],
        opens=values["from"],
        closes=values["until"],
        owner=values["owner"],
        token=values.get("token", ""),
    )


def _host(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError(f"is {value!r}; give the host's name in quotes.")
    if "*" in value or "?" in value:
        raise ValueError(f"{value!r} is a pattern; name every host by itself.")
    try:
        address = ipaddress.ip_address(value)
    except ValueError:
        return _host_name(value)
    if getattr(address, "scope_id", None):
        raise ValueError(f"{value!r} names an interface; an address of one link is never loaded.")
    if str(address) != value:
        raise ValueError(f"{value!r} is written {str(address)!r}.")
    return value


def _host_name(value: str) -> str:
    if not value.isascii():
        try:
            told = value.encode("idna").decode("ascii").lower()
        except UnicodeError:
            raise ValueError(f"{value!r} is no host name.") from None
        raise ValueError(f"{value!r} has letters outside ASCII; write {told!r} if that is the host.")
    if value.lower() != value:
        raise ValueError(f"{value!r} has capitals; write {value.lower()!r}.")
    if not _HOST.fullmatch(value):
        raise ValueError(f"{value!r} is no host name; give it without scheme, port, path and final dot.")
    if re.fullmatch(r"\d+|0x[0-9a-f]*", value.rpartition(".")[2]):
        raise ValueError(f"{value!r} is a number and no IP address in its usual form.")
    return value


def _port(value: Any) -> int:
    if isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= _HIGHEST_PORT:
        return value
    raise ValueError(f"is {value!r}; give a whole number from 1 to {_HIGHEST_PORT}.")


def _most_per_s(value: Any) -> float:
    if isinstance(value, (int, float)) and not isinstance(value, bool) and 0 < value <= MOST_PER_S:
        return float(value)
    raise ValueError(f"is {str(value)[:40]}; give a number of wishes per second above 0, at most {MOST_PER_S:g}.")


def _instant(value: Any) -> datetime:
    if isinstance(value, datetime) and value.tzinfo is not None and value.year in _YEARS:
        return value
    raise ValueError(f"is {str(value)[:40]}; give date, time and zone without quotes, as in 2026-11-26T00:00:00Z.")


def _owner(value: Any) -> str:
    if isinstance(value, str) and value.strip() and value.isprintable():
        return value.strip()
    raise ValueError("is empty or no text; say who answers for this target.")


def _token(value: Any) -> str:
    if isinstance(value, str) and _TOKEN.fullmatch(value) and len(value) >= LEAST_TOKEN:
        return value
    raise ValueError(f"is not usable; give {LEAST_TOKEN} to 512 visible ASCII characters without a space.")


_READERS: dict[str, Callable[[Any], Any]] = {
    "host": _host,
    "port": _port,
    "most_per_s": _most_per_s,
    "from": _instant,
    "until": _instant,
    "owner": _owner,
    "token": _token,
}


def _overlaps(entries: Sequence[Entry]) -> list[str]:
    """Two entries that are open for one port at one time would give it two ceilings."""
    return [
        f"two entries of {one.host!r} are open for one port at the same time; keep one of them."
        for one, other in combinations(entries, 2)
        if one.host == other.host
        and (one.port is None or other.port is None or one.port == other.port)
        and one.opens < other.closes
        and other.opens < one.closes
    ]
