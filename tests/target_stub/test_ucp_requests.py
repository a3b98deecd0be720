"""Which request bodies are read, by version; the contract tests hold them against the official models."""

from typing import Any

import msgspec
import pytest

from target_stub.ucp_dialect import UcpVersion
from target_stub.ucp_requests import CANCEL, COMPLETE, CREATE, UPDATE

JANUARY, APRIL = UcpVersion.JANUARY, UcpVersion.APRIL
LINE = b'{"item":{"id":"tea"},"quantity":1}'
CARD = b'{"id":"pi_1","handler_id":"h","type":"card"'
ROWS: list[tuple[str, msgspec.json.Decoder[Any], bytes, str | None]] = [
    ("lines alone open a checkout", CREATE[APRIL], b'{"line_items":[%b]}' % LINE, None),
    ("an item may bring title and price along", CREATE[JANUARY],
     b'{"line_items":[{"id":"li_1","item":{"id":"tea","title":"Tea","price":1},"quantity":2}]}', None),
    ("context is open", CREATE[JANUARY], b'{"line_items":[],"context":{"x":[1]}}', None),
    ("signals come with 2026-04-08", CREATE[JANUARY], b'{"line_items":[],"signals":{}}', "unknown field `signals`"),
    ("a signal has a reversed domain name", CREATE[APRIL], b'{"line_items":[],"signals":{"ip":1}}', "matching regex"),
    ("a known signal is text", COMPLETE[APRIL], b'{"payment":{},"signals":{"dev.ucp.buyer_ip":1}}', "Expected `str`"),
    ("another signal may be anything", COMPLETE[APRIL], b'{"payment":{},"signals":{"test.shop.score":1}}', None),
    ("a line without quantity", CREATE[APRIL], b'{"line_items":[{"item":{"id":"tea"}}]}', "missing required field `quantity`"),
    ("more than a lorry", CREATE[APRIL], b'{"line_items":[{"item":{"id":"tea"},"quantity":101}]}', "<= 100"),
    ("a line of an update of 2026-01-23 has an id", UPDATE[JANUARY], b'{"id":"c","line_items":[%b]}' % LINE,
     "missing required field `id` - at `$.line_items[0]`"),
    ("one of 2026-04-08 need not", UPDATE[APRIL], b'{"line_items":[%b]}' % LINE, None),
    ("a new method has a type", CREATE[APRIL], b'{"line_items":[],"fulfillment":{"methods":[{}]}}', "missing required field `type`"),
    ("a group of an update may repeat what the shop said", UPDATE[APRIL],
     b'{"line_items":[],"fulfillment":{"methods":[{"line_item_ids":[],"groups":[{"id":"g_1","line_item_ids":[],"options":[{}]}]}]}}', None),
    ("a handler may add members to its instrument", COMPLETE[APRIL], b'{"payment":{"instruments":[%b,"tip":1}]}}' % CARD, None),
    ("the complete of 2026-01-11", COMPLETE[JANUARY], b'{"payment_data":%b},"risk_signals":{}}' % CARD, "unknown field `payment_data`"),
    ("a cancel is empty", CANCEL, b"{}", None),
    ("a cancel has no reason", CANCEL, b'{"reason":"late"}', "unknown field `reason`"),
]  # fmt: skip


@pytest.mark.parametrize(("decoder", "body", "fault"), [row[1:] for row in ROWS], ids=[row[0] for row in ROWS])
def test_which_bodies_are_read(decoder: msgspec.json.Decoder[Any], body: bytes, fault: str | None) -> None:
    """A body is read, or refused for one reason."""
    found = None
    try:
        decoder.decode(body)
    except msgspec.ValidationError as error:
        found = str(error)
    assert (found or "").find(fault or "") >= 0
    assert (found is None) is (fault is None)
