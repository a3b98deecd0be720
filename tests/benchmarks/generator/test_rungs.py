"""The rungs of the ladder: readers on bytes, and each program against the bench server."""

import re
from contextlib import ExitStack
from pathlib import Path

import pytest

from benchmarks.generator import replies
from benchmarks.generator.bench_machine import Program, Server, cores
from benchmarks.generator.contenders import RUNGS, Job, command
from benchmarks.generator.rungs import PROGRAMS, CheckingReader, TrustingReader
from benchmarks.generator.workload import CONNECTIONS, W1

ANSWER = replies.plain()


def test_every_rung_has_its_program() -> None:
    """The names by which rungs are started are those that are measured, in the same order."""
    assert tuple(PROGRAMS) == RUNGS


@pytest.mark.parametrize("reader", [TrustingReader, CheckingReader])
def test_an_answer_ends_with_its_last_byte(reader: type[TrustingReader | CheckingReader]) -> None:
    """Both readers find the end of one answer after another, also of one whose body comes in pieces."""
    ends = reader().ends

    assert [ends(ANSWER), ends(ANSWER)] == [True, True]
    assert [ends(ANSWER[:-20]), ends(ANSWER[-20:-1]), ends(ANSWER[-1:]), ends(ANSWER)] == [False, False, True, True]


def test_the_checking_reader_checks() -> None:
    """Bytes that are no answer are an error with a sentence."""
    with pytest.raises(ConnectionError, match=r"not HTTP/1\.1"):
        CheckingReader().ends(b"no answer\r\n\r\n")


@pytest.mark.load
@pytest.mark.parametrize("rung", RUNGS)
def test_a_rung_goes_on_until_the_server_ends(rung: str, tmp_path: Path) -> None:
    """Each rung reads answers and sends again on all of its connections, and when they are gone it says so and ends."""
    with ExitStack() as stack:
        with Server(tmp_path, core=cores().server) as server:
            words = command(Job(rung, W1, server.url, tmp_path))
            program = stack.enter_context(Program(words, core=cores().generator, output=tmp_path / "rung.out"))
            while server.counts()["requests"] < 10 * CONNECTIONS:
                program.check_runs()
        program.wait(30, codes=(1,))

    assert re.search(r"Connection\w*Error|BrokenPipeError", program.said())
