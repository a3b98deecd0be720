"""The client of a journey of one's own: what it sends, what it gives back, what it leaves on record."""

import gzip
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from locustfiles.journeys.client import MOST_STEPS, OTHER, Client
from locustfiles.journeys.own_wish import OwnWish
from locustfiles.journeys.response import Response
from locustfiles.protocols.request_heads import BODY_LIMIT, RequestHeads
from locustfiles.transport.exchange import Fault
from reports.run_record.outcome import Outcome
from tests.helpers.scripted_shop import ARRIVAL, PROMPT, SILENCE, Answer, ScriptedShop, json_answer, scripted_shop


def client_of(shop: ScriptedShop) -> Client:
    """A client within the wish of the helper's arrival."""
    own = OwnWish.begin(shop.store, PROMPT, ARRIVAL, 0)
    return Client(lambda: own, RequestHeads("shop.test", {}))


@pytest.mark.parametrize(
    ("send", "line", "body"),
    [
        (lambda client: client.get("/a"), b"GET /a HTTP/1.1", b""),
        (lambda client: client.head("/a"), b"HEAD /a HTTP/1.1", b""),
        (lambda client: client.delete("/a/7"), b"DELETE /a/7 HTTP/1.1", b""),
        (lambda client: client.post("/a", json={"n": 1}), b"POST /a HTTP/1.1", b'{"n":1}'),
        (lambda client: client.put("/a", data="茶"), b"PUT /a HTTP/1.1", "茶".encode()),
        (lambda client: client.patch("/a", data=b"\x00"), b"PATCH /a HTTP/1.1", b"\x00"),
    ],
)
def test_every_method(tmp_path: Path, send: Callable[[Client], Response], line: bytes, body: bytes) -> None:
    """Each method sends its line and its body."""
    shop = scripted_shop(tmp_path, (json_answer(200, {}),))

    assert send(client_of(shop)).ok
    (request,) = shop.wire.requests
    assert request.startswith(line + b"\r\n")
    assert request.partition(b"\r\n\r\n")[2] == body


def test_the_name_of_a_step(tmp_path: Path) -> None:
    """A request is called as it says, or by its path; the method of each name goes to Locust's table."""
    shop = scripted_shop(tmp_path, (json_answer(200, {}),))
    client = client_of(shop)
    client.get("/orders/17?a=b")
    client.delete("/orders/17", name="cancel")
    client.get("/last")
    batch = shop.cut()

    assert [one.step for one in batch.outcomes] == ["/orders/{id}", "cancel"]  # the third can still be judged
    assert batch.methods == {"/orders/{id}": "GET", "cancel": "DELETE", "/last": "GET"}


def test_names_without_end_are_one_name(tmp_path: Path) -> None:
    """A journey that names every request differently cannot fill the memory."""
    shop = scripted_shop(tmp_path, (json_answer(200, {}),))
    client = client_of(shop)

    steps = [client.get("/", name=f"basket {number}").step for number in range(MOST_STEPS + 5)]
    assert steps[MOST_STEPS:] == [OTHER] * 5


def test_a_name_that_is_taken(tmp_path: Path) -> None:
    """No request is called as a whole wish is."""
    client = client_of(scripted_shop(tmp_path, (json_answer(200, {}),)))

    with pytest.raises(ValueError, match="cannot be named 'order'"):
        client.get("/", name="order")


def test_silence_is_a_value(tmp_path: Path) -> None:
    """A target that never answers raises nothing."""
    here = client_of(scripted_shop(tmp_path, (SILENCE,))).get("/")

    assert (here.ok, here.status, here.fault, here.outcome) == (False, 0, Fault.FIRST_BYTE_TIMEOUT, Outcome.SHED)


GZIP = {"content-encoding": "gzip"}


@pytest.mark.parametrize(
    ("asks", "body", "seen"),
    [
        pytest.param(True, gzip.compress(b"tea"), (b"tea", None), id="asked for"),
        pytest.param(False, gzip.compress(b"tea"), (gzip.compress(b"tea"), None), id="not asked for"),
        pytest.param(True, gzip.compress(bytes(BODY_LIMIT + 1)), (b"", Fault.BODY_TOO_LARGE), id="a bomb"),
        pytest.param(True, b"tea", (b"", Fault.MALFORMED_ANSWER), id="a lie"),
    ],
)
def test_gzip_only_when_asked(tmp_path: Path, asks: bool, body: bytes, seen: Any) -> None:
    """A body is inflated within a bound when the journey asked for gzip, and is left alone else."""
    client = client_of(scripted_shop(tmp_path, (Answer(200, body, GZIP),)))
    here = client.get("/", headers={"Accept-Encoding": "gzip"} if asks else None)

    assert (here.content, here.fault) == seen
    assert here.ok is (here.fault is None)
