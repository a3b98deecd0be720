"""The nine techniques of the comparison."""

from benchmarks.doors.techniques import REQUESTS_PER_WISH, SERVERS, SERVICE_MS, TECHNIQUES, WISHES_PER_S


def test_there_are_nine_of_them() -> None:
    """Each technique is another one, and the first refuses nobody."""
    assert len({technique.name for technique in TECHNIQUES}) == 9
    assert len({(t.door, t.limit, t.discipline, t.pause) for t in TECHNIQUES}) == 9


def test_the_capacity_is_what_the_servers_do() -> None:
    """By Little's law the servers are all at work at the stated wishes a second."""
    assert SERVERS == WISHES_PER_S * REQUESTS_PER_WISH * SERVICE_MS / 1000
