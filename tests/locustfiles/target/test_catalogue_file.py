"""A shop's own goods, as CSV or JSON lines."""

from pathlib import Path

import pytest

from locustfiles.target.catalogue_file import read_goods
from locustfiles.target.data_files import DataError
from locustfiles.target.target import Goods


def test_both_kinds_of_file(tmp_path: Path) -> None:
    """The same goods are read from CSV and from JSON lines, and what is left out has its default."""
    table, lines = tmp_path / "c.csv", tmp_path / "c.jsonl"
    table.write_text("sku,name,name_zh,price_minor\nrose,Red roses,红玫瑰,3500\npot,Pot,,\n", encoding="utf-8")
    lines.write_text(
        '{"sku":"rose","name":"Red roses","name_zh":"红玫瑰","price_minor":3500}\n{"sku":"pot","name":"Pot"}\n',
        encoding="utf-8",
    )

    assert read_goods(table) == read_goods(lines)
    assert read_goods(table) == (Goods("rose", "Red roses", "红玫瑰", price_minor=3500), Goods("pot", "Pot"))


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        pytest.param("sku,nmae\na,b\n", "line 2: nmae: unknown; did you mean name?", id="a column"),
        pytest.param("sku,name\na,\n", "line 2: name is missing", id="no name"),
        pytest.param("sku,name\na,b\na,c\n", "line 3: sku 'a' has a line already", id="twice"),
        pytest.param("sku,name,price_minor\na,b,1.5\n", "line 2: price_minor is not a whole number", id="a price"),
        pytest.param("sku,name\na,b\tc\n", "line 2: name is not a printable text", id="a tab"),
    ],
)
def test_mistakes(tmp_path: Path, text: str, sentence: str) -> None:
    """A line that is no product is told by its number."""
    (tmp_path / "c.csv").write_text(text)

    with pytest.raises(DataError, match=sentence.replace("?", r"\?")):
        read_goods(tmp_path / "c.csv")


def test_other_files(tmp_path: Path) -> None:
    """A file whose kind its name does not tell is refused, and a line that is no object."""
    (tmp_path / "c.jsonl").write_text("[1]\n")

    with pytest.raises(DataError, match=r"c.xlsx is neither .csv nor .jsonl"):
        read_goods(tmp_path / "c.xlsx")
    with pytest.raises(DataError, match="line 1: it is not an object"):
        read_goods(tmp_path / "c.jsonl")
