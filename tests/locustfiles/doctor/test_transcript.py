"""Requests and replies are shown so that nothing secret, endless or dangerous reaches a terminal."""

from hypothesis import given
from hypothesis import strategies as st

from locustfiles.doctor.transcript import BODY_CHARACTERS, REDACTED, printable, reply_lines, request_lines

REQUEST = (
    b"POST /checkout_sessions HTTP/1.1\r\nHost: shop.test\r\nAuthorization: Bearer key-1234\r\nX-Team: key-1234 b\r\n\r\n"
    b'{"note":"key-1234","a":[1]}'
)


def clean(text: str) -> str:
    """Knows one secret."""
    return text.replace("key-1234", REDACTED)


def as_it_is(text: str) -> str:
    """Knows no secret."""
    return text


def test_a_request() -> None:
    """The request line, the headers and the indented body are shown; the key nowhere, in no header and no member."""
    assert request_lines(REQUEST, clean) == [
        "POST /checkout_sessions HTTP/1.1",
        "Host: shop.test",
        "Authorization: ***",
        "X-Team: *** b",
        "",
        "{",
        '  "note": "***",',
        '  "a": [',
        "    1",
        "  ]",
        "}",
    ]


def test_a_reply_with_what_a_terminal_obeys() -> None:
    """Escape sequences of a target are shown as text, and its cookies not at all."""
    shown = reply_lines(
        503, {"set-cookie": "session=1", "x-note": "\x1b[2J"}, b"busy \x1b]0;title\x07\r\nline 2", as_it_is
    )

    assert shown == ["503", "set-cookie: ***", "x-note: \\x1b[2J", "", "busy \\x1b]0;title\\x07", "line 2"]


def test_no_answer() -> None:
    """A request without an answer says so."""
    assert reply_lines(0, {}, b"", as_it_is) == ["no answer"]


def test_an_endless_reply_is_cut() -> None:
    """Of many headers and a long body the beginnings are shown, with how much is left out."""
    shown = reply_lines(200, {f"h{number}": "x" * 1000 for number in range(100)}, b"y" * 10_000, as_it_is)

    assert "... and 60 more headers" in shown
    assert shown[-1] == f"... and {10_000 - BODY_CHARACTERS:,} more characters"
    assert max(map(len, shown)) <= BODY_CHARACTERS


@given(st.text())
def test_every_text_becomes_one_printable_line(text: str) -> None:
    """Whatever a target sends, what is shown holds no control character and no line end."""
    assert printable(text).isprintable()


@given(st.binary(max_size=200))
def test_any_bytes_can_be_shown(body: bytes) -> None:
    """A body of any bytes is shown without an error, and every line of it is printable."""
    assert all(line.isprintable() for line in reply_lines(200, {}, body, as_it_is))
