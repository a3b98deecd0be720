"""What a UCP request means for its session: lines, destinations, the chosen option, and what is said about the rest."""

from typing import Any

import msgspec
import pytest
from msgspec import UNSET

from target_stub.checkout import Change, Option
from target_stub.ucp_contents import Echo, Reading, line_id, read, shown
from target_stub.ucp_dialect import UcpVersion
from target_stub.ucp_requests import CREATE, UPDATE, Address, Buyer, Credential, Display, Instrument

APRIL = UcpVersion.APRIL
HOME = Address(id="home", street_address="1 Lake Rd")
LINES = (
    b'"line_items":[{"id":"a","item":{"id":"lemon-tea"},"quantity":2},{"id":"b","item":{"id":"eggs-30"},"quantity":1}]'
)


def updated(members: bytes, before: Echo | None = None, rule: Any = "replace") -> Reading:
    """What an update of 2026-04-08 with two lines and these members means."""
    return read(UPDATE[APRIL].decode(b"{" + LINES + members + b"}"), before or Echo(), rule)


def method(members: bytes) -> bytes:
    """The one method of a delivery."""
    return b',"fulfillment":{"methods":[{"line_item_ids":[],' + members + b"}]}"


def test_a_quantity_is_a_repetition() -> None:
    """The session table takes an item that is wanted twice as two."""
    assert updated(b"").change.skus == ("lemon-tea", "lemon-tea", "eggs-30")


def test_a_line_is_named_after_its_product() -> None:
    """A basket has one line a product, so the name lasts through every update."""
    assert line_id("lemon-tea") == "li_lemon-tea"


def test_an_instrument_is_shown_without_what_pays() -> None:
    """Credential and billing address are left out."""
    card = Instrument("pi_1", "stub_card", "card", True, Display("visa", "4242"), Credential("token", "t"), HOME)
    assert msgspec.json.encode(shown(card)) == (
        b'{"id":"pi_1","handler_id":"stub_card","type":"card","selected":true,'
        b'"display":{"brand":"visa","last_digits":"4242"}}'
    )


def test_replace_takes_away_what_is_left_out_and_merge_leaves_it() -> None:
    """The echo and the change of an update with lines alone."""
    before = Echo(Buyer(email="a@shop.test"), (HOME,), "home", (Instrument("pi_1", "stub_card", "card"),))
    replaced, merged = updated(b"", before), updated(b"", before, "merge")
    assert replaced.change == Change(merged.change.skus, has_address=False, options=(), codes=())
    assert replaced.echo == Echo(instruments=before.instruments)
    assert merged.change == Change(merged.change.skus)
    assert merged.echo == before


DESTINATIONS: list[tuple[str, bytes, str | None, list[str]]] = [
    ("an only address is chosen without being named", b'"destinations":[{"postal_code":"1"}]', "d_1", []),
    ("an address keeps the client's name", b'"destinations":[{"id":"work"}]', "work", []),
    ("of several, none is chosen by itself", b'"destinations":[{},{}]', None, []),
    ("of several, the named one is chosen", b'"destinations":[{},{"id":"x"}],"selected_destination_id":"x"', "x", []),
    ("an earlier address may be named alone", b'"selected_destination_id":"home"', "home", []),
    ("an unknown name is said", b'"selected_destination_id":"moon"', None, ["$.fulfillment.methods[0].selected_destination_id"]),
    ("no address at all", b'"destinations":[]', None, []),
]  # fmt: skip


@pytest.mark.parametrize(
    ("members", "chosen", "said"), [row[1:] for row in DESTINATIONS], ids=[r[0] for r in DESTINATIONS]
)
def test_where_to_deliver(members: bytes, chosen: str | None, said: list[str]) -> None:
    """The chosen destination, and whether the session has an address."""
    reading = updated(method(members), Echo(destinations=(HOME,), destination_id="home"))
    assert (reading.echo.destination_id, reading.change.has_address) == (chosen, chosen is not None)
    assert [notice.param for notice in reading.notices] == said


TO_HOME = b'"destinations":[{"id":"home"}],'
GROUP = b'"groups":[{"id":"g_1","selected_option_id":"std"}]'
BOTH = ("eggs-30", "lemon-tea")
CHOICES: list[tuple[str, bytes, tuple[str, tuple[str, ...]] | None, list[str]]] = [
    ("the group's option covers all lines", method(TO_HOME + GROUP), ("std", BOTH), []),
    ("another option is passed on for the rules to judge", method(TO_HOME + GROUP.replace(b"std", b"drone")), ("drone", BOTH), []),
    ("no option", method(TO_HOME + b'"groups":[{"id":"g_1"}]'), None, []),
    ("no destination, no group, so no option", method(GROUP), None, []),
    ("a group that the shop has not made", method(TO_HOME + GROUP.replace(b"g_1", b"g_9")), None, ["$.fulfillment.methods[0].groups[0].id"]),
    ("lines by the request's own ids", method(TO_HOME + GROUP).replace(b"[]", b'["a","b"]'), ("std", BOTH), []),
    ("lines by the shop's ids", method(TO_HOME + GROUP).replace(b"[]", b'["li_lemon-tea","li_eggs-30"]'), ("std", BOTH), []),
    ("some of the lines", method(TO_HOME + GROUP).replace(b"[]", b'["a"]'), ("std", ("lemon-tea",)), []),
    ("pickup", method(TO_HOME + b'"type":"pickup",' + GROUP), None, ["$.fulfillment.methods[0].type"]),
    ("two methods", b',"fulfillment":{"methods":[{"line_item_ids":[]},{"line_item_ids":[]}]}', None, ["$.fulfillment.methods[1]"]),
    ("no method", b',"fulfillment":{"methods":[]}', None, []),
    ("a delivery without methods", b',"fulfillment":{}', None, []),
]  # fmt: skip


@pytest.mark.parametrize(("rule", "chosen"), [("replace", None), ("merge", "home")])
def test_a_method_that_names_no_address_keeps_the_earlier_one_under_merge(rule: str, chosen: str | None) -> None:
    """Under `replace` a client sends everything, always."""
    before = Echo(destinations=(HOME, Address(id="work")), destination_id="home")
    assert updated(method(GROUP), before, rule).echo.destination_id == chosen


@pytest.mark.parametrize(("members", "option", "said"), [row[1:] for row in CHOICES], ids=[row[0] for row in CHOICES])
def test_how_to_deliver(members: bytes, option: tuple[str, tuple[str, ...]] | None, said: list[str]) -> None:
    """The option that reaches the rules, and what is said about a request that the shop cannot follow."""
    reading = updated(members)
    options = reading.change.options
    assert options is not None
    assert [(one.option_id, tuple(sorted(one.skus))) for one in options] == ([option] if option else [])
    assert [notice.param for notice in reading.notices] == said


def test_a_create_may_choose_delivery_at_once() -> None:
    """An option wished for with the address is chosen, whatever ids the client gave the lines."""
    body = (
        b'{"line_items":[{"item":{"id":"lemon-tea"},"quantity":1}],"fulfillment":{"methods":[{"type":"shipping",'
        b'"line_item_ids":["?"],"destinations":[{}],"groups":[{"selected_option_id":"std"}]}]}}'
    )
    reading = read(CREATE[APRIL].decode(body), Echo(), "replace")
    assert reading.change.options == (Option("shipping", "std", ("lemon-tea",)),)
    assert reading.echo.buyer is None
    assert reading.echo.destinations[0].street_address is UNSET
