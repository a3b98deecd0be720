"""Every way in which the stub says no is understood by the generator: two witnesses, one table between them."""

import pytest

from locustfiles.protocols.chat_completions import ChatDecoder
from locustfiles.recording.classify import classify_chat
from locustfiles.recording.soft_refusal import TemplateBook
from locustfiles.transport.exchange import Exchange, Fault, Headers
from reports.run_record.outcome import Outcome, Reason
from target_stub.admission.sayings import SAYINGS
from target_stub.admission.voice import Said, say
from target_stub.sse import Envelope
from target_stub.web import Reply
from tests.helpers.clocks import VirtualClock

MEANT = {"hard": Outcome.REFUSED_HARD, "soft": Outcome.REFUSED_SOFT, "queued": Outcome.QUEUED, "shed": Outcome.SHED}
UNTIL_SEEN_OFTEN = {"degraded": (Outcome.DEGRADED, Reason.DEGRADED_ANSWER)}
"""Fluent words without progress are a bad answer until the same words have reached many shoppers."""
FAULTS = {"reset": Fault.RESET, "stall": Fault.FIRST_BYTE_TIMEOUT}
REPLIES = [name for name in SAYINGS if name not in FAULTS]
SHOPPERS = 8


def heard(name: str, *, language: str, stream: bool, book: TemplateBook, shopper: int) -> tuple[Outcome, Reason]:
    """What the generator makes of one refusal at the chat door."""
    envelope = Envelope("chatcmpl-1", 1770000000, "springtide-shop", with_usage=True)
    said = Said("r1", 1, VirtualClock())
    answer = say(SAYINGS[name], said, envelope, "zh" if language == "zh" else "en", stream=stream)
    exchange = Exchange(0, 0, 1_000_000, sent_ns=0, fault=FAULTS.get(name))
    decoder = ChatDecoder(0)
    if isinstance(answer, Reply):
        exchange.status = answer.status
        exchange.headers = Headers([(key.encode(), value.encode()) for key, value in answer.headers])
        exchange.first_byte_ns = 1
        if answer.status == 200:
            decoder.feed(answer.body, 1)
        else:
            exchange.body = answer.body
    verdict = classify_chat(
        exchange, decoder.finish(exchange), wished=(), book=book, shopper=f"u{shopper}", at_s=float(shopper)
    )
    return verdict.outcome, verdict.reason


@pytest.mark.parametrize("stream", [True, False], ids=["streamed", "whole"])
@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("name", REPLIES)
def test_a_no_is_heard_as_it_is_meant(name: str, language: str, stream: bool) -> None:
    """Hard, soft and queued: the outcome is that of the manner in which the stub counts the refusal."""
    outcome, reason = heard(name, language=language, stream=stream, book=TemplateBook(), shopper=1)

    expected = UNTIL_SEEN_OFTEN.get(name)
    if expected is not None:
        assert (outcome, reason) == expected
    else:
        assert outcome is MEANT[SAYINGS[name].manner], (outcome, reason)


@pytest.mark.parametrize("name", list(FAULTS))
def test_a_broken_connection_is_shed(name: str) -> None:
    """A reset and a stall are no answers at all."""
    assert heard(name, language="zh", stream=True, book=TemplateBook(), shopper=1)[0] is Outcome.SHED
    assert SAYINGS[name].manner == "shed"
