"""What Locust's own clients tell becomes samples of the record: step, outcome and instants."""

from types import SimpleNamespace
from typing import Any

import pytest

from locustfiles.recording.event_samples import MOST_STEPS, OTHER, EventSampler
from locustfiles.recording.recorder import Recorder
from reports.run_record.schema import Batch, HistogramRow

NOW_NS = 100_000_000_000
"""A monotonic instant 90 s after the run's start."""
AHEAD_NS = 1_770_000_000_000_000_000
"""The wall clock is so much ahead of the monotonic one."""


class Sampled:
    """A sampler with a recorder of a run that began at 10 s, and clocks that stand still."""

    def __init__(self) -> None:
        """Begin to record."""
        self.recorder = Recorder("run-1", "w1", clock=lambda: 10_000_000_000)
        self.recorder.started_ns = 10_000_000_000
        self.sampler = EventSampler(clock=lambda: NOW_NS, unix_clock=lambda: NOW_NS + AHEAD_NS)
        self.sampler.recorder = self.recorder
        self.on_request = self.sampler.listener()

    def batch(self) -> Batch:
        """What is on record; the watch over the process ends."""
        return self.recorder.cut(0, seconds=[], in_flight=0, idle_shoppers=0, connections=0, final=True)

    def response_row(self) -> HistogramRow:
        """The one response time."""
        (row,) = [row for row in self.batch().histograms if row.clock == "response"]
        return row


@pytest.mark.parametrize(
    ("event", "second", "took_us"),
    [
        pytest.param({"response_time": 250.0}, 89, 250_000, id="told at its end"),
        pytest.param(
            {"response_time": 250.0, "start_time": 1_770_000_095.0}, 85, 250_000, id="told late, with its start"
        ),
        pytest.param({"response_time": 250.0, "start_time": 12.0}, 89, 250_000, id="a start of another clock"),
        pytest.param({"response_time": 250.0, "start_time": 1_770_000_099.9}, 89, 250_000, id="a start that cannot be"),
        pytest.param({"response_time": 95_000.0}, 0, 90_000_000, id="begun before the run"),
        pytest.param({"response_time": None}, 90, 0, id="no time at all"),
        pytest.param({"response_time": -1.0}, 90, 0, id="a clock that went back"),
    ],
)
def test_instants(event: dict[str, Any], second: int, took_us: int) -> None:
    """A request belongs to the second in which it began, whenever its event comes."""
    sampled = Sampled()
    sampled.on_request(request_type="GET", name="/", response_length=2, **event)
    row = sampled.response_row()

    assert (row.second, row.sum_us) == (second, took_us)


@pytest.mark.parametrize(
    ("response", "exception", "outcome"),
    [
        pytest.param(SimpleNamespace(status_code=200, headers={}), None, ("done", ""), id="good"),
        pytest.param(
            SimpleNamespace(status_code=503, headers={"Retry-After": "1"}),
            Exception("503"),
            ("refused_hard", "overloaded"),
            id="refused",
        ),
        pytest.param(SimpleNamespace(status_code=0, headers=None), TimeoutError(), ("shed", "timed_out"), id="silence"),
        pytest.param(None, ConnectionResetError(), ("shed", "connection_lost"), id="no response"),
        pytest.param(SimpleNamespace(status_code="200"), None, ("done", ""), id="a client of another kind"),
    ],
)
def test_outcomes(response: Any, exception: Any, outcome: tuple[str, str]) -> None:
    """Status, headers and exception are read; the body is left alone, since reading it may block."""
    sampled = Sampled()
    sampled.on_request(request_type="GET", name="/", response_time=1.0, response=response, exception=exception)
    (row,) = sampled.batch().outcomes

    assert (row.outcome, row.reason) == outcome


def test_nothing_is_recorded_between_runs() -> None:
    """Without a recorder an event is passed over."""
    sampler = EventSampler()
    sampler.listener()(request_type="GET", name="/", response_time=1.0)

    assert sampler.recorder is None


def test_names() -> None:
    """A name that the record uses itself is told apart, a long one is cut, and names without end are one name."""
    sampled = Sampled()
    for name in ("order", "x" * 500, *(f"basket {number}" for number in range(MOST_STEPS))):
        sampled.on_request(request_type="GET", name=name, response_time=1.0)
    steps = {row.step: row.n for row in sampled.batch().outcomes}

    assert {"order request", "x" * 200} <= set(steps)
    assert steps[OTHER] == 2
