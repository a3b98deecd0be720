"""One verb under way: what follows from each answer, what its mistakes come to, and how it is played again."""

from collections.abc import Callable, Generator, Iterator
from typing import Any

import pytest

from locustfiles.adapters.course import Broken, Course
from locustfiles.adapters.rest_shop import RestShop
from locustfiles.adapters.shop_adapter import Answer, No, Request, ShopSession, declined

SHOP = RestShop()
FIRST, SECOND = Request("GET", "/1"), Request("GET", "/2")


def answer(text: str = "{}") -> Answer:
    """A 200 with this body."""
    return Answer(200, {}, text.encode())


def course(begin: Callable[[], object]) -> Course:
    """A verb of this file."""
    return Course(begin, __file__)


def two_requests() -> Generator[Request, Answer, ShopSession]:
    """Asks twice, then tells what came."""
    first = yield FIRST
    second = yield SECOND
    return SHOP.session(first.json()["id"], order_id=second.json()["id"])


def test_a_verb_from_its_start_to_its_end() -> None:
    """Each answer is followed by the next request, the last by what the verb returns."""
    verb = course(two_requests)

    assert verb.start() == FIRST
    assert verb.take(answer('{"id": "a"}')) == SECOND
    end = verb.take(answer('{"id": "b"}'))
    assert isinstance(end, ShopSession)
    assert (end.id, end.order_id) == ("a", "b")


def test_the_last_request_again() -> None:
    """After a no, or an answer that could not be read, the verb goes on from the same request with the answers that it had."""
    verb = course(two_requests)
    verb.start()
    verb.take(answer('{"id": "a"}'))

    assert isinstance(verb.take(answer("busy")), Broken)
    assert isinstance(verb.take(answer("[]")), Broken)
    end = verb.take(answer('{"id": "b"}'))
    assert isinstance(end, ShopSession)
    assert (end.id, end.order_id) == ("a", "b")


def fickle(asked: list[int]) -> Generator[Request, Answer, No]:
    """Asks the first time only."""
    asked.append(1)
    if len(asked) == 1:
        yield FIRST
    return declined()


def test_a_verb_that_asks_differently_when_told_the_same() -> None:
    """A verb that cannot be played again is broken, and says so."""
    asked: list[int] = []
    verb = course(lambda: fickle(asked))
    verb.start()
    verb.take(answer())

    assert verb.take(answer()) == Broken("asked differently when it was told the same")


def raises(error: Exception) -> Iterator[Any]:
    """Raises when it is answered."""
    yield FIRST
    raise error


def unwilling() -> Iterator[Any]:
    """Asks once more when it is told to end."""
    try:
        yield FIRST
    except GeneratorExit:
        yield SECOND


@pytest.mark.parametrize(
    ("error", "what"),
    [
        (KeyError("tok-canary"), "raised KeyError"),
        (RecursionError(), "raised RecursionError"),
        (ValueError("said tok-canary"), "raised ValueError"),
        (StopIteration(), "raised RuntimeError"),
    ],
)
def test_what_the_adapter_raises(error: Exception, what: str) -> None:
    """An exception is told by its type and the line, without its text, which may quote the target or a secret."""
    verb = course(lambda: raises(error))
    verb.start()
    end = verb.take(answer())

    assert isinstance(end, Broken)
    assert end.what == what
    assert end.where.startswith("test_course.py:")


def test_a_reason_with_a_slip_is_told_in_full() -> None:
    """A mistake in a reason comes with the nearest name, since the adapter wrote it."""
    verb = course(lambda: declined("sold_oud"))

    end = verb.start()

    assert isinstance(end, Broken)
    assert end.what == "raised ValueError: There is no reason 'sold_oud'; did you mean 'sold_out'?"
    assert end.where.startswith("test_course.py:")


@pytest.mark.parametrize(
    ("begin", "what"),
    [
        pytest.param(lambda: {"id": 1}, "gave a dict and not a session or a no", id="a dict"),
        pytest.param(lambda: None, "gave a NoneType and not a session or a no", id="nothing"),
        pytest.param(lambda: iter([]), "gave a list_iterator and not a session or a no", id="an iterator"),
    ],
)
def test_a_verb_that_gives_something_else(begin: Callable[[], object], what: str) -> None:
    """What is neither a session nor a no is told as a mistake."""
    assert course(begin).start() == Broken(what, "test_course.py")


def test_a_verb_without_a_request() -> None:
    """A verb that needs nothing from the shop may return at once."""
    session = SHOP.session("b")

    assert course(lambda: session).start() is session


def test_a_raised_no() -> None:
    """A no may be raised as well as returned."""
    verb = course(lambda: raises(declined("sold_out")))
    verb.start()
    end = verb.take(answer())

    assert isinstance(end, No)
    assert end.reason == "sold_out"


def test_a_verb_that_will_not_end() -> None:
    """A verb that goes on after its end harms nobody."""
    verb = course(unwilling)

    assert verb.start() == FIRST
    verb.close()
    verb.close()
