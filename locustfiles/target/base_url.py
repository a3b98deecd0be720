"""The base URL of a service: its origin, and the path that every request's path is appended to.

Its mistakes never quote the URL, which may hold a password or a token.
"""

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from locustfiles.target.target import Target
from locustfiles.transport.origin import Origin

_PATH = re.compile(r"(/[A-Za-z0-9._~!$&'()*+,;=:%-]+)*")


@dataclass(frozen=True, slots=True)
class BaseUrl:
    """A service's origin and path; ``path`` has no slash at its end, and "" is the root."""

    origin: Origin
    path: str

    @classmethod
    def parse(cls, url: str) -> "BaseUrl":
        """The parts of a base URL; ValueError with one sentence."""
        if "@" in url:
            raise ValueError("the URL holds a user name or password; give the key with key = { env = ... } instead")
        if "?" in url or "#" in url:
            raise ValueError("the URL goes on after the path with ? or #; give scheme, host, port and path")
        try:
            parts = urlsplit(url)
        except ValueError as error:
            raise ValueError(f"the URL cannot be read ({error}); give one like https://shop.test/api") from None
        origin = Origin.parse(f"{parts.scheme}://{parts.netloc}")
        path = parts.path.rstrip("/")
        if not _PATH.fullmatch(path) or any(part in (".", "..") for part in path.split("/")):
            raise ValueError("the URL's path holds an empty or dotted part or a character that must be percent-encoded")
        return cls(origin, path)


def origins_of(target: Target, endpoint: str = "") -> tuple[str, ...]:
    """The origins that the target's journey loads, each once: the shop's, the assistant's, the campaign door's.

    ``endpoint`` is where the shop's discovery has put its calls; "" = at the shop's URL.
    """
    chat, shop = target.chat, target.checkout
    urls = [endpoint or shop.url if shop is not None and target.journey != "chat-only" else ""]
    urls.append(chat.url if chat is not None and target.journey != "checkout-only" else "")
    if shop is not None and target.journey != "chat-only" and target.cards.source == "door":
        urls.append(target.cards.url or shop.url)
    return tuple(dict.fromkeys(str(BaseUrl.parse(url).origin) for url in urls if url))
