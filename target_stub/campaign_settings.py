"""What a configuration says of shelves and campaign, as the values that the shop is made of."""

from collections.abc import Collection

import msgspec

from target_stub.campaign_issuing import IssuingPlan
from target_stub.campaign_pause import PauseRule
from target_stub.cards import WAVES, CampaignTerms
from target_stub.clock import NS_PER_S
from target_stub.config import Config, ConfigError
from target_stub.stock import supply_of


def terms_of(config: Config) -> CampaignTerms:
    """The wave's terms with what the configuration changes in them."""
    terms = WAVES[config.campaign_wave]
    return msgspec.structs.replace(
        terms,
        budget_minor=config.campaign_budget_fen,
        cards_per_user=config.campaign_cards_per_user or terms.cards_per_user,
    )


def plan_of(config: Config) -> IssuingPlan:
    """When the campaign opens, pauses and closes by itself; raises ConfigError for a pause that never could end."""
    high, low = config.campaign_pause_queue_high, config.campaign_pause_queue_low
    if low is not None and (high is None or low >= high):
        sentence = f"--campaign-pause-queue-low is {low}: it ends a pause by queue length"
        raise ConfigError([f"{sentence}, so give a higher --campaign-pause-queue-high"])
    rule = PauseRule(
        budget_share=config.campaign_pause_budget_share,
        from_s=config.campaign_pause_at_s,
        until_s=config.campaign_resume_at_s,
        queue_high=high,
        queue_low=low,
    )
    return IssuingPlan(
        grey_at_s=config.campaign_grey_at_s,
        opens_at_s=config.campaign_opens_at_s,
        closes_at_s=config.campaign_closes_at_s,
        grey_quota=config.campaign_grey_quota,
        pause=rule,
    )


def expiry_of(config: Config, now_unix_ns: int) -> int:
    """The instant at which the cards lose their value, in Unix nanoseconds."""
    return now_unix_ns + round(config.campaign_card_days * 24 * 3600 * NS_PER_S)


def shelves_of(config: Config, skus: Collection[str]) -> dict[str, int]:
    """Units by product, for products that have an end; raises ConfigError with a sentence for what is no stock."""
    if config.stock is None:
        return {}
    try:
        return supply_of(config.stock, skus)
    except ValueError as error:
        raise ConfigError([f"--stock: {error}"]) from None
