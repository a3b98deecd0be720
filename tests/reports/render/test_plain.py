"""Text of others is shown, never obeyed."""

import io

import pytest

from reports.render.plain import console_on, plain, words


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        pytest.param("牛乳 and tea", "牛乳 and tea", id="words in any script"),
        pytest.param("\x1b[31mred\x1b[0m", r"\x1b[31mred\x1b[0m", id="a terminal escape"),
        pytest.param("two\nlines\r\n", r"two\x0alines\x0d\x0a", id="line ends"),
        pytest.param("\u202eevil", r"\u202eevil", id="a direction override"),
        pytest.param("[bold red]x[/]", "[bold red]x[/]", id="markup stays text"),
        pytest.param("a" * 400, "a" * 297 + "...", id="a long text is cut"),
    ],
)
def test_hostile_text_is_made_visible(text: str, shown: str) -> None:
    """Control and invisible characters are written out, and length is bounded."""
    assert plain(text) == shown


def printed(environ: dict[str, str]) -> str:
    """A styled text on a stream that is no terminal."""
    stream = io.StringIO()
    console_on(stream, environ).print(words("[bold]:smile: x[/bold]", "bold red"))
    return stream.getvalue()


def test_no_colour_without_a_terminal() -> None:
    """A pipe gets the bare text, with markup and emoji codes as they stand."""
    assert printed({}) == "[bold]:smile: x[/bold]\n"


def test_colour_is_forced_and_refused_by_the_environment() -> None:
    """FORCE_COLOR colours a pipe, NO_COLOR wins over it."""
    assert "\x1b[1;31m" in printed({"FORCE_COLOR": "1", "TERM": "xterm-256color"})
    assert "31m" not in printed({"FORCE_COLOR": "1", "NO_COLOR": "1", "TERM": "xterm-256color"})


def test_the_width_without_a_terminal() -> None:
    """A pipe is 100 columns wide, or as wide as COLUMNS says."""
    assert console_on(io.StringIO(), {}).width == 100
    assert console_on(io.StringIO(), {"COLUMNS": "72"}).width == 72
