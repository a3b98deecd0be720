"""The table of the ways in which services say no."""

import msgspec
import pytest

from target_stub.admission.sayings import SAYINGS, Saying

EACH_JSON = [
    pytest.param(saying, id=name)
    for name, saying in SAYINGS.items()
    if dict(saying.headers).get("content-type") == "application/json" and saying.how == "reply"
]
EACH_SPOKEN = [pytest.param(saying, id=name) for name, saying in SAYINGS.items() if saying.how in ("spoken", "letters")]


@pytest.mark.parametrize("saying", EACH_JSON)
def test_a_body_that_says_it_is_json_is_json(saying: Saying) -> None:
    """Once its places are filled every JSON body can be read, and one without a body is empty."""
    filled = saying.body.replace("<retry-after>", "1").replace("<request-id>", "r").replace("<reset>", "t")

    assert not filled or isinstance(msgspec.json.decode(filled), dict)


@pytest.mark.parametrize("saying", EACH_SPOKEN)
def test_spoken_words_exist_in_both_languages(saying: Saying) -> None:
    """An assistant answers in the shopper's language."""
    assert set(saying.words) == {"zh", "en"}
    assert all(saying.words.values())


def test_what_breaks_a_connection_is_shed_and_words_are_soft() -> None:
    """The manner follows from how it is said where that alone decides."""
    by_how = {(saying.how, saying.manner) for saying in SAYINGS.values() if saying.how != "reply"}

    assert by_how == {
        ("spoken", "soft"),
        ("letters", "soft"),
        ("broken", "hard"),
        ("reset", "shed"),
        ("stall", "shed"),
    }
