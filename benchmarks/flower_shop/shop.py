"""The UCP Flower Shop as a child process, and the target file of a run against it."""

import contextlib
import csv
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

PACKAGES = Path(sys.prefix) / "flower-shop"
"""Where ``make flower-shop`` installs the shop, by pins of its own."""
_DATA = PACKAGES / "ucp_client" / "mockup_server" / "test_data"
_LAUNCHER = Path(__file__).with_name("launcher.py")
_READY_DEADLINE_S = 30.0
_LOOK_S = 0.1
_TARGET = """\
name = "flower-shop"
journey = "checkout-only"

[checkout]
protocol = "ucp"
url = "{url}"
currency = "USD"
country = "US"
payment = {{ handler = "mock_payment_handler", credential = "{credential}" }}
quirks = {{ agent = "name" }} # a profile's address would be fetched at every create and update

[cards]
source = "codes"
codes = ["10OFF", "WELCOME20", "FIXED500"]

[data]
catalogue = "catalogue.csv"
"""


class ShopError(Exception):
    """The shop did not come up; the text is one sentence."""


def shelves() -> dict[str, int]:
    """How many of each product a new shop has."""
    with (_DATA / "inventory.csv").open(encoding="utf-8") as file:
        return {row["product_id"]: int(row["quantity"]) for row in csv.DictReader(file)}


def write_target(folder: Path, url: str, *, credential: str = "success_token") -> Path:
    """Write the target file and its catalogue; the path of the target file."""
    with (_DATA / "products.csv").open(encoding="utf-8") as file:
        goods = [(row["id"], row["title"], row["price"]) for row in csv.DictReader(file)]
    with (folder / "catalogue.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([("sku", "name", "price_minor"), *goods])
    target = folder / f"{credential}.toml"
    target.write_text(_TARGET.format(url=url, credential=credential), encoding="utf-8")
    return target


@contextlib.contextmanager
def flower_shop(folder: Path) -> Iterator[str]:
    """A shop whose books are in ``folder``, which must not exist; its URL. ShopError when it does not come up."""
    port = _free_port()
    log = folder.with_suffix(".log")
    command = [sys.executable, "-S", str(_LAUNCHER), str(port), str(folder)]
    with log.open("wb") as file:
        process = subprocess.Popen(
            command, stdout=file, stderr=file, env={**os.environ, "PYTHONPATH": str(PACKAGES)}, start_new_session=True
        )
    try:
        url = f"http://127.0.0.1:{port}"
        _await(url, process, log)
        yield url
    finally:
        process.kill()
        process.wait()


def _await(url: str, process: "subprocess.Popen[bytes]", log: Path) -> None:
    until_s = time.monotonic() + _READY_DEADLINE_S
    while time.monotonic() < until_s and process.poll() is None:
        with contextlib.suppress(OSError), urllib.request.urlopen(f"{url}/.well-known/ucp", timeout=1):  # noqa: S310 - our own URL
            return
        time.sleep(_LOOK_S)
    said = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
    raise ShopError(f"The Flower Shop did not start: {said[-1] if said else 'it said nothing'}. Its log is {log}.")


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port
