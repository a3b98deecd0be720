"""A process gets the open files that its shoppers need, as far as the system allows."""

import subprocess
import sys

import pytest

from tests.helpers.source_tree import ROOT

PROGRAM = """
import resource, sys
from locustfiles.session.open_files import raise_open_files
soft, hard, needed = map(int, sys.argv[1:])
resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
print(raise_open_files(needed), *resource.getrlimit(resource.RLIMIT_NOFILE))
"""


@pytest.mark.parametrize(
    ("soft", "hard", "needed", "granted"),
    [
        pytest.param(256, 512, 400, 400, id="enough room below the hard limit"),
        pytest.param(256, 512, 4000, 512, id="the hard limit is the most"),
        pytest.param(256, 512, 100, 256, id="a limit that suffices is never lowered"),
        pytest.param(512, 512, 512, 512, id="a limit that just suffices stays"),
    ],
)
def test_limits(soft: int, hard: int, needed: int, granted: int) -> None:
    """The soft limit rises to what is needed, never falls, and the hard limit is left alone."""
    command = [sys.executable, "-c", PROGRAM, str(soft), str(hard), str(needed)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=True)

    assert list(map(int, done.stdout.split())) == [granted, granted, hard]
