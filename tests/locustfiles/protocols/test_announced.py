"""What targets say of their limits: every published form of header, as a number with a name of ours."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from locustfiles.protocols.announced import NAMES, RETRY_AFTER, announced_in, reset_s

DATE = "Fri, 06 Feb 2026 07:30:00 GMT"
OPENAI = {
    "x-ratelimit-limit-requests": "60",
    "x-ratelimit-limit-tokens": "150000",
    "x-ratelimit-remaining-requests": "0",
    "x-ratelimit-remaining-tokens": "149984",
    "x-ratelimit-reset-requests": "1s",
    "x-ratelimit-reset-tokens": "6m0s",
}
ANTHROPIC = {
    "date": DATE,
    "anthropic-ratelimit-requests-limit": "50",
    "anthropic-ratelimit-requests-remaining": "0",
    "anthropic-ratelimit-requests-reset": "2026-02-06T07:30:12Z",
    "anthropic-ratelimit-input-tokens-remaining": "9000",
}
DRAFT = {
    "ratelimit-policy": '"burst";q=100;w=60,"day";q=1000;w=86400',
    "ratelimit": '"burst";r=0;t=30, "day";r=7;t=4000',
}


@pytest.mark.parametrize(
    ("headers", "found"),
    [
        pytest.param({"server": "x", "content-type": "y"}, {}, id="nothing"),
        pytest.param({"retry-after": "120"}, {RETRY_AFTER: 120.0}, id="seconds"),
        pytest.param({"retry-after-ms": "1500"}, {RETRY_AFTER: 1.5}, id="milliseconds, under one name"),
        pytest.param({"retry-after": "Fri, 06 Feb 2026 07:30:30 GMT", "date": DATE}, {RETRY_AFTER: 30.0}, id="a date"),
        pytest.param(
            OPENAI,
            {
                "x-ratelimit-limit-requests": 60.0,
                "x-ratelimit-limit-tokens": 150_000.0,
                "x-ratelimit-remaining-requests": 0.0,
                "x-ratelimit-remaining-tokens": 149_984.0,
                "x-ratelimit-reset-requests": 1.0,
                "x-ratelimit-reset-tokens": 360.0,
            },
            id="OpenAI: durations",
        ),
        pytest.param(
            {"x-ratelimit-reset-project-tokens": "1m30.5s"}, {"x-ratelimit-reset-project-tokens": 90.5}, id="fractions"
        ),
        pytest.param(
            {"x-ratelimit-reset-requests": "120ms"},
            {"x-ratelimit-reset-requests": 0.12},
            id="milliseconds are no minutes",
        ),
        pytest.param(
            ANTHROPIC,
            {
                "anthropic-ratelimit-requests-limit": 50.0,
                "anthropic-ratelimit-requests-remaining": 0.0,
                "anthropic-ratelimit-requests-reset": 12.0,
                "anthropic-ratelimit-input-tokens-remaining": 9000.0,
            },
            id="Anthropic: a point in time, from the answer's own date",
        ),
        pytest.param(
            {"anthropic-ratelimit-requests-reset": "2026-02-06T07:30:12Z"}, {}, id="without a date nothing is known"
        ),
        pytest.param(
            {"anthropic-ratelimit-requests-reset": "2026-02-06T07:29:00Z", "date": DATE},
            {"anthropic-ratelimit-requests-reset": 0.0},
            id="in the past",
        ),
        pytest.param(
            DRAFT,
            {"ratelimit-policy;q": 100.0, "ratelimit-policy;w": 60.0, "ratelimit;r": 0.0, "ratelimit;t": 30.0},
            id="the draft's structured fields: the tightest of several policies",
        ),
        pytest.param(
            {"ratelimit-limit": "100", "ratelimit-remaining": "50", "ratelimit-reset": "30"},
            {"ratelimit-limit": 100.0, "ratelimit-remaining": 50.0, "ratelimit-reset": 30.0},
            id="the draft's older headers",
        ),
        pytest.param(
            {"x-ratelimit-reset": "1770363000"}, {"x-ratelimit-reset": 1_770_363_000.0}, id="a bare number as it stands"
        ),
        pytest.param(
            {"x-ratelimit-limit-requests": "Bearer sk-secret", "ratelimit": "sk-secret", "x-ratelimit-x": "1"},
            {},
            id="text is never kept, nor a name of the target's own",
        ),
        pytest.param({"x-ratelimit-limit": "9" * 400}, {}, id="absurdly long"),
    ],
)
def test_announced(headers: dict[str, str], found: dict[str, float]) -> None:
    """Numbers, durations, points in time and structured fields are read; nothing else is."""
    assert announced_in(headers) == found


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        pytest.param(OPENAI, 1.0, id="what is used up, not what is left"),
        pytest.param({**OPENAI, "x-ratelimit-remaining-tokens": "0"}, 360.0, id="the longest of what is used up"),
        pytest.param(ANTHROPIC, 12.0, id="a point in time"),
        pytest.param(DRAFT, 30.0, id="the draft"),
        pytest.param({"x-ratelimit-remaining": "0", "x-ratelimit-reset": "60"}, None, id="a number of an unknown unit"),
        pytest.param(
            {"x-ratelimit-remaining-requests": "3", "x-ratelimit-reset-requests": "1s"}, None, id="there is room"
        ),
        pytest.param({"x-ratelimit-remaining-requests": "0"}, None, id="no reset"),
        pytest.param({}, None, id="nothing"),
    ],
)
def test_reset(headers: dict[str, str], seconds: float | None) -> None:
    """When there is room again is told by headers whose unit is known, for limits that are used up."""
    assert reset_s(headers) == seconds


@given(
    st.dictionaries(
        st.sampled_from([*NAMES, "ratelimit", "ratelimit-policy", "retry-after", "date"]),
        st.one_of(st.text(max_size=60), st.datetimes().map(lambda instant: f"{instant.isoformat()}Z"), st.just(DATE)),
        max_size=6,
    )
)
def test_hostile_headers_never_raise(headers: dict[str, str]) -> None:
    """Whatever stands in the headers, what is kept are finite numbers that are not negative."""
    found = announced_in(headers)
    reset = reset_s(headers)
    assert all(math.isfinite(value) and value >= 0 for value in found.values())
    assert reset is None or reset >= 0
