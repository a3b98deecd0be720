"""The shop: checkout, card campaign and books wired together, offered as routes.

routes -> api_door -> acp, ucp, campaign, orders (doors) -> checkout, cards (rules) -> ledger (SQLite or PostgreSQL)
"""

import asyncio
import contextlib
import logging
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Final

from target_stub.acp import AcpDoor
from target_stub.after_sales import AfterSales
from target_stub.api_door import ApiDoor, Turn
from target_stub.campaign import CampaignDoor, CampaignVoice
from target_stub.campaign_issuing import IssuingPlan
from target_stub.capacity.station import StationName
from target_stub.cards import Campaign, CampaignTerms
from target_stub.catalogue import Product
from target_stub.checkout import Checkout
from target_stub.clock import Clock
from target_stub.delegate_payment import DelegateDoor
from target_stub.idempotency import IdempotencyStore
from target_stub.ledger import WINDOW_S, Ledger, LedgerUnavailableError, StockEventRow
from target_stub.ledger_postgres import PostgresBooks, is_postgres
from target_stub.ledger_sqlite import SqliteBooks
from target_stub.orders import OrdersDoor
from target_stub.payment_tokens import PaymentTokens
from target_stub.sessions import LIMIT as SESSION_LIMIT
from target_stub.sessions import TTL_NS as SESSION_TTL_NS
from target_stub.stock import Stock
from target_stub.ucp import Ucp
from target_stub.ucp_dialect import UcpTerms
from target_stub.ucp_door import UcpApiDoor
from target_stub.web import Route

CARD_VALIDITY_NS: Final = 75 * 24 * 3600 * 1_000_000_000
"""From 14 February to 30 April: the second wave's cards (incident sheet 2.1)."""
NEWS_S: Final = 0.1
"""How often a shop with shared books looks for the cards and switches of the other processes."""
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
        stock: Stock,
        tokens: PaymentTokens,
    ) -> None:
        self._ledger = ledger
        self._stock = stock
        self._campaign = campaign
        self._checkout = checkout
        self._api_doors = (door, *ucp.doors)
        self._clock = clock
        self._reader: asyncio.Task[None] | None = None
        self._cards = CampaignDoor(campaign, checkout, ledger=ledger, clock=clock, door=door, voice=voice)
        self._after_sales = AfterSales(ledger=ledger, campaign=campaign, stock=stock, clock=clock)
        self._doors = (
            AcpDoor(checkout, door),
            DelegateDoor(tokens, door, clock),
            ucp,
            self._cards,
            OrdersDoor(self._after_sales, door),
        )

    async def start(self) -> None:
        """Open the books and take over the cards in them; raises LedgerUnavailableError with one sentence."""
        await self._ledger.start()
        now = self._clock.unix_ns()
        if self._ledger.is_shared:
            # Holds belong to processes that may be alive, so none is given back; the switches are those of the books.
            await self.read_news()
            self._reader = asyncio.create_task(self._keep_reading())
        else:
            self._campaign.restore(await self._ledger.card_history(), await self._ledger.order_discounts(), now)
        known = await self._ledger.stock_left()
        supplied = [
            StockEventRow(sku, "supplied", units, None, now)
            for sku, units in self._stock.items()
            if sku not in known and units
        ]
        self._stock.replace(known)
        await self._ledger.commit(self._campaign.switch_row(now), *supplied)

    async def read_news(self) -> None:
        """Take over the cards and switches that other processes have written."""
        news = await self._ledger.news()
        self._campaign.follow(news.cards, news.paid_minor, news.campaign)

    async def _keep_reading(self) -> None:
        while True:
            await asyncio.sleep(NEWS_S)
            try:
                await self.read_news()
            except LedgerUnavailableError as error:
                _log.error("the cards of other processes could not be read: %s", error)

    async def close(self) -> None:
        """Commit everything that waits and close the books; what could not be written is logged."""
        if self._reader is not None:
            self._reader.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._reader
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

        Raises ValueError, changing nothing: `expiry_moved_earlier`, or a sentence on a word that is unknown or not possible.
        """
        self._campaign.switch(issuing, redeeming, expires_unix_ns)
        self._ledger.post(self._campaign.switch_row(self._clock.unix_ns()))
        return self._cards.view()

    def watch_queue(self, waiting: Callable[[], int]) -> None:
        """Give the campaign's pause rule another queue than that of the claims, which it looks at by itself."""
        self._cards.queue_length = waiting

    def look_at_campaign(self) -> None:
        """Let the campaign follow its plan and its pause rule; claims make it do so, too."""
        self._cards.look()

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
            "orders_canceled": self._after_sales.canceled,
            "orders_refunded": self._after_sales.refunded,
            "units_left": sum(units for _sku, units in self._stock.items()),
            "cards_refused_paused": self._cards.paused_refusals,
            "replays": sum(door.replays for door in self._api_doors),
            "key_conflicts": sum(door.conflicts for door in self._api_doors),
            "ledger_commits": self._ledger.commits,
            "ledger_rows": self._ledger.rows_written,
            "ledger_failed_commits": self._ledger.failed_commits,
        }


def open_shop(
    ledger_path: Path | str | None,
    *,
    clock: Clock,
    catalogue: Mapping[str, Product],
    api_key: str | None = None,
    terms: CampaignTerms | None = None,
    plan: IssuingPlan | None = None,
    supply: Mapping[str, int] | None = None,
    quantity_limit: int | None = None,
    cards_expire_unix_ns: int | None = None,
    voice: CampaignVoice = "hard",
    ucp: UcpTerms | None = None,
    session_limit: int = SESSION_LIMIT,
    session_ttl_ns: int = SESSION_TTL_NS,
    ledger_window_s: float = WINDOW_S,
    ledger_max_bytes: int | None = None,
    instance: str = "",
    stations: Mapping[StationName, Turn] = MappingProxyType({}),
) -> Shop:
    """A shop with its ledger at `ledger_path`, a file or a postgresql:// URL (None: in memory), to be started.

    `instance` tells this process's ids from those of another that started in the same millisecond.

    `voice` is how a paused campaign refuses; `stations` are the turns that its writing routes wait for; `supply` the units of
    products that have an end, which a ledger that knows them overrules.
    """
    if isinstance(ledger_path, str) and is_postgres(ledger_path):
        ledger = Ledger(PostgresBooks(ledger_path), window_s=ledger_window_s)
    else:
        path = None if ledger_path is None else Path(ledger_path)
        ledger = Ledger(SqliteBooks(path, max_bytes=ledger_max_bytes), window_s=ledger_window_s)
    expires = clock.unix_ns() + CARD_VALIDITY_NS if cards_expire_unix_ns is None else cards_expire_unix_ns
    start = clock.unix_ns()
    campaign = Campaign(terms or CampaignTerms(), expires, ledger.post, plan=plan, start_unix_ns=start)
    stock, tokens = Stock(supply or {}), PaymentTokens()
    checkout = Checkout(
        catalogue=catalogue,
        campaign=campaign,
        ledger=ledger,
        clock=clock,
        session_limit=session_limit,
        session_ttl_ns=session_ttl_ns,
        instance=instance,
        stock=stock,
        tokens=tokens,
        quantity_limit=quantity_limit,
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
    return Shop(
        ledger=ledger,
        campaign=campaign,
        checkout=checkout,
        door=door,
        ucp=ucp_doors,
        clock=clock,
        voice=voice,
        stock=stock,
        tokens=tokens,
    )
