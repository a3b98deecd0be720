"""Work in parts, done without a pause."""

from locustfiles.recording.parts import Parts, at_once


def test_at_once() -> None:
    """Every part is done in order, and the value is the work's."""
    done = []

    def work() -> Parts[str]:
        done.append(1)
        yield
        done.append(2)
        return "value"

    assert (at_once(work()), done) == ("value", [1, 2])
