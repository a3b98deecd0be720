"""One pytest process holds the tests of three programs, so what one of them does to the process is settled here.

``import locust`` lets gevent replace sockets, threads and selectors of the whole process. The stub's tests run asyncio loops
and threads, the generator's run greenlets on gevent's own hub; both work side by side in a process that is not patched.
Programs that a test starts are patched as ever: the switch is gone from the environment before the first test.
"""

import importlib
from pathlib import Path

import pytest
from hypothesis import settings

from tests.helpers.certificates import make_authority

with pytest.MonkeyPatch.context() as _environment:
    _environment.setenv("LOCUST_SKIP_MONKEY_PATCH", "1")
    importlib.import_module("locust")

# The same examples on every machine: a law that fails here fails everywhere. Examples take as long as a busy machine needs.
settings.register_profile("springtide", derandomize=True, deadline=None, database=None, print_blob=True)
settings.load_profile("springtide")


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a CA and a certificate for this machine (``make_authority``)."""
    return make_authority(tmp_path_factory.mktemp("ca"))
