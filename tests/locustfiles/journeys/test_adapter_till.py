"""The till of a shop with an adapter: what is sent and recorded, what an adapter's mistakes come to, and that nothing escapes."""

import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from locustfiles.adapters.graphql_shop import GraphqlShop
from locustfiles.adapters.rest_shop import RestShop
from locustfiles.adapters.shop_adapter import Request, ShopAdapter, declined, refused
from locustfiles.journeys.adapter_till import MOST_TOLD, AdapterTill
from locustfiles.journeys.own_checkout import Checkout
from locustfiles.journeys.own_wish import OwnWish
from locustfiles.journeys.retry import RetryPolicy
from locustfiles.protocols.campaign import Card
from locustfiles.transport.exchange import Fault
from tests.helpers.adapter_purchase import Purchase, buy, scripted_purchase, shoppers_at
from tests.helpers.exchanges import session
from tests.helpers.little_shop import VOUCHER
from tests.helpers.rest_shop_server import LOST, RestServer
from tests.helpers.scripted_shop import ARRIVAL, KEY, PROMPT, Answer, json_answer, scripted_shop

OK = json_answer(200, {"id": "b-1"})
PAID = json_answer(200, {"id": "o-1"})
ORDER = json_answer(200, {"id": "o-1", "total": 1500})
NONE = json_answer(404, {})


class Plain(ShopAdapter):
    """A shop of one request a verb; a test replaces the verb that it is about."""

    reads = 2

    def create(self, items, buyer, key):
        """Open a basket."""
        answer = yield Request("POST", "/baskets", json={"sku": items[0].sku}, key=key)
        return self.session(answer.json()["id"], amount_minor=1500)

    def apply_card(self, session, code, key):
        """There are no vouchers."""
        return session

    def pay(self, session, key):
        """Order."""
        answer = yield Request("POST", "/orders", json={"basket": session.id}, key=key)
        return self.session(session.id, order_id=answer.json()["id"])

    def read_order(self, session, key):
        """Read by the basket."""
        answer = yield Request("GET", f"/orders?basket={session.id}")
        if answer.status == 404:
            return self.no_order(session)
        return self.session(session.id, order_id=answer.json()["id"], amount_minor=answer.json()["total"])


def test_what_is_sent(tmp_path: Path) -> None:
    """Requests carry the Host, the target's headers but for those that the adapter says itself, the base path, and the key."""

    class Spoken(Plain):
        def create(self, items, buyer, key):
            answer = yield Request("PUT", "/b?x=1", data="a=1", headers={"content-type": "text/plain", "x-env": "own"})
            return self.session(answer.json()["id"], amount_minor=1500)

    shop = scripted_shop(tmp_path, (OK, PAID, ORDER))
    till = AdapterTill(Spoken(), "shop.test:8443", {"X-Env": "staging", "Authorization": "Bearer k"}, "/api/v2")
    assert buy(shop, till, None).end == "confirmed"
    first, paying, _ = shop.wire.requests

    assert first == (
        b"PUT /api/v2/b?x=1 HTTP/1.1\r\nHost: shop.test:8443\r\nUser-Agent: springtide\r\nAccept: */*\r\n"
        b"Authorization: Bearer k\r\ncontent-type: text/plain\r\nx-env: own\r\nContent-Length: 3\r\n\r\na=1"
    )
    assert paying == (
        b"POST /api/v2/orders HTTP/1.1\r\nHost: shop.test:8443\r\nUser-Agent: springtide\r\nAccept: */*\r\n"
        b"X-Env: staging\r\nAuthorization: Bearer k\r\nContent-Type: application/json\r\nIdempotency-Key: key-1\r\n"
        b'Content-Length: 16\r\n\r\n{"basket":"b-1"}'
    )


def test_each_request_starts_where_the_one_before_ended(tmp_path: Path) -> None:
    """Within a verb and between verbs there is no gap in a wish's time."""
    bought, shop = scripted_purchase(tmp_path, Plain(), OK, PAID, ORDER)

    assert shop.wire.intended_ns == [ARRIVAL.intended_ns + step * 10_000_000 for step in range(3)]
    assert bought.row.intent_us == 30_000
    assert shop.recorder.methods == {"create": "POST", "pay": "POST", "read_session": "GET"}


def test_headers_that_cannot_be_sent() -> None:
    """A header with a line end is refused before a shopper depends on it, without its value."""
    with pytest.raises(ValueError, match="The value of the header X-Token") as caught:
        AdapterTill(Plain(), "shop.test", {"X-Token": "canary\r\nX: y"})

    assert "canary" not in str(caught.value)


def test_inflated_answers(tmp_path: Path) -> None:
    """A body that came compressed, as the target's headers ask for, is read as what it holds."""
    packed = Answer(200, gzip.compress(OK.body), {"content-encoding": "gzip"})
    bought, _ = scripted_purchase(tmp_path, Plain(), packed, PAID, ORDER)

    assert bought.end == "confirmed"


def test_a_damaged_compressed_answer(tmp_path: Path) -> None:
    """A body that ends too early to be inflated is a fault of the target's."""
    bought, _ = scripted_purchase(tmp_path, Plain(), Answer(200, b"x", {"content-encoding": "gzip"}))

    assert bought.end == "shed truncated"


def broken(tmp_path: Path, adapter: ShopAdapter, *answers: Answer) -> Purchase:
    """A purchase that must end without an exception."""
    return scripted_purchase(tmp_path, adapter, *(answers or (OK, PAID, ORDER)))[0]


@pytest.mark.parametrize(
    ("first", "what"),
    [
        pytest.param(Request("POST", "baskets"), "asked for what cannot be sent (ValueError)", id="a path without /"),
        pytest.param(Request("BREW", "/"), "asked for what cannot be sent (ValueError)", id="no method"),
        pytest.param(
            Request("POST", "/", json={"x": object()}), "asked for what cannot be sent (TypeError)", id="no JSON"
        ),
        pytest.param(Request("POST", "/", key="a\r\nb"), "asked for what cannot be sent (ValueError)", id="no key"),
        pytest.param(Request("POST", "/", headers={"a b": "c"}), "asked for what cannot be sent", id="no header"),
        pytest.param(Request(1, 2), "asked for what cannot be sent", id="numbers"),  # type: ignore[arg-type]  # an author may
        pytest.param("POST /", "gave a str and not a session or a no", id="text in the place of a request"),
    ],
)
def test_what_cannot_be_asked(tmp_path: Path, first: Any, what: str) -> None:
    """A request that cannot be sent degrades the wish before anything is sent, and its author is told."""

    class Odd(Plain):
        def create(self, items, buyer, key):
            yield first

    shop = scripted_shop(tmp_path, (OK,))
    bought = buy(shop, AdapterTill(Odd(), "shop.test"), None)

    assert (bought.end, bought.row.last_step, bought.row.requests) == ("degraded protocol_fault", "create", 0)
    assert shop.wire.requests == []
    (said,) = bought.said
    assert f"Odd, in step create, {what}" in said


def test_a_mistake_is_told_once(tmp_path: Path) -> None:
    """Every wish with an unreadable answer is degraded, and the line of the adapter is told once."""
    shop = scripted_shop(tmp_path, (json_answer(200, {}),))
    said: list[str] = []
    till = AdapterTill(Plain(), "shop.test", tell=said.append)
    for _ in range(3):
        wish = shop.store.write_ahead(PROMPT, ARRIVAL)
        assert till.open_checkout(shop.store, wish, PROMPT.items) is None
        assert wish.verdict.reason == "protocol_fault"
        assert wish.verdict.outcome == "degraded"

    (told,) = said
    line = next(n for n, text in enumerate(Path(__file__).read_text().splitlines(), 1) if "amount_minor=1500)" in text)
    assert told == (
        f"\ntest_adapter_till.py:{line}: Plain, in step create, raised KeyError. "
        "Such an answer counts as degraded (protocol_fault); this is told once.\n"
    )


def test_a_mistake_quotes_no_secret(tmp_path: Path) -> None:
    """A target that echoes a secret where the adapter takes a reason does not bring it into what is told."""

    class Echo(Plain):
        def create(self, items, buyer, key):
            answer = yield Request("POST", "/", json={})
            return declined(answer.json()["code"])

    shop, said = scripted_shop(tmp_path, (json_answer(200, {"code": "tok-canary"}),)), list[str]()
    shop.store.clean = lambda text: text.replace("tok-canary", "***")
    till = AdapterTill(Echo(), "shop.test", tell=said.append)
    till.open_checkout(shop.store, shop.store.write_ahead(PROMPT, ARRIVAL), PROMPT.items)

    assert "There is no reason '***'" in said[0]
    assert "canary" not in said[0]


def test_few_mistakes_are_told(tmp_path: Path) -> None:
    """However many different mistakes a hostile target brings about, only so many lines are written."""

    class Many(Plain):
        def create(self, items, buyer, key):
            yield Request("GET", "/")
            raise type(f"E{len(said)}{len(shop.wire.requests)}", (Exception,), {})

    shop, said = scripted_shop(tmp_path, (OK,)), list[str]()
    till = AdapterTill(Many(), "shop.test", tell=said.append)
    for _ in range(MOST_TOLD + 5):
        till.open_checkout(shop.store, shop.store.write_ahead(PROMPT, ARRIVAL), PROMPT.items)

    assert len(said) == MOST_TOLD


def test_an_adapter_that_asks_for_ever(tmp_path: Path) -> None:
    """A verb that is not content with any answer ends after the class's own number of requests."""

    class Patient(Plain):
        most_requests = 4

        def create(self, items, buyer, key):
            while True:
                yield Request("GET", "/ready")

    shop = scripted_shop(tmp_path, (OK,))
    bought = buy(shop, AdapterTill(Patient(), "shop.test"), None)

    assert (bought.end, len(shop.wire.requests)) == ("degraded protocol_fault", 4)
    assert "asked for more than 4 requests" in bought.said[0]


class Twice(Plain):
    """A shop that charges first and orders then."""

    def pay(self, session, key):
        """Charge, then order."""
        yield Request("POST", "/charges", json={}, key=key)
        answer = yield Request("POST", "/orders", json={}, key=f"{key}-order")
        return self.session(session.id, order_id=answer.json()["id"])


class Crash(Twice):
    """Crashes between charge and order."""

    def pay(self, session, key):
        """Charge, and no more."""
        yield Request("POST", "/charges", json={}, key=key)
        raise LookupError


class Early(Plain):
    """Crashes before it pays."""

    def pay(self, session, key):
        """Pay nothing."""
        raise LookupError
        yield


REFUSED = json_answer(429, {})
REFUSED_CARD = json_answer(402, {})
DEAD = Answer(0, fault=Fault.CONNECT_REFUSED, sent=False)


@pytest.mark.parametrize(
    ("adapter", "answers", "end", "reads"),
    [
        pytest.param(Twice(), (OK, REFUSED), "refused_hard rate_limited", 0, id="refused at the first request"),
        pytest.param(Twice(), (OK, OK, REFUSED, NONE), "refused_hard rate_limited", 1, id="at the second, no order"),
        pytest.param(
            Twice(), (OK, OK, REFUSED, ORDER), "confirmed", 1, id="refused at the second, and sold all the same"
        ),
        pytest.param(Twice(), (OK, OK, REFUSED, REFUSED), "unknown rate_limited", 2, id="at the second, and no books"),
        pytest.param(Twice(), (OK, OK, DEAD, ORDER), "confirmed", 1, id="no connection for the second"),
        pytest.param(Twice(), (OK, OK, REFUSED_CARD), "declined payment_declined", 0, id="declined at the second"),
        pytest.param(Crash(), (OK, OK, ORDER), "confirmed", 1, id="a crash after the charge, and sold"),
        pytest.param(Early(), (OK,), "degraded protocol_fault", 0, id="a crash before anything was paid"),
        pytest.param(Plain(), (OK, DEAD), "shed connect_failed", 0, id="no byte of the payment left"),
    ],
)
def test_payments_of_several_requests(
    tmp_path: Path, adapter: ShopAdapter, answers: tuple[Answer, ...], end: str, reads: int
) -> None:
    """Once the shop has taken one request of a payment, only a plain no or the books settle it."""
    bought, shop = scripted_purchase(tmp_path, adapter, *answers)
    asked = [request.split(b" ")[:2] for request in shop.wire.requests]

    assert (bought.end, bought.row.last_step) == (end, "pay")
    assert asked.count([b"GET", b"/orders?basket=b-1"]) == reads


class Keyless(Plain):
    """A shop that knows no idempotency."""

    def pay(self, session, key):
        """Order without a key."""
        answer = yield Request("POST", "/orders", json={"basket": session.id})
        return self.session(session.id, order_id=answer.json()["id"])


def test_a_payment_without_its_key_is_never_repeated(tmp_path: Path) -> None:
    """A payment in doubt that carries no key stays in doubt when the books hold no order."""
    bought, shop = scripted_purchase(tmp_path, Keyless(), OK, json_answer(500, {}), NONE)

    assert bought.end == "unknown server_error"
    assert sum(request.startswith(b"POST /orders") for request in shop.wire.requests) == 1


class Conflicting(Plain):
    """Takes every 409 for a sold-out product."""

    def pay(self, session, key):
        """Order."""
        answer = yield Request("POST", "/orders", json={"basket": session.id}, key=key)
        if answer.status == 409:
            raise declined("out_of_stock")
        return self.session(session.id, order_id=answer.json()["id"])


@pytest.mark.parametrize(
    ("read", "end"), [(ORDER, "confirmed"), (NONE, "declined out_of_stock")], ids=["it was sold", "it was not"]
)
def test_a_409_is_looked_up(tmp_path: Path, read: Answer, end: str) -> None:
    """After a conflict the books are read, even when the adapter takes it for a no."""
    bought, _ = scripted_purchase(tmp_path, Conflicting(), OK, json_answer(409, {}), read)

    assert bought.end == end


def test_an_amount_that_paying_changes(tmp_path: Path) -> None:
    """The order must be for the amount that was agreed before, whatever the payment's answer tells."""

    class Dear(Plain):
        def pay(self, session, key):
            answer = yield Request("POST", "/orders", json={}, key=key)
            return self.session(session.id, order_id=answer.json()["id"], amount_minor=9900)

    bought, _ = scripted_purchase(tmp_path, Dear(), OK, PAID, json_answer(200, {"id": "o-1", "total": 9900}))

    assert bought.end == "unknown wrong_answer"


def test_the_shop_says_when_to_come_back(tmp_path: Path) -> None:
    """A wait that only the adapter can read is waited."""

    class Polled(Plain):
        def create(self, items, buyer, key):
            answer = yield Request("POST", "/baskets", json={})
            if "pollAfter" in answer.json():
                return refused(retry_after_s=answer.json()["pollAfter"])
            return self.session(answer.json()["id"], amount_minor=1500)

    shop = scripted_shop(tmp_path, (json_answer(200, {"pollAfter": 4}), OK, PAID, ORDER), RetryPolicy.OBEY)
    bought = buy(shop, AdapterTill(Polled(), "shop.test"), None)

    assert bought.end == "confirmed"
    assert shop.wire.intended_ns[1] - shop.wire.intended_ns[0] == 4_010_000_000


def test_a_session_of_another_till() -> None:
    """A session that no adapter made is the journey's own mistake."""
    till = AdapterTill(Plain(), "shop.test")

    with pytest.raises(TypeError, match="not a CheckoutSession"):
        till.pay(None, None, session("open"))  # type: ignore[arg-type]  # it is refused before they are looked at


@pytest.mark.parametrize(
    ("trouble", "end"),
    [({}, "confirmed"), ({"order": [LOST], "read": [LOST] * 9}, "unknown")],
    ids=["bought", "in doubt"],
)
def test_a_journey_of_ones_own(tmp_path: Path, trouble: dict, end: str) -> None:
    """``self.checkout`` lives its steps with an adapter as with any till, and what came of paying names the wish."""
    server = RestServer(trouble=trouble)
    with shoppers_at(tmp_path, server, RestShop()) as (shop, till):
        shop.store.till = till
        own = OwnWish.begin(shop.store, PROMPT, ARRIVAL, 0)
        checkout = Checkout(lambda: own)
        session = checkout.apply_card(checkout.open(PROMPT.items), Card(VOUCHER, "issued", 2500, "cny", ""))
        checkout.pay(session)
        own.end(crashed=False)
        (row,) = shop.cut().purchases

    assert (row.outcome, row.last_step) == (end, "pay")
    assert len(server.orders) == 1


KEYS = ["id", "lines", "sku", "quantity", "subtotal", "discount", "total", "order", "state", "data", "done", "basket"]
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.sampled_from(["placed", "1.00", "milk-tea"]),
    lambda inner: (
        st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from([*KEYS, "userErrors"]), inner, max_size=6)
    ),
    max_leaves=20,
)
answers = st.builds(
    Answer,
    st.sampled_from([200, 200, 200, 201, 303, 402, 404, 409, 422, 429, 500, 503]),
    st.binary(max_size=30) | values.map(lambda value: json.dumps(value).encode()),
    st.just({"content-type": "application/json"}),
) | st.sampled_from([Answer(0, fault=Fault.RESET), DEAD, Answer(200, b"{}", fault=Fault.TRUNCATED)])


@settings(max_examples=200)
@given(adapter=st.sampled_from([RestShop(), GraphqlShop(), Plain()]), script=st.lists(answers, min_size=1, max_size=12))
def test_no_target_breaks_a_till(adapter: ShopAdapter, script: list[Answer]) -> None:
    """Whatever a target answers, a purchase has one outcome, one key for all its payments, and a confirmation only from the books."""
    with TemporaryDirectory() as folder:
        shop = scripted_shop(Path(folder), tuple(script))
        bought = buy(shop, AdapterTill(adapter, "shop.test"))

    assert bought.ends[f"order {bought.row.outcome}"] == 1
    assert (bought.row.outcome == "confirmed") == (bought.ends["read_session confirmed"] == 1)
    assert bought.row.outcome != "confirmed" or bought.row.order_id
    assert len(shop.wire.requests) == bought.row.requests <= 40
    paid = [line for request in shop.wire.requests for line in keys_of(request)]
    assert set(paid) <= {KEY, f"{KEY}-create", f"{KEY}-create-0", f"{KEY}-apply"}


def keys_of(request: bytes) -> Iterator[str]:
    """The idempotency keys of a request."""
    for line in request.partition(b"\r\n\r\n")[0].split(b"\r\n"):
        if line.startswith(b"Idempotency-Key: "):
            yield line.partition(b": ")[2].decode()
