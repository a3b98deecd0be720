"""The class that a target file names is found, or one sentence says what is wrong."""

from pathlib import Path
from typing import Any

import pytest

from locustfiles.adapters.load_adapter import AdapterError, load_adapter, made_adapter
from locustfiles.adapters.rest_shop import RestShop

VERBS = "create", "apply_card", "pay", "read_order"


def source(*verbs: str, name: str = "MyShop") -> str:
    """An adapter with these verbs."""
    defined = "".join(f"    def {verb}(self, *_):\n        yield\n" for verb in verbs) or "    pass\n"
    return f"from locustfiles.adapters.shop_adapter import ShopAdapter\n\n\nclass {name}(ShopAdapter):\n{defined}"


def test_of_a_module() -> None:
    """A dotted module is imported by its name."""
    assert load_adapter("locustfiles.adapters.rest_shop:RestShop") is RestShop


def test_of_a_file(tmp_path: Path) -> None:
    """A file is found relative to the folder, and two files of one name are two shops."""
    (tmp_path / "a").mkdir()
    (tmp_path / "my_shop.py").write_text(source(*VERBS))
    (tmp_path / "a/my_shop.py").write_text(source(*VERBS))
    one, other = load_adapter("my_shop.py:MyShop", tmp_path), load_adapter("a/my_shop.py:MyShop", tmp_path)

    assert one.__name__ == other.__name__ == "MyShop"
    assert one is not other
    assert one(currency="EUR").currency == "EUR"


def test_a_file_with_a_dataclass(tmp_path: Path) -> None:
    """What looks its own module up while it is imported finds it."""
    text = "from __future__ import annotations\nfrom dataclasses import dataclass\n\n\n@dataclass\nclass V:\n    a: int\n\n\n"
    (tmp_path / "my_shop.py").write_text(text + source(*VERBS).partition("\n\n\n")[0] + "\n\n" + source(*VERBS))

    assert load_adapter("my_shop.py:MyShop", tmp_path).__name__ == "MyShop"


@pytest.mark.parametrize(
    ("spec", "text", "sentence"),
    [
        pytest.param("my_shop.py", "", "names no class; write it as my_shop.py:MyShop", id="no class named"),
        pytest.param(":MyShop", "", "names no class", id="no file named"),
        pytest.param("my_shop.py:", "", "names no class", id="an empty class"),
        pytest.param("my_shop.py:My-Shop", "", "names no class", id="a class that no class can be named"),
        pytest.param("none.py:MyShop", "", "none.py' does not exist; the path is relative", id="no file"),
        pytest.param("my_shop.py:MyShop", "class (", "cannot be imported: SyntaxError in line 1.", id="no Python"),
        pytest.param("my_shop.py:MyShop", "\n1 / 0", "ZeroDivisionError in line 2 of my_shop.py.", id="a crash"),
        pytest.param("my_shop.py:MyShop", "import nothere", "ImportError", id="an import that is not there"),
        pytest.param("no.such.module:MyShop", "", "The adapter's module 'no.such.module' cannot be", id="no module"),
        pytest.param("my_shop:MyShop", "", "the path of a file ends in .py", id="a file without its ending"),
        pytest.param("my_shop.py:MyShp", source(*VERBS), "has no class MyShp; did you mean MyShop?", id="a slip"),
        pytest.param("my_shop.py:MyShop", "x = 1", "holds no subclass of ShopAdapter either", id="an empty file"),
        pytest.param("my_shop.py:MyShop", "class MyShop: ...", "MyShop is no subclass of ShopAdapter", id="a stranger"),
        pytest.param("my_shop.py:x", "x = 1", "x is no subclass of ShopAdapter", id="no class at all"),
        pytest.param(
            "my_shop.py:ShopAdapter", source(*VERBS), "ShopAdapter is no subclass of ShopAdapter", id="the base itself"
        ),
        pytest.param(
            "my_shop.py:MyShop",
            source("create", "pay"),
            "MyShop lacks apply_card and read_order; an adapter has all of create, apply_card, pay and read_order.",
            id="two verbs are missing",
        ),
        pytest.param("my_shop.py:MyShop", source(*VERBS[:3]), "MyShop lacks read_order; an", id="one verb is missing"),
        pytest.param(
            "my_shop.py:MyShop",
            source(*VERBS) + "    from abc import abstractmethod\n    @abstractmethod\n    def sign(self): ...\n",
            "MyShop is abstract, since it lacks sign.",
            id="something of its own is missing",
        ),
    ],
)
def test_mistakes(tmp_path: Path, spec: str, text: str, sentence: str) -> None:
    """Each mistake is one sentence that says what to do."""
    (tmp_path / "my_shop.py").write_text(text)
    with pytest.raises(AdapterError) as caught:
        load_adapter(spec, tmp_path)

    said = str(caught.value)
    assert sentence.replace("ImportError", "Error (nothere") in said
    assert "\n" not in said
    assert said.startswith("The adapter")


TOLD: Any = {"currency": "EUR", "country": "DE", "payment_handler": "mock", "credential": "tok-canary"}


def test_made_as_told() -> None:
    """The object holds what the target file says of its shop."""
    shop = made_adapter("locustfiles.adapters.rest_shop:RestShop", **TOLD)

    assert {name: getattr(shop, name) for name in TOLD} == TOLD


def test_a_class_that_cannot_be_made(tmp_path: Path) -> None:
    """A class whose own beginning fails is one sentence, without what it was told."""
    text = source(*VERBS) + "    def __init__(self, name):\n        pass\n"
    (tmp_path / "my_shop.py").write_text(text)
    with pytest.raises(AdapterError, match="cannot be made: TypeError in line ") as caught:
        made_adapter("my_shop.py:MyShop", **TOLD, folder=tmp_path)

    assert "canary" not in str(caught.value)
