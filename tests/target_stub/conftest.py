"""A PostgreSQL for the tests of the shared ledger."""

from collections.abc import Iterator

import pytest

from tests.helpers.postgres import PostgresServer, running_postgres


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """One server for all tests of the process, each with a database of its own."""
    with running_postgres() as server:
        yield server
