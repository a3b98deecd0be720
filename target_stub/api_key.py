"""Who may call: the bearer token of a request against the one key the stub was given."""

import hmac

from target_stub.web import Request


class KeyCheck:
    """Accepts one key; without a key (None) any bearer token that is not empty. The key is never shown or logged."""

    def __init__(self, key: str | None) -> None:
        """Raise ValueError for an empty key, which would let nobody in."""
        if key == "":
            raise ValueError("the API key is empty: set it, or run without --api-key-env")
        self._expected = None if key is None else key.encode()

    def accepts(self, request: Request) -> bool:
        """Return whether the request carries the key as a bearer token."""
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        token = token.strip()
        return scheme.lower() == "bearer" and self.accepts_key(token)

    def accepts_key(self, key: str) -> bool:
        """Return whether this is the key, however it came; compared in constant time."""
        if not key:
            return False
        return self._expected is None or hmac.compare_digest(key.encode("latin-1"), self._expected)
