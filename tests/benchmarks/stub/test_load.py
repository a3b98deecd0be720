"""What the connections of the load do, without a socket."""

from benchmarks.stub.load import CHECKOUT, Load, options


def answer(body: bytes) -> bytes:
    """A whole answer."""
    return b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n%b" % (len(body), body)


def test_a_purchase_is_three_requests_of_one_shopper_with_a_card() -> None:
    """Claim; then create, apply and complete with the ids that were told; the order is kept as acknowledged."""
    load = Load(1, first_user=7)
    claims = load.claims()
    assert b'"user_id":"u0000007"' in next(claims)
    assert next_or_none(claims, answer(b'{"card":{"code":"F1"}}')) is None

    purchase = load.purchases()
    assert next(purchase).startswith(b"POST /checkout_sessions HTTP/1.1")
    applied = purchase.send(answer(b'{"id":"cs_9"}'))
    assert applied.startswith(b"POST /checkout_sessions/cs_9 HTTP/1.1")
    assert b'"codes":["F1"]' in applied
    assert purchase.send(answer(b"{}")).startswith(b"POST /checkout_sessions/cs_9/complete ")
    assert next_or_none(purchase, answer(b'{"id":"cs_9","order":{"id":"ord_9"}}')) is None
    assert (load.created, load.completed, load.acknowledged) == (1, 1, {"u0000007": "ord_9"})


def next_or_none(story: object, data: bytes) -> bytes | None:
    """The request after an answer, None when the story has ended."""
    try:
        return story.send(data)  # type: ignore[attr-defined,no-any-return]  # a story is a generator
    except StopIteration:
        return None


def test_a_stream_with_another_number_of_writes_is_wrong() -> None:
    """It is counted, and the next one is asked for until the load ends."""
    load = Load()
    streams = load.streams()
    next(streams)
    assert streams.send(answer(b"")).startswith(b"POST /v1/chat/completions")
    load.goes_on = False
    assert next_or_none(streams, answer(b"")) is None
    assert load.counts()["wrong_streams"] == 2


def test_the_first_failure_is_kept() -> None:
    """Later ones are counted."""
    load = Load()
    load.failed(b"one")
    load.failed(b"two")
    assert (load.counts()["failures"], load.counts()["first_failure"]) == (2, "one")
    assert options().parse_args([CHECKOUT, "--port", "1"]).connections == 256
