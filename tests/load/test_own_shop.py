"""Shops with an adapter under the stock locust command: the README's own, and the GraphQL example while it turns shoppers away."""

import re
import shlex
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from reports.exit_codes import ExitCode
from reports.run_record.run_directory import Run
from tests.helpers.festival_run import Ended, festival, start_festival
from tests.helpers.graphql_shop_server import BROKEN, BUSY, LOST, SOFT_BUSY, GraphqlServer, done
from tests.helpers.little_shop import LittleShop, Trouble, on_loopback
from tests.helpers.rest_shop_server import RestServer
from tests.helpers.source_tree import ROOT

pytestmark = pytest.mark.load

README = (ROOT / "README.md").read_text(encoding="utf-8")
(SECTION,) = re.findall(r"^## Your own shop\n(.*?)^## ", README, re.MULTILINE | re.DOTALL)
SHOP, TARGET, COMMAND = (
    re.findall(rf"^```{language}\n(.*?)^```$", SECTION, re.MULTILINE | re.DOTALL)[0]
    for language in ("python", "toml", "sh")
)
URL = "http://127.0.0.1:8080"
GRAPHQL = f"""
name = "graphql shop"
journey = "checkout-only"
[checkout]
protocol = "adapter"
adapter = "locustfiles.adapters.graphql_shop:GraphqlShop"
url = "{URL}"
[cards]
source = "codes"
codes = ["SPRING25"]
"""
TROUBLE = {
    "open": [BUSY] * 4 + [SOFT_BUSY] * 3 + [Trouble(done("STOCK", basket=None))] * 2,
    "voucher": [Trouble(done("VOUCHER_RULE", basket=None))],
    "order": [BROKEN, LOST, BROKEN, LOST, Trouble(done("CARD", order=None))],
}
"""What goes wrong during the run: four throttles, three busy answers, four business noes; two lost and two broken payments, which
are found or made all the same. No two broken answers come in a row: whoever repeats a payment must not meet the second."""
QUICKLY = ("--rate", "20", "--duration", "3s", "--retry", "leave")


def counted(run: Run) -> Counter[str]:
    """Requests and wishes by step, outcome and reason."""
    ends = Counter[str]()
    for row in run.table("outcomes").to_pylist():
        ends[f"{row['step']} {row['outcome']} {row['reason']}".strip()] += row["n"]
    return ends


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, tuple[Ended, Run, LittleShop]]]:
    """The README's shop and the GraphQL example, loaded at the same time."""
    program, of_file, path, *words = shlex.split(COMMAND)
    assert (program, of_file, path) == (".venv/bin/locust", "-f", "locustfiles/steady.py")
    own = tmp_path_factory.mktemp("own")
    (own / "my_shop.py").write_text(SHOP)
    words[words.index("target.toml")] = str(own / "target.toml")
    graphql = tmp_path_factory.mktemp("graphql")
    rest_shop, graphql_shop = RestServer(stock=10_000, names="b{}"), GraphqlServer(stock=10_000, trouble=dict(TROUBLE))
    with on_loopback(rest_shop) as one, on_loopback(graphql_shop) as other:
        (own / "target.toml").write_text(TARGET.replace(URL, one.url))
        (graphql / "target.toml").write_text(GRAPHQL.replace(URL, other.url))
        flags = ("--target", str(graphql / "target.toml"), *QUICKLY)
        with (
            start_festival(own, *words, *QUICKLY, scenario="steady") as first,
            start_festival(graphql, *flags, scenario="steady") as second,
        ):
            ended = first.ended(), second.ended()
            yield {"own": (ended[0], first.run(), rest_shop), "graphql": (ended[1], second.run(), graphql_shop)}


def test_the_readmes_shop(ran: dict[str, tuple[Ended, Run, LittleShop]]) -> None:
    """The README's adapter sells through the README's command, and every confirmed wish is an order in the shop's books."""
    ended, run, shop = ran["own"]
    finished, ends = run.finished, counted(run)
    assert finished is not None, ended.output

    assert ended.exit_code in {ExitCode.PASS, ExitCode.INCONCLUSIVE}, ended.output
    assert finished.released == finished.scheduled == sum(finished.outcomes.values())
    steps = {"create done", "apply_card done", "pay done", "read_session confirmed", "order confirmed"}
    assert set(ends) == steps
    assert ends["order confirmed"] == ends["read_session confirmed"] == len(shop.orders) > 20
    assert all(order.basket.discount for order in shop.orders)
    bought = [asked for asked in shop.asked if asked.method == "POST"]
    assert {asked.headers["X-Env"] for asked in bought} == {"staging"}
    assert {asked.body["card"] for asked in bought if asked.path == ("orders",)} == {"test-card"}


def test_a_shop_that_says_no_in_every_way(ran: dict[str, tuple[Ended, Run, LittleShop]]) -> None:
    """Throttled, refused softly, declined and in doubt, each is on record as what it was, and no order is lost or doubled."""
    ended, run, shop = ran["graphql"]
    ends = counted(run)
    rows = run.table("purchases").to_pylist()

    assert ended.exit_code in {ExitCode.PASS, ExitCode.INCONCLUSIVE, ExitCode.SLO_FAILED}, ended.output
    assert {name: n for name, n in ends.items() if name.startswith("order ") and "confirmed" not in name} == {
        "order refused_hard rate_limited": 4,
        "order refused_soft busy_canned": 3,
        "order declined out_of_stock": 2,
        "order declined bad_coupon": 1,
        "order declined payment_declined": 1,
    }
    assert (ends["pay unknown connection_lost"], ends["pay unknown protocol_fault"]) == (2, 2)
    assert ends["read_session done no_progress"] >= 2
    confirmed = {row["order_id"] for row in rows if row["outcome"] == "confirmed"}
    assert confirmed == {order.name for order in shop.orders}
    assert len(shop.orders) == len({order.key for order in shop.orders}) > 20


def test_an_adapter_that_cannot_be_had(tmp_path: Path) -> None:
    """A mistake in the adapter is told in one sentence before anything is sent, with exit code 2."""
    (tmp_path / "my_shop.py").write_text(SHOP.replace("def read_order", "def read_the_order"))
    (tmp_path / "target.toml").write_text(TARGET)
    ended, _ = festival(tmp_path, "--target", str(tmp_path / "target.toml"), *QUICKLY, scenario="steady")

    assert ended.exit_code == ExitCode.USAGE
    assert "MyShop lacks read_order; an adapter has all of create, apply_card, pay and read_order." in ended.words
    assert "Traceback" not in ended.output
