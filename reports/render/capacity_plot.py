"""The plot of a capacity review: good orders per second by number of replicas, as an SVG. Decides nothing."""

from xml.sax.saxutils import escape

from reports.capacity_model import Usl
from reports.capacity_review import CapacityReview

WIDTH, HEIGHT, LEFT, BOTTOM, TOP = 640, 400, 70, 60, 40
POINTS = 60
LEGEND = (
    "by replicas; dots: runs, blue: the law, orange: predicted, 95 % sure, grey: if each added as much as the first"
)


def plot(answer: CapacityReview) -> str:
    """Measured runs as dots, the law as a line as far as it reaches, the last prediction with its interval, perfect scaling dashed."""
    runs = [(one.replicas, one.capacity_per_s) for one in answer.runs if one.capacity_per_s is not None]
    most = max((one.replicas for one in answer.held), default=1)
    highest = max([one.high or one.per_s for one in answer.held] + [value for _, value in runs], default=1.0) * 1.1

    def at(replicas: float, per_s: float) -> tuple[float, float]:
        across = LEFT + (WIDTH - LEFT - 20) * replicas / (most * 1.05)
        return round(across, 1), round(HEIGHT - BOTTOM - (HEIGHT - BOTTOM - TOP) * per_s / highest, 1)

    parts = [_frame(answer.question, highest, at(0, 0), at(most * 1.05, highest))]
    for count in sorted({one.replicas for one in answer.held}):
        across, down = at(count, 0)
        parts.append(f'<text x="{across}" y="{down + 18}" text-anchor="middle">{count}</text>')
    law = _law(answer)
    if law is not None:
        steps = [1 + (most - 1) * place / POINTS for place in range(POINTS + 1)]
        parts.append(_line([at(n, law.per_s(n)) for n in steps], "#06c", ""))
        parts.append(_line([at(0, 0), at(most, min(highest, law.gain_per_s * most))], "#bbb", "4 3"))
    parts += [f'<circle cx="{x}" cy="{y}" r="4" fill="#333"/>' for x, y in (at(n, value) for n, value in runs)]
    for one in answer.held:
        if not one.measured and one.low is not None and one.high is not None:
            parts.append(_line([at(one.replicas, one.low), at(one.replicas, one.high)], "#c60", "", width=3))
    return "\n".join([*parts, "</svg>\n"])


def _law(answer: CapacityReview) -> Usl | None:
    if answer.contention is None or answer.coherence is None:
        return None
    first = next(one for one in answer.held if one.measured)
    unit = Usl(1.0, answer.contention, answer.coherence)
    return Usl(first.per_s / unit.per_s(first.replicas), answer.contention, answer.coherence)


def _frame(title: str, highest: float, origin: tuple[float, float], corner: tuple[float, float]) -> str:
    x, y = origin
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" font-size="12">',
            f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>',
            f'<text x="{LEFT}" y="20">{escape(title)}</text>',
            f'<text x="{x - 6}" y="{corner[1] + 4}" text-anchor="end">{highest:,.0f}/s</text>',
            f'<text x="{x - 6}" y="{y + 4}" text-anchor="end">0</text>',
            f'<text x="{LEFT}" y="{HEIGHT - 12}">{LEGEND}</text>',
            _line([(corner[0], y), (x, y), (x, corner[1])], "#666", ""),
        ]
    )


def _line(points: list[tuple[float, float]], colour: str, dashes: str, *, width: int = 2) -> str:
    path = " ".join(f"{x},{y}" for x, y in points)
    dashed = f' stroke-dasharray="{dashes}"' if dashes else ""
    return f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="{width}"{dashed}/>'
