"""Debian's Chromium over a file, without a screen and without a network of its own: for the page's test and the README's picture."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, sync_playwright

HOW_TO_INSTALL = "there is no Chromium here; on Debian: apt-get install chromium fonts-noto-cjk"
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def chromium() -> str | None:
    """The browser's path; None where there is none."""
    return shutil.which("chromium")


@contextmanager
def browser() -> Iterator[Browser]:
    """A running browser; RuntimeError says what to install where there is none."""
    path = chromium()
    if path is None:
        raise RuntimeError(HOW_TO_INSTALL)
    with sync_playwright() as driver:
        running = driver.chromium.launch(executable_path=path, args=list(FLAGS))
        try:
            yield running
        finally:
            running.close()
