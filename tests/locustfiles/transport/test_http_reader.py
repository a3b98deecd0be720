"""The reader turns bytes into an answer: literal bytes, bounds, and the law that splits change nothing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from locustfiles.transport.exchange import Fault
from locustfiles.transport.http_reader import HttpReader
from tests.helpers.splits import CUTS, single_bytes, split_at

OK = b"HTTP/1.1 200 OK\r\n"


def read(pieces: list[bytes], *, ended: bool = True, head_request: bool = False, header_limit=400, body_limit=1000):
    """Everything that a reader tells after these pieces, the end included when the connection ended."""
    reader = HttpReader(header_limit=header_limit, body_limit=body_limit)
    reader.begin(head_request=head_request)
    body = b""
    for piece in pieces:
        body += reader.feed(piece)
        if reader.complete or reader.fault:
            break
    if ended and not reader.complete:
        reader.finish()
    return reader.status, reader.headers, body, reader.complete, reader.fault


ANSWERS = [
    pytest.param(OK + b"Content-Length: 2\r\n\r\nok", 200, b"ok", None, id="a told length ends the body"),
    pytest.param(
        OK + b"Transfer-Encoding: chunked\r\n\r\n2;note=1\r\nok\r\n3\r\nay!\r\n0\r\nTrailer: x\r\n\r\n",
        200,
        b"okay!",
        None,
        id="chunks are joined, extensions and trailers dropped",
    ),
    pytest.param(OK + b"\r\nuntil the end", 200, b"until the end", None, id="without a length the end ends the body"),
    pytest.param(b"HTTP/1.0 200 OK\r\n\r\nold", 200, b"old", None, id="HTTP/1.0 bodies end with the connection"),
    pytest.param(
        b"HTTP/1.1 100 Continue\r\nX: 1\r\n\r\nHTTP/1.1 103 Early\r\n\r\n" + OK + b"Content-Length: 1\r\n\r\na",
        200,
        b"a",
        None,
        id="interim answers are skipped",
    ),
    pytest.param(b"HTTP/1.1 204 No Content\r\n\r\n", 204, b"", None, id="204 has no body"),
    pytest.param(b"HTTP/1.1 304 N\r\nContent-Length: 9\r\n\r\n", 304, b"", None, id="304 has no body"),
    pytest.param(b"HTTP/1.1 529 \r\nContent-Length: 0\r\n\r\n", 529, b"", None, id="unregistered codes are codes"),
    pytest.param(OK + b"Content-Length: 5\r\n\r\nok", 200, b"ok", Fault.TRUNCATED, id="a short body is truncated"),
    pytest.param(
        OK + b"Transfer-Encoding: chunked\r\n\r\n2\r\nok\r\n",
        200,
        b"ok",
        Fault.TRUNCATED,
        id="chunks without the last one are truncated",
    ),
    pytest.param(OK + b"Content-Le", 0, b"", Fault.TRUNCATED, id="half a head is truncated"),
    pytest.param(b"", 0, b"", Fault.CLOSED_BEFORE_ANSWER, id="no byte at all is no answer"),
    pytest.param(b"HTTP/1.1 100 Continue\r\n\r\n", 0, b"", Fault.TRUNCATED, id="an interim answer alone is truncated"),
    pytest.param(
        OK + b"Transfer-Encoding: chunked\r\n\r\nzz\r\nok\r\n",
        200,
        b"",
        Fault.MALFORMED_ANSWER,
        id="a chunk size that is no number is malformed",
    ),
    pytest.param(
        OK + b"Transfer-Encoding: chunked\r\n\r\n2\r\nokay\r\n",
        200,
        b"ok",
        Fault.MALFORMED_ANSWER,
        id="a chunk longer than its size is malformed",
    ),
    pytest.param(
        OK + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\nok", 0, b"", Fault.MALFORMED_ANSWER, id="two lengths"
    ),
    pytest.param(OK + b"Content-Length: -1\r\n\r\n", 0, b"", Fault.MALFORMED_ANSWER, id="a negative length"),
    pytest.param(b"<html>busy</html>", 0, b"", Fault.MALFORMED_ANSWER, id="HTTP/0.9 is not HTTP/1.1"),
    pytest.param(b"\x16\x03\x01\x00", 0, b"", Fault.MALFORMED_ANSWER, id="TLS on a plain port is not HTTP/1.1"),
    pytest.param(b"SSH-2.0-OpenSSH\r\n", 0, b"", Fault.MALFORMED_ANSWER, id="another protocol is not HTTP/1.1"),
    pytest.param(
        b"HTTP/2.0 200 OK\r\nContent-Length: 0\r\n\r\n", 0, b"", Fault.MALFORMED_ANSWER, id="version 2 in letters"
    ),
    pytest.param(
        b"HTTP/1.1 101 Switching\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\nabc",
        0,
        b"",
        Fault.MALFORMED_ANSWER,
        id="a switch of protocols was not asked for",
    ),
    pytest.param(b"HTTP/1.1 001 ?\r\n\r\n", 0, b"", Fault.MALFORMED_ANSWER, id="a status below 100 is none"),
    pytest.param(OK + b"X: " + b"a" * 500, 0, b"", Fault.HEADER_TOO_LARGE, id="an endless header is bounded"),
    pytest.param(
        b"HTTP/1.1 100 C\r\n\r\n" * 30, 0, b"", Fault.HEADER_TOO_LARGE, id="endless interim answers are bounded"
    ),
    pytest.param(
        OK + b"\r\n" + b"a" * 1200, 200, b"a" * 1000, Fault.BODY_TOO_LARGE, id="an endless body is cut at the bound"
    ),
    pytest.param(
        OK + b"Content-Length: 1001\r\n\r\n" + b"a" * 1001, 200, b"a" * 1000, Fault.BODY_TOO_LARGE, id="a long body"
    ),
]


@pytest.mark.parametrize(("wire", "status", "body", "fault"), ANSWERS)
def test_answer(wire: bytes, status: int, body: bytes, fault: Fault | None) -> None:
    """Every kind of answer gives its status, its decoded body, and a fault when it is not whole."""
    told = read([wire])
    assert (told[0], told[2], told[4]) == (status, body, fault)
    assert told[3] is (fault is None)


@pytest.mark.parametrize(("wire", "status", "body", "fault"), ANSWERS)
def test_single_bytes(wire: bytes, status: int, body: bytes, fault: Fault | None) -> None:
    """The finest split of every answer gives what the whole gives."""
    assert read(single_bytes(wire)) == read([wire])


@given(st.sampled_from([case.values[0] for case in ANSWERS]), CUTS)
def test_any_split_gives_the_same(wire: bytes, cuts: list[int]) -> None:
    """Where the bytes are cut changes nothing."""
    assert read(split_at(wire, cuts)) == read([wire])


@given(
    st.binary(max_size=300), st.sampled_from([b"", OK, OK + b"\r\n", OK + b"Transfer-Encoding: chunked\r\n\r\n"]), CUTS
)
def test_hostile_bytes_never_raise(garbage: bytes, before: bytes, cuts: list[int]) -> None:
    """Any bytes end as an answer or as one fault, the same for every split."""
    wire = before + garbage
    whole = read([wire])
    assert whole == read(split_at(wire, cuts))
    assert whole[3] != (whole[4] is not None)


def test_head_answer_has_no_body() -> None:
    """An answer to HEAD is complete with its head, whatever length that announces."""
    told = read([OK + b"Content-Length: 99\r\n\r\n"], ended=False, head_request=True)
    assert told == (200, {"content-length": "99"}, b"", True, None)


def test_reader_reads_on_after_head() -> None:
    """After an answer to HEAD the same reader reads the next answer."""
    reader = HttpReader(header_limit=400, body_limit=400)
    reader.begin(head_request=True)
    reader.feed(OK + b"Content-Length: 99\r\n\r\n")
    assert reader.reusable
    reader.begin()
    assert reader.feed(OK + b"Content-Length: 2\r\n\r\nok") == b"ok"
    assert reader.reusable


def test_headers_are_lowered_and_joined() -> None:
    """Names are lower case, repeated headers are joined by a comma, an empty value is kept."""
    wire = OK + b"Retry-After: 1\r\nVia: a\r\nvia: b\r\nX-Empty:\r\nX-Latin: \xff\r\nContent-Length: 0\r\n\r\n"
    _, headers, *_ = read([wire])
    assert headers == {"retry-after": "1", "via": "a, b", "x-empty": "", "x-latin": "\xff", "content-length": "0"}


@pytest.mark.parametrize(
    ("wire", "reusable"),
    [
        pytest.param(OK + b"Content-Length: 0\r\n\r\n", True, id="keep-alive is the default of 1.1"),
        pytest.param(OK + b"Connection: close\r\nContent-Length: 0\r\n\r\n", False, id="the target wants to close"),
        pytest.param(b"HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n", False, id="1.0 closes by default"),
        pytest.param(OK + b"Content-Length: 0\r\n\r\n" * 2 + OK, False, id="a second answer that nobody asked for"),
        pytest.param(OK + b"Content-Length: 0\r\n\r\nrubbish", False, id="rubbish behind the answer"),
        pytest.param(OK + b"Connection: close\r\nContent-Length: 0\r\n\r\nmore", False, id="bytes behind a close"),
    ],
)
def test_reuse(wire: bytes, reusable: bool) -> None:
    """A connection is reusable when the answer is complete, the target keeps it, and nothing follows the answer."""
    reader = HttpReader(header_limit=400, body_limit=400)
    reader.feed(wire)
    assert reader.complete
    assert reader.reusable is reusable


def test_second_answer_is_discarded() -> None:
    """A second answer in the same bytes changes nothing of the first."""
    first = OK + b"A: 1\r\nContent-Length: 2\r\n\r\nok"
    second = b"HTTP/1.1 500 No\r\nB: 2\r\nContent-Length: 3\r\n\r\nbad"
    assert read([first + second]) == read([first])


def test_head_of_exactly_the_limit_is_accepted() -> None:
    """The bound of the head counts its last byte in, and one byte more is too large."""
    wire = OK + b"Content-Length: 0\r\n\r\n"
    assert read([wire], header_limit=len(wire))[4] is None
    assert read([wire], header_limit=len(wire) - 1)[4] is Fault.HEADER_TOO_LARGE
    assert read(single_bytes(wire), header_limit=len(wire) - 1)[4] is Fault.HEADER_TOO_LARGE


def test_interrupt_inside_the_parser_passes_through() -> None:
    """Ctrl-C that strikes inside the parser is Ctrl-C, not a malformed answer."""

    class Interrupted(HttpReader):
        def on_header(self, name: bytes, value: bytes) -> None:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        Interrupted(header_limit=400, body_limit=400).feed(OK + b"Content-Length: 2\r\n\r\nok")


def test_endless_chunk_extension_is_bounded() -> None:
    """Framing that never becomes body ends as a fault, not as memory."""
    reader = HttpReader(header_limit=400, body_limit=400)
    reader.feed(OK + b"Transfer-Encoding: chunked\r\n\r\n1;")
    fed = 0
    while reader.fault is None and fed < 4_000_000:
        reader.feed(b"a" * 65536)
        fed += 65536
    assert reader.fault is Fault.BODY_TOO_LARGE
