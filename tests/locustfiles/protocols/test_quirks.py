"""Switches of published defects: by name, with the words that each has."""

import pytest

from locustfiles.protocols.quirks import NO_QUIRKS, checked_quirks

KNOWN = {"item_quantity": ("repeat", "send"), "items_key": ("line_items", "items")}


@pytest.mark.parametrize(
    ("given", "chosen"),
    [
        pytest.param(NO_QUIRKS, {"item_quantity": "repeat", "items_key": "line_items"}, id="the defaults"),
        pytest.param({"items_key": "items"}, {"item_quantity": "repeat", "items_key": "items"}, id="one is set"),
    ],
)
def test_every_switch_has_a_word(given: dict[str, str], chosen: dict[str, str]) -> None:
    """What is not given is at its default."""
    assert checked_quirks(given, KNOWN, protocol="ACP") == chosen


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        pytest.param(
            {"item_quantty": "send"},
            "There is no quirk 'item_quantty' of ACP; the nearest is 'item_quantity'.",
            id="a misspelt switch",
        ),
        pytest.param(
            {"item_quantity": "sent"},
            "The quirk item_quantity of ACP is repeat or send, not 'sent'.",
            id="a word that the switch does not have",
        ),
    ],
)
def test_mistakes(given: dict[str, str], sentence: str) -> None:
    """A mistake is one sentence that says what there is."""
    with pytest.raises(ValueError) as caught:
        checked_quirks(given, KNOWN, protocol="ACP")
    assert str(caught.value) == sentence
