"""From a configuration to terms, plan and shelves."""

import pytest

from target_stub.campaign_issuing import IssuingPlan
from target_stub.campaign_pause import PauseRule
from target_stub.campaign_settings import expiry_of, plan_of, shelves_of, terms_of
from target_stub.cards import CampaignTerms
from target_stub.catalogue import CATALOGUE
from target_stub.config import Config, ConfigError


def test_the_default_is_the_second_wave_open_from_the_start() -> None:
    """Without any setting, everybody gets cards at once, up to ten, and no product has an end."""
    assert terms_of(Config()) == CampaignTerms()
    assert plan_of(Config()) == IssuingPlan()
    assert shelves_of(Config(), CATALOGUE) == {}
    assert expiry_of(Config(), 0) == 75 * 86_400 * 10**9


def test_settings_change_terms_and_plan() -> None:
    """The first wave gives 21 cards; each number of the configuration finds its place."""
    assert terms_of(Config(campaign_wave="1")).cards_per_user == 21
    config = Config(
        campaign_budget_fen=5000,
        campaign_cards_per_user=3,
        campaign_grey_at_s=1,
        campaign_grey_quota=7,
        campaign_opens_at_s=2,
        campaign_closes_at_s=9,
        campaign_pause_at_s=3,
        campaign_resume_at_s=4,
        campaign_pause_budget_share=0.5,
        campaign_pause_queue_high=10,
        campaign_pause_queue_low=2,
    )
    assert (terms_of(config).budget_minor, terms_of(config).cards_per_user) == (5000, 3)
    rule = PauseRule(budget_share=0.5, from_s=3, until_s=4, queue_high=10, queue_low=2)
    assert plan_of(config) == IssuingPlan(grey_at_s=1, opens_at_s=2, closes_at_s=9, grey_quota=7, pause=rule)


@pytest.mark.parametrize(
    ("text", "supply"),
    [
        ("7", dict.fromkeys(CATALOGUE, 7)),
        ("0", dict.fromkeys(CATALOGUE, 0)),
        ("eggs-30=5,cinema-imax=0", {"eggs-30": 5, "cinema-imax": 0}),
    ],
)
def test_shelves_are_filled_alike_or_one_by_one(text: str, supply: dict[str, int]) -> None:
    """One number stands for every product, pairs for the products that they name."""
    assert shelves_of(Config(stock=text), CATALOGUE) == supply


@pytest.mark.parametrize(
    ("config", "sentence"),
    [
        (Config(stock="durian=5"), "--stock: the shop does not sell 'durian'; it sells pearl-milk-tea"),
        (Config(stock="eggs-30=many"), "--stock: 'many' is no number of eggs-30"),
        (Config(stock="eggs-30=-1"), "--stock: '-1' is no number of eggs-30"),
        (Config(campaign_pause_queue_low=5), "--campaign-pause-queue-low is 5"),
        (Config(campaign_pause_queue_low=5, campaign_pause_queue_high=5), "give a higher --campaign-pause-queue-high"),
    ],
)
def test_what_cannot_be_is_said_in_a_sentence(config: Config, sentence: str) -> None:
    """A product that is not sold, a number that is none, a pause that could not end."""
    read = plan_of if config.stock is None else lambda config: shelves_of(config, CATALOGUE)

    with pytest.raises(ConfigError, match=sentence):
        read(config)
