"""A whole purchase, broken off at every byte: each step has an outcome, and paid is what nobody ever guesses."""

from collections.abc import Callable
from itertools import pairwise

import pytest

from locustfiles.transport.exchange import Fault
from locustfiles.transport.http_reader import HttpReader
from reports.run_record.outcome import PAY
from tests.helpers import scripted_server as server_steps
from tests.helpers.chat_answers import answer
from tests.helpers.scripted_server import Peer, close, hold, read_at_least, request, reset, scripted_server, send
from tests.helpers.steps import ASK, COMPLETE, EVENTS, JSON_HEAD, PURCHASE, STREAM_HEAD, Step
from tests.helpers.transport import OK, pool_to

Ending = Callable[[Peer], None]
GOOD = {step.name: "confirmed" if step.name == PAY else "done" for step in PURCHASE}
STEPS = [pytest.param(step, id=step.name) for step in PURCHASE]
LEFT_BODY = b'{"id":"cs_1","status":"completed","order":{"id":"ord_1"}}'


def outcomes(step: Step, scripts: list[list[server_steps.Step]]) -> list[tuple[Fault | None, str]]:
    """Fault and outcome of the step, taken once on each of these connections; the generator goes on after all of them."""
    with scripted_server(*scripts, [request, send(OK)]) as server, pool_to(server.url, mode="fresh") as pool:
        told = [step.take(pool) for _ in scripts]
        assert pool.exchange(step.request, intended_ns=0).body == b"ok"
        assert pool.open_connections == 0
    return [(one.exchange.fault, one.words) for one in told]


@pytest.mark.parametrize("step", STEPS)
def test_answer_that_ends_at_every_byte(step: Step) -> None:
    """Closed before the last byte of its answer a step is shed, and a payment unknown: lost before the answer, else truncated."""
    places = range(len(step.good) + 1)
    told = outcomes(step, [[request, send(step.good[:place]), close] for place in places])
    broken = "unknown" if step.name == PAY else "shed"

    assert told[0] == (Fault.CLOSED_BEFORE_ANSWER, f"{broken} connection_lost")
    assert set(told[1:-1]) == {(Fault.TRUNCATED, f"{broken} truncated")}
    assert told[-1] == (None, GOOD[step.name])


@pytest.mark.parametrize("step", STEPS)
def test_answer_that_is_reset_at_every_byte(step: Step) -> None:
    """Reset before the last byte of its answer a step is shed, and a payment unknown; a whole answer counts."""
    places = range(len(step.good) + 1)
    told = outcomes(step, [[request, send(step.good[:place]), reset] for place in places])

    assert set(told[:-1]) == {(Fault.RESET, f"{'unknown' if step.name == PAY else 'shed'} connection_lost")}
    assert told[-1] == (None, GOOD[step.name])


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("ending", [close, reset], ids=["closed", "reset"])
def test_request_that_is_cut_at_every_byte(step: Step, ending: Ending) -> None:
    """A target that leaves at any byte of the request may have acted on it: a payment is unknown, all else is shed."""
    told = outcomes(step, [[read_at_least(place), ending] for place in range(1, len(step.request) + 1)])

    assert {fault for fault, _ in told} <= {Fault.RESET, Fault.CLOSED_BEFORE_ANSWER}
    assert {words for _, words in told} == {f"{'unknown' if step.name == PAY else 'shed'} connection_lost"}


def test_payment_without_a_length_is_confirmed_by_its_last_byte_only() -> None:
    """Where only the end of the connection ends an answer, half of it is unknown and never confirmed."""
    head = JSON_HEAD + b"\r\n"
    told = outcomes(COMPLETE, [[request, send(head + LEFT_BODY[:place]), close] for place in range(len(LEFT_BODY) + 1)])

    assert set(told[:-1]) == {(None, "unknown protocol_fault")}
    assert told[-1] == (None, "confirmed")


def test_chat_without_a_length_is_done_only_with_its_whole_call() -> None:
    """Where only the end of the connection ends a stream, it is done from the last byte of its call on, and degraded before."""
    head = STREAM_HEAD + b"\r\n"
    told = outcomes(ASK, [[request, send(head + EVENTS[:place]), close] for place in range(len(EVENTS) + 1)])
    words = [words for _, words in told]
    done_from = words.index("done")

    assert EVENTS[:done_from].endswith(b'}}]},"finish_reason":null}],"usage":null}')
    assert set(words[done_from:]) == {"done"}
    assert set(words[:done_from]) == {"degraded truncated"}


@pytest.mark.parametrize("step", STEPS)
def test_every_cut_in_two_reads_the_same(step: Step) -> None:
    """Whether one read or two, cut within a size, a line end or a character, bring an answer changes nothing."""

    def read(*pieces: bytes) -> tuple[bytes, dict[str, str], bool]:
        reader = HttpReader(header_limit=1000, body_limit=10_000)
        body = b"".join(reader.feed(piece) for piece in pieces)
        return body, dict(reader.headers), reader.reusable

    places = [0, *range(1, len(step.good)), len(step.good)]
    whole = read(step.good)

    assert {read(step.good[:cut], step.good[cut:]) == whole for cut in places} == {True}
    assert read(*(step.good[low:high] for low, high in pairwise(places))) == whole


def test_every_cut_in_two_decodes_the_same() -> None:
    """Wherever two reads cut a stream, within a character too, the reply is the same."""
    whole = answer([EVENTS])

    assert all(answer([EVENTS[:cut], EVENTS[cut:]]) == whole for cut in range(len(EVENTS) + 1))


def test_stall_at_a_byte_is_a_stall() -> None:
    """An answer that stops without ending is stalled from its first byte on, and a payment is unknown."""
    short = {"first_byte_s": 0.05, "between_bytes_s": 0.05}
    wire = COMPLETE.good
    with (
        scripted_server(*[[request, send(wire[:place]), hold] for place in (0, 1, 40, len(wire) - 1)]) as server,
        pool_to(server.url, mode="fresh", deadlines=short) as pool,
    ):
        told = [COMPLETE.take(pool) for _ in range(4)]
    assert [one.words for one in told] == ["unknown timed_out", *["unknown stalled"] * 3]
