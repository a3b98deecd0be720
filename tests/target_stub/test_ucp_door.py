"""UCP's own rules for keys and callers."""

import pytest

from target_stub.api_key import KeyCheck
from target_stub.idempotency import IdempotencyStore, Standing
from target_stub.protocol_error import NotNow
from target_stub.ucp_dialect import Dialect, UcpVersion
from target_stub.ucp_door import UcpApiDoor
from target_stub.ucp_errors import UcpError
from target_stub.web import Reply, Request
from tests.helpers.clocks import VirtualClock

DOOR = UcpApiDoor(Dialect(UcpVersion.APRIL), api_key=None, store=IdempotencyStore(), clock=VirtualClock())
PATH = "/ucp/2026-04-08/checkout-sessions"


def request(method: str = "POST", path: str = PATH, body: bytes = b"{}", **headers: str) -> Request:
    """A request with headers; `_` stands for `-`."""
    return Request(method, path, {}, {name.replace("_", "-"): value for name, value in headers.items()}, body)


def test_a_key_may_be_left_out_but_not_be_empty() -> None:
    """No header, no key; an empty or endless one is refused with its length."""
    assert DOOR.key_of(request()) is None
    assert DOOR.key_of(request(idempotency_key="k" * 255)) == "k" * 255
    for wrong in ("", "k" * 256):
        with pytest.raises(UcpError, match=f"1 to 255 characters, not {len(wrong)}$"):
            DOOR.key_of(request(idempotency_key=wrong))


def test_keys_share_one_name_space_over_all_paths() -> None:
    """One key on two paths, methods or bodies is one scope with two operations; equal JSON is one operation."""
    scope, operation = DOOR.remembered_as(request(body=b'{"a":1}'), "k")
    for other in (
        request(path=PATH + "/x", body=b'{"a":1}'),
        request("PUT", body=b'{"a":1}'),
        request(body=b'{"a":2}'),
    ):
        assert DOOR.remembered_as(other, "k")[0] == scope
        assert DOOR.remembered_as(other, "k")[1] != operation
    assert DOOR.remembered_as(request(body=b'{ "a": 1.0 }'), "k") == (scope, operation)


def test_platforms_do_not_share_keys() -> None:
    """Another bearer token or X-API-Key is another scope."""
    scopes = {
        DOOR.remembered_as(one, "k")[0]
        for one in (request(), request(authorization="Bearer a"), request(x_api_key="a"), request(x_api_key="b"))
    }
    assert len(scopes) == 4


def test_what_was_refused_is_not_remembered() -> None:
    """200 and 201 are kept, every 4xx and 5xx leaves its key free."""
    assert [DOOR.is_kept(Reply(status, [])) for status in (200, 201, 400, 402, 409, 503)] == [True] * 2 + [False] * 4


def test_a_reply_carries_the_requests_id_and_no_mark() -> None:
    """Neither the key nor a sign of the replay comes back."""
    asked = request(request_id="r1", idempotency_key="k")
    assert DOOR.marks(asked, "k", replayed=True) == [("request-id", "r1")]


def test_the_shops_key_comes_in_either_header() -> None:
    """A bearer token or X-API-Key opens the door; neither does not."""
    check = KeyCheck("right")
    assert DOOR.accepts(request(authorization="Bearer right"), check)
    assert DOOR.accepts(request(x_api_key="right"), check)
    assert not DOOR.accepts(request(x_api_key="wrong"), check)
    assert not DOOR.accepts(request(), check)


def test_refusals_say_whether_to_come_back() -> None:
    """A key whose first request runs, and books that cannot be written, are for later; a conflict is for good."""
    running, conflict = (DOOR.key_refusal(standing).reply() for standing in (Standing.RUNNING, Standing.CONFLICT))
    assert (running.status, isinstance(running, NotNow)) == (409, True)
    assert (conflict.status, isinstance(conflict, NotNow)) == (409, False)
    assert DOOR.unavailable("the disk is full").reply().status == 503
    assert DOOR.unauthorized().reply().headers[1] == ("www-authenticate", 'Bearer realm="ucp"')
