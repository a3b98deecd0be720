"""What a preset is made of."""

from typing import get_args

import msgspec
import pytest

from target_stub.admission.sayings import SAYINGS
from target_stub.admission.voice import SHORT_NAMES, sayings_of
from target_stub.config import PRESETS, Config, Preset, campaign_voice_of


@pytest.mark.parametrize("preset", get_args(Preset))
def test_a_preset_changes_fields_that_exist_to_values_that_they_take(preset: str) -> None:
    """Every preset has its row, and the row makes a valid configuration."""
    made = msgspec.convert({"preset": preset, **PRESETS[preset]}, Config)

    assert {field: getattr(made, field) for field in PRESETS[preset]} == PRESETS[preset]


@pytest.mark.parametrize(
    ("config", "voice"),
    [
        pytest.param(Config(voice="hard"), "hard", id="the campaign refuses as the chat does: hard"),
        pytest.param(Config(voice="soft"), "soft", id="softly"),
        pytest.param(Config(voice="reset"), "mixed", id="a way that a campaign has not: hard and soft in turn"),
        pytest.param(Config(voice="hard", campaign_voice="dead-page"), "dead-page", id="its own, when that is given"),
    ],
)
def test_the_campaign_has_a_voice_of_its_own(config: Config, voice: str) -> None:
    """Chat and campaign are features with refusals of their own."""
    assert campaign_voice_of(config) == voice


def test_every_name_of_a_voice_is_accepted_alone_and_in_a_list() -> None:
    """The pattern of the field and the table of sayings are the same set of names."""
    for name in (*SHORT_NAMES, *SAYINGS):
        made = msgspec.convert({"voice": f"{name},mixed"}, Config)
        assert sayings_of(made.voice)
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({"voice": "hard,"}, Config)
