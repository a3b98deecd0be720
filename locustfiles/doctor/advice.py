"""What to set in the target file when a step did not get what it asked for: a function of what the step came to.

First match wins, from the connection over the status to the meaning of the answer. This module must not know sockets.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from locustfiles.recording.classify import Verdict
from locustfiles.transport.exchange import Fault
from reports.run_record.outcome import CHAT, CLAIM_CARD, Outcome, Reason

_SECTIONS = {CHAT: "chat", CLAIM_CARD: "cards"}
_UNAUTHORISED, _FORBIDDEN, _NOT_FOUND, _NOT_ALLOWED, _UNREADABLE, _LIMITED = 401, 403, 404, 405, 422, 429
_BAD_REQUESTS = (400, _UNREADABLE)
_REDIRECTS = range(300, 400)


@dataclass(frozen=True, slots=True)
class Seen:
    """What one step came to."""

    step: str
    verdict: Verdict
    status: int
    fault: Fault | None
    origin: str
    path: str
    content_type: str
    location: str
    """Where a redirect leads."""
    words: str
    """The beginning of the answer, hostile."""

    @property
    def section(self) -> str:
        """The part of the target file that says how the step's service is spoken to."""
        return _SECTIONS.get(self.step, "checkout")


def advice(seen: Seen) -> str:
    """One sentence that says what to do; "" when the step got what it asked for, or nothing can be said."""
    if seen.fault is not None:
        return _of_fault(seen)
    return _of_status(seen) or _of_meaning(seen)


def _of_fault(seen: Seen) -> str:
    section, fault = seen.section, seen.fault
    if fault in (Fault.CONNECT_REFUSED, Fault.CONNECT_FAILED, Fault.CONNECT_TIMEOUT):
        return f"Nothing takes connections at {seen.origin}: check {section}.url, and that the service runs."
    if fault is Fault.TLS_FAILED:
        return f"{seen.origin} is not trusted: give the authority that vouches for it in tls.ca_file."
    if fault in (Fault.FIRST_BYTE_TIMEOUT, Fault.TOTAL_TIMEOUT, Fault.IDLE_TIMEOUT):
        return "The service is slower than the shopper's patience: raise deadlines.first_byte_s and deadlines.total_s."
    if fault is Fault.MALFORMED_ANSWER:
        return f"{seen.origin} does not speak HTTP/1.1 there: check scheme and port of {section}.url."
    return f"The connection broke ({fault}): see the log of the service, or of what stands before it."


def _of_status(seen: Seen) -> str:
    section, status, words = seen.section, seen.status, seen.words.casefold()
    if status in _REDIRECTS:
        return f"The service redirects to {seen.location or 'nowhere'}; redirects are never followed: give the final address in {section}.url."
    if status == _UNAUTHORISED or (status == _FORBIDDEN and "key" in words):
        return (
            f"The service does not take the key: set {section}.key to the environment variable or file that holds it."
        )
    if status == _FORBIDDEN:
        return f"The service forbids it: check {section}.key and {section}.headers, and that this machine may call it."
    if status in _BAD_REQUESTS and "version" in words:
        return f"The service speaks another version: set {section}.version to one that it names."
    if "model" in words and seen.step == CHAT and status in (_NOT_FOUND, *_BAD_REQUESTS):
        return "The assistant does not know the model: set chat.model."
    if status == _NOT_FOUND and seen.verdict.outcome is not Outcome.DECLINED:
        tail = "; OpenAI-compatible services usually end in /v1" if seen.step == CHAT else ""
        return f"There is nothing at {seen.path}: check the path of {section}.url{tail}."
    if status == _NOT_ALLOWED:
        return f"The service takes no such request at {seen.path}: check {section}.protocol and {section}.version."
    if status == _LIMITED or seen.verdict.outcome is Outcome.REFUSED_HARD:
        return (
            "The service refuses a single shopper because of load or quota: wait, or have the quota of this key raised."
        )
    if status in _BAD_REQUESTS and seen.verdict.outcome is Outcome.DEGRADED:
        return f"The service does not take the request as it is: compare its words above with {section}.quirks, {section}.members and data.catalogue."
    return ""


def _of_meaning(seen: Seen) -> str:
    verdict = seen.verdict
    if verdict.outcome.is_good and verdict.reason is Reason.NONE:
        return ""
    told = _MEANINGS.get(verdict.reason)
    if told is not None:
        return told(seen)
    if verdict.outcome is Outcome.REFUSED_SOFT:
        return "The service says no in the words of a success; under load this counts as a soft refusal."
    if verdict.outcome is Outcome.QUEUED:
        return "A waiting room stands before the service: have this machine let past it, or load the service behind it."
    if verdict.outcome is Outcome.SHED:
        return "The service failed: see its own log."
    return ""


def _unreadable(seen: Seen) -> str:
    if "html" in seen.content_type:
        return f"A web page answers at {seen.path}: check the path of {seen.section}.url."
    return f"The answer is not of the protocol: check {seen.section}.url and {seen.section}.protocol."


def _no_progress(seen: Seen) -> str:
    if seen.step == CHAT:
        return (
            "The assistant answered without calling create_checkout: say in chat.system when to call it and which skus there are, "
            'or load the shop alone with journey = "checkout-only".'
        )
    return (
        "The session does not become payable: compare its messages above with payment, quirks and the buyer's country."
    )


_WRONG_BASKET = (
    "The assistant called for another basket than was wished: name the skus in chat.system as data.catalogue does."
)
_MEANINGS: Mapping[Reason, Callable[[Seen], str]] = {
    Reason.PROTOCOL_FAULT: _unreadable,
    Reason.NO_PROGRESS: _no_progress,
    Reason.WRONG_ANSWER: lambda _: _WRONG_BASKET,
    Reason.TRUNCATED: lambda _: (
        "The answer ended too early: raise max_tokens in chat.members, or see the service's log."
    ),
    Reason.OUT_OF_STOCK: lambda _: (
        "The product cannot be bought: name products in data.catalogue that the shop has in stock."
    ),
    Reason.BAD_COUPON: lambda _: "The shop refuses the code: set cards.codes to codes that it takes.",
    Reason.COUPON_MISSING: lambda _: "The code had no effect: check cards.codes and their spelling.",
    Reason.PAYMENT_DECLINED: lambda _: (
        "The payment is declined: set checkout.payment to a test handler and credential of the shop."
    ),
}
