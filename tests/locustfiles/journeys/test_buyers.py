"""Made-up shoppers."""

import re

import pytest

from locustfiles.journeys.buyers import buyer_of, place_of
from locustfiles.journeys.catalogue import Language
from locustfiles.journeys.prompt_grammar import Draws


@pytest.mark.parametrize(
    ("language", "name", "place"),
    [
        pytest.param("zh", r"[\u4e00-\u9fff]{3}", r"[\u4e00-\u9fff]+\d{2,3}号.+", id="Chinese"),
        pytest.param("en", r"[A-Z][a-z]+ [A-Z][a-z]+", r"\d{2,3} [A-Z].+", id="English"),
    ],
)
def test_a_buyer_is_written_in_the_language_of_the_prompt(language: Language, name: str, place: str) -> None:
    """Name and address are in the prompt's language, and the address is the place of delivery."""
    for index in range(200):
        draws = Draws(f"1/{index}")
        where = place_of(draws, language)
        buyer = buyer_of(draws, language, f"shopper-1-{index}", index, where)
        assert re.fullmatch(name, buyer.name)
        assert re.fullmatch(place, where)
        assert buyer.address_line == where
        assert re.fullmatch(r"\d{6}", buyer.postal_code)


@pytest.mark.parametrize(
    ("index", "phone_number"),
    [
        pytest.param(0, "13800000000", id="the first => the usual placeholder"),
        pytest.param(4711, "13800004711", id="the 4711th => counted up"),
        pytest.param(100_000_003, "13800000003", id="more than 8 digits => from the start again"),
    ],
)
def test_phone_numbers_are_placeholders(index: int, phone_number: str) -> None:
    """Phone numbers are 13800000000 and what follows it."""
    assert buyer_of(Draws("1/1"), "zh", "u", index, "p").phone_number == phone_number


def test_mail_goes_to_a_domain_that_cannot_exist() -> None:
    """Mail addresses are those of the user at shop.test."""
    assert buyer_of(Draws("1/1"), "en", "shopper-1-2", 2, "p").email == "shopper-1-2@shop.test"
