"""A benchmark's result with round numbers."""

from benchmarks.generator.results import (
    FirstContent,
    Lateness,
    Memory,
    Purchases,
    RecordingShare,
    Result,
    Sample,
    lines_of,
)

SAMPLES = [
    Sample("Springtide", "W1", 1, 60_000.0, 15.0, 0.9, 0.95, 90.0),
    Sample("Springtide", "W3", 1, 40_000.0, 25.0, 1.0, 0.5, 99.0),
    Sample("Locust FastHttpUser", "W1", 1, 6_000.0, 150.0, 1.0, 0.1, 77.0),
    Sample("Locust FastHttpUser", "W3", 1, 5_000.0, 160.0, 1.0, 0.1, 77.0),
]

RESULT = Result(
    date="2026-02-06",
    machine="2 x Some CPU",
    cores="server on core 0, generator on core 1",
    rounds=1,
    seconds=5.0,
    warm_up_s=2.0,
    connections=64,
    w1_vs_fasthttp=10.0,
    w1_vs_wrk=None,
    w2_vs_fasthttp=None,
    w3_vs_fasthttp=8.0,
    lateness_p99_ms=0.6,
    rss_mb=99.0,
    rss_growth_mb=1.0,
    recording_cpu_share=0.05,
    w2_ttfc_off_p50_ms=0.1,
    w2_ttfc_off_p99_ms=0.9,
    lines=lines_of(SAMPLES),
    samples=SAMPLES,
    purchases=Purchases(100, 100, 0),
    lateness=Lateness(2000.0, 30.0, 60_000, 0, 0.1, 0.6, 4.0, None, None),
    lateness_purchases=Lateness(2000.0, 30.0, 60_000, 0, 0.1, 0.7, 4.0, 0.2, 0.8),
    first_content=FirstContent(2500, 500.0, 0.1, 0.9),
    first_content_saturated=FirstContent(50_000, 10_000.0, 2.0, 5.0),
    memory=Memory(5000.0, 10.0, 99.0, 1.0),
    recording=RecordingShare(5000.0, 0.05, 0.02),
    notes=["wrk is not installed and was left out (apt-get install wrk)."],
)
