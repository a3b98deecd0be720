"""The plot is well-formed and shows every run that counts."""

from xml.etree import ElementTree as ET

import pytest

from reports.capacity_review import Question, review
from reports.render.capacity_plot import plot
from reports.replicas import Plan
from reports.run_capacity import RunCapacity
from tests.helpers.capacity_runs import found

SVG = "{http://www.w3.org/2000/svg}"
RUNS = [found(n, n * 60.0 - n * n) for n in (1, 2) for _ in range(5)]


@pytest.mark.parametrize(
    ("runs", "dots", "lines"),
    [
        pytest.param(RUNS, 10, 4, id="axes, law, perfect scaling and the predicted interval"),
        pytest.param(RUNS[:5], 5, 1, id="one number of replicas has no law"),
        pytest.param([found(1, None)], 0, 1, id="nothing measured"),
    ],
)
def test_the_plot(runs: list[RunCapacity], dots: int, lines: int) -> None:
    """A dot for each run that counts, and lines only for what is known; nothing lies outside the picture."""
    question = Question(orders=3e5, hours=9, peak_to_mean=(3,), plan=Plan())
    drawn = ET.fromstring(plot(review(runs, question)))  # noqa: S314 - our own text

    circles = drawn.findall(f"{SVG}circle")
    assert len(circles) == dots
    assert len(drawn.findall(f"{SVG}polyline")) == lines
    assert all(0 <= float(one.attrib["cx"]) <= 640 and 0 <= float(one.attrib["cy"]) <= 400 for one in circles)
