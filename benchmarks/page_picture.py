"""Photographs the report's page of a festival run with Chromium, which is the picture in the README.

``python -m benchmarks.page_picture`` runs a festival first (two minutes), with the path of a run it takes that one. Writes
``benchmarks/results/festival.png``: the top of the page, down to the first chart, with the cursor in the overload.
"""

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.browser import HOW_TO_INSTALL, browser, chromium
from reports.exit_codes import ExitCode

ROOT = Path(__file__).parents[1]
BIN = Path(sys.executable).parent
PICTURE = ROOT / "benchmarks" / "results" / "festival.png"
WIDTH, HEIGHT = 1100, 1600
"""The window; as high as the picture may get, since a page that is scrolled for it loses the cursor."""
CURSOR = (0.25, 0.3)
"""Where the cursor stands in the chart, as shares of its width and height: the overload of a festival's day."""


def photograph(page_file: Path, picture: Path) -> None:
    """Write the picture of a page."""
    with browser() as running:
        page = running.new_page(viewport={"width": WIDTH, "height": HEIGHT})
        page.goto(page_file.as_uri())
        page.wait_for_selector("html.drawn")
        plot = page.locator("[data-plot=traffic]")
        size = plot.bounding_box() or {"width": 0.0, "height": 0.0}
        plot.hover(position={"x": CURSOR[0] * size["width"], "y": CURSOR[1] * size["height"]})
        legend = page.locator("[data-legend=traffic]")
        end = legend.evaluate("(one) => one.getBoundingClientRect().bottom + scrollY + 12")
        page.screenshot(path=picture, clip={"x": 0, "y": 0, "width": WIDTH, "height": end})


def main() -> int:
    """Run a festival unless a run is given, write its page, photograph that."""
    parser = argparse.ArgumentParser(description="Photograph the page of a festival run.")
    parser.add_argument("run", nargs="?", type=Path, help="a recorded run; by default a festival is run first")
    run: Path | None = parser.parse_args().run
    if chromium() is None:
        sys.exit(f"make page-picture: {HOW_TO_INSTALL}")
    with tempfile.TemporaryDirectory() as folder:
        if run is None:
            festival = [BIN / "locust", "-f", ROOT / "locustfiles" / "festival.py", "--headless", "--runs", folder]
            code = subprocess.run(list(map(str, festival)), cwd=ROOT, check=False).returncode
            if code != ExitCode.PASS:
                sys.exit(f"make page-picture: the festival ended with exit code {code}; a quiet machine is needed")
            run = Path(folder) / "latest"
        page = Path(folder) / "page.html"
        subprocess.run([str(BIN / "springtide"), "render", str(run), "--html", str(page)], cwd=ROOT, check=True)
        photograph(page, PICTURE)
    sys.stdout.write(f"{PICTURE.relative_to(ROOT)}: {PICTURE.stat().st_size / 1000:.0f} kB\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
