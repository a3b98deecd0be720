"""Secrets print as ***, are told by their source, and are blanked in whatever form a service sends them back."""

import base64
import copy
import json
import pickle
from pathlib import Path
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from locustfiles.target.secret import Redactor, Secret, SecretError, read_secret, told_source
from locustfiles.target.target import SecretSource

CANARY = 'sk-"ca/nary+7\\f<3>&x y'
PRINTABLE = st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), min_size=4, max_size=40)


def test_a_secret_does_not_print() -> None:
    """Every way of printing a secret gives three stars, and no message carries it."""
    secret = Secret(CANARY)

    assert {repr(secret), str(secret), f"{secret}", f"{secret!r:>3}"} == {"***"}
    assert secret.reveal() == CANARY
    for carry in (pickle.dumps, copy.deepcopy):
        with pytest.raises(TypeError, match="not pickled"):
            carry(secret)


def test_sources(tmp_path: Path) -> None:
    """A secret is read from the environment or from a file, whose last line end is not part of it."""
    (tmp_path / "key").write_text("from-the-file\r\n")

    assert read_secret(SecretSource(env="KEY"), {"KEY": "from-env"}).reveal() == "from-env"
    assert read_secret(SecretSource(file=str(tmp_path / "key")), {}).reveal() == "from-the-file"
    assert told_source(SecretSource(env="KEY")) == "the environment variable KEY"
    assert told_source(SecretSource(file="/k")) == "the file /k"


@pytest.mark.parametrize(
    ("value", "sentence"),
    [
        pytest.param(None, "The environment variable KEY is not set; export it", id="nothing"),
        pytest.param("", "The environment variable KEY is not set", id="an empty one"),
        pytest.param(
            "hunter2\nX: y", "holds a line end or another character that no header can carry", id="a line end"
        ),
        pytest.param("hünter2", "holds a line end or another character", id="a letter that no header carries"),
        pytest.param("abc", "has 3 characters; give one of 4 to 8,192", id="too short to be blanked"),
    ],
)
def test_secrets_that_cannot_be_used(value: str | None, sentence: str) -> None:
    """What is wrong with a secret is told by its source, and its value is not repeated."""
    with pytest.raises(SecretError) as raised:
        read_secret(SecretSource(env="KEY"), {} if value is None else {"KEY": value})

    assert sentence in str(raised.value)
    assert not value or value not in str(raised.value)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    """A secret file that cannot be read is told by its path."""
    with pytest.raises(SecretError, match=r"The secret file .*/none cannot be read \(No such file or directory\)"):
        read_secret(SecretSource(file=str(tmp_path / "none")), {})


@pytest.mark.parametrize(
    "form",
    [
        pytest.param(CANARY, id="as it is"),
        pytest.param(CANARY.upper(), id="in capitals"),
        pytest.param(quote(CANARY, safe=""), id="in a URL"),
        pytest.param(quote_plus(CANARY), id="in a form"),
        pytest.param(json.dumps(CANARY), id="in JSON"),
        pytest.param(json.dumps(json.dumps(CANARY)[1:-1])[1:-1], id="in JSON within JSON"),
        pytest.param(repr(CANARY), id="in Python"),
        pytest.param(CANARY.encode().hex(), id="in hex"),
        pytest.param(base64.b64encode(f"user:{CANARY}".encode()).decode(), id="in basic authorization"),
        pytest.param(base64.urlsafe_b64encode(f"a{CANARY}zz".encode()).decode(), id="in the middle of base64"),
    ],
)
def test_forms(form: str) -> None:
    """A secret is blanked in every form in which services write it, and what stands around it stays."""
    told = Redactor([Secret(CANARY)]).clean(f"before {form} behind")

    assert told.startswith("before ")
    assert told.endswith(" behind")
    assert "***" in told
    assert "nary" not in told.lower()


def test_a_secret_that_was_cut() -> None:
    """The beginning of a secret at the end of a text that was cut to its bound is blanked too."""
    clean = Redactor([Secret("sk-canary-0123456789")]).clean

    assert clean("x" * 60 + "sk-canary-0123") == "x" * 60 + "***"
    assert clean("x" * 60 + "sk-can") == "x" * 60 + "sk-can"


def test_nothing_to_blank() -> None:
    """Without secrets every text stays as it is."""
    assert Redactor([]).clean("Bearer sk-1") == "Bearer sk-1"


def test_errors() -> None:
    """What an exception and its causes say is blanked in place, also where it is not among the arguments."""

    class OddError(Exception):
        def __init__(self, said: str) -> None:
            self.said = said

        def __str__(self) -> str:
            return self.said

    odd = OddError("the answer was sk-canary-7")
    odd.__cause__ = ValueError("sk-canary-7 is not JSON", 7)
    Redactor([Secret("sk-canary-7")]).clean_error(odd)

    assert str(odd) == "***"
    assert odd.__cause__.args == ("*** is not JSON", "7")


@given(PRINTABLE, st.text(max_size=80), st.text(max_size=80))
def test_no_secret_is_left(secret: str, before: str, behind: str) -> None:
    """Whatever stands around a secret, it is not in the cleaned text, and cleaning twice changes nothing."""
    redactor = Redactor([Secret(secret)])
    told = redactor.clean(before + secret + behind)

    assert secret not in told or secret in "***"
    assert redactor.clean(told) == told or set(secret) <= set("*")
