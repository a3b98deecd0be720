"""The comparison as Markdown, for the README, and as a drawing."""

from typing import Final

from benchmarks.doors.results import END_S, Result

BEGIN, END = "<!-- python -m benchmarks.doors -->\n", "<!-- end of the doors -->\n"
"""What surrounds the table in the README."""
_HEADS: Final = (
    "technique",
    "goodput in the surge, orders/s",
    "p99 of the confirmed, s",
    "refused",
    "unfairness",
    "recovery, s",
    "cards lost",
)
_WIDTH, _HEIGHT, _LEFT, _GAP = 760, 70, 130, 14


def markdown(result: Result) -> str:
    """One row a technique."""
    rows = [
        f"| {line.technique} | {line.goodput_per_s:.0f} | {line.p99_s:.1f} | {line.refused_share:.0%} | "
        f"{line.unfairness:.2f} | {line.recovery_s:.0f} | {line.cards_lost:,} |"
        for line in result.lines
    ]
    return "\n".join(["| " + " | ".join(_HEADS) + " |", "|---|" + "---:|" * (len(_HEADS) - 1), *rows]) + "\n"


def pasted(page: str, table: str) -> str:
    """The page with the table between its marks; ValueError when it has no such place."""
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end):
        raise ValueError(f"The page has no place for the table between {BEGIN.strip()!r} and {END.strip()!r}.")
    return f"{before}{begin}{table}{end}{after}"


def drawing(result: Result) -> str:
    """An SVG of confirmed orders a second, a strip a technique, with what was offered in grey and the capacity as a line."""
    top = max(result.offered_per_s)
    strips = []
    for place, line in enumerate(result.lines):
        low = (place + 1) * (_HEIGHT + _GAP)
        capacity = _y(result.capacity_per_s, top, low)
        strips += [
            f'<polyline points="{_points(result.offered_per_s, top, low)}" fill="none" stroke="#bbb"/>',
            f'<line x1="{_LEFT}" x2="{_WIDTH - 10}" y1="{capacity}" y2="{capacity}" stroke="#c60" stroke-dasharray="4 3"/>',
            f'<polyline points="{_points(line.confirmed_per_s, top, low)}" fill="none" stroke="#06c" stroke-width="1.5"/>',
            f'<line x1="{_LEFT}" x2="{_WIDTH - 10}" y1="{low}" y2="{low}" stroke="#666"/>',
            f'<text x="8" y="{low - _HEIGHT / 2:.0f}">{line.technique}</text>',
        ]
    height = len(result.lines) * (_HEIGHT + _GAP) + 36
    caption = f"{END_S} s; grey: wishes offered a second, blue: orders confirmed a second, dashed: capacity"
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{_WIDTH}" height="{height}" font-family="sans-serif" font-size="12">',
            f'<rect width="{_WIDTH}" height="{height}" fill="#fff"/>',
            *strips,
            f'<text x="{_LEFT}" y="{height - 12}">{caption}</text>',
            "</svg>\n",
        ]
    )


def _points(values: list[float] | list[int], top: float, low: int) -> str:
    step = (_WIDTH - 10 - _LEFT) / (len(values) - 1)
    return " ".join(f"{_LEFT + place * step:.1f},{_y(value, top, low)}" for place, value in enumerate(values))


def _y(value: float, top: float, low: int) -> str:
    return f"{low - _HEIGHT * value / top:.1f}"
