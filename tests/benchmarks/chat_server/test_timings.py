"""What llama.cpp says of its own work."""

import pytest

from benchmarks.chat_server.timings import Timings, metrics_in, timings_in

USAGE = (
    b'data: {"choices":[],"created":1,"model":"smollm2","usage":{"completion_tokens":5,"prompt_tokens":31},"timings":{"cache_n":0,'
    b'"prompt_n":31,"prompt_ms":213.656,"prompt_per_token_ms":6.892,"predicted_n":5,"predicted_ms":80.976,'
    b'"predicted_per_token_ms":20.244}}\n\n'
)


@pytest.mark.parametrize(
    ("tail", "found"),
    [
        pytest.param(
            b'created":1}\n\n' + USAGE + b"data: [DONE]\n\n", Timings(31, 213.656, 5, 80.976), id="at the end"
        ),
        pytest.param(b"data: [DONE]\n\n", None, id="a service that tells none"),
        pytest.param(USAGE[:120], None, id="a chunk that is cut"),
        pytest.param(b'data: {"timings":{"prompt_n":"many"}}\n\n', None, id="of another type"),
    ],
)
def test_timings(tail: bytes, found: Timings | None) -> None:
    """The timings stand in the last chunk of an answer; what cannot be read is none."""
    assert timings_in(tail) == found


def test_time_per_token() -> None:
    """The time after the first token is divided by the tokens that came in it, as the server's own figure is."""
    told = timings_in(USAGE)
    assert told is not None
    assert told.per_token_ms == pytest.approx(20.244)


def test_metrics() -> None:
    """Counters and gauges come by name, comments are left out."""
    page = (
        "# HELP llamacpp:prompt_seconds_total Total time spent processing prompts\n# TYPE llamacpp:prompt_seconds_total counter\n"
        "llamacpp:prompt_seconds_total 0.212774\nllamacpp:requests_deferred 0\nllamacpp:tokens_predicted_total 1.5e+06\n"
    )
    assert metrics_in(page) == {
        "prompt_seconds_total": 0.212774,
        "requests_deferred": 0.0,
        "tokens_predicted_total": 1_500_000.0,
    }
