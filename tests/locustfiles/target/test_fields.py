"""Tables of a TOML file: what is not as it should be gives its default, and a sentence."""

from pathlib import Path

from locustfiles.target.fields import Fields, nearest, unknown


def test_what_is_absent_is_no_mistake() -> None:
    """A table without a field gives the field's default and says nothing."""
    wrong: list[str] = []
    table = Fields("t", {}, ("a",), folder=Path("/f"), wrong=wrong)

    assert (table.text("a"), table.flag("a", default=True), table.seconds("a")) == ("", True, None)
    assert (table.texts("a"), table.members("a"), table.secret("a"), table.path("a")) == ((), {}, None, None)
    assert table.table("a", ()) is None
    assert wrong == []


def test_paths_are_relative_to_the_file() -> None:
    """A relative path begins at the file's folder, an absolute one stays."""
    table = Fields("", {"a": "x/y.csv", "b": "/z.csv"}, ("a", "b"), folder=Path("/f"), wrong=[])

    assert (table.path("a"), table.path("b")) == (Path("/f/x/y.csv"), Path("/z.csv"))


def test_mistakes_of_all_fields_are_kept() -> None:
    """Mistakes of a table within a table have the whole path, and the first does not hide the second."""
    wrong: list[str] = []
    top = Fields("", {"a": {"b": 1, "x": 2}}, ("a",), folder=Path(), wrong=wrong)
    inner = top.table("a", ("b",))
    assert inner is not None
    inner.text("b")

    assert wrong == ["a.x: unknown; known are b", "a.b: takes text, not a number"]


def test_a_text_without_end() -> None:
    """A text beyond the bound is refused by its length."""
    wrong: list[str] = []
    Fields("", {"a": "x" * 20_000}, ("a",), folder=Path(), wrong=wrong).text("a")

    assert wrong == ["a: has 20,000 characters; give at most 16,384"]


def test_nearest() -> None:
    """A mistyped word has its nearest known one, whatever the case, and a foreign word has none."""
    assert nearest("Protcol", ("protocol", "url")) == "protocol"
    assert nearest("zzz", ("protocol", "url")) == ""
    assert unknown("zzz", ("protocol", "url")) == "unknown; known are protocol, url"
