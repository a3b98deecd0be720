"""One wish of a journey of one's own: written ahead, one row for each request, one outcome at the end.

What came of paying names the wish when the order exists or may exist; else the first step that did not get what it asked for; else
the journey's own crash; a wish whose requests were all good is done. A wish that sent nothing is degraded.
"""

import time
from dataclasses import dataclass

from locustfiles.arrivals.arrival import Arrival
from locustfiles.journeys.prompts import Prompt
from locustfiles.journeys.response import Response
from locustfiles.journeys.storefront import Storefront
from locustfiles.journeys.wish import Wish
from locustfiles.recording.classify import Verdict
from locustfiles.recording.request_event import HeardRecorder
from locustfiles.recording.words_seen import TELLING
from reports.run_record.outcome import PAY, Outcome, Reason

_NS = 1_000_000_000
_PAID = frozenset({Outcome.CONFIRMED, Outcome.UNKNOWN})


@dataclass(slots=True)
class OwnWish:
    """A released arrival whose requests a user's code sends; instants are monotonic nanoseconds."""

    store: Storefront
    wish: Wish
    late_ns: int
    """How late the shopper took the arrival: the generator's doing, and part of the first response time."""
    named_by: tuple[str, Verdict] | None = None
    """The first step that failed, and how."""
    paid: Verdict | None = None
    _last: Response | None = None
    """The answer that the journey may still judge."""

    @classmethod
    def begin(cls, store: Storefront, prompt: Prompt, arrival: Arrival, taken_ns: int) -> "OwnWish":
        """Write the wish ahead; OSError when that cannot be done, and then nothing may be sent."""
        started_ns = store.started_ns + arrival.intended_ns
        wish = Wish(prompt, arrival, started_ns, started_ns)
        store.intents.write(wish.intent())
        late_ns = max(0, taken_ns - started_ns)
        store.recorder.record_lateness(arrival.intended_ns // _NS, late_ns)
        return cls(store, wish, late_ns)

    def next_start_ns(self) -> int:
        """When the next request should start: with the call, since what a journey does between its requests is its own time.

        The first one should have started earlier by as much as the shopper was late.
        """
        self.settle()
        now_ns = time.monotonic_ns()
        return now_ns if self.wish.requests else now_ns - self.late_ns

    def answered(self, response: Response) -> None:
        """Take an answer in; it is on record with ``settle``."""
        self.settle()  # a request of another greenlet of the same journey
        self._last = response

    def settle(self) -> None:
        """Put the last answer on record, as it has been judged."""
        response, self._last = self._last, None
        if response is None:
            return
        exchange, verdict = response.close()
        recorder = self.store.recorder
        if isinstance(recorder, HeardRecorder):
            recorder.ask(*response.asked, response.why)
        recorder.record(response.step, verdict.outcome, verdict.reason, exchange)
        if verdict.outcome in TELLING:
            self.store.keep_words(self.wish, response.step, exchange, verdict)
        self.wish.note(response.step, exchange, verdict)
        self._note(response.step, verdict)

    def checked_out(self) -> None:
        """A checkout step has ended and is on record; take in how."""
        self._note(self.wish.last_step, self.wish.verdict)

    def _note(self, step: str, verdict: Verdict) -> None:
        if step == PAY and verdict.outcome in _PAID:
            self.paid = verdict
        elif not verdict.outcome.is_good and self.named_by is None:
            self.named_by = (step, verdict)

    def end(self, *, crashed: bool) -> None:
        """Give the wish its outcome."""
        self.settle()
        wish = self.wish
        if not wish.requests:
            wish.next_intended_ns = time.monotonic_ns()
        if self.paid is not None:
            wish.verdict, wish.last_step = self.paid, PAY
        elif self.named_by is not None:
            wish.last_step, wish.verdict = self.named_by
        elif crashed:
            wish.verdict = Verdict(Outcome.DEGRADED, Reason.WRONG_ANSWER)
        elif not wish.requests:
            wish.verdict = Verdict(Outcome.DEGRADED)
        else:
            wish.verdict = Verdict(Outcome.DONE)
        self.store.end(wish)
