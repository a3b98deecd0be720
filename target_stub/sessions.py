"""The open checkout sessions, in memory, bounded in number and in time."""

from collections import OrderedDict, deque
from collections.abc import Callable
from typing import Final

from target_stub.checkout_session import TERMINAL, CheckoutSession, Event, Status

LIMIT: Final = 100_000
"""Sessions kept, of about 1 kB each; past it the oldest is forgotten, and what it held is given back."""
TTL_NS: Final = 30 * 60 * 1_000_000_000
"""An unpaid session expires after half an hour; an ended one stays readable until the bound pushes it out."""


class Sessions:
    """Sessions by id. `on_end` is told of every session that ends unpaid, so that what it holds is given back."""

    def __init__(
        self, on_end: Callable[[CheckoutSession, int], None], *, limit: int = LIMIT, ttl_ns: int = TTL_NS
    ) -> None:
        self.ttl_ns = ttl_ns
        self.expired = 0
        self._on_end = on_end
        self._limit = limit
        # Ordered, since a plain dict looks for its oldest entry past the places of all that were taken out.
        self._by_id: OrderedDict[str, CheckoutSession] = OrderedDict()
        self._by_expiry: deque[CheckoutSession] = deque()

    def __len__(self) -> int:
        return len(self._by_id)

    def add(self, session: CheckoutSession, now_unix_ns: int) -> None:
        """Keep a session; the oldest makes room for it."""
        self._by_id[session.id] = session
        self._by_expiry.append(session)
        if len(self._by_id) > self._limit:
            _id, oldest = self._by_id.popitem(last=False)
            if self._by_expiry[0] is oldest:
                self._by_expiry.popleft()
            self._expire(oldest, now_unix_ns)

    def find(self, session_id: str, now_unix_ns: int) -> CheckoutSession | None:
        """The session with this id as it stands now, or None when there is none."""
        self.sweep(now_unix_ns)
        session = self._by_id.get(session_id)
        if session is not None and now_unix_ns >= session.expires_unix_ns:
            self._expire(session, now_unix_ns)
        return session

    def sweep(self, now_unix_ns: int) -> None:
        """Expire every session whose time has passed; costs one look when there is none."""
        running = []
        while self._by_expiry and self._by_expiry[0].expires_unix_ns <= now_unix_ns:
            session = self._by_expiry.popleft()
            if session.status is Status.IN_PROGRESS:
                running.append(session)  # its payment ends first; a later sweep finds it again
            else:
                self._expire(session, now_unix_ns)
        self._by_expiry.extend(running)

    def _expire(self, session: CheckoutSession, now_unix_ns: int) -> None:
        if session.status in TERMINAL or session.status is Status.IN_PROGRESS:
            return
        session.take(Event.EXPIRE)
        self.expired += 1
        self._on_end(session, now_unix_ns)
