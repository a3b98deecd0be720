"""A real UCP shop from its package: a scaled festival with discounts, audited from the shop's own books.

``make flower-shop`` is the same at more length, with a verdict on its objectives.
"""

import shutil
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from msgspec import structs

from benchmarks.flower_shop.run import Bought, festival
from benchmarks.flower_shop.shop import flower_shop
from locustfiles.journeys.dialect_till import DialectTill
from locustfiles.journeys.wish import Wish
from locustfiles.protocols.checkout import BasketItem, CheckoutSession
from locustfiles.protocols.ucp import UcpDialect
from locustfiles.protocols.ucp_discovery import UcpVersion
from reports.ledger_audit import audit
from reports.run_record.outcome import Outcome, Reason
from reports.run_record.run_directory import open_run
from tests.helpers.flower_shop import need_flower_shop
from tests.helpers.scripted_shop import ARRIVAL, PROMPT, ScriptedShop, scripted_shop
from tests.helpers.transport import ask, pool_to

pytestmark = pytest.mark.load

CHECKED = {"lost", "doubled", "replay", "false_failure", "mismatch", "between", "stock"}
"""What the shop's own books allow to be checked: they hold no payments, and the codes are no cards."""
TULIPS = (BasketItem("bouquet_tulips", 1),)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where shop, run and ledger are."""
    return tmp_path_factory.mktemp("flower")


@pytest.fixture(scope="module")
def shop_url(folder: Path) -> Iterator[str]:
    """A new shop."""
    need_flower_shop()
    with flower_shop(folder / "shop") as url:
        yield url


@pytest.fixture(scope="module")
def bought(folder: Path, shop_url: str) -> Bought:
    """A festival of a few seconds at the new shop."""
    return festival(folder, shop_url, "--duration", "6s", "--scale", "0.004")


def test_the_orders_of_a_festival_are_in_the_shops_own_books(bought: Bought) -> None:
    """Shoppers were told of orders with discounts, and the shop has those, no more and no less, as they were told."""
    told = bought.audit()
    assert told["confirmed"] > 0
    assert bought.orders == told["confirmed"] + told["recovered"]
    states = {check["id"]: check["state"] for check in told["checks"] if check["state"] != "not_run"}
    assert states == dict.fromkeys(CHECKED, "clean")
    with closing(sqlite3.connect(bought.ledger)) as books:
        discounts = books.execute("SELECT card_code, min(discount_minor) FROM orders GROUP BY card_code").fetchall()
    assert {code for code, _ in discounts} <= {"10OFF", "WELCOME20", "FIXED500"}
    assert all(discount_minor > 0 for _, discount_minor in discounts)


@pytest.mark.parametrize(
    ("falsified", "check"),
    [
        ("DELETE FROM orders WHERE seq = 1", "lost"),
        ("UPDATE orders SET discount_minor = discount_minor + 1 WHERE seq = 1", "mismatch"),
        ("INSERT INTO stock_events VALUES (0, 'gardenias', 'sold', 1, 'x', 0)", "stock"),
    ],
)
def test_the_audit_would_notice(bought: Bought, tmp_path: Path, falsified: str, check: str) -> None:
    """The same audit of books that were changed by one row finds that row."""
    ledger = Path(shutil.copy(bought.ledger, tmp_path))
    with closing(sqlite3.connect(ledger)) as books:
        books.execute(falsified)
        books.commit()
    report = audit(open_run(bought.run), ledger)
    assert check in {one.id for one in report.checks if one.state == "violated"}


def dialect(shop_url: str, credential: str) -> UcpDialect:
    """2026-01-11 as this shop wants it."""
    return UcpDialect(
        shop_url.removeprefix("http://"),
        version=UcpVersion.JANUARY_11,
        headers={},
        currency="USD",
        country="US",
        payment_handler="mock_payment_handler",
        credential=credential,
        quirks={"agent": "name"},
    )


def ready(shop: ScriptedShop, user_id: str) -> tuple[Wish, CheckoutSession]:
    """A wish whose checkout at the real shop can be paid, with its code applied."""
    buyer = structs.replace(PROMPT.buyer, user_id=user_id, email=f"{user_id}@shop.test")
    key = f"0d0c7a3e-4c55-4a1b-a5d4-{user_id:0>12}"
    prompt = structs.replace(PROMPT, items=TULIPS, buyer=buyer, idempotency_key=key)
    shop.store.started_ns = time.monotonic_ns() - ARRIVAL.intended_ns
    wish = shop.store.write_ahead(prompt, ARRIVAL)
    opened = shop.store.open_checkout(wish, TULIPS)
    assert opened is not None
    till = shop.store.till
    assert till is not None
    applied = till.apply_card(shop.store, wish, opened, "10OFF")
    assert applied is not None
    assert (applied.price_minor, applied.fulfillment_minor, applied.discount_minor) == (3000, 500, 350)
    return wish, applied


@pytest.mark.parametrize(
    ("credential", "reason"),
    [
        pytest.param("fail_token", Reason.PAYMENT_DECLINED, id="402"),
        pytest.param("fraud_token", Reason.PAYMENT_DECLINED, id="403"),
    ],
)
def test_a_refused_payment_is_declined(shop_url: str, tmp_path: Path, credential: str, reason: Reason) -> None:
    """The shop's own refusals, by status, are a business no."""
    shop = scripted_shop(tmp_path, ())
    with pool_to(shop_url) as pool:
        shop.store.wire, shop.store.till = pool, DialectTill(dialect(shop_url, credential))
        wish, session = ready(shop, f"a{len(credential)}")
        assert shop.store.pay(wish, session) is None
    assert wish.verdict[:2] == (Outcome.DECLINED, reason)


def test_a_checkout_that_was_paid_under_another_key_is_read_and_confirmed(shop_url: str, tmp_path: Path) -> None:
    """The shop's 409 on complete leads to reading the checkout, whose order is ours; nothing is paid twice."""
    shop = scripted_shop(tmp_path, ())
    spoken = dialect(shop_url, "success_token")
    with pool_to(shop_url) as pool:
        shop.store.wire, shop.store.till = pool, DialectTill(spoken)
        wish, session = ready(shop, "b1")
        assert ask(pool, spoken.pay(session, idempotency_key="another key")).status == 200
        paid = shop.store.pay(wish, session)
    assert paid is not None
    assert wish.verdict.outcome is Outcome.CONFIRMED
    assert [(row.step, row.outcome) for row in shop.cut().outcomes[-2:]] == [
        ("pay", "unknown"),
        ("read_session", "done"),
    ]
