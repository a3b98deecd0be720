"""What a journey of one's own gets for a request: a value with the answer or the fault, and its judgement, which the journey may change.

Nothing here raises for what the target sent. Names of headers are lower-case; text that is not UTF-8 is read with replacement
characters; a body that is no JSON reads as None.
"""

from collections.abc import Mapping
from typing import Any

import msgspec

from locustfiles.recording.classify import Verdict
from locustfiles.transport.exchange import Exchange, Fault
from reports.run_record.outcome import Outcome, Reason

_NS_PER_MS = 1_000_000
_decode_json = msgspec.json.decode


class Response:
    """One answer. It is on record when the journey sends its next request or ends; until then it can be judged."""

    __slots__ = ("_exchange", "_is_open", "_verdict", "asked", "step", "why")

    def __init__(self, step: str, asked: tuple[str, str], exchange: Exchange, verdict: Verdict) -> None:
        """``asked`` is the method and the path."""
        self.step = step
        self.asked = asked
        self.why = ""
        """The journey's own words for its judgement."""
        self._exchange = exchange
        self._verdict = verdict
        self._is_open = True

    @property
    def status(self) -> int:
        """The HTTP status; 0 = no complete head arrived."""
        return self._exchange.status

    @property
    def ok(self) -> bool:
        """Whether the request got what it asked for, as far as is judged."""
        return self._verdict.outcome.is_good

    @property
    def outcome(self) -> Outcome:
        """How the request ended, as far as is judged."""
        return self._verdict.outcome

    @property
    def fault(self) -> Fault | None:
        """Why there is no whole answer; None when there is one."""
        return self._exchange.fault

    @property
    def headers(self) -> Mapping[str, str]:
        """The answer's headers by lower-case name."""
        return self._exchange.headers

    @property
    def content(self) -> bytes:
        """The body; inflated when the request asked for gzip."""
        return self._exchange.body

    @property
    def text(self) -> str:
        """The body as text."""
        return self._exchange.body.decode("utf-8", "replace")

    @property
    def elapsed_ms(self) -> float:
        """From the call to the last byte."""
        return (self._exchange.end_ns - self._exchange.ready_ns) / _NS_PER_MS

    def json(self) -> Any:
        """The body as JSON; None when it is none."""
        try:
            return _decode_json(self._exchange.body)
        except (msgspec.DecodeError, UnicodeError, RecursionError):
            return None

    def accept(self) -> None:
        """Judge the answer good, whatever its status: a 404 may be what was asked for."""
        self._judge(Verdict(Outcome.DONE), "")

    def refuse(self, why: str = "") -> None:
        """Judge the answer a refusal because of load that its status does not tell, as a busy page in a 200."""
        self._judge(Verdict(Outcome.REFUSED_SOFT, Reason.BUSY_CANNED, why), why)

    def decline(self, why: str = "") -> None:
        """Judge the answer a correct business no, such as sold out."""
        self._judge(Verdict(Outcome.DECLINED, Reason.NONE, why), why)

    def fail(self, why: str = "") -> None:
        """Judge the answer wrong: it does not do what was asked for."""
        self._judge(Verdict(Outcome.DEGRADED, Reason.WRONG_ANSWER, why), why)

    def close(self) -> tuple[Exchange, Verdict]:
        """Exchange and judgement, which from here on is final."""
        self._is_open = False
        return self._exchange, self._verdict

    def _judge(self, verdict: Verdict, why: str) -> None:
        if not self._is_open:
            raise RuntimeError(
                f"The answer to {self.step!r} is on record already; judge it before the next request and within its task."
            )
        self._verdict, self.why = verdict, why
