"""A purchase at a shop with an adapter, over real sockets or a scripted network; nobody waits."""

import contextlib
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from locustfiles.adapters.shop_adapter import ShopAdapter
from locustfiles.journeys.adapter_till import AdapterTill
from locustfiles.journeys.retry import RetryPolicy
from reports.run_record.schema import PurchaseRow
from tests.helpers.little_shop import VOUCHER, LittleShop, on_loopback
from tests.helpers.scripted_shop import ARRIVAL, PROMPT, Answer, ScriptedShop, scripted_shop
from tests.helpers.transport import pool_to


@dataclass
class Purchase:
    """How a purchase ended: its row, its requests by step and outcome, what was said on standard error, the pauses."""

    row: PurchaseRow
    ends: Counter[str]
    said: list[str]
    pauses: list[float]

    @property
    def end(self) -> str:
        """The wish's outcome with its reason."""
        return f"{self.row.outcome} {self.row.reason}".strip()


def buy(shop: ScriptedShop, till: AdapterTill, code: str | None = VOUCHER) -> Purchase:
    """Open a basket, hand a voucher in, pay."""
    said: list[str] = []
    till.tell = said.append
    store = shop.store
    store.till = till
    wish = store.write_ahead(PROMPT, ARRIVAL)
    wish.card_code = code or ""
    session = till.open_checkout(store, wish, PROMPT.items)
    if session is not None:
        session = till.apply_card(store, wish, session, code)
    if session is not None:
        till.pay(store, wish, session)
    store.end(wish)
    batch = shop.cut()
    (row,) = batch.purchases
    ends = Counter[str]()
    for one in batch.outcomes:
        ends[f"{one.step} {one.outcome}"] += one.n
    return Purchase(row, ends, said, shop.pauses)


@contextlib.contextmanager
def shoppers_at(
    folder: Path, shop: LittleShop, adapter: ShopAdapter, retry: RetryPolicy = RetryPolicy.LEAVE, **headers: str
) -> Iterator[tuple[ScriptedShop, AdapterTill]]:
    """A storefront whose wire is the real transport to the shop's server."""
    with on_loopback(shop) as server, pool_to(server.url) as pool:
        front = scripted_shop(folder, (), retry)
        front.store.wire = pool
        front.store.started_ns = time.monotonic_ns() - ARRIVAL.intended_ns
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        yield front, AdapterTill(adapter, pool.origin.host_header, headers=named)


def bought_at(
    folder: Path,
    shop: LittleShop,
    adapter: ShopAdapter,
    retry: RetryPolicy = RetryPolicy.LEAVE,
    code: str | None = VOUCHER,
) -> Purchase:
    """One purchase over real sockets."""
    with shoppers_at(folder, shop, adapter, retry) as (front, till):
        return buy(front, till, code)


def scripted_purchase(folder: Path, adapter: ShopAdapter, *answers: Answer) -> tuple[Purchase, ScriptedShop]:
    """One purchase at a network that gives these answers."""
    front = scripted_shop(folder, answers)
    return buy(front, AdapterTill(adapter, "shop.test"), None), front
