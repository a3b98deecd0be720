"""Starts the UCP Flower Shop of the package ``ucp-client`` on loopback: ``python -S launcher.py PORT FOLDER``.

Runs on the shop's own packages, which ``PYTHONPATH`` names. The package's own command listens on every interface; this one does
not. ``FOLDER`` must be new: a restart of the shop fills its shelves again and keeps its orders.
"""

import importlib
import importlib.util
import subprocess
import sys
from pathlib import Path
from typing import Any


def main(port: int, folder: Path) -> None:
    """Fill the shelves and serve until killed."""
    spec = importlib.util.find_spec("ucp_client")
    if spec is None or spec.origin is None:
        raise SystemExit("The package ucp-client is not on PYTHONPATH; make flower-shop installs it.")
    shop = Path(spec.origin).parent / "mockup_server"
    folder.mkdir(parents=True)
    databases = [f"--{name}_db_path={folder / f'{name}.db'}" for name in ("products", "transactions")]
    filling = [sys.executable, "-S", str(shop / "import_csv.py"), *databases, f"--data_dir={shop / 'test_data'}"]
    subprocess.run(filling, check=True)
    sys.path.insert(0, str(shop))
    server: Any = importlib.import_module("server")
    flags: Any = importlib.import_module("absl.flags")
    flags.FLAGS(["flower_shop", *databases, f"--port={port}", "--simulation_secret=unused"])
    uvicorn: Any = importlib.import_module("uvicorn")
    uvicorn.run(server.app, host="127.0.0.1", port=port, log_level="warning")


if __name__ == "__main__":
    main(int(sys.argv[1]), Path(sys.argv[2]))
