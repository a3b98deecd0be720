"""Opens a page in Chromium as readers do, and prints what they would see as JSON: ``python -m tests.helpers.page_session FILE``.

A process of its own: the driver's event loop and a test process that Locust has patched do not mix.
"""

import json
import sys
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Dialog, Page

from benchmarks.browser import browser

DESKTOP, PHONE = {"width": 1200, "height": 900}, {"width": 320, "height": 640}
DRAWN = "html.drawn"
SHIFT = """() => new Promise((done) => {
  let sum = 0;
  new PerformanceObserver((list) => list.getEntries().forEach((entry) => { sum += entry.value; })).observe({ type: "layout-shift", buffered: true });
  requestAnimationFrame(() => requestAnimationFrame(() => done(sum)));
})"""
BACKGROUND = "getComputedStyle(document.body).backgroundColor"


def opened(running: Browser, path: Path, seen: dict[str, list[str]], **context: Any) -> Page:
    """The page, drawn; whatever it says, asks for or throws is collected in ``seen``."""
    page = running.new_context(**context).new_page()
    page.on("console", lambda message: seen["console"].append(f"{message.type}: {message.text}"))
    page.on("pageerror", lambda error: seen["console"].append(f"error: {error}"))
    page.on("request", lambda request: seen["requests"].append(request.url))
    page.on("dialog", lambda dialog: noted(dialog, seen["dialogs"]))
    page.goto(path.as_uri())
    page.wait_for_selector(DRAWN)
    return page


def noted(dialog: Dialog, dialogs: list[str]) -> None:
    """Remember what a dialog says, and close it: the page would wait for an answer."""
    dialogs.append(dialog.message)
    dialog.dismiss()


def read_and_used(page: Page) -> dict[str, Any]:
    """What is on the page, and what mouse and keys do."""
    plot = page.locator("[data-plot=traffic]")
    told = {
        "lang": page.locator("html").get_attribute("lang"),
        "verdict": page.locator("section.verdict").inner_text(),
        "verdict_in_view": page.locator("#verdict-title").bounding_box(),
        "text": page.locator("body").inner_text(),
        "hacked": page.evaluate("typeof window.hacked"),
        "scripts": page.locator("script").count(),
        "canvases": page.locator("canvas").count(),
        "charts": page.locator("figure").count(),
    }
    plot.hover(position={"x": 500, "y": 120})
    told["hovered"] = plot.locator(".tip").inner_text()
    page.mouse.move(5, 5)
    page.locator("#main a, #main select, [data-plot=traffic]").first.focus()
    plot.focus()
    for key in ("ArrowRight", "ArrowRight", "ArrowLeft", "End"):
        page.keyboard.press(key)
        told[f"after_{key}"] = page.locator("[data-live=traffic]").inner_text()
    page.keyboard.press("Escape")
    told["tip_after_escape"] = plot.locator(".tip").is_visible()
    page.keyboard.press("Tab")
    told["tab_leads_to"] = page.evaluate("document.activeElement.textContent")
    page.keyboard.press("Enter")
    told["pressed"] = page.locator("[data-legend=traffic] button").first.get_attribute("aria-pressed")
    page.locator("[data-numbers=traffic] summary").click()
    page.locator("[data-numbers=traffic] tbody tr").first.wait_for()  # the table is filled when the browser tells of its opening
    told["table_rows"] = page.locator("[data-numbers=traffic] tbody tr").count()
    told["first_row"] = page.locator("[data-numbers=traffic] tbody tr").first.inner_text()
    page.locator("[data-views=latency]").select_option("1")
    told["drawn_again"] = page.locator("[data-plot=latency] canvas").count()
    return told


def main(path: Path) -> dict[str, Any]:
    """Everything that is asserted of the page."""
    seen: dict[str, list[str]] = {"console": [], "requests": [], "dialogs": []}
    with browser() as running:
        light = opened(running, path, seen, viewport=DESKTOP)
        told = read_and_used(light) | {"light": light.evaluate(BACKGROUND)}
        told["pdf_bytes"] = len(light.pdf(format="A4"))
        light.emulate_media(media="print", color_scheme="dark")
        told["nav_in_print"] = light.locator("nav").is_visible()
        dark = opened(running, path, seen, viewport=DESKTOP, color_scheme="dark", reduced_motion="reduce")
        told["dark"] = dark.evaluate(BACKGROUND)
        told["scrolling"] = dark.evaluate("getComputedStyle(document.documentElement).scrollBehavior")
        phone = opened(running, path, seen, viewport=PHONE, has_touch=True, is_mobile=True)
        told["phone_width"] = phone.evaluate("document.documentElement.scrollWidth")
        told["phone_shift"] = phone.evaluate(SHIFT)
    return told | seen


if __name__ == "__main__":
    sys.stdout.write(json.dumps(main(Path(sys.argv[1]))))
