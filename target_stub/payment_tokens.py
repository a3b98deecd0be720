"""Delegated payment tokens: a right to charge one checkout once, up to an amount, until an instant.

Knows allowances only. The card behind a token is checked and forgotten: no number is ever kept.
"""

from typing import Final

import msgspec

PREFIX: Final = "vt_"
LIMIT: Final = 100_000
"""Tokens kept, of about 200 bytes each; past it the oldest is forgotten, and a payment with it is declined."""


class Allowance(msgspec.Struct, frozen=True, gc=False):
    """What a token may be used for; amounts in minor units."""

    session_id: str
    amount_max_minor: int
    expires_unix_ns: int


class PaymentTokens:
    """Allowances by token. One use is enough for each: it is bound to one session, and a session is paid once."""

    def __init__(self, *, limit: int = LIMIT) -> None:
        self.issued = 0
        self._limit = limit
        self._allowances: dict[str, Allowance] = {}

    def issue(self, allowance: Allowance, start: str) -> str:
        """A new token; `start` tells processes apart, so that no token ever repeats."""
        self.issued += 1
        token = f"{PREFIX}{start}_{self.issued}"
        self._allowances[token] = allowance
        if len(self._allowances) > self._limit:
            del self._allowances[next(iter(self._allowances))]
        return token

    def refusal(self, token: str, session_id: str, amount_minor: int, now_unix_ns: int) -> str | None:
        """Why a payment with this token is declined, as a sentence for the buyer; None when it is not."""
        allowance = self._allowances.get(token)
        if allowance is None:
            return "The payment token is unknown"
        if allowance.session_id != session_id:
            return "The payment token is for another checkout"
        if now_unix_ns >= allowance.expires_unix_ns:
            return "The payment token has expired"
        if amount_minor > allowance.amount_max_minor:
            return f"The payment token allows {allowance.amount_max_minor} at most"
        return None
