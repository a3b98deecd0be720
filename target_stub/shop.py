"""The shop: checkout, card campaign and books wired together, offered as routes.

routes -> api_door -> acp, ucp, campaign, orders (doors) -> checkout, cards (rules) -> ledger (SQLite)
"""

import logging
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Final

from target_stub.acp import AcpDoor
from target_stub.api_door import ApiDoor, Turn
from target_stub.campaign import CampaignDoor, CampaignVoice
from target_stub.capacity.station import StationName
from target_stub.cards import Campaign, CampaignTerms
from target_stub.catalogue import Product
from target_stub.checkout import Checkout
from target_stub.clock import Clock
from target_stub.idempotency import IdempotencyStore
from target_stub.ledger import WINDOW_S, Ledger, LedgerUnavailableError
from target_stub.orders import OrdersDoor
from target_stub.sessions import LIMIT as SESSION_LIMIT
from target_stub.sessions import TTL_NS as SESSION_TTL_NS
from target_stub.ucp import Ucp
from target_stub.ucp_dialect import UcpTerms
from target_stub.ucp_door import UcpApiDoor
from target_stub.web import Route

CARD_VALIDITY_NS: Final = 75 * 24 * 3600 * 1_000_000_000
"""From 14 February to 30 April: the second wave's cards (incident sheet 2.1)."""
_log: Final = logging.getLogger(__name__)


class Shop:
    """One shop of one process; `start` before the first request, `close` after the last."""

    def __init__(
        self,
        *,
        ledger: Ledger,
        campaign: Campaign,
        checkout: Checkout,
        door: ApiDoor,
        ucp: Ucp,
        clock: Clock,
        voice: CampaignVoice,
    ) -> None:
        self._ledger = ledger
        self._campaign = campaign
        self._checkout = checkout
        self._api_doors = (door, *ucp.doors)
        self._clock = clock
        self._cards = CampaignDoor(campaign, ledger=ledger, clock=clock, door=door, voice=voice)
        self._doors = (AcpDoor(checkout, door), ucp, self._cards, OrdersDoor(ledger, door))

    async def start(self) -> None:
        """Open the books and take over the cards in them; raises LedgerUnavailableError with one sentence."""
        await self._ledger.start()
        now = self._clock.unix_ns()
        self._campaign.restore(await self._ledger.card_history(), await self._ledger.order_discounts(), now)
        await self._ledger.commit(self._campaign.switch_row(now))

    async def close(self) -> None:
        """Commit everything that waits and close the books; what could not be written is logged."""
        try:
            await self._ledger.close()
        except LedgerUnavailableError as error:
            _log.error("%s", error)

    def routes(self) -> list[Route]:
        """Every route of the shop."""
        return [route for door in self._doors for route in door.routes()]

    def campaign_switch(
        self, issuing: str | None = None, redeeming: str | None = None, expires_unix_ns: int | None = None
    ) -> dict[str, object]:
        """Set what is given and return the campaign.

        Raises ValueError, changing nothing: `expiry_moved_earlier`, or a sentence on a word that is not open or paused.
        """
        self._campaign.switch(issuing, redeeming, expires_unix_ns)
        self._ledger.post(self._campaign.switch_row(self._clock.unix_ns()))
        return self._cards.view()

    def counters(self) -> dict[str, int]:
        """What the shop has done since its start."""
        return {
            "sessions": self._checkout.opened,
            "sessions_kept": len(self._checkout.sessions),
            "sessions_expired": self._checkout.sessions.expired,
            "sessions_canceled": self._checkout.canceled,
            "orders": self._checkout.orders,
            "payments_declined": self._checkout.declined,
            "cards_issued": self._cards.issued,
            "cards_refused_paused": self._cards.paused_refusals,
            "replays": sum(door.replays for door in self._api_doors),
            "key_conflicts": sum(door.conflicts for door in self._api_doors),
            "ledger_commits": self._ledger.commits,
            "ledger_rows": self._ledger.rows_written,
            "ledger_failed_commits": self._ledger.failed_commits,
        }


def open_shop(
    ledger_path: Path | None,
    *,
    clock: Clock,
    catalogue: Mapping[str, Product],
    api_key: str | None = None,
    terms: CampaignTerms | None = None,
    cards_expire_unix_ns: int | None = None,
    voice: CampaignVoice = "hard",
    ucp: UcpTerms | None = None,
    session_limit: int = SESSION_LIMIT,
    session_ttl_ns: int = SESSION_TTL_NS,
    ledger_window_s: float = WINDOW_S,
    ledger_max_bytes: int | None = None,
    stations: Mapping[StationName, Turn] = MappingProxyType({}),
) -> Shop:
    """A shop with its ledger at `ledger_path` (None: in memory), to be started.

    `voice` is how a paused campaign refuses; `stations` are the turns that its writing routes wait for.
    """
    ledger = Ledger(ledger_path, window_s=ledger_window_s, max_bytes=ledger_max_bytes)
    expires = clock.unix_ns() + CARD_VALIDITY_NS if cards_expire_unix_ns is None else cards_expire_unix_ns
    campaign = Campaign(terms or CampaignTerms(), expires, ledger.post)
    checkout = Checkout(
        catalogue=catalogue,
        campaign=campaign,
        ledger=ledger,
        clock=clock,
        session_limit=session_limit,
        session_ttl_ns=session_ttl_ns,
    )
    store = IdempotencyStore()
    door = ApiDoor(api_key=api_key, store=store, clock=clock, stations=stations)
    ucp_doors = Ucp(
        ucp or UcpTerms(),
        checkout,
        ledger=ledger,
        products=catalogue,
        door_of=lambda dialect: UcpApiDoor(dialect, api_key=api_key, store=store, clock=clock, stations=stations),
    )
    return Shop(ledger=ledger, campaign=campaign, checkout=checkout, door=door, ucp=ucp_doors, clock=clock, voice=voice)
